"""The reference files are complete and consistent, and refused if they are not."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from settings.dialects import DIALECTS
from warehouse import reference

ERRORS = reference.error_catalogue().to_pylist()
MARKETS = reference.markets().to_pylist()

CLOUD = {
    *(0, 1, 2, 3, 4, 10, 33, 100, 190, *range(200, 300), 368, 80007),
    *(130429, 130472, 130497, 131000, 131005, 131008, 131009, 131014, 131016, 131020, 131021),
    *(131026, 131030, 131031, 131037, 131041, 131042, 131044, 131045, 131047, 131048, 131049),
    *(131050, 131051, 131052, 131053, 131055, 131056, 131057, 131059, 131060, 131062, 131063),
    *(131064, *range(131201, 131216), 132000, 132001, 132005, 132007, 132008, 132012, 132015),
    *(132016, 132018, 132068, 132069, *range(133000, 133011), 133015, 133016, 134011),
    *(*range(134100, 134104), 135000, 137000, *range(138000, 138024), *range(139000, 139005)),
    *(*range(139100, 139104), 200005, 200006, 200007, 1752041, 2494100, 2593079, 2593085),
    *(2593107, 2593108, 2593109),
}
ONPREM = {
    *(400, 401, 402, 408, 410, 429, 430, 432, 433, 470, 471, 472, 480, 500, 501, 1000, 1001, 1002),
    *(*range(1004, 1012), 1013, 1014, 1015, 1021, 1022, 1023, 1025, 1026, 1031),
    *(*range(2000, 2013), *range(2040, 2063)),
}
GUPSHUP = {500, *range(1001, 1009), 1010, 1011, 1012, *range(4001, 4006)}
TWILIO = {
    *(63001, 63002, 63003, *range(63005, 63035), 63037, 63038, 63040, 63041, 63042, 63049, 63051),
    63062,
}
STANDALONE = {
    *("Argentina", "Brazil", "Chile", "Colombia", "Egypt", "France", "Germany", "India"),
    *("Indonesia", "Israel", "Italy", "Malaysia", "Mexico", "Netherlands", "Nigeria", "Pakistan"),
    *("Peru", "Russia", "Saudi Arabia", "South Africa", "Spain", "Turkey"),
    *("United Arab Emirates", "United Kingdom"),
}
REGIONS = {
    *("North America", "Rest of Africa", "Rest of Asia Pacific", "Rest of Latin America"),
    *("Rest of Central & Eastern Europe", "Rest of Middle East", "Rest of Western Europe", "Other"),
}


@pytest.mark.parametrize(
    ("generation", "codes"),
    [("cloud", CLOUD), ("onprem", ONPREM), ("twilio", TWILIO), ("gupshup", GUPSHUP)],
)
def test_every_known_code_is_in_the_catalogue(generation: str, codes: set[int]) -> None:
    assert codes <= {row["code"] for row in ERRORS if row["generation"] == generation}


def test_every_entry_is_complete() -> None:
    for row in ERRORS:
        assert None not in row.values(), row
        assert row["generation"] in {dialect.error_generation for dialect in DIALECTS.values()}
        assert row["retry"] in ("yes", "later", "no")
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", row["family"]), row["family"]
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", row["group"]), row["group"]
    assert "unknown" not in {row["family"] for row in ERRORS}  # views use it for other codes


def test_codes_from_80000_are_those_of_the_cloud() -> None:
    assert {row["generation"] for row in ERRORS if row["code"] >= 80000} == {"cloud"}


def test_the_markets_are_those_of_the_rate_card() -> None:
    always = {row["market"] for row in MARKETS if row["valid_from"] is None}
    assert always == STANDALONE | REGIONS


def test_markets_that_were_split_off_have_the_day() -> None:
    days: dict[date, set[str]] = {}
    for row in MARKETS:
        if row["valid_from"]:
            days.setdefault(row["valid_from"], set()).add(row["market"])
    assert days == {
        date(2025, 10, 1): {"Rest of Africa"},
        date(2026, 7, 1): {"Hong Kong", "Hungary", "Poland", "Qatar", "Romania", "Singapore"},
        date(2026, 10, 1): {
            *("Bangladesh", "Iraq", "Kazakhstan", "Kuwait", "Morocco", "Nepal", "Oman"),
            *("Sri Lanka", "Ukraine"),
        },
    }


def test_every_country_has_a_market() -> None:
    countries = {row["iso"] for row in MARKETS} - {None}
    assert len(countries) >= 249
    assert {"NA", "XK", "UM"} <= countries  # Namibia is not taken for a missing value


def test_ages_are_positive_and_have_a_default() -> None:
    ages = {row["category"]: row["minutes"] for row in reference.no_outcome().to_pylist()}
    assert ages["default"] == 30 * 24 * 60
    assert ages["authentication"] == ages["authentication_international"] == 15
    assert min(ages.values()) > 0


HEADER = "calling_code,market,iso,valid_from\n"


def test_a_users_own_markets_replace_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(HEADER + "55,Brasil,BR,\n55,Brasil Novo,BR,2027-01-01\n881,Satellites,,\n")
    assert reference.markets(file).to_pylist() == [
        {"calling_code": "55", "market": "Brasil", "iso": "BR", "valid_from": None},
        {
            "calling_code": "55",
            "market": "Brasil Novo",
            "iso": "BR",
            "valid_from": date(2027, 1, 1),
        },
        {"calling_code": "881", "market": "Satellites", "iso": None, "valid_from": None},
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("code,market\n55,Brazil\n", "calling_code"),
        (HEADER + "+55,Brazil,BR,\n", "'+55' is not 1 to 4 digits"),
        (HEADER + "55119,Brazil,BR,\n", "'55119' is not 1 to 4 digits"),
        (HEADER + "55,,BR,\n", "without market"),
        (HEADER + "55,Brazil,BR,2026-10-01\n", "calling_code 55 has no row without valid_from"),
        (HEADER + "7,Russia,RU,\n7,Kazakhstan,KZ,\n", "two markets for the same calling_code"),
        (HEADER + "1809,A,DO,\n1829,B,DO,\n", "two markets for the same iso"),
        (HEADER + "55,Brazil,BR,soon\n", "soon"),
    ],
)
def test_bad_markets_are_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(text)
    with pytest.raises(reference.BadReference, match=r"mine\.csv") as refused:
        reference.markets(file)
    assert reason in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(reference.BadReference, match=r"none\.csv"):
        reference.markets(tmp_path / "none.csv")
