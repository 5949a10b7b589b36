"""Sums of deliveries and rates, written directly to a warehouse's tables."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.support.views import NUMBER, Views
from warehouse.rates import Rate


def delivered(views: Views, day: str, units: int, **columns: Any) -> None:
    """Adds deliveries to Brazil at noon of a day, or in the minute of the column `time`."""
    row: dict[str, Any] = {
        "kind": "billing",
        "time": datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=UTC),
        "display_phone_number": NUMBER,
        "category": "utility",
        "pricing_model": "PMP",
        "pricing_type": "regular",
        "market": "Brazil",
        "verdict": "billable",
        "messages": units,
    }
    row |= columns
    row["time"] = row["time"].replace(second=0, microsecond=0)
    views.add(row, table="rollups")


def rated(views: Views, price: str, **fields: Any) -> None:
    """Adds a rate of utility messages to Brazil."""
    rate = Rate("Brazil", "utility", "regular", None, 0, "USD", Decimal(price))._replace(**fields)
    views.add(rate._asdict(), table="rates")
