"""Opens and creates the warehouse: a DuckLake that many processes read while one writes."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

import duckdb
import pyarrow as pa

from settings.errors import BluetickError
from warehouse import reference, rollups, table_statistics, views
from warehouse.attachment import ALIAS as ALIAS
from warehouse.attachment import BadSecret, ExtensionMissing, attach, database
from warehouse.campaigns import CampaignRule
from warehouse.location import Location as Location
from warehouse.memory_limit import BadMemoryLimit, memory_limit, spill_folder
from warehouse.sql_literal import literal
from warehouse.tables import tables
from warehouse.threads import one_thread
from warehouse.transaction import Busy, passing_cause, transact

# How long SQLite waits for a lock before an attempt fails and is repeated.
BUSY_TIMEOUT_MS = 5_000
OPTIONS = {
    # Small batches get their own files too: moving inlined rows out of the catalog would let
    # readers see a snapshot without them (see warehouse/compaction.py).
    "data_inlining_row_limit": 0,
    "parquet_compression": "zstd",  # a third smaller than the default
    # Small groups: a search for one message, in files sorted by message, reads few rows.
    "parquet_row_group_size": 20_480,
}
TABLE_OPTIONS = {
    # Queries of the sums read many rows of one kind, and look at all groups to find them: with
    # small ones, this took longer than to read the rows.
    "rollups": {"parquet_row_group_size": 122_880},
}

# DuckLake 1.0 keeps the least and the greatest value of each column. Of a file with a row group in
# which the column is null throughout, it knows neither, and then takes those of the next file for
# the whole table. This optimizer would trust them, and leave out rows without a word.
DISABLED_OPTIMIZERS = "statistics_propagation"

# Raised when an earlier version of Bluetick must not open the warehouse any more. New columns and
# other views do not need it: an earlier version leaves columns empty that it does not know.
FORMAT = 1

DEFAULT_RULE = CampaignRule()


class WarehouseError(BluetickError):
    """The warehouse cannot be opened; the message says why and what to do."""


class NewerWarehouse(WarehouseError):
    """A later version of Bluetick has changed the warehouse; the message says what to do."""


def connect(
    location: Location,
    *,
    read_only: bool = False,
    threads: int | None = None,
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with the warehouse attached as `bluetick` and in use, in UTC.

    Its memory is limited by warehouse/memory_limit.py. `threads` is DuckDB's number of threads,
    by default one for each core. `busy_timeout_ms` is how long SQLite waits for the lock of
    another process. Raises WarehouseError if the warehouse does not exist (`read_only`) or cannot
    be opened, NewerWarehouse if a later version has changed it, and Busy if it helps to try later.
    """
    file = location.sqlite_file
    if file and read_only and not file.exists():
        raise WarehouseError(
            f"no warehouse at {file}: start `bluetick up` or `bluetick demo` first, "
            "or name its folder with --data-dir"
        )
    if location.folder and (file or not read_only):
        _make_folder(location.folder)
    try:
        connection = database(location)
    except (ExtensionMissing, BadSecret) as error:
        raise WarehouseError(str(error)) from None
    except duckdb.Error as error:
        raise _unopened(location, error) from error
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")  # it writes to stdout
        connection.execute(f"SET disabled_optimizers = '{DISABLED_OPTIMIZERS}'")
        if location.folder:  # where warehouse/privacy_key.py keeps the key
            connection.execute("SET VARIABLE bluetick_folder = ?", [str(location.folder)])
        _bound_memory(connection, location.folder)
        with one_thread(connection):  # the catalog has few rows
            attach(connection, location, read_only=read_only, busy_timeout_ms=busy_timeout_ms)
            connection.execute(f"USE {ALIAS}")
            installed, form = _installed(connection)
        if threads:
            connection.execute("SET threads = ?", [threads])
        if read_only and installed is None:
            raise _missing(location)
        if form > FORMAT:
            raise NewerWarehouse(
                f"the warehouse {location} has format {form}, and this version of Bluetick knows "
                f"{FORMAT}: install the version that wrote it or a later one, or restore a backup "
                "from before the update (`bluetick restore`)"
            )
    except WarehouseError:
        connection.close()
        raise
    except BadMemoryLimit as error:
        connection.close()
        raise WarehouseError(str(error)) from None
    except duckdb.Error as error:
        connection.close()
        raise _unopened(location, error) from error
    return connection


