"""The market whose price a message is charged at."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.views import Views, in_group, status

BEFORE = datetime(2026, 9, 30, 23, 59, tzinfo=UTC)
AFTER = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("recipient", "market"),
    [
        ("5511987654321", "Brazil"),
        ("+5511987654321", "Brazil"),
        ("14155550100", "North America"),
        ("18095550100", "Rest of Latin America"),
        ("18765550100", "Rest of Latin America"),
        ("17875550100", "Rest of Latin America"),
        ("18685550100", "Other"),
        ("79161234567", "Russia"),
        ("390612345678", "Italy"),
        ("4930123456", "Germany"),
        ("85212345678", "Rest of Asia Pacific"),
        ("8613812345678", "Rest of Asia Pacific"),
        ("821012345678", "Other"),
        ("254712345678", "Rest of Africa"),
        ("99912345678", None),
        ("not a number", None),
        (None, None),
    ],
)
def test_the_longest_calling_code_decides(
    views: Views, recipient: str | None, market: str | None
) -> None:
    assert views.outcome(status("sent", recipient_id=recipient))["market"] == market


@pytest.mark.parametrize(
    ("recipient", "earlier", "later"),
    [
        ("8801712345678", "Rest of Asia Pacific", "Bangladesh"),
        ("9641234567890", "Rest of Middle East", "Iraq"),
        ("9771234567890", "Rest of Asia Pacific", "Nepal"),
        ("94712345678", "Rest of Asia Pacific", "Sri Lanka"),
        ("77012345678", "Other", "Kazakhstan"),
        ("96512345678", "Rest of Middle East", "Kuwait"),
        ("212612345678", "Rest of Africa", "Morocco"),
        ("96812345678", "Rest of Middle East", "Oman"),
        ("380501234567", "Rest of Central & Eastern Europe", "Ukraine"),
    ],
)
def test_a_market_is_valid_from_its_date(
    views: Views, recipient: str, earlier: str, later: str
) -> None:
    views.add(
        status("sent", BEFORE, recipient_id=recipient),
        status("delivered", AFTER, recipient_id=recipient),
        status("sent", AFTER, recipient_id=recipient, message_id="B"),
    )
    found = views.rows("SELECT market FROM outcomes ORDER BY first_at")
    assert [row["market"] for row in found] == [earlier, later]


def test_a_user_id_gives_the_country_if_there_is_no_phone(views: Views) -> None:
    hidden = status("read", AFTER, recipient_id=None, recipient_user_id="UA.123")
    assert views.outcome(hidden)["market"] == "Ukraine"


def test_the_phone_has_priority_over_the_user_id(views: Views) -> None:
    assert views.outcome(status("read", recipient_user_id="UA.123"))["market"] == "Brazil"


def test_a_user_id_without_country_has_no_market(views: Views) -> None:
    hidden = status("read", recipient_id=None, recipient_user_id="user.0a1b2c")
    assert views.outcome(hidden)["market"] is None


def test_a_group_has_the_markets_of_its_participants(views: Views) -> None:
    views.add(
        in_group("read", participant_id="4930123456"),
        in_group("read", participant_id="FR.1", participant_user_id="FR.1"),
        # some groups' ids begin like a phone number
        in_group("sent", message_id="B", recipient_id="5511987654321-1500000000"),
    )
    found = views.rows("SELECT market FROM outcomes ORDER BY market")
    assert [row["market"] for row in found] == ["France", "Germany", None]
