"""Reads the warehouse into data frames of polars and pandas, while Bluetick runs.

pip install duckdb polars pandas pyarrow
"""

import os

import duckdb

warehouse = os.environ.get("WAREHOUSE", "data/warehouse.sqlite")
connection = duckdb.connect()
for statement in (
    "INSTALL ducklake",
    "INSTALL sqlite",
    "SET disabled_optimizers = 'statistics_propagation'",  # see docs/warehouse.md
    f"ATTACH 'ducklake:sqlite:{warehouse}' AS bluetick (READ_ONLY)",
    "USE bluetick",
):
    connection.execute(statement)

failures = connection.sql("SELECT error_code, title, messages FROM failures ORDER BY ALL")
for row in failures.pl().iter_rows():
    print(*row)
outcomes = connection.sql("SELECT outcome, count(*) AS messages FROM outcomes GROUP BY ALL")
print(outcomes.df().sort_values("outcome").to_csv(index=False))