def _missing(location: Location) -> WarehouseError:
    return WarehouseError(
        f"the warehouse {location} has no tables yet: `bluetick land` makes them when it starts"
    )


def _unopened(location: Location, error: duckdb.Error) -> BluetickError:
    """Why the warehouse cannot be opened, and what to do; Busy if it helps to try later."""
    if cause := passing_cause(error):
        return Busy(cause)
    text = str(error)
    if "creating a new DuckLake is explicitly disabled" in text:
        return _missing(location)
    if "does not match existing data path" in text:
        return WarehouseError(
            f"the files of the warehouse {location} are not at {location.data_path}: set "
            "BLUETICK_DATA_PATH to the same value on all machines"
        )
    if location.postgres:
        reason = text.rpartition("FATAL: ")[2].strip().partition("\n")[0]
        return WarehouseError(
            f"cannot open the warehouse {location} ({reason}): check BLUETICK_CATALOG"
        )
    return WarehouseError(f"cannot open the warehouse {location.catalog}: {error}")


def _bound_memory(connection: duckdb.DuckDBPyConnection, data_dir: Path | None) -> None:
    """Sets the memory limits, before anything is read. Raises BadMemoryLimit."""
    connection.execute("SET memory_limit = ?", [f"{memory_limit(connection)}B"])
    connection.execute("SET temp_directory = ?", [spill_folder(data_dir) if data_dir else ""])
    # The cache would keep files that compaction has replaced, up to the limit; the operating
    # system caches files anyway.
    connection.execute("SET enable_external_file_cache = false")


def _make_folder(folder: Path) -> None:
    try:
        # It holds personal data, so only its owner can read it by default.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Busy("the disk is full") from error
        raise WarehouseError(
            f"cannot create the folder {folder} ({error.strerror}): choose another with --data-dir"
        ) from error


def wal_bytes(location: Location) -> int:
    """Bytes of a SQLite catalog's write-ahead log; 0 if there is none.

    SQLite reuses the log from its start after a commit, if no reader uses the log then.
    """
    file = location.sqlite_file
    try:
        return file.with_name(f"{file.name}-wal").stat().st_size if file else 0
    except OSError:
        return 0


def settle(connection: duckdb.DuckDBPyConnection, location: Location) -> None:
    """Writes the current path of the files into the catalog, for other readers. Raises Busy.

    In PostgreSQL the path stays what it was: DuckLake has compared it when it attached.
    """
    if location.postgres:
        return
    update = (
        f"UPDATE __ducklake_metadata_{ALIAS}.ducklake_metadata SET value = $path "
        "WHERE key = 'data_path' AND value <> $path"
    )
    transact(connection, lambda: connection.execute(update, {"path": location.data_path}))


def create(
    connection: duckdb.DuckDBPyConnection, campaign_rule: CampaignRule = DEFAULT_RULE
) -> bool:
    """Creates tables, reference tables and views, or updates them to this version; idempotent.

    Returns whether anything was to do; then other connections know better how many rows there are.
    Adds columns that are missing in an older warehouse, and corrects the sums if this version, or
    another rule for campaigns, counts differently. Raises duckdb.Error and BadRule.
    """
    if _has(connection, campaign_rule):
        return False
    campaign_rule.check(connection)
    _set_options(connection, OPTIONS)
    transact(connection, lambda: _create_tables(connection))
    for table, options in TABLE_OPTIONS.items():
        _set_options(connection, options, f", table_name => '{table}'")
    transact(connection, lambda: table_statistics.add_blank_rows(connection, ALIAS))
    transact(connection, lambda: _fill(connection, campaign_rule))
    transact(connection, lambda: table_statistics.forget_blank_rows(connection, ALIAS))
    return True


