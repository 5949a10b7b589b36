"""Reads the warehouse with ibis: pip install 'ibis-framework[duckdb]'"""

import os

import ibis

warehouse = os.environ.get("WAREHOUSE", "data/warehouse.sqlite")
connection = ibis.duckdb.connect()
connection.raw_sql(
    "INSTALL ducklake; INSTALL sqlite; "
    "SET disabled_optimizers = 'statistics_propagation'; "  # see docs/warehouse.md
    f"ATTACH 'ducklake:sqlite:{warehouse}' AS bluetick (READ_ONLY); USE bluetick"
)
outcomes = connection.table("outcomes", database="bluetick.main")
counts = outcomes.group_by("outcome").agg(messages=outcomes.count()).order_by("outcome")
print(counts.to_pandas().to_csv(index=False))
