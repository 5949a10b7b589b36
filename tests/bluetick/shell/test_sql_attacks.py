"""`bluetick sql` on a real warehouse: questions are answered, and attacks change nothing."""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluetick.shell.session import Session, SqlError
from schemas.topics import STATUSES
from tests.support.attacks import ATTACKS, serialised
from tests.support.lake import Lake
from tests.support.questions import QUESTIONS

pytestmark = pytest.mark.slow

DOCS = sorted(Path(__file__).parents[3].glob("docs/*.md"))
PAGES = [Path(__file__).parents[3] / "README.md", *DOCS]
# Statements in blocks of SQL, and after the command in blocks for the shell.
EXAMPLES = [
    example
    for page in PAGES
    for pattern in (r"^```sql\n(.*?)^```", r"bluetick sql (?:--\S+ \S+ )?\"(.*?)\"")
    for example in re.findall(pattern, page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
]
# The catalog's rows, files and settings.
KNOWN = (
    "ducklake_snapshot",
    "ducklake_data_file",
    "ducklake_files_scheduled_for_deletion",
    "ducklake_metadata",
    "ducklake_table",
    "ducklake_view",
)


class Site:
    """A warehouse with files in use and files that will be deleted, and a reader of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lake = Lake(folder / "data")
        for number in range(3):
            self.lake.land_events(
                STATUSES, {"message_id": f"wamid.{number}", "status": ("sent", "read")[number % 2]}
            )
        self.lake.rows("CALL ducklake_merge_adjacent_files('bluetick')")
        with sqlite3.connect(folder / "other.sqlite") as other:
            other.execute("CREATE TABLE mine AS SELECT 'secret' AS text")
        other.close()
        (folder / "text.txt").write_text("secret")
        # DuckDB would plan each question, which takes longer than all of the answers.
        self.catalog = sqlite3.connect(f"file:{self.lake.location.sqlite_file}?mode=ro", uri=True)
        self.out = io.StringIO()
        self.session = Session(self.lake.location, "csv", self.out)
        (live,) = self.lake.rows(
            "SELECT data_file FROM ducklake_list_files('bluetick', 'statuses') LIMIT 1"
        )[0]
        files = self.lake.location.data_path
        self.places = {
            "data": files,
            "live": str(live),
            "catalog": str(self.lake.location.sqlite_file),
            "other": str(folder / "other.sqlite"),
            "text": str(folder / "text.txt"),
            "new": f"{files}new",
            "statement": serialised(f"FROM read_text('{folder / 'text.txt'}')"),
        }
        self.known = self.state()

    def state(self) -> dict[str, object]:
        """The files with sizes and times, the content of the catalog, and the rows."""
        files = {
            str(path): path.is_file() and (path.stat().st_size, path.stat().st_mtime_ns)
            for path in self.folder.rglob("*")
            if not path.name.endswith(("-wal", "-shm"))
        }
        known = {
            name: self.catalog.execute(f"SELECT * FROM {name} ORDER BY rowid").fetchall()
            for name in KNOWN
        }
        rows = self.lake.rows("FROM statuses ORDER BY ALL")
        return {"files": files, **known, "statuses": rows}

    def unchanged(self) -> bool:
        """Whether nothing has changed since this was asked last, or since the beginning."""
        before, self.known = self.known, self.state()
        return self.known == before

    def answer(self, text: str) -> str:
        self.out.seek(0)
        self.out.truncate()
        self.session.run(text)
        return self.out.getvalue()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.session.close()
    site.catalog.close()
    site.lake.connection.close()


def test_the_test_can_see_destruction(site: Site) -> None:
    waiting = (
        "SELECT count(*) FROM __ducklake_metadata_bluetick.ducklake_files_scheduled_for_deletion"
    )
    assert site.lake.rows(waiting) != [(0,)]
    assert Path(site.places["live"]).stat().st_size > 0


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_changes_nothing(site: Site, attack: str) -> None:
    with pytest.raises(SqlError, match="is refused"):
        site.answer(attack.format(**site.places))
    assert site.out.getvalue() == ""
    assert site.unchanged()


@pytest.mark.parametrize("text", [*QUESTIONS, *EXAMPLES])
def test_a_question_is_answered(site: Site, text: str) -> None:
    site.answer(text)
    site.answer("SET TimeZone = 'UTC'; RESET threads")
    assert site.unchanged()


def test_the_documents_have_examples() -> None:
    assert len(EXAMPLES) > 5


def test_a_pivot_returns_only_its_own_rows(site: Site) -> None:
    text = "PIVOT (SELECT source, status FROM statuses) ON status USING count(*)"
    assert site.answer(text) == "source,read,sent\nmeta,1,2\n"


def test_a_setting_is_set_without_output(site: Site) -> None:
    text = "SET VARIABLE Zone = 'A'; SET TimeZone = 'Asia/Tokyo'; "
    ask = "SELECT getvariable('zone') AS v, current_setting('TimeZone') AS z; "
    assert site.answer(f"{text}{ask} SET TimeZone = 'UTC'") == "v,z\nA,Asia/Tokyo\n"


def test_nothing_runs_before_the_whole_text_is_checked(site: Site) -> None:
    with pytest.raises(SqlError, match="is refused"):
        site.answer("SELECT 1; SET TimeZone = 'Asia/Tokyo'; DELETE FROM statuses")
    assert site.out.getvalue() == ""
    assert site.answer("SELECT current_setting('TimeZone') AS zone") == "zone\nUTC\n"