def _set_options(
    connection: duckdb.DuckDBPyConnection, options: Mapping[str, object], where: str = ""
) -> None:
    for name, value in options.items():
        option = f"CALL {ALIAS}.set_option('{name}', {literal(str(value))}{where})"
        transact(connection, partial(connection.execute, option))


def _has(connection: duckdb.DuckDBPyConnection, rule: CampaignRule) -> bool:
    return is_current(connection) and _counted_by(connection) == rollups.digest(rule)


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    for name, columns in tables().items():
        definition = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({definition})")
        known = {row[0] for row in connection.execute(f"DESCRIBE {name}").fetchall()}
        for column, kind in columns.items():
            if column not in known:
                connection.execute(f'ALTER TABLE {name} ADD COLUMN "{column}" {kind}')


def _fill(connection: duckdb.DuckDBPyConnection, rule: CampaignRule) -> None:
    table_statistics.remove_blank_rows(connection)
    if _has(connection, rule):  # another consumer has done it
        return
    connection.execute("INSERT INTO landing_fence SELECT 0 WHERE NOT EXISTS (FROM landing_fence)")
    for name, table in reference.tables().items():
        connection.register("reference_rows", table)
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM reference_rows")
        connection.unregister("reference_rows")
    for statement in rule.macros():
        connection.execute(statement)
    for name in views.VIEWS:
        connection.execute(views.view_sql(name))
    _update_rollups(connection, rule)
    connection.execute(
        "CREATE OR REPLACE TABLE warehouse_version AS "
        f"SELECT '{_digest()}' AS digest, {FORMAT} AS format"
    )


def _update_rollups(connection: duckdb.DuckDBPyConnection, rule: CampaignRule) -> None:
    """Computes the rollups anew if they were counted in another way."""
    connection.execute("CREATE TABLE IF NOT EXISTS rollup_version (digest VARCHAR)")
    digest = rollups.digest(rule)
    # A version without a format leaves `rollup_version` as it is, and counts in its own way.
    if _counted_by(connection) != digest or _installed(connection)[1] < FORMAT:
        rollups.rebuild(connection)
        connection.execute(f"CREATE OR REPLACE TABLE rollup_version AS SELECT '{digest}' AS digest")


def _counted_by(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The digest of how the rollups were counted; None if they were not."""
    rows = connection.execute("SELECT digest FROM rollup_version").fetchall()
    return str(rows[0][0]) if rows else None


def is_current(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether tables, reference tables and views have this version."""
    return _installed(connection)[0] == _digest()


def _installed(connection: duckdb.DuckDBPyConnection) -> tuple[str | None, int]:
    """Digest and format of the version that last updated the warehouse; None and 0 if it is new.

    The format is 0 too if that version knew none.
    """
    try:
        # `duckdb_tables()` would read the size of every table. This error ends no transaction.
        rows = connection.execute("FROM warehouse_version").fetchall()
    except duckdb.CatalogException:
        return None, 0
    if not rows:
        return None, 0
    digest, *form = rows[0]
    return str(digest), int(form[0]) if form else 0


@cache  # of files that stay the same while the process runs
def _digest() -> str:
    """A hash of the definitions of tables, reference rows and views, of options and format."""
    parts: list[str] = [str(FORMAT), repr(tables()), repr((OPTIONS, TABLE_OPTIONS))]
    parts += [views.view_sql(name) for name in views.VIEWS]
    parts += [f"{name}{_text(table)}" for name, table in sorted(reference.tables().items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _text(table: pa.Table) -> str:
    return repr(table.to_pylist())
