"""Check that the sums of the pages agree with the statuses."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import duckdb

from bluetick.doctor.finding import Finding, counted, ok, problem
from warehouse import rollups
from warehouse.retention import COMPLETE_FROM

CHECK = "rollups"
# With more statuses than this, only some days are compared.
MANY = 5_000_000
DAYS = 3


def sums(connection: duckdb.DuckDBPyConnection, many: int = MANY) -> Finding:
    """Compares all sums with the statuses, or those of DAYS days chosen by chance.

    Call inside a transaction.
    """
    ((rows, first, last),) = connection.execute(
        f"SELECT count(*), least(greatest(min(occurred_at), {COMPLETE_FROM}), max(occurred_at)), "
        "max(occurred_at) FROM statuses"
    ).fetchall()
    if rows <= many:
        wrong, what = _wrong(connection), "all sums"
    else:
        days = [_day(first, last) for _ in range(DAYS)]
        wrong = sum(_wrong(connection, day, day + timedelta(days=1)) for day in days)
        what = "the sums of " + ", ".join(f"{day:%Y-%m-%d}" for day in sorted(days))
    if wrong:
        return problem(
            CHECK,
            f"{counted(wrong, 'sum')} of the pages differ from the statuses",
            "run `bluetick rebuild`; it corrects them while everything runs",
        )
    return ok(CHECK, f"{what} agree with the statuses")


def _day(first: datetime, last: datetime) -> datetime:
    """The midnight (UTC) before a moment between these two."""
    moment = first + random.random() * (last - first)
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _wrong(
    connection: duckdb.DuckDBPyConnection,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    for _ in rollups.wrong_sums(connection, since, until):
        pass
    ((wrong,),) = connection.execute("SELECT count(*) FROM corrections").fetchall()
    return int(wrong)
