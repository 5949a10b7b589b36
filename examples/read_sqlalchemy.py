"""Reads the warehouse with SQLAlchemy: pip install duckdb-engine"""

import os

import sqlalchemy

warehouse = os.environ.get("WAREHOUSE", "data/warehouse.sqlite")
engine = sqlalchemy.create_engine("duckdb:///:memory:")


@sqlalchemy.event.listens_for(engine, "connect")
def attach(connection, _):
    for statement in (
        "INSTALL ducklake",
        "INSTALL sqlite",
        "SET disabled_optimizers = 'statistics_propagation'",  # see docs/warehouse.md
        f"ATTACH 'ducklake:sqlite:{warehouse}' AS bluetick (READ_ONLY)",
        "USE bluetick",
    ):
        connection.execute(statement)


outcomes = sqlalchemy.table("outcomes", sqlalchemy.column("outcome"))
counts = (
    sqlalchemy.select(outcomes.c.outcome, sqlalchemy.func.count())
    .group_by(outcomes.c.outcome)
    .order_by(outcomes.c.outcome)
)
with engine.connect() as connection:
    for row in connection.execute(counts):
        print(*row, sep=",")
