from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboards.selection import (
    BARS,
    CUSTOM,
    DAY,
    EVERY,
    HOUR,
    MINUTE,
    PRESETS,
    Choice,
    floor,
    selection_at,
    step_of,
)

NOON = datetime(2026, 11, 21, 12, 17, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("preset", "since", "step"),
    [
        ("1h", datetime(2026, 11, 21, 11, 18, tzinfo=UTC), MINUTE),
        ("24h", datetime(2026, 11, 20, 12, 30, tzinfo=UTC), 30 * MINUTE),
        ("7d", datetime(2026, 11, 14, 15, tzinfo=UTC), 3 * HOUR),
        ("30d", datetime(2026, 10, 23, tzinfo=UTC), DAY),
    ],
)
def test_a_preset_starts_with_a_whole_bar(preset: str, since: datetime, step: timedelta) -> None:
    selection = selection_at(Choice(preset), NOON)

    assert (selection.since, selection.step) == (since, step)


@given(some.timedeltas(-5000 * DAY, 5000 * DAY), some.sampled_from([*PRESETS]))
def test_a_preset_contains_now_and_is_not_longer_than_its_name(
    later: timedelta, preset: str
) -> None:
    moment = NOON + later
    choice = Choice(preset)

    selection = selection_at(choice, moment)

    assert selection.since <= moment < selection.until <= moment + EVERY
    assert moment - selection.since <= PRESETS[preset]
    assert floor(selection.since, selection.step) == selection.since
    longer = (selection.since - selection.before) - (selection.until - selection.since)
    grain = MINUTE if preset == "1h" else 15 * MINUTE
    assert timedelta(0) <= longer < grain
    assert floor(selection.before, grain) == selection.before


def test_viewers_between_two_refreshes_share_a_selection() -> None:
    scopes = {
        selection_at(Choice("24h"), NOON.replace(second=s, microsecond=7)) for s in range(40, 45)
    }

    assert len(scopes) == 1


def test_a_custom_range_is_whole_days() -> None:
    choice = Choice(CUSTOM, days=(date(2026, 11, 1), date(2026, 11, 3)))

    selection = selection_at(choice, NOON)

    assert selection.since == datetime(2026, 11, 1, tzinfo=UTC)
    assert selection.until == datetime(2026, 11, 4, tzinfo=UTC)
    assert (selection.first_day, selection.last_day) == choice.days
    assert selection.before == datetime(2026, 10, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "before"),
    [
        (date(2026, 11, 21), datetime(2026, 11, 20, 11, 30, tzinfo=UTC)),
        (date(2026, 11, 20), datetime(2026, 11, 18, 11, 30, tzinfo=UTC)),
        (date(2026, 11, 22), datetime(2026, 11, 22, tzinfo=UTC)),  # nothing yet
    ],
)
def test_a_day_that_is_not_over_is_compared_with_the_same_length_before(
    first: date, before: datetime
) -> None:
    selection = selection_at(Choice(CUSTOM, days=(first, max(first, NOON.date()))), NOON)

    assert selection.before == before
    assert selection.until.time() == time()


def test_a_custom_range_that_is_not_chosen_yet_is_the_last_day() -> None:
    assert (
        selection_at(Choice(CUSTOM), NOON).until - selection_at(Choice(CUSTOM), NOON).since
        <= DAY * 1.01
    )


@given(some.integers(1, 3650))
def test_a_chart_never_has_too_many_bars(days: int) -> None:
    length = days * DAY

    assert length / step_of(length) <= max(BARS, days / 28)
