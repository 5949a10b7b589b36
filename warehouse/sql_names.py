"""The names that are allowed in SQL that people type: tables in FROM, functions, settings."""

from __future__ import annotations

from warehouse.views import VIEWS

OWN = "bluetick"
CATALOGS = frozenset({"", OWN, "system", "temp"})
SCHEMAS = frozenset({"", OWN, "main", "system", "temp", "information_schema", "pg_catalog"})
# Functions of the warehouse that only compute: the views call them.
OWN_FUNCTIONS = frozenset({"campaign_name", "most_campaigns"})
# All other functions in FROM may read files, change files or the catalog, or run text as a
# statement.
TABLE_FUNCTIONS = frozenset(
    {
        *VIEWS,
        "current_snapshot",
        "duckdb_columns",
        "duckdb_constraints",
        "duckdb_functions",
        "duckdb_indexes",
        "duckdb_keywords",
        "duckdb_schemas",
        "duckdb_tables",
        "duckdb_types",
        "duckdb_variables",
        "duckdb_views",
        "ducklake_current_snapshot",
        "ducklake_last_committed_snapshot",
        "ducklake_snapshots",
        "ducklake_table_info",
        "generate_series",
        "icu_calendar_names",
        "json_each",
        "json_tree",
        "last_committed_snapshot",
        "pg_timezone_names",
        "pragma_collations",
        "pragma_database_size",
        "pragma_platform",
        "pragma_show",
        "pragma_table_info",
        "pragma_user_agent",
        "pragma_version",
        "range",
        "repeat",
        "repeat_row",
        "snapshots",
        "table_info",
        "unnest",
        "wait_rows",
    }
)
# Functions of a DuckDB without extensions that do more than compute: they write, wait, or bind a
# statement that is given as text.
DENIED_FUNCTIONS = frozenset(
    {
        "currval",
        "json_serialize_plan",
        "nextval",
        "pg_sleep",
        "sleep_ms",
        "write_log",
    }
)
# Functions with this prefix are for DuckDB itself only.
INTERNAL = "__"
# The settings that may be shown. Others hold secrets, such as those of the object storage.
READABLE_SETTINGS = frozenset(
    {
        "access_mode",
        "calendar",
        "default_collation",
        "default_null_order",
        "default_order",
        "explain_output",
        "integer_division",
        "max_memory",
        "memory_limit",
        "preserve_insertion_order",
        "schema",
        "search_path",
        "threads",
        "timezone",
        "worker_threads",
    }
)
# The settings that may be set and reset, beside variables.
SETTINGS = (
    "Calendar",
    "TimeZone",
    "default_collation",
    "default_null_order",
    "default_order",
    "explain_output",
    "integer_division",
    "preserve_insertion_order",
    "threads",
)
# Views of DuckDB that show secrets, or the address of the catalog with its password.
DENIED_TABLES = frozenset({"pg_settings"})
SYSTEM_PREFIXES = ("duckdb_", "pragma_")
IN_A_PATH = frozenset("./\\:*?[")
# DuckDB reads `FROM main.parquet` as a file if there is no such table.
FILE_ENDINGS = frozenset(
    {
        "arrow",
        "avro",
        "csv",
        "db",
        "ddb",
        "duckdb",
        "geojson",
        "gz",
        "json",
        "jsonl",
        "ndjson",
        "parquet",
        "sqlite",
        "sqlite3",
        "tsv",
        "txt",
        "xlsx",
        "zst",
    }
)
