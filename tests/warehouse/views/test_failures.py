"""The reasons of failures, under one name for all generations of the platform."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.views import Views, minute, status
from warehouse import reference

CATALOGUE = reference.error_catalogue().to_pylist()


@pytest.mark.parametrize(
    ("cloud", "onprem"),
    [
        (131047, 470),
        (131048, 471),
        (130472, 472),
        (131042, 402),
        (130429, 429),
        (131051, 501),
        (131026, 1013),
        (131026, 1026),
        (131031, 1031),
        (131005, 1005),
        (131008, 1008),
        (131009, 1009),
        (132000, 2000),
        (132001, 2001),
        (132015, 2061),
        (132016, 2062),
        (137000, 480),
    ],
)
def test_the_same_failure_has_one_family(views: Views, cloud: int, onprem: int) -> None:
    views.add(
        status("failed", error_code=cloud),
        status("failed", message_id="B", dialect="onprem", error_code=onprem),
        status("failed", message_id="C", dialect="engagelab", error_code=onprem),
        status("failed", message_id="D", dialect="onprem", error_code=cloud),
    )
    found = views.rows("FROM failures")
    assert len({row["family"] for row in found}) == 1
    assert found[0]["family"] != "unknown"
    assert {row["error_code"] for row in found} == {cloud, onprem}


@pytest.mark.parametrize(
    ("twilio", "cloud"),
    [
        (63016, 131047),
        (63024, 131026),
        (63032, 130472),
        (63018, 130429),
        (63020, 131042),
        (63022, 131045),
        (63027, 132001),
        (63028, 132000),
        (63031, 131021),
        (63041, 132015),
        (63042, 132016),
        (63049, 131049),
        (63051, 131031),
    ],
)
def test_codes_of_twilio_have_the_families_of_metas(views: Views, twilio: int, cloud: int) -> None:
    views.add(
        status("failed", error_code=cloud),
        status("failed", message_id="B", dialect="twilio", error_code=twilio),
    )
    one, other = views.rows("FROM failures")
    assert one["family"] == other["family"] != "unknown"
    assert other["action"]


@pytest.mark.parametrize(
    ("dialect", "code"),
    [("cloud", 470), ("cloud", 1002), ("onprem", 190), ("unknown", 470), ("cloud", 63016)],
)
def test_a_code_is_unknown_in_another_dialect(views: Views, dialect: str, code: int) -> None:
    views.add(status("failed", dialect=dialect, error_code=code, error_title="As sent"))
    found = views.row("FROM failures")
    assert (found["family"], found["title"], found["action"]) == ("unknown", "As sent", None)


@pytest.mark.parametrize(
    ("error", "title"),
    [
        ({"error_code": 777001, "error_title": "Brand new"}, "Brand new"),
        ({"error_code": 777001}, "Error 777001"),
        ({"error_title": "No code"}, "No code"),
        ({}, "No error given"),
    ],
)
def test_an_unknown_error_keeps_its_own_code_and_title(
    views: Views, error: dict[str, Any], title: str
) -> None:
    views.add(status("failed", **error))
    found = views.row("FROM failures")
    assert (found["title"], found["family"]) == (title, "unknown")
    assert found["error_code"] == error.get("error_code")


def test_a_known_code_has_title_and_advice_from_the_catalogue(views: Views) -> None:
    views.add(status("failed", error_code=131047, error_title="(#131047) Whatever it was called"))
    known = next(row for row in CATALOGUE if row["code"] == 131047)
    found = views.row("FROM failures")
    assert (found["title"], found["action"]) == (known["title"], known["action"])
    assert views.row("FROM outcomes")["error_title"] == known["title"]


def test_a_message_delivered_after_a_failure_is_not_failed_but_keeps_its_error(
    views: Views,
) -> None:
    views.add(
        status("failed", minute(1), error_code=131026),
        status("delivered", minute(2)),
    )
    assert views.rows("FROM failures") == []
    found = views.row("FROM outcomes")
    assert (found["error_code"], found["error_family"]) == (131026, "undeliverable")


def test_a_message_that_never_failed_has_no_family(views: Views) -> None:
    assert views.outcome(status("sent"))["error_family"] is None


def test_a_failure_without_a_reason_takes_it_from_another_status(views: Views) -> None:
    views.add(status("failed", minute(1), error_code=131026), status("failed", minute(2)))
    assert views.row("FROM failures")["error_code"] == 131026


def test_shares_are_computed_by_day_number_and_category(views: Views) -> None:
    codes = [131026, 131026, 131026, 131049]
    for number, code in enumerate(codes):
        views.add(status("failed", message_id=f"A{number}", error_code=code))
    views.add(
        status("failed", message_id="B", error_code=131049, category="marketing"),
        status("failed", message_id="C", error_code=131049, display_phone_number="15550002222"),
        status("failed", minute(24 * 60), message_id="D", error_code=131049),
        status("delivered", message_id="E"),
    )
    found = views.rows("FROM failures")
    shares = sorted((row["error_code"], row["messages"], row["share"]) for row in found)
    assert shares == [(131026, 3, 0.75), (131049, 1, 0.25)] + [(131049, 1, 1.0)] * 3
