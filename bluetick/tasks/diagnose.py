"""`bluetick diagnose`: what is wrong now, in words or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import orjson

from dashboards.components import diagnosis_words
from settings.errors import BluetickError
from settings.visible_text import visible
from warehouse.connection import Location
from warehouse.diagnosis.anomaly import Anomaly
from warehouse.diagnosis.diagnosis import LEAST_PERIODS, periods
from warehouse.diagnosis.diagnosis import diagnose as found_in
from warehouse.diagnosis.reading import counts, with_reasons
from warehouse.snapshot import snapshot

LONGEST = timedelta(days=7)
DEFAULT = timedelta(days=1)


class DiagnosisError(BluetickError):
    """The warehouse cannot be diagnosed; the message says why."""


def diagnose(location: Location, since: datetime | None, *, as_json: bool) -> Iterator[str]:
    """The lines to print. Raises DiagnosisError and WarehouseError."""
    now = datetime.now(UTC)
    since = since or now - DEFAULT
    if not now - LONGEST <= since < now:
        raise DiagnosisError("--since is a time in the last 7 days, such as 6h or 2d")
    try:
        with snapshot(location) as connection:
            counted = counts(connection, now, since)
            found = with_reasons(connection, now, found_in(counted))
    except duckdb.Error as error:
        raise DiagnosisError(f"the warehouse cannot be read: {error}") from None
    if as_json:
        said = _json(found, now, since, periods(counted))
        yield orjson.dumps(said, option=orjson.OPT_INDENT_2).decode()
        return
    yield from _text(found, now, periods(counted))


def _json(found: list[Anomaly], now: datetime, since: datetime, known: int) -> dict[str, Any]:
    return {
        "at": now.isoformat(),
        "since": since.isoformat(),
        "compared_periods": known,
        "anomalies": [
            anomaly.as_json()
            | {
                "sentence": diagnosis_words.sentence(anomaly, now),
                "cause_sentence": diagnosis_words.cause(anomaly, now),
            }
            for anomaly in found
        ],
    }


def _text(found: list[Anomaly], now: datetime, known: int) -> Iterator[str]:
    if known < LEAST_PERIODS:
        yield (
            f"There is too little to compare with: messages of {LEAST_PERIODS} days (with a longer "
            "--since, of as many such periods) are needed before this time."
        )
        return
    if not found:
        yield "Nothing is unusual."
    for anomaly in found:
        lines = [diagnosis_words.sentence(anomaly, now)]
        if cause := diagnosis_words.cause(anomaly, now):
            lines.append(f"  {cause}")
        if anomaly.advice:
            lines.append(f"  What to do: {anomaly.advice}")
        # Names come from webhooks: no control characters for a terminal.
        yield visible("\n".join(lines), keep="\n")
