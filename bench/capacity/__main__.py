"""`python -m bench.capacity --out FILE`: lands with one and more writers, in turns.

The warehouse is the one that the environment names (BLUETICK_CATALOG, BLUETICK_DATA_PATH), which
must be new, and beside it one of SQLite and local files.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from bench.capacity.writers import prepare, together
from warehouse.connection import Location, connect

# A SQLite catalog is for the consumers of one machine.
WRITERS = {"sqlite": (1, 2), "postgres": (1, 2, 4)}
# Statuses in a batch, and batches of each writer in a round.
BATCHES = {100: 6, 5_000: 3}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.capacity", description=__doc__)
    parser.add_argument("--out", type=Path, help="for the JSON; default: print it")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        local = Location.under(Path(folder) / "local")
        places = {"sqlite": local}
        remote = Location.of(Path(folder) / "remote")
        if remote.postgres:
            places["postgres"] = remote
        for place in places.values():
            prepare(place)
        measured = list(_measure(places, arguments.rounds))
        sizes = {name: _sizes(place) for name, place in places.items()}
    text = json.dumps(
        {
            "machine": {
                "cores": os.cpu_count(),
                "load": round(statistics.mean(one["load"] for one in measured), 1),
                "python": platform.python_version(),
                "duckdb": duckdb.__version__,
            },
            "sizes": sizes,
            "rounds": measured,
        },
        indent=2,
    )
    if arguments.out:
        arguments.out.write_text(f"{text}\n", "utf-8")
    else:
        print(text)
    return 0


def _measure(places: dict[str, Location], rounds: int) -> Iterator[dict[str, Any]]:
    """One result after the other: all numbers of writers in turn, so that load affects each."""
    numbers = count()
    for number in range(rounds):
        for rows, batches in BATCHES.items():
            for name, place in places.items():
                for writers in WRITERS[name]:
                    took, landings = together(
                        place,
                        writers=writers,
                        batches=batches,
                        rows=rows,
                        first=next(numbers) * 1_000_000,
                    )
                    result = {
                        "round": number,
                        "catalog": name,
                        "writers": writers,
                        "rows": rows,
                        "landings": len(landings),
                        "seconds": took,
                        "clock": statistics.median(one.clock for one in landings),
                        "decoding": statistics.median(one.decoding for one in landings),
                        "landing": statistics.median(one.landing for one in landings),
                        "load": os.getloadavg()[0],
                    }
                    print(json.dumps(result), file=sys.stderr, flush=True)
                    yield result


def _sizes(place: Location) -> dict[str, float]:
    """Files and rows that the landings made."""
    with connect(place, read_only=True) as connection:
        ((files, size, rows),) = connection.execute(
            "SELECT count(*), sum(data_file_size_bytes)::BIGINT, (SELECT count(*) FROM statuses) "
            "FROM ducklake_list_files('bluetick', 'statuses')"
        ).fetchall()
        ((snapshots,),) = connection.execute(
            "SELECT count(*) FROM ducklake_snapshots('bluetick')"
        ).fetchall()
    return {"files": files, "bytes": size, "rows": rows, "snapshots": snapshots}


if __name__ == "__main__":
    sys.exit(main())
