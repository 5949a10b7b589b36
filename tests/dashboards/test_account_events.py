"""The page Account events: its counts against plain SQL, and its words."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboards import queries
from dashboards.components import account_words
from dashboards.selection import Choice, Selection, selection_at
from schemas.topics import ACCOUNT_EVENTS
from tests.dashboards.test_pages import metrics, text
from tests.support import states
from tests.support.dashboard import Opened

pytestmark = pytest.mark.slow

CHOICES = {
    "day": Choice("24h"),
    "week": Choice("7d"),
    "number": Choice("30d", numbers=("4915550002222",)),
    "source": Choice("7d", sources=("positus",)),
}


@pytest.fixture(params=CHOICES)
def selection(request: pytest.FixtureRequest, now: datetime) -> Selection:
    return selection_at(CHOICES[request.param], now)


def test_counts_agree_with_the_table(sql: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    page = queries.account_events(sql, selection)

    expected = Counter(
        (field, event)
        for field, event, number, source, at in sql.execute(
            "SELECT field, event, display_phone_number, source, occurred_at FROM account_events"
        ).fetchall()
        if selection.since <= at < selection.until
        and number in (selection.choice.numbers or (number,))
        and source in (selection.choice.sources or (source,))
    )
    assert {(row.field, row.event): row.events for row in page.counts.itertuples()} == expected
    assert page.series["events"].sum() == expected.total()
    own = sum(n for (field, _), n in expected.items() if field != "user_preferences")
    assert len(page.newest) == own
    assert page.empty == (not expected)


def test_the_page_says_what_happened(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "events", range="7d")

    tiles = metrics(opened)
    listed = opened.dataframe[-1].value
    assert not opened.exception
    assert (tiles["Account events"], tiles["Opt-outs"], tiles["Restrictions"]) == ("5", "3", "1")
    assert (tiles["Templates stopped"], tiles["Quality changes"]) == ("1", "2")
    assert list(listed["What happened"]) == [
        "Template spring_offer (en_US) can be sent again",
        "Template spring_offer (en_US) was paused because of low quality",
        "The number was flagged because of low quality; limit TIER_1K",
        "Quality of template spring_offer (en_US) fell from green to yellow",
        "The account was restricted: restricted biz initiated messaging",
    ]
    assert list(listed["Stops messages"]) == ["", "yes", "", "", "yes"]


def test_events_of_people_are_counted_if_chosen_and_never_listed(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "events", range="7d", show="all")

    kinds = set(opened.dataframe[0].value["Kind"])
    assert "Marketing preferences of users" in kinds
    assert "1555765" not in text(opened) + opened.dataframe[1].value.to_csv()
    opened.segmented_control(key="show").set_value("account").run()
    assert "Marketing preferences of users" not in set(opened.dataframe[0].value["Kind"])


def test_account_events_are_shown_before_the_first_message(app: Opened, tmp_path: Path) -> None:
    states.only(ACCOUNT_EVENTS, field="account_update", event="VERIFIED_ACCOUNT", value="{}")(
        tmp_path
    )

    opened = app.on(tmp_path, "events")

    assert not opened.exception
    assert metrics(opened)["Account events"] == "1"
    assert list(opened.dataframe[-1].value["What happened"]) == ["Verified account"]


def test_without_events_the_page_says_so(app: Opened, busy: Path) -> None:
    opened = app.on(busy, "events", range="1h")

    assert not opened.exception
    assert "No account events in this time range." in text(opened)


TEMPLATE = {"message_template_name": "hi", "message_template_language": "de"}
STATUS, QUALITY = "message_template_status_update", "message_template_quality_update"
CATEGORY = "template_category_update"
WORDS: list[tuple[str, str | None, dict[str, Any], str]] = [
    (
        STATUS, "REJECTED", TEMPLATE | {"reason": "TAG_CONTENT_MISMATCH"},
        "Template hi (de) was rejected: tag content mismatch",
    ),
    (STATUS, "NEW_STATE", {}, "Template without a name has the status new state"),
    (QUALITY, "GREEN", {"new_quality_score": "GREEN"},
     "Quality of template without a name is green"),
    (QUALITY, None, {}, "Template quality"),
    (
        CATEGORY, "MARKETING",
        TEMPLATE | {"previous_category": "UTILITY", "new_category": "MARKETING"},
        "Category of template hi (de) changed from utility to marketing",
    ),
    (
        CATEGORY, "MARKETING",
        TEMPLATE | {"correct_category": "MARKETING", "new_category": "UTILITY"},
        "Category of template hi (de) will change from utility to marketing",
    ),
    (
        "phone_number_quality_update", "UPGRADE",
        {"current_limit": "TIER_10K", "old_limit": "TIER_1K"},
        "The number's limit was raised; limit TIER_10K, before TIER_1K",
    ),
    (
        "business_capability_update", None, {"max_daily_conversations_per_business": 2000},
        "The account may have 2000 conversations a day",
    ),
    (
        "account_update", "DISABLED_UPDATE", {"ban_info": {"waba_ban_state": ["DISABLE"]}},
        "The account's ban changed",
    ),
    (
        "account_update", "DISABLED_UPDATE", {"ban_info": {"waba_ban_state": "DISABLE"}},
        "The account's ban changed: disable",
    ),
    ("account_review_update", "APPROVED", {}, "The review of the account was approved"),
    (
        "phone_number_name_update", "REJECTED", {"rejection_reason": "NAME_EXISTS"},
        "The display name was rejected: name exists",
    ),
    (
        "account_alerts", "OBA_APPROVED", {"alert_info": {"alert_description": "Sample alert"}},
        "Oba approved: Sample alert",
    ),
    ("a_field_of_tomorrow", "SOME_EVENT", {"x": 1}, "Some event"),
    ("a_field_of_tomorrow", None, {}, "A field of tomorrow"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "event", "value", "said"), WORDS)
def test_events_are_named_in_words(
    field: str, event: str | None, value: dict[str, Any], said: str
) -> None:
    assert account_words.sentence(field, event, json.dumps(value)) == said


@pytest.mark.parametrize("value", [None, "", "[1]", "{", '{"ban_info": 1e999}', '{"a":' * 5000])
@pytest.mark.parametrize("field", account_words.SENTENCES)
def test_any_value_gives_a_sentence(field: str, value: str | None) -> None:
    assert account_words.sentence(field, "EVENT", value)
