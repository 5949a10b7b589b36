"""Tools of others read the warehouse while Bluetick has it open."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from schemas.topics import STATUSES
from tests.support.clients import EXAMPLES, HINT, PYTHON, ROOT, missing
from tests.support.lake import Lake
from tests.support.views import ago

FAILURES = "131049 "
OUTCOMES = {"delivered,2", "failed,1"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables that point the examples to a warehouse, and to DuckDB's extensions."""
    home, data = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("data")
    install(home)
    lake = Lake(data)
    with lake.connection:
        hour = int(ago(hours=1).timestamp() * 1_000_000)
        common = {"occurred_at": hour, "received_at": hour}
        lake.land_events(
            STATUSES,
            common | {"message_id": "A", "status": "delivered"},
            common | {"message_id": "B", "status": "delivered"},
            common | {"message_id": "C", "status": "failed", "error_code": 131049},
        )
        yield {
            **os.environ,
            "HOME": str(home),
            "WAREHOUSE": str(data / "warehouse.sqlite"),
            "PYTHONPATH": str(PYTHON),
        }


def install(home: Path) -> None:
    """Puts DuckDB's extensions where INSTALL would download them to."""
    version, platform = duckdb.execute(
        "SELECT library_version, (SELECT platform FROM pragma_platform()) FROM pragma_version()"
    ).fetchall()[0]
    folder = home / ".duckdb" / "extensions" / version / platform
    folder.mkdir(parents=True)
    for file in Path(duckdb.__file__).parents[1].glob("duckdb_extension_*/extensions/*/*"):
        (folder / file.name).symlink_to(file)


def output(environment: dict[str, str], *command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command, env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_polars_and_pandas(environment: dict[str, str]) -> None:
    shown = output(environment, sys.executable, str(EXAMPLES / "read_frames.py"))
    assert shown.startswith(FAILURES)
    assert set(shown.splitlines()) >= OUTCOMES


@pytest.mark.parametrize("example", ["read_ibis.py", "read_sqlalchemy.py"])
@pytest.mark.skipif(missing(PYTHON), reason=f"ibis and SQLAlchemy are {HINT}")
def test_libraries(environment: dict[str, str], example: str) -> None:
    shown = output(environment, sys.executable, str(EXAMPLES / example))
    assert set(shown.splitlines()) >= OUTCOMES


def test_the_statement_of_the_readme(environment: dict[str, str]) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (sql,) = re.findall(r'^duckdb -c "(.*?)"$', readme, re.MULTILINE | re.DOTALL)
    program = "import duckdb, sys; print(duckdb.sql(sys.argv[1]).fetchall())"
    folder = Path(environment["WAREHOUSE"]).parent
    (folder / "data").symlink_to(folder)  # the README's path is data/warehouse.sqlite
    assert "'meta'" in output(environment, sys.executable, "-c", program, sql, cwd=folder)


@pytest.mark.skipif(not shutil.which("dbt"), reason="dbt is not on the PATH")
def test_dbt(environment: dict[str, str], tmp_path: Path) -> None:
    project = shutil.copytree(EXAMPLES / "dbt", tmp_path / "dbt")
    report = tmp_path / "report.duckdb"
    variables = {**environment, "REPORT": str(report), "PYTHONPATH": ""}
    command = ("dbt", "--no-send-anonymous-usage-stats", "run", "--profiles-dir", ".")
    output(variables, *command, cwd=project)
    with duckdb.connect(str(report), read_only=True) as connection:
        rows = connection.execute("SELECT outcome, messages FROM outcomes_by_day ORDER BY ALL")
        assert {f"{outcome},{messages}" for outcome, messages in rows.fetchall()} == OUTCOMES
