"""Results of the readers of the warehouse during the run: repeated commands and viewers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.soak.final_checks import Check
from tests.soak.repeated_commands import BETWEEN, RepeatedCommand

# A finding that doctor may have on a slow machine: events that have not landed yet.
PASSING = "problem lag"
REFRESHED = "FINISHED_FRAGMENT_RUN_SUCCESSFULLY"


def answered(command: RepeatedCommand) -> Check:
    """Whether each run succeeded."""
    found = f"{command.runs} times; the slowest took {command.slowest:.1f} s"
    wrong = "; ".join(command.failures[:3])
    return Check(f"every {command.name} was answered", not wrong, wrong or found)


def well(doctor: RepeatedCommand) -> Check:
    """Whether doctor found no problem during the run, except waiting events."""
    wrong = list(serious(doctor.failures))
    found = f"{doctor.runs} times, {len(doctor.failures)} of them with events that waited"
    return Check("doctor found no problem during the run", not wrong, "; ".join(wrong[:5]) or found)


def serious(failures: Sequence[str]) -> Iterator[str]:
    """The findings that may not occur, or the whole output if it has no findings."""
    for failure in failures:
        _, _, said = failure.partition(": ")
        findings = said.split(BETWEEN)
        if PASSING not in said:
            yield failure
        else:
            yield from (finding for finding in findings if not finding.startswith(PASSING))


def watched(seen: Mapping[str, int]) -> Check:
    """Whether the viewers' pages refreshed themselves; `seen` are the viewers' counts."""
    bad = seen.get("exceptions", 0) + seen.get("lost", 0)
    times = seen.get(REFRESHED, 0)
    return Check(
        "the viewers' pages refreshed themselves without errors",
        times > 0 and not bad,
        f"{times:,} times in {seen.get('opened', 0)} sessions, {bad} errors or lost connections",
    )
