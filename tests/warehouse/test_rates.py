"""The file of rates: what is read, what is refused, and what the warehouse keeps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Event

import pytest

from consumer.main import _open
from tests.support.lake import created
from warehouse.campaigns import CampaignRule
from warehouse.connection import Location
from warehouse.rates import BadRates, Rate, install, read_rates

HEADING = "market,category,type,valid_from,from_units,currency,price\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "rates.csv"
    path.write_text(text, "utf-8")
    return path


def test_names_are_read_as_the_webhooks_write_them(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"\ufeff{HEADING}brazil,Authentication-International,,2026-10-01,100001,USD,0.01250000\n"
        "Brazil,authentication international,,2026-10-01,,USD,0.0150\n",
    )
    assert read_rates(path) == [
        Rate(
            "Brazil", "authentication_international", "regular", date(2026, 10, 1), units, "USD",
            Decimal(price),
        )
        for units, price in ((100_001, "0.0125"), (0, "0.015"))
    ]  # fmt: skip


def test_optional_columns_can_be_left_out(tmp_path: Path) -> None:
    path = written(
        tmp_path, "price,currency,market,category,valid_from\n0.1,EUR,Germany,utility,\n"
    )
    assert read_rates(path) == [
        Rate("Germany", "utility", "regular", None, 0, "EUR", Decimal("0.1"))
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("market,category,valid_from,currency\n", "the column price is missing"),
        ("market,category,valid_from,currency,price,units\n", "'units' is not known"),
        (f"{HEADING}Brasil,utility,,,,USD,1\n", "line 2: the market 'Brasil' is not in"),
        (f"{HEADING}Brazil,,,,,USD,1\n", "line 2: '' is not a category"),
        (f"{HEADING}Brazil,utility,,1.10.26,,USD,1\n", "line 2: Invalid isoformat"),
        (f"{HEADING}Brazil,utility,,,1.5,USD,1\n", "from_units '1.5' is not a whole number"),
        (f"{HEADING}Brazil,utility,,,,$,1\n", "the currency '$' is not a code"),
        (f'{HEADING}Brazil,utility,,,,USD,"0,1"\n', "the price '0,1' is not a number"),
        (f"{HEADING}Brazil,utility,,,,USD,nan\n", "the price 'nan' is not a number"),
        (f"{HEADING}Brazil,utility,,,,USD,-1\n", "the price '-1' is not a number"),
        (f"{HEADING}Brazil,utility,,,,USD,0.123456789\n", "more than 8 digits"),
        (f"{HEADING}Brazil,utility,,,USD,1\n", "line 2: it has more or fewer fields"),
        (f"{HEADING}Brazil,utility,,,,USD,1\nChile,utility,,,,EUR,1\n", "more than one currency"),
        (f"{HEADING}Brazil,utility,,,,USD,1\nBrazil,Utility,,,,USD,2\n", "two prices for Brazil"),
        (f"{HEADING}Brazil,utility,,,9,USD,1\n", "no price for the first messages of Brazil"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(BadRates) as refused:
        read_rates(written(tmp_path, text))
    assert reason in str(refused.value)


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadRates, match=r"rates\.csv"):
        read_rates(tmp_path / "rates.csv")


def test_the_consumer_keeps_them_when_it_has_no_file(tmp_path: Path) -> None:
    rate = Rate("Brazil", "utility", "regular", None, 0, "USD", Decimal("0.10000000"))
    location = Location.under(tmp_path)
    for rates in ([rate], None):
        opened = _open(location, CampaignRule(), Event(), rates)
        assert opened
        with opened:
            found = opened.connection.execute("SELECT * FROM rates").fetchall()
        assert [Rate(*row) for row in found] == [rate]


def test_the_warehouse_has_the_rates_of_the_last_file(tmp_path: Path) -> None:
    old = Rate("Brazil", "utility", "regular", None, 0, "USD", Decimal("0.10000000"))
    new = old._replace(price=Decimal("0.20000000"), valid_from=date(2026, 10, 1))
    stored = "SELECT * FROM rates ORDER BY ALL"
    snapshots = "SELECT count(*) FROM ducklake_snapshots('bluetick')"
    with created(tmp_path) as connection:
        install(connection, [old])
        install(connection, [new, old])
        assert [Rate(*row) for row in connection.execute(stored).fetchall()] == [new, old]
        before = connection.execute(snapshots).fetchall()
        install(connection, [old, new])  # nothing changes
        assert connection.execute(snapshots).fetchall() == before
        install(connection, [])
        assert connection.execute(stored).fetchall() == []
