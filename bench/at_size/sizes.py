"""How many bytes an event takes on disk after maintenance."""

from __future__ import annotations

from collections.abc import Iterator

from bench.at_size.filling import Filled
from bench.at_size.results import Result
from warehouse.connection import connect


def results(filled: Filled) -> Iterator[Result]:
    """The figures `bytes_per_event` (files of statuses and sums) and `bytes_per_event_all`."""
    with connect(filled.location, read_only=True) as connection:
        ((tables,),) = connection.execute(
            "SELECT sum(file_size_bytes)::BIGINT FROM ducklake_table_info(current_database())"
        ).fetchall()
    everything = sum(file.stat().st_size for file in filled.folder.rglob("*") if file.is_file())
    yield Result("bytes_per_event", tables / filled.statuses, "bytes")
    yield Result("bytes_per_event_all", everything / filled.statuses, "bytes")
