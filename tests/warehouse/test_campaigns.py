"""Messages are counted by campaign, and a category that no status states is inferred from it."""

from __future__ import annotations

import pytest

from schemas.topics import STATUSES
from tests.support.lake import Lake, lake
from warehouse import rollups
from warehouse.campaigns import BadRule, CampaignRule
from warehouse.connection import create

__all__ = ["lake"]

FAILED = {"status": "failed", "error_code": 131026}
COUNTED = "SELECT campaign, sum(messages)::BIGINT FROM campaign_counts GROUP BY ALL ORDER BY ALL"


def name_of(lake: Lake, callback_data: str) -> object:
    ((name,),) = lake.rows("SELECT campaign_name(NULL, ?)", callback_data)
    return name


@pytest.mark.parametrize(
    "label", ["spring-sale", "2026/11_welcome", "sale.2026-11-27", "sale_20261127", "größe:2", "春"]
)
def test_what_looks_like_a_name_is_a_campaign(lake: Lake, label: str) -> None:
    assert name_of(lake, label) == label


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Anna Smith",
        "anna@example.com",
        "order-482913",
        "+491512345678",
        "tel:555-000-1111",
        "5550001111",
        "3f2a9c4e-aaaa-bbbb-cccc-dddddddddddd",
        "wamid.HBgNODYxNzYwNjA1MDgxORUCABEYEjI4",
        '{"campaign":"sale"}',
        "sale?user=7",
        "two\nlines",
        "x" * 65,
        "bluetick:reaction",
        "bluetick:reaction-to",
    ],
)
def test_what_may_be_an_id_or_a_person_is_none(lake: Lake, value: str) -> None:
    assert name_of(lake, value) is None


def test_a_rule_names_campaigns_by_its_group_or_its_match(lake: Lake) -> None:
    create(lake.connection, CampaignRule(r"c=(\w+)"))
    assert name_of(lake, "c=sale;u=7") == "sale"
    assert name_of(lake, "sale") is None
    create(lake.connection, CampaignRule("^[a-z]+"))
    assert name_of(lake, "sale;u=7") == "sale"
    create(lake.connection, CampaignRule("^$"))
    assert name_of(lake, "sale") is None
    assert name_of(lake, "") is None


def test_a_rule_that_is_no_expression_is_refused(lake: Lake) -> None:
    with pytest.raises(BadRule, match="--callback-campaign"):
        create(lake.connection, CampaignRule("("))


def test_another_rule_counts_all_messages_again(lake: Lake) -> None:
    lake.land_events(
        STATUSES,
        {"message_id": "a", "callback_data": "c=sale"},
        {"message_id": "b", "callback_data": "news", "template_id": "7"},
    )
    assert lake.rows(COUNTED) == [("7", 1), (None, 1)]
    create(lake.connection, CampaignRule("c=(.*)"))
    assert lake.rows(COUNTED) == [("7", 1), ("sale", 1)]
    assert lake.rows(rollups.corrections()) == []


def test_names_beyond_the_limit_count_together_until_it_is_raised(lake: Lake) -> None:
    create(lake.connection, CampaignRule(most=1))
    for label in ("first", "second", "third", "first"):
        lake.land_events(STATUSES, {"message_id": f"m{label}", "callback_data": label})
    assert lake.rows(COUNTED) == [("first", 1), ("other", 2)]
    ids = lake.rows("SELECT name, campaign_id FROM campaigns")
    create(lake.connection, CampaignRule(most=2))
    assert lake.rows(COUNTED) == [("first", 1), ("other", 1), ("second", 1)]
    assert set(ids) < set(lake.rows("SELECT name, campaign_id FROM campaigns"))
    assert lake.rows(rollups.corrections()) == []


