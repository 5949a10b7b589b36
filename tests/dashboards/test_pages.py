"""Every page as a person sees it, without a browser."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import queries
from dashboards.components import formats
from dashboards.selection import CUSTOM, PRESETS
from tests.support.dashboard import Opened, filled
from tests.support.lake import created
from tests.support.traffic import made_up
from tests.support.views import Views, ago, status

pytestmark = pytest.mark.slow

PAGES = (
    "overview", "delivery", "failures", "campaigns", "countries", "conversations", "pricing",
)  # fmt: skip
# Pages that have something to show without a message that was sent.
OTHERS = ("events", "inbound", "pipeline")
# Also the page about one message, which has no time range.
EVERY_PAGE = (*PAGES, *OTHERS, "messages")
TITLES = {page: page.capitalize() for page in EVERY_PAGE} | {"events": "Account events"}


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def beside(app: AppTest, label: str) -> str:
    """The words below a tile's figure."""
    tile = next(metric for metric in app.metric if metric.label == label)
    return f"{tile.delta} {tile.proto.delta_description}"


def text(app: AppTest) -> str:
    """All words of a page."""
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.info, app.success, app.code)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def choose(app: AppTest, **filters: list[str]) -> AppTest:
    """Sets filters of the sidebar: number, category, source."""
    for key, values in filters.items():
        app.multiselect(key=key).set_value(values)
    return app.run()


def shown_since(app: AppTest) -> datetime:
    """Where the page says that its range begins."""
    start = app.caption[0].value.split(" – ")[0]
    return datetime.strptime(f"{start} +0000", "%d %b %Y, %H:%M %z")


@pytest.mark.parametrize("page", [*PAGES, *OTHERS])
def test_a_page_shows_data_and_says_how_old_it_is(app: Opened, busy: Path, page: str) -> None:
    opened = app.on(busy, page, range="7 days")

    assert not opened.exception
    assert [title.value for title in opened.title] == [TITLES[page]]
    assert metrics(opened)
    assert "newest event" in text(opened).lower()
    assert "UTC" in text(opened)
    assert "Waiting for the first message" not in text(opened)


