"""`bluetick export` writes one file that DuckDB can open without extensions."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from schemas.topics import STATUSES
from tests.support.command import run
from tests.support.lake import Lake, lake
from warehouse import reference, views

__all__ = ["lake"]


def filled(lake: Lake, count: int = 3) -> None:
    lake.land_events(
        STATUSES,
        *({"message_id": f"wamid.{i}", "status": "delivered"} for i in range(count)),
    )


def test_the_file_has_the_tables_and_the_views(lake: Lake, tmp_path: Path) -> None:
    filled(lake)
    file = tmp_path / "all of it.duckdb"
    done = run("export", str(file), "--data-dir", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert str(file) in done.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    with duckdb.connect(str(file), read_only=True) as plain:
        for table in ("statuses", "kafka_offsets", *reference.tables()):
            theirs = plain.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert theirs == tuple(lake.rows(f"SELECT count(*) FROM {table}")[0]), table
        found = plain.execute("SELECT message_id, received_at::VARCHAR FROM statuses").fetchall()
        assert sorted(found)[0][0] == "wamid.0"
        assert len(views.VIEWS) >= 5
        for view in views.VIEWS:
            theirs = plain.execute(f"SELECT count(*) FROM {view}").fetchone()
            assert theirs == tuple(lake.rows(f"SELECT count(*) FROM {view}")[0]), view
        outcomes = plain.execute("SELECT count(*) FROM outcomes").fetchone()
        assert outcomes == (3,)


def test_a_file_is_only_replaced_on_request(lake: Lake, tmp_path: Path) -> None:
    filled(lake)
    file = tmp_path / "out.duckdb"
    file.write_text("something of value")
    done = run("export", str(file), "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert "--overwrite" in done.stderr
    assert file.read_text() == "something of value"
    assert run("export", str(file), "--overwrite", "--data-dir", str(tmp_path)).returncode == 0
    with duckdb.connect(str(file), read_only=True) as plain:
        assert plain.execute("SELECT count(*) FROM statuses").fetchone() == (3,)


def test_a_failed_export_leaves_nothing_behind(tmp_path: Path) -> None:
    done = run("export", str(tmp_path / "out.duckdb"), "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert "no warehouse" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["absent/out.duckdb", "."])
def test_a_path_that_cannot_be_written(lake: Lake, tmp_path: Path, place: str) -> None:
    filled(lake)
    done = run("export", str(tmp_path / place), "--data-dir", str(tmp_path))
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
