"""`python -m dashboards.sql_worker`: runs one query in a process of its own, and then ends.

The request is one JSON object on stdin: location, text, zone, rows, seconds. The answer on stdout
is one line of JSON, either {"error": …} or {"more": …}, and after the latter the rows as an Arrow
stream.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa

from settings.lake import ObjectStore, PostgresServer
from settings.visible_text import visible
from settings.without_pandas import leave_out_pandas
from warehouse.connection import Location, WarehouseError, connect
from warehouse.memory_limit import size
from warehouse.read_only_sql import SqlRefused, allowed
from warehouse.transaction import Busy

BATCH_ROWS = 1_000
# What the process may use besides the memory that DuckDB counts: Python, and rows of long texts.
BESIDE_BYTES = 1024**3


class Failed(Exception):
    """The query was refused or failed; the message is for the person who wrote it."""


def answer(location: Location, text: str, zone: str, most: int) -> tuple[pa.Table, bool]:
    """The rows of the last statement that has some, at most `most`, and whether there are more.

    If one statement is refused, none runs. Raises Failed.
    """
    try:
        statements = allowed(text)
        connection = connect(location, read_only=True)
        connection.execute("SET TimeZone = ?", [zone])
        forbid_writing(connection)
        limit_memory(connection)
        table, more = pa.table({}), False
        for one in statements:
            reader = connection.execute(one.statement).to_arrow_reader(BATCH_ROWS)
            if one.answers:
                table, more = _first(reader, most)
    except (SqlRefused, WarehouseError, Busy, duckdb.Error) as error:
        raise Failed(visible(str(error), keep="\n")) from None
    except MemoryError:  # Arrow's too
        raise Failed("The query needs more memory than it may use.") from None
    return table, more


def forbid_writing(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the system refuse every byte that this process would write to a file, for ever.

    The rule for SQL lets nothing through that writes; this holds even if the rule had a gap. All
    statements are one transaction, which begins before: then SQLite makes its shared memory.
    """
    connection.execute("SET temp_directory = ''")
    connection.execute("BEGIN TRANSACTION")
    connection.execute("SELECT count(*) FROM kafka_offsets").fetchall()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_memory(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the system refuse more memory than DuckDB may use and BESIDE_BYTES."""
    rows = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    most = size(str(rows[0][0])) + BESIDE_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _first(reader: pa.RecordBatchReader, most: int) -> tuple[pa.Table, bool]:
    batches: list[pa.RecordBatch] = []
    rows = 0
    for batch in reader:
        batches.append(batch)
        rows += batch.num_rows
        if rows > most:
            break
    table = pa.Table.from_batches(batches, reader.schema)
    return table.slice(0, most), rows > most


def located(fields: dict[str, Any]) -> Location:
    """The location that these fields describe."""
    postgres, store = fields["postgres"], fields["store"]
    return Location(
        fields["catalog"],
        fields["data_path"],
        postgres=PostgresServer(**postgres) if postgres else None,
        store=ObjectStore(**store) if store else None,
    )


def main(source: BinaryIO, out: BinaryIO) -> None:
    """Answer the request of `source`."""
    asked = json.load(source)
    # Whoever started this process stops it at its time; this holds if they were killed.
    cpu = int(asked["seconds"] * (os.cpu_count() or 1)) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    try:
        table, more = answer(
            located(asked["location"]), asked["text"], asked["zone"], asked["rows"]
        )
    except Failed as error:
        out.write(json.dumps({"error": str(error)}).encode() + b"\n")
        return
    out.write(json.dumps({"more": more}).encode() + b"\n")
    rows = io.BytesIO()
    with pa.ipc.new_stream(rows, table.schema) as stream:
        stream.write_table(table)
    out.write(rows.getbuffer())


if __name__ == "__main__":
    leave_out_pandas()
    main(sys.stdin.buffer, sys.stdout.buffer)
