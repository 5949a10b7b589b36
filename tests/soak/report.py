"""The table and the verdict as text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.soak.bounds import MB
from tests.soak.final_checks import Check
from tests.soak.judge import Verdict

HEAD = ("series", "unit", "start", "warm", "end", "most", "slope/h", "allowed/h", "verdict")
WIDTHS = (18, 5, 10, 10, 10, 10, 11, 10, 10)


def table(verdicts: Iterable[Verdict]) -> str:
    """A line for each series: level at the start, after the warm-up and at the end, and slope."""
    lines = [_line(HEAD)]
    lines.extend(_line(_cells(verdict)) for verdict in verdicts)
    return "\n".join(lines)


def text(
    title: str, verdicts: Sequence[Verdict], checks: Sequence[Check], notes: Sequence[str]
) -> str:
    """The whole report: table, checks, notes, and failures with the reasons of their limits."""
    wrong = [
        f"FAILED  {verdict.name}: {what}\n        ({verdict.bound.why})"
        for verdict in verdicts
        if verdict.bound
        for what in verdict.wrong
    ]
    wrong += [f"FAILED  {check.name}: {check.found}" for check in checks if not check.good]
    parts = [
        title,
        table(verdicts),
        "\n".join(_checked(check) for check in checks),
        "\n".join(notes),
        "\n".join(wrong) or "Everything stayed within its limits, and everything landed once.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _checked(check: Check) -> str:
    """The result on one line; the details of a failure come at the end of the report."""
    first = check.found.partition("\n")[0]
    return f"{'ok' if check.good else 'FAILED':8}{check.name}: {first}"


def _cells(verdict: Verdict) -> tuple[str, ...]:
    unit, size = _unit(verdict.name)
    values = (verdict.start, verdict.settled, verdict.end, verdict.most, verdict.slope)
    allowed = "" if verdict.allowed is None else _number(verdict.allowed / size)
    return (verdict.name, unit, *(_number(v / size) for v in values), allowed, verdict.word)


def _line(cells: Sequence[str]) -> str:
    return " ".join(
        cell.ljust(width) if index < 2 else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    ).rstrip()


def _unit(name: str) -> tuple[str, float]:
    if name.endswith((".rss", ".pss", ".uss", ".bytes")):
        return "MB", MB
    return ("cores" if name.endswith(".cpu") else ""), 1


def _number(value: float) -> str:
    if abs(value) < 100 and value != int(value):
        return f"{value:,.2f}"
    return f"{value:,.0f}"
