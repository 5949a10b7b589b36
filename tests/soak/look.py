"""Examines the warehouse once, in its own process: `python -m tests.soak.look DATA_DIR`.

Prints counts as JSON: landed rows, snapshots, and the files that the newest snapshot needs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson

from warehouse.connection import ALIAS, Location, connect

COUNTED = {
    "rows": "SELECT coalesce(sum(landed + dead_letters), 0)::BIGINT FROM kafka_offsets",
    "snapshots": f"SELECT count(*) FROM ducklake_snapshots('{ALIAS}')",
    "newest.count": f"SELECT sum(file_count)::BIGINT FROM ducklake_table_info('{ALIAS}')",
    "newest.bytes": f"SELECT sum(file_size_bytes)::BIGINT FROM ducklake_table_info('{ALIAS}')",
}


def look(data_dir: Path) -> dict[str, Any]:
    """The counts by name. Raises WarehouseError, Busy and duckdb.Error."""
    with connect(Location.under(data_dir), read_only=True, threads=1) as connection:
        return {name: connection.execute(sql).fetchall()[0][0] for name, sql in COUNTED.items()}


if __name__ == "__main__":
    print(orjson.dumps(look(Path(sys.argv[1]))).decode())
