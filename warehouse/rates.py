"""The user's prices of messages: reads the CSV file, and keeps it as the table `rates`."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import NamedTuple

import duckdb

from settings.errors import BluetickError
from warehouse import reference
from warehouse.transaction import transact

REQUIRED = ("market", "category", "valid_from", "currency", "price")
OPTIONAL = ("type", "from_units")
# The type of what is charged, also where the provider states no type.
REGULAR = "regular"
# Digits of a price after the point, and before it.
FRACTION, WHOLE = 8, 10
_CURRENCY = re.compile(r"[A-Z]{3}")
_WORD = re.compile(r"[a-z0-9_]+")


class BadRates(BluetickError):
    """A file of rates is not valid; the message names the file, the line and the reason."""


class Rate(NamedTuple):
    """The price of one message, from a day on (None: always) and from a message of a month on.

    The columns of the table `rates`, in their order.
    """

    market: str
    category: str
    type: str
    valid_from: date | None
    from_units: int
    currency: str
    price: Decimal


def read_rates(path: Path) -> list[Rate]:
    """The rates in a CSV file, in its order. Raises BadRates."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            _check_columns(rows.fieldnames or (), path)
            rates = [_rate(row, f"{path}, line {rows.line_num}") for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadRates(f"{path}: {error}") from None
    _check_together(rates, path)
    return rates


def install(connection: duckdb.DuckDBPyConnection, rates: Iterable[Rate]) -> None:
    """Makes these the rows of the table `rates`, if they are not yet. Raises Busy."""
    wanted = sorted(rates, key=repr)
    stored = connection.execute(f"SELECT {', '.join(Rate._fields)} FROM rates").fetchall()
    if sorted((Rate(*row) for row in stored), key=repr) != wanted:
        transact(connection, lambda: _replace(connection, wanted))


def _replace(connection: duckdb.DuckDBPyConnection, rates: list[Rate]) -> None:
    connection.execute("DELETE FROM rates")
    if rates:
        places = ", ".join("?" for _ in Rate._fields)
        names = ", ".join(Rate._fields)
        connection.executemany(f"INSERT INTO rates ({names}) VALUES ({places})", rates)


def _check_columns(names: Iterable[str], path: Path) -> None:
    found = set(names)
    if missing := [name for name in REQUIRED if name not in found]:
        raise BadRates(f"{path}: the column {missing[0]} is missing")
    if unknown := sorted(found - {*REQUIRED, *OPTIONAL}):
        raise BadRates(
            f"{path}: the column {unknown[0]!r} is not known: "
            f"use {', '.join((*REQUIRED, *OPTIONAL))}"
        )


def _rate(row: dict[str, str | None], place: str) -> Rate:
    """One line. Raises BadRates."""
    if None in row or None in row.values():
        raise BadRates(f"{place}: it has more or fewer fields than the heading")
    text = {name: (value or "").strip() for name, value in row.items()}
    try:
        return Rate(
            market=_market(text["market"]),
            category=_word(text["category"]),
            type=_word(text.get("type") or REGULAR),
            valid_from=date.fromisoformat(text["valid_from"]) if text["valid_from"] else None,
            from_units=_count(text.get("from_units") or "0"),
            currency=_currency(text["currency"]),
            price=_price(text["price"]),
        )
    except ValueError as error:
        raise BadRates(f"{place}: {error}") from None


@cache
def _markets() -> dict[str, str]:
    """Every market by its name in lower case."""
    return {str(name).lower(): str(name) for name in reference.markets()["market"].to_pylist()}


def _market(text: str) -> str:
    if text.lower() not in _markets():
        raise ValueError(f"the market {text!r} is not in the table `markets`")
    return _markets()[text.lower()]


def _word(text: str) -> str:
    """A category or type as webhooks write it: authentication_international."""
    word = re.sub(r"[\s-]+", "_", text.lower())
    if not _WORD.fullmatch(word):
        raise ValueError(f"{text!r} is not a category or type")
    return word


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"from_units {text!r} is not a whole number")
    return int(text)


def _currency(text: str) -> str:
    if not _CURRENCY.fullmatch(text):
        raise ValueError(f"the currency {text!r} is not a code such as USD")
    return text


def _price(text: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or price < 0:
        raise ValueError(f"the price {text!r} is not a number such as 0.0625")
    if price != round(price, FRACTION) or price >= 10**WHOLE:
        raise ValueError(f"the price {text!r} has more than {FRACTION} digits after the point")
    return round(price, FRACTION)


def _check_together(rates: list[Rate], path: Path) -> None:
    """Raises BadRates if two rates contradict each other, or the first messages have none."""
    if len({rate.currency for rate in rates}) > 1:
        raise BadRates(f"{path}: it has more than one currency: write all prices in one")
    seen = set[tuple[object, ...]]()
    for rate, key in _keyed(rates, lambda rate: (*rate[:4], rate.from_units)):
        if key in seen:
            raise BadRates(f"{path}: two prices for {_name(rate)}, with the same from_units")
        seen.add(key)
    first = {key for rate, key in _keyed(rates, lambda rate: rate[:4]) if rate.from_units <= 1}
    for rate, key in _keyed(rates, lambda rate: rate[:4]):
        if key not in first:
            raise BadRates(f"{path}: no price for the first messages of {_name(rate)}")


def _keyed(
    rates: list[Rate], key: Callable[[Rate], tuple[object, ...]]
) -> Iterator[tuple[Rate, tuple[object, ...]]]:
    return ((rate, key(rate)) for rate in rates)


def _name(rate: Rate) -> str:
    since = f"from {rate.valid_from}" if rate.valid_from else "without valid_from"
    return f"{rate.market}, {rate.category}, {rate.type}, {since}"
