"""Reads one snapshot of the warehouse with Spark, and prints what the views show of it.

pip install pyspark==4.2.0 duckdb==1.5.5
spark-submit warehouse.py

DuckDB only says which files the snapshot has. Spark reads them, without deleted rows.
"""

import os
from pathlib import Path

import duckdb
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

WAREHOUSE = os.environ.get("WAREHOUSE", "data/warehouse.sqlite")
FOLDER = Path(__file__).parent
TABLES = ("statuses", "messages", "rollups")
TYPES = {
    "BIGINT": "BIGINT",
    "BOOLEAN": "BOOLEAN",
    "DOUBLE": "DOUBLE",
    "FLOAT": "FLOAT",
    "INTEGER": "INT",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "UUID": "BINARY",
    "VARCHAR": "STRING",
}


def views(spark: SparkSession) -> None:
    """Makes a view of each table, all of one snapshot."""
    lake = duckdb.connect()
    lake.execute("INSTALL ducklake; INSTALL sqlite")
    lake.execute(f"ATTACH 'ducklake:sqlite:{WAREHOUSE}' AS bluetick (READ_ONLY)")
    ((snapshot,),) = lake.execute(
        "SELECT max(snapshot_id) FROM ducklake_snapshots('bluetick')"
    ).fetchall()
    for name in TABLES:
        columns = lake.execute(f"DESCRIBE bluetick.{name}").fetchall()
        schema = ", ".join(f"`{column}` {TYPES[kind]}" for column, kind, *_ in columns)
        files = lake.execute(
            "SELECT data_file, delete_file FROM "
            "ducklake_list_files('bluetick', ?, snapshot_version => ?)",
            [name, snapshot],
        ).fetchall()
        table(spark, schema, files).createOrReplaceTempView(name)


def table(spark: SparkSession, schema: str, files: list[tuple[str, str | None]]) -> DataFrame:
    """The rows of these files. A column that a file does not have is null."""
    if not files:
        return spark.createDataFrame([], schema)
    rows = spark.read.schema(schema).parquet(*(data for data, _ in files))
    deletes = [deleted for _, deleted in files if deleted]
    if not deletes:
        return rows
    # Each delete file names its data file and the places of the deleted rows. Names are unique.
    gone = spark.read.parquet(*deletes).select(
        base("file_path").alias("of"), f.col("pos").alias("row_index")
    )
    return (
        rows.select("*", base("_metadata.file_path").alias("of"), f.col("_metadata.row_index"))
        .join(gone, on=["of", "row_index"], how="left_anti")
        .drop("of", "row_index")
    )


def base(path: str):
    return f.regexp_extract(path, "[^/]+$", 0)


def main() -> None:
    spark = SparkSession.builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    views(spark)
    for file in sorted(FOLDER.glob("*.sql")):
        for row in spark.sql(file.read_text()).toJSON().collect():
            print(file.stem, row, flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
