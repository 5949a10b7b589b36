"""Check that kafka_offsets agrees with the rows in the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import duckdb

from bluetick.doctor.finding import Finding, counted, ok, problem, warning
from bluetick.doctor.partition_counts import Account
from consumer.decode import POISON_REASONS
from schemas.content_hash import narrowed_sql
from schemas.topics import DEAD_LETTERS, LANDED

CHECK = "offsets"
Place = tuple[str, int]


def offsets(connection: duckdb.DuckDBPyConnection, found: list[Account]) -> Iterator[Finding]:
    """Findings for each topic; `found` are all accounts of the same snapshot."""
    landed: Counter[Place] = Counter()
    dead: Counter[Place] = Counter()
    for account in found:
        landed[account.log.topic, account.partition] += account.landed
        dead[account.log.topic, account.partition] += account.dead_letters
    rows, letters = _rows(connection)
    for topic in sorted({name for name, _ in landed | rows | letters}):
        mine = [account for account in found if account.log.topic == topic]
        faults = [
            *_unfinished(topic, mine),
            *_unequal(topic, "row", landed, rows),
            *_unequal(topic, "dead letter", dead, letters),
        ]
        yield from faults or [_balanced(topic, mine)]
    conflicts = sum(account.conflicts for account in found)
    if conflicts:
        yield warning(
            CHECK,
            f"{counted(conflicts, 'landed row')} with other content than an earlier row of the "
            "same event",
            "find them: SELECT event_id, count(*) FROM statuses GROUP BY ALL "
            f"HAVING count(DISTINCT {narrowed_sql('content_hash')}) > 1",
        )


def _rows(connection: duckdb.DuckDBPyConnection) -> tuple[Counter[Place], Counter[Place]]:
    """Rows of each partition, and dead letters that the consumer made of its records.

    Those that are older than their table keeps them count too.
    """
    rows: Counter[Place] = Counter()
    letters: Counter[Place] = Counter()
    made = f"coalesce(reason IN {POISON_REASONS}, false)"
    for name, partition, poison, number in connection.execute(
        f'SELECT topic, "partition", {made}, "rows" FROM removed_rows'
    ).fetchall():
        (letters if poison else rows)[str(name), int(partition)] += int(number)
    for topic in LANDED:
        made = f"reason IN {POISON_REASONS}" if topic is DEAD_LETTERS else "false"
        for name, partition, poison, number in connection.execute(
            f'SELECT topic, "partition", {made}, count(*) FROM {topic.table} GROUP BY ALL'
        ).fetchall():
            (letters if poison else rows)[str(name), int(partition)] += int(number)
    return rows, letters


def _unfinished(topic: str, mine: list[Account]) -> Iterator[Finding]:
    for account in mine:
        if not account.adds_up:
            yield problem(
                CHECK,
                f"{topic} partition {account.partition}: its counts do not add up to offsets "
                f"{account.first:,} to {account.next:,}",
                "kafka_offsets was changed by hand: restore the warehouse from a backup",
            )


def _unequal(
    topic: str, what: str, booked: Counter[Place], there: Counter[Place]
) -> Iterator[Finding]:
    for place in sorted({place for place in booked | there if place[0] == topic}):
        missing = booked[place] - there[place]
        where = f"{topic} partition {place[1]}"
        if missing > 0:
            yield problem(
                CHECK,
                f"{where}: {missing:,} of {counted(booked[place], f'landed {what}')} gone",
                "something other than Bluetick deleted them: restore a backup of the warehouse, or "
                "land what Kafka still holds with `bluetick replay raw` (this finding then stays)",
            )
        elif missing < 0:
            yield problem(
                CHECK,
                f"{where}: {counted(-missing, what)} more than the {booked[place]:,} landed",
                "something other than Bluetick inserted them: delete them, or reports count them",
            )


def _balanced(topic: str, mine: list[Account]) -> Finding:
    """The finding for a topic whose counts agree."""
    landed, duplicates, dead, skipped = (
        sum(getattr(account, name) for account in mine)
        for name in ("landed", "duplicates", "dead_letters", "skipped")
    )
    return ok(
        CHECK,
        f"{topic}: {counted(landed, 'row')} as landed, {counted(duplicates, 'duplicate')} "
        f"dropped, {counted(dead, 'dead letter')}, {skipped:,} skipped",
    )
