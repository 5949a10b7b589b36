"""docs/dialects.md agrees with the fixtures."""

from __future__ import annotations

from tests.support.coverage import COLUMNS, PAGE, page
from tests.support.features import FEATURES
from tests.support.fixtures import load


def test_tables_are_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.support.coverage"


def test_every_folder_has_a_column() -> None:
    assert {fixture.dialect for fixture in load()} == set(COLUMNS)


def test_every_feature_is_shown_by_a_payload() -> None:
    shown = {name for fixture in load() for name in fixture.features}
    assert {name for names in FEATURES.values() for name in names} == shown