def test_an_empty_warehouse_of_a_provider_that_signs_asks_for_a_message(
    app: Opened, empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bluetick.toml"
    url = "https://hooks.example.com/webhooks/t"
    file.write_text(f'[sources.t]\nauth = "signature"\npublic_url = "{url}"\n')
    monkeypatch.setenv("BLUETICK_CONFIG", str(file))

    opened = app.on(empty, "overview")

    assert "Only the provider can sign" in text(opened)
    assert url in text(opened)
    assert "curl" not in text(opened)


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_an_empty_warehouse_shows_how_to_send_a_webhook(
    app: Opened, empty: Path, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUETICK_RECEIVER_PORT", "8123")
    monkeypatch.setenv("BLUETICK_CONFIG", str(empty / "none.toml"))

    opened = app.on(empty, page)

    assert not opened.exception
    assert not opened.metric
    assert "Waiting for the first message" in text(opened)
    assert "curl --include http://127.0.0.1:8123/webhooks/local" in text(opened)
    assert "No data yet" in text(opened)


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_no_warehouse_is_explained_without_a_traceback(
    app: Opened, tmp_path: Path, page: str
) -> None:
    opened = app.on(tmp_path / "nowhere", page)

    assert not opened.exception
    assert "The warehouse cannot be read" in text(opened)
    assert "bluetick up" in text(opened)


def test_a_page_fills_when_the_first_message_comes(
    app: Opened, tmp_path: Path, now: datetime
) -> None:
    opened = app.on(tmp_path / "later")
    assert "The warehouse cannot be read" in text(opened)

    filled(tmp_path / "later", made_up(now, days=0.9, messages=50))
    opened.run()

    assert not opened.exception
    assert "Messages" in metrics(opened)
    assert "15550001111" in opened.multiselect(key="number").options[0]


@pytest.mark.parametrize(
    "chosen",
    [
        {"number": ["15550001111"]},
        {"category": ["marketing"]},
        {"source": ["positus"]},
        {"number": ["4915550002222"], "category": ["utility", "service"]},
    ],
)
def test_with_filters_the_numbers_agree_with_sql(
    app: Opened, busy: Path, sql: duckdb.DuckDBPyConnection, chosen: dict[str, list[str]]
) -> None:
    opened = app.on(busy, range="7 days")
    everything = metrics(opened)["Messages"]

    choose(opened, **chosen)

    columns = {"number": "display_phone_number", "category": "category", "source": "source"}
    where = " AND ".join(
        f"{columns[key]} IN ({', '.join(repr(value) for value in values)})"
        for key, values in chosen.items()
    )
    since = shown_since(opened)
    for name in ("since", "until"):
        sql.execute(f"RESET VARIABLE bluetick_{name}")
    ((count, failed),) = sql.execute(
        "SELECT count(*), count(*) FILTER (outcome = 'failed') FROM outcomes "
        f"WHERE first_at >= ? AND {where}",
        [since],
    ).fetchall()
    assert metrics(opened)["Messages"] == formats.count(count) != everything
    assert f"{formats.count(failed)} of {formats.count(count)}" in beside(opened, "Failure rate")


def test_range_and_filters_stay_on_the_next_page(app: Opened, busy: Path) -> None:
    opened = app.on(busy, range="7 days")
    choose(opened, number=["34655500033"])
    messages = metrics(opened)["Messages"]

    opened.switch_page("screens/delivery.py").run()

    assert f"of {messages}" in opened.metric[0].delta
    assert opened.multiselect(key="number").value == ["34655500033"]
    assert "+34655500033" in text(opened)


def test_a_range_without_messages_says_so(app: Opened, busy: Path) -> None:
    opened = app.on(busy, range="7 days")

    choose(opened, number=["34655500033"], source=["meta"])

    assert not opened.exception
    assert "No messages in this time range." in text(opened)
    assert "or clear a filter," in text(opened)


def test_the_details_of_a_code_show_no_recipients(
    app: Opened, busy: Path, sql: duckdb.DuckDBPyConnection
) -> None:
    opened = app.on(busy, "failures", range="7 days")

    choose(opened, code=["cloud-131026"])

    assert not opened.exception
    assert "Do not send again" in text(opened)
    listed = opened.dataframe[-1].value
    assert set(listed.columns) == {"Failed at (UTC)", "Message id", "Business number", "Category"}
    recipients = sql.execute("SELECT DISTINCT recipient_id FROM outcomes").fetchall()
    shown = "\n".join([text(opened), *(frame.value.to_csv() for frame in opened.dataframe)])
    assert not [number for (number,) in recipients if number in shown]


@pytest.mark.parametrize("split", ["number", "category"])
def test_rates_can_be_split(app: Opened, busy: Path, split: str) -> None:
    opened = app.on(busy, "delivery", range="7 days")

    opened.segmented_control(key="split").set_value(split).run()
    opened.segmented_control(key="measure").set_value("read_rate").run()
    opened.segmented_control(key="wait").set_value("read").run()

    assert not opened.exception


@pytest.mark.parametrize("basis", ["category", "conversation", "referral"])
def test_conversations_name_the_source_of_origins(app: Opened, busy: Path, basis: str) -> None:
    opened = app.on(busy, "conversations", range="7 days")

    opened.segmented_control(key="basis").set_value(basis).run()

    assert not opened.exception
    assert f"Based on {basis}" in opened.info[0].value


def test_a_page_names_a_filter_that_has_no_effect_on_it(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "conversations", range="7 days", category="marketing")

    assert "The filter category does not apply here." in text(opened)


def test_a_filter_by_category_says_what_it_does_to_rates(app: Opened, busy: Path) -> None:
    opened = app.on(busy, range="7 days")
    assert "run high" not in text(opened)

    choose(opened, category=["marketing"])

    assert "rates by category run high" in text(opened)


def test_units_are_messages_even_if_conversations_are_billed(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "pricing", range="7 days")

    units = next(metric for metric in opened.metric if metric.label == "Units")
    assert "conversation-based pricing (model CBP) too these are messages" in units.help


@pytest.mark.parametrize("page", [*PAGES, *OTHERS])
def test_every_range_works_on_every_page(app: Opened, busy: Path, page: str) -> None:
    opened = app.on(busy, page)

    for preset in (*PRESETS, CUSTOM):
        opened.pills(key="range").set_value(preset).run()
        assert not opened.exception


def test_missing_values_can_be_chosen_in_filters(app: Opened, busy: Path) -> None:
    opened = app.on(busy, range="7 days")

    choose(opened, category=[queries.NOT_STATED])

    assert metrics(opened)["Delivery rate"] == formats.percent(0)
    assert metrics(opened)["Failure rate"] == formats.percent(1)


def test_there_is_no_change_without_all_of_the_period_before(app: Opened, busy: Path) -> None:
    opened = app.on(busy, range="30 days")

    assert "Not compared: there is no data from before" in text(opened)
    assert not [metric for metric in opened.metric if "+" in metric.delta or "pp" in metric.delta]
    assert beside(opened, "Delivery rate").split()[1] == "of"


def test_a_change_names_numerator_denominator_and_period(app: Opened, busy: Path) -> None:
    opened = app.on(busy, range="24 hours")

    assert "Compared with" in text(opened)
    delivery = beside(opened, "Delivery rate")
    assert "pp" in delivery
    assert f"of {metrics(opened)['Messages']}" in delivery
    # Only rates have a colour: more failures can be a smaller share.
    counts = [tile for tile in opened.metric if tile.label in {"Messages", "Dead letters"}]
    assert {tile.color for tile in counts} == {counts[0].color}


def test_a_wait_without_messages_is_no_empty_chart(app: Opened, tmp_path: Path) -> None:
    with created(tmp_path) as connection:
        Views(connection).add(status("sent", ago(minutes=50)), status("delivered", ago(minutes=40)))

    opened = app.on(tmp_path, "delivery", range="24 hours", wait="read")

    assert not opened.exception
    assert "No message of this period has both a sent status and this one." in text(opened)