def test_templates_have_their_own_limit(lake: Lake) -> None:
    create(lake.connection, CampaignRule(most=1))
    lake.land_events(
        STATUSES,
        {"message_id": "a", "callback_data": "sale"},
        {"message_id": "b", "template_id": "sale"},
        {"message_id": "c", "template_id": "7"},
    )
    assert lake.rows("SELECT name, of_template FROM campaigns ORDER BY ALL") in (
        [("sale", False), ("sale", True)],
        [("7", True), ("sale", False)],
    )


def categories(lake: Lake, view: str) -> list[tuple[object, ...]]:
    return lake.rows(f"SELECT category, category_basis FROM {view} GROUP BY ALL ORDER BY ALL")


def test_a_category_is_inferred_while_the_others_agree(lake: Lake) -> None:
    sale = {"callback_data": "sale"}
    lake.land_events(
        STATUSES,
        {"message_id": "a", "status": "read", "category": "utility", **sale},
        {"message_id": "b", **FAILED, **sale},
    )
    both = [("utility", "inferred"), ("utility", "stated")]
    for view in ("outcomes", "outcome_counts", "campaign_counts"):
        assert categories(lake, view) == both
    assert lake.rows("SELECT category, messages, failed, inferred FROM delivery") == [
        ("utility", 2, 1, 1)
    ]
    assert lake.rows("SELECT category, messages FROM failures") == [("utility", 1)]
    assert lake.rows("SELECT category FROM dimensions") == [("utility",)]
    lake.land_events(STATUSES, {"message_id": "c", "category": "marketing", **sale})
    unclear = [("marketing", "stated"), ("utility", "stated"), (None, None)]
    for view in ("outcomes", "outcome_counts", "campaign_counts"):
        assert categories(lake, view) == unclear


@pytest.mark.parametrize("other", [{"source": "bsp"}, {"callback_data": "news"}])
def test_nothing_is_inferred_from_another_source_or_campaign(
    lake: Lake, other: dict[str, object]
) -> None:
    sale: dict[str, object] = {"callback_data": "sale"}
    lake.land_events(
        STATUSES,
        {"message_id": "a", "category": "utility", **(sale | other)},
        {"message_id": "b", **FAILED, **sale},
    )
    assert categories(lake, "outcome_counts") == [("utility", "stated"), (None, None)]


def test_an_inferred_category_decides_from_which_age_there_is_no_outcome(lake: Lake) -> None:
    ((an_hour_ago,),) = lake.rows("SELECT epoch_us(now() - INTERVAL 1 HOUR)")
    code = {"callback_data": "login-code", "occurred_at": an_hour_ago, "received_at": an_hour_ago}
    lake.land_events(
        STATUSES,
        {"message_id": "a", "category": "authentication", "status": "delivered", **code},
        {"message_id": "b", **code},
    )
    for view in ("outcomes", "outcome_counts", "campaign_counts"):
        assert lake.rows(f"SELECT outcome FROM {view} WHERE category_basis = 'inferred'") == [
            ("no_outcome",)
        ]


def test_a_template_is_one_campaign_whatever_else_its_messages_say(lake: Lake) -> None:
    said = ("sale", "order-482913", None)
    lake.land_events(
        STATUSES,
        *(
            {"message_id": f"wamid.{number}", "template_id": "1", "callback_data": callback_data}
            for number, callback_data in enumerate(said)
        ),
    )
    assert lake.rows("SELECT name, of_template FROM campaigns") == [("1", True)]
    assert lake.rows(rollups.corrections()) == []
    assert lake.rows(COUNTED) == [("1", 3)]


def test_a_name_that_was_added_twice_counts_once_and_is_merged(lake: Lake) -> None:
    lake.land_events(STATUSES, {"message_id": "wamid.1", "template_id": "1"})
    lake.connection.execute("INSERT INTO campaigns FROM campaigns")
    lake.land_events(STATUSES, {"message_id": "wamid.2", "template_id": "1"})
    assert lake.rows(rollups.corrections()) == []
    assert lake.rows(COUNTED) == [("1", 2)]
    rollups.rebuild(lake.connection)
    assert lake.rows("SELECT name FROM campaigns") == [("1",)]
