"""Reading single values as columns."""

from __future__ import annotations

from typing import Any

import pytest

from producer.normalise.readers import (
    boolean,
    digits,
    identifier,
    instant,
    integer,
    is_user_id,
    joined,
    raised,
    text,
    underscored,
)

AT = 1_785_000_030 * 1_000_000


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        ("1785000030", AT),
        (1785000030, AT),
        (1785000030.0, AT),
        ("1785000030.25", AT + 250_000),
        (1785000030123, AT + 123_000),
        ("1785000030123456", AT + 123_456),
        (1230768000, 1_230_768_000_000_000),
        (1230767999, None),
        (4102444800, None),
        (0, None),
        (-1785000030, None),
        (10**30, None),
        ("9" * 5000, None),
        (True, None),
        ("", None),
        ("1e9", None),
        (1785000030123456789, AT + 123_456),
        ("1785000030123456789", AT + 123_456),
        ("2026-07-25T17:20:30Z", AT),
        (" 2026-07-25t17:20:30.25z ", AT + 250_000),
        ("2026-07-25 19:20:30+02:00", AT),
        ("2026-07-25T17:20:30+0000", AT),
        ("2026-07-25", None),
        ("2026-07-25T27:20:30Z", None),
        ("1926-07-25T17:20:30Z", None),
        ("2026-07-25T17:20:30Z, or so", None),
        ("١٧٨٥٠٠٠٠٣٠", None),
        ({"seconds": 1785000030}, None),
    ],
)
def test_instants(value: Any, micros: int | None) -> None:
    assert instant(value) == micros


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (" wamid.A ", "wamid.A"),
        ("86176xxxx0819", "86176xxxx0819"),
        (15550783881, "15550783881"),
        (15550783881.0, "15550783881"),
        ("  ", None),
        (True, None),
        (["x"], None),
    ],
)
def test_ids(value: Any, found: str | None) -> None:
    assert identifier(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (131026, 131026),
        ("131026", 131026),
        (" -5 ", -5),
        (7.0, 7),
        (7.5, None),
        ("131026.0", 131026),
        ("7.5", None),
        ("E7", None),
        (2**53 - 1, 2**53 - 1),
        (2**53, None),
        (-(2**53), None),
        (2**63, None),
        ("9" * 19, None),
        (False, None),
    ],
)
def test_integers(value: Any, found: int | None) -> None:
    assert integer(value) == found


@pytest.mark.parametrize(
    ("value", "found"), [(True, True), ("False", False), ("yes", None), (1, None), (None, None)]
)
def test_booleans(value: Any, found: bool | None) -> None:
    assert boolean(value) is found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("+1 (555) 078-3881", "15550783881"),
        (15550783881, "15550783881"),
        ("NONE", None),
        ({}, None),
    ],
)
def test_digits(value: Any, found: str | None) -> None:
    assert digits(value) == found


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("US.13491208655302741918", True),
        ("US.ENT.7", True),
        ("user.3fa85f64", True),
        ("16505551234", False),
        ("USA.134", False),
        ("US.", False),
        ("1.5", False),
    ],
)
def test_user_ids(value: str, is_one: bool) -> None:
    assert is_user_id(value) is is_one


def test_texts() -> None:
    assert text(" kept ") == " kept "
    assert text(5) == "5"
    assert text({}) is None
    assert underscored(" Authentication-International ") == "authentication_international"
    assert raised(" pmp ") == "PMP"
    assert (raised(7), raised(" "), underscored("")) == (None, None, None)


def test_a_key_on_two_levels_is_kept_twice_if_the_values_differ() -> None:
    assert joined({"a": 1, "b": 2}, {"a": 3, "b": 2}) == {"a": 1, "b": 2, "a_": 3}
    levels = {"a" + "_" * number: number for number in range(8)}
    assert joined(levels, {"a": 8, "a__": 2}) == {**levels, "a________": 8}


def test_names_of_many_underscores_are_not_tried_one_by_one() -> None:
    class Unlike:
        asked = 0

        def __ne__(self, other: object) -> bool:
            Unlike.asked += 1
            return True

    names = ["a" + "_" * number for number in range(1000)]
    found = joined(dict.fromkeys(names, Unlike()), dict.fromkeys(names, Unlike()))
    assert len(found) == 2000
    assert Unlike.asked < 100_000
