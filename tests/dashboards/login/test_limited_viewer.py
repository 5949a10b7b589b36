"""What viewers see on every page and in every download, by what is rendered."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import login, queries, roles, warehouse_reader
from dashboards.components import download
from dashboards.login import NOT_LOGGED_IN, NobodyKnown
from dashboards.roles import Person
from dashboards.selection import Choice
from tests.support.dashboard import Opened
from tests.support.lake import created
from tests.support.views import CUSTOMER, Views, ago, status

pytestmark = pytest.mark.slow

OWN = {"display_phone_number": "15550001111", "waba_id": "100", "source": "own-source"}
THEIRS = {"display_phone_number": "4915550002222", "waba_id": "200", "source": "foreign-source"}
GERMAN = "4917612345678"
# Where these stand, something of the other account is shown.
FOREIGN = ("4915550002222", "foreign", "Germany", "131050")
PRIVATE = (CUSTOMER, "wamid.", "55…21", "Hello")
LIMITED = Person("shop@example.com", "viewer", accounts=("100",))
VIEWER = Person("team@example.com", "viewer")
LIMITED_PAGES = [page for page in roles.PAGES if LIMITED.may_open(page)]


def add(views: Views, account: dict[str, str], count: int, person: str, code: int) -> None:
    """So many failed messages of an account, and one of each other kind of event."""
    whose = account["source"].removesuffix("-source")
    at = {"occurred_at": ago(hours=2), "received_at": ago(hours=2)}
    facts = {"recipient_id": person, "category": "utility", "pricing_model": "PMP"}
    views.add(
        *(
            status("failed", ago(hours=2), **account, **facts, error_code=code,
                   error_title=f"{whose} error", callback_data=f"{whose}-campaign",
                   message_id=f"wamid.{whose}{number}")
            for number in range(count)
        ),
        status("delivered", ago(hours=2), **account, **facts, message_id=f"wamid.{whose}",
               billable=True, callback_data=f"{whose}-campaign"),
    )  # fmt: skip
    common = {"dialect": "cloud", **at, **account}
    views.add(
        common
        | {"event_id": str(uuid.uuid4()), "channel": "messages", "type": "text", "content": "Hello"}
        | {"sender_id": person, "message_id": f"wamid.{whose}in", "referral_source_type": "ad"}
        | {"referral_source_id": f"{whose}-ad"},
        table="messages",
    )
    template = f'{{"message_template_name":"{whose}_offer"}}'
    views.add(
        common
        | {"event_id": str(uuid.uuid4()), "field": "message_template_status_update"}
        | {"event": "PAUSED", "value": template},
        table="account_events",
    )
    views.add(
        {"event_id": str(uuid.uuid4()), "source": account["source"], "reason": "not_json"}
        | {"payload": b"Hello", "detail": "Hello", **at},
        table="dead_letters",
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with four messages of one account, and six of another."""
    folder = tmp_path_factory.mktemp("shared")
    with created(folder) as connection:
        views = Views(connection)
        add(views, OWN, 3, CUSTOMER, 131026)
        add(views, THEIRS, 5, GERMAN, 131050)
    return folder


def opened(
    monkeypatch: pytest.MonkeyPatch, folder: Path, person: Person, page: str, **query: str
) -> AppTest:
    monkeypatch.setattr(login, "visitor", lambda: person)
    app = Opened(monkeypatch).on(folder, page, **query)
    assert not app.exception
    return app


def rendered(app: AppTest) -> str:
    """All that the browser gets, with the rows of tables and charts, and all downloads."""
    parts = [
        element.proto.SerializeToString().decode("utf-8", "replace")
        for block in (app.main, app.sidebar)
        for element in block
        if getattr(element, "proto", None) is not None
    ]
    rows = app.session_state[download.TABLES].rows.values()
    return "\n".join(parts + [str(table.to_csv()) for table in rows])


@pytest.mark.parametrize("page", LIMITED_PAGES)
def test_a_limited_viewer_sees_their_account_only(
    monkeypatch: pytest.MonkeyPatch, folder: Path, page: str
) -> None:
    app = opened(monkeypatch, folder, LIMITED, page)
    shown = rendered(app)
    assert [text for text in (*FOREIGN, *PRIVATE) if text in shown] == []
    figures = {metric.label: metric.value for metric in app.metric}
    expected = {
        "overview": ("Messages", "4"),
        "delivery": ("Failure rate", "75.0%"),
        "failures": ("Failed", "3"),
        "campaigns": ("Messages", "4"),
        "countries": ("Messages", "4"),
        "conversations": ("By category", "4"),
        "pricing": ("Units", "1"),
        "inbound": ("Inbound messages", "1"),
        "events": ("Account events", "1"),
    }[page]
    assert expected in figures.items()


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("failures", {"code": "cloud-131026"}),
        ("campaigns", {"campaign": "own-campaign"}),
        ("inbound", {}),
        ("pipeline", {"reason": "not_json"}),
    ],
)
def test_a_viewer_sees_counts_of_all_but_no_person(
    monkeypatch: pytest.MonkeyPatch, folder: Path, page: str, query: dict[str, str]
) -> None:
    shown = rendered(opened(monkeypatch, folder, VIEWER, page, **query))
    assert [text for text in PRIVATE if text in shown] == []
    assert "foreign" in shown or "4915550002222" in shown


def test_work_for_later_reads_for_who_asked(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("BLUETICK_DATA_DIR", str(folder))
    monkeypatch.setattr(login, "visitor", lambda: LIMITED)

    @login.kept
    def later() -> list[object]:
        return warehouse_reader.ask(lambda reads: reads.execute("FROM dimensions").fetchall())

    monkeypatch.setattr(login, "visitor", lambda: NOT_LOGGED_IN)
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.extend(later()))
    thread.start()
    thread.join()
    assert [row[:3] for row in found] == [("own-source", "100", "15550001111")]  # type: ignore[index]
    with pytest.raises(NobodyKnown):
        warehouse_reader.ask(queries.options, Choice())
    with pytest.raises(NobodyKnown):
        warehouse_reader.recall("options", list)
