"""A real PostgreSQL and a real S3 server, and new warehouses on them.

To run a command with both: `python -m tests.support.lake_servers COMMAND …`.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.object_store import ObjectStore
from tests.support.postgres import PASSWORD, Postgres
from warehouse.connection import Location

_numbers = itertools.count()


class LakeServers:
    """The two servers."""

    def __init__(self, postgres: Postgres, store: ObjectStore) -> None:
        self.postgres, self.store = postgres, store

    def environment(self) -> dict[str, str]:
        """The variables for a new warehouse: an empty database, and an empty prefix."""
        return {
            "BLUETICK_CATALOG": self.postgres.database(),
            "BLUETICK_CATALOG_PASSWORD": PASSWORD,
            **self.store.environment(f"warehouse-{next(_numbers)}"),
        }


@pytest.fixture(scope="module")
def lake_servers() -> Iterator[LakeServers]:
    """Both servers, which end with the tests of the file."""
    with Postgres() as postgres, ObjectStore() as store:
        yield LakeServers(postgres, store)


@pytest.fixture
def remote(lake_servers: LakeServers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Location:
    """A place for a new warehouse on these servers, which the environment names."""
    for name, value in lake_servers.environment().items():
        monkeypatch.setenv(name, value)
    return Location.of(tmp_path / "data")


def main(command: list[str]) -> int:
    """Runs a command with a new warehouse on both servers. Returns its exit code."""
    with Postgres() as postgres, ObjectStore() as store:
        environment = {**os.environ, **LakeServers(postgres, store).environment()}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
