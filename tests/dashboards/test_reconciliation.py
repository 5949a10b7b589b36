"""Comparing with an export of Meta's `pricing_analytics`, with figures computed by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dashboards import queries
from dashboards.pricing_analytics import BadExport, Point, read
from tests.dashboards.test_pages import metrics
from tests.support.charges import delivered, rated
from tests.support.dashboard import Opened
from tests.support.lake import created
from tests.support.views import NUMBER, Views
from tests.warehouse.views.conftest import connection, views

__all__ = ["connection", "views"]

# Days of an account in California begin at 8:00 UTC in November.
MIDNIGHT = datetime(2026, 11, 10, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def point(day: int, units: int, cost: float | None = None, **fields: Any) -> dict[str, Any]:
    """A data point as Meta writes it: utility messages to Brazil on a day from MIDNIGHT on."""
    since = MIDNIGHT + day * DAY
    found = {
        "start": int(since.timestamp()),
        "end": int((since + DAY).timestamp()),
        "phone_number": NUMBER,
        "country": "BR",
        "pricing_type": "REGULAR",
        "pricing_category": "UTILITY",
        "tier": "0:MAX",
        "volume": units,
    }
    return found | ({} if cost is None else {"cost": cost}) | fields


def export(*points: dict[str, Any]) -> bytes:
    """The answer for the field of an account."""
    answer = {"pricing_analytics": {"data": [{"data_points": list(points)}]}, "id": "1"}
    return json.dumps(answer).encode()


def landed(views: Views, day: int, units: int, **columns: Any) -> None:
    """Deliveries an hour after the beginning of a day of Meta's."""
    delivered(views, "2026-11-10", units, time=MIDNIGHT + day * DAY + timedelta(hours=1), **columns)


def received(views: Views, at: datetime) -> None:
    """The newest webhook was received then."""
    row = {"source": "meta", "received_at": at, "occurred_at": at, "status": "sent"}
    views.add(row, table="statuses")


def differences(views: Views, data: bytes, *rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Market, category, our units and the reason in each cell."""
    received(views, MIDNIGHT + 9 * DAY)
    rated(views, "0.05")
    for columns in rows:
        landed(views, **columns)
    found = queries.reconciliation(views.connection, tuple(read(data)))
    names = ["market", "category", "units", "reason"]
    shown = found[names].astype(object).where(found[names].notna(), None)
    return [tuple(row) for row in shown.itertuples(index=False)]


def test_days_of_the_account_are_compared_exactly(views: Views) -> None:
    data = export(point(0, 60, 3.0, tier="0:60"), point(0, 40, 2.0, tier="61:MAX"), point(1, 7))
    received(views, MIDNIGHT + 9 * DAY)
    rated(views, "0.05")
    landed(views, 0, 100)
    delivered(views, "2026-11-11", 7, time=MIDNIGHT + DAY)  # the first moment of the next day
    delivered(views, "2026-11-10", 9, time=MIDNIGHT, display_phone_number="4930000000")
    found = queries.reconciliation(views.connection, tuple(read(data)))
    columns = ["meta_units", "units", "meta_cost", "cost", "reason"]
    assert found[columns].to_numpy().tolist() == [
        [100, 100, Decimal("5.0"), Decimal("5"), None],
        [7, 7, None, Decimal("0.35"), None],
    ]


@pytest.mark.parametrize(
    ("points", "rows", "cells"),
    [
        ([point(0, 5)], [{"day": 0, "units": 3}], [("Brazil", "utility", 3, "missing")]),
        ([point(0, 5)], [{"day": 0, "units": 8}], [("Brazil", "utility", 8, "more")]),
        ([point(9, 5)], [], [("Brazil", "utility", 0, "not_landed")]),
        (
            [point(0, 5), point(1, 5)],
            [{"day": 0, "units": 4}, {"day": 1, "units": 6}],
            [("Brazil", "utility", 4, "other_day"), ("Brazil", "utility", 6, "other_day")],
        ),
        (
            [point(0, 5)],
            [{"day": 0, "units": 5, "category": "marketing"}],
            [
                ("Brazil", "marketing", 5, "other_category"),
                ("Brazil", "utility", 0, "other_category"),
            ],
        ),
        (
            [point(0, 5)],
            [{"day": 0, "units": 5, "market": None}],
            [(None, "utility", 5, "other_market"), ("Brazil", "utility", 0, "other_market")],
        ),
        ([point(0, 5, 0.5)], [{"day": 0, "units": 5}], [("Brazil", "utility", 5, "other_price")]),
        (
            [point(0, 5, 0.5, country="DE")],
            [{"day": 0, "units": 5, "market": "Germany"}],
            [("Germany", "utility", 5, "unpriced")],
        ),
        (
            [point(0, 5, 0.5, pricing_category="MARKETING_LITE_DYNAMIC")],
            [{"day": 0, "units": 5, "category": "marketing_lite_dynamic"}],
            [("Brazil", "marketing_lite_dynamic", 5, "max_price")],
        ),
    ],
)  # fmt: skip
def test_a_difference_has_a_reason(
    views: Views,
    points: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    cells: list[tuple[Any, ...]],
) -> None:
    assert differences(views, export(*points), *rows) == cells


def test_an_export_that_is_divided_by_nothing_is_compared_as_a_whole(views: Views) -> None:
    whole = {"start": int(MIDNIGHT.timestamp()), "end": int((MIDNIGHT + DAY).timestamp())}
    data = json.dumps({"data": [{"data_points": [whole | {"volume": 9}]}]}).encode()
    rows: list[dict[str, Any]] = [
        {"day": 0, "units": 5},
        {"day": 0, "units": 4, "category": "service", "display_phone_number": "4930000000"},
    ]
    assert differences(views, data, *rows) == [(None, None, 9, None)]


def test_numbers_and_money_are_read_exactly() -> None:
    (found,) = read(export(point(0, 3, 0.1, phone_number="+1 555-000-1111")))
    assert found == Point(
        MIDNIGHT, MIDNIGHT + DAY, NUMBER, "BR", "utility", "regular", 3, Decimal("0.1")
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff", "not the JSON"),
        (b"[1]", "not the JSON"),
        (b'{"error": {"message": "expired"}}', "not the JSON"),
        (b'{"data": [{"data_points": [{"start": 1}]}]}', "not the JSON"),
        (b"[" * 100_000, "nested|not the JSON"),
        (export(), "no data points"),
        (export(*(point(day, 1) for day in range(101))), "100 periods"),
    ],
)
def test_another_file_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadExport, match=reason):
        read(data)


@pytest.mark.slow
def test_the_page_compares_an_uploaded_file(app: Opened, tmp_path: Path) -> None:
    with created(tmp_path) as connection:
        views = Views(connection)
        received(views, MIDNIGHT + 9 * DAY)
        landed(views, 0, 3)
        delivered(views, "2026-11-10", 4, time=datetime.now(UTC))
    opened = app.on(tmp_path, "pricing")

    opened.file_uploader[0].set_value(("export.json", export(point(0, 5)), "application/json"))
    opened.run()

    assert not opened.exception
    assert metrics(opened)["Cells that agree"] == "0"
    (table,) = (table.value for table in opened.dataframe if "Difference" in table.value)
    assert list(table["Difference"]) == ["Meta counts more"]

    opened.file_uploader[0].set_value(("export.json", b"{}", "application/json")).run()
    assert "not the JSON" in opened.error[0].value
