"""Results of the readers of the warehouse during the run: errands and viewers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.soak.errands import BETWEEN, Errand
from tests.soak.reckoning import Check

# What doctor may find while events come in on a slow machine: some that have not landed yet.
PASSING = "problem lag"
REFRESHED = "FINISHED_FRAGMENT_RUN_SUCCESSFULLY"


def answered(errand: Errand) -> Check:
    """Whether each run ended well."""
    found = f"{errand.runs} times, the slowest took {errand.slowest:.1f} s"
    wrong = "; ".join(errand.failures[:3])
    return Check(f"every {errand.name} was answered", not wrong, wrong or found)


def well(doctor: Errand) -> Check:
    """Whether doctor found nothing while all ran, but for what passes."""
    wrong = list(serious(doctor.failures))
    found = f"{doctor.runs} times, {len(doctor.failures)} with events that waited for long"
    return Check("doctor found nothing wrong meanwhile", not wrong, "; ".join(wrong[:5]) or found)


def serious(failures: Sequence[str]) -> Iterator[str]:
    """What doctor said that does not pass; all it said where it did not come to its findings."""
    for failure in failures:
        _, _, said = failure.partition(": ")
        findings = said.split(BETWEEN)
        if PASSING not in said:
            yield failure
        else:
            yield from (finding for finding in findings if not finding.startswith(PASSING))


def watched(seen: Mapping[str, int]) -> Check:
    """Whether the viewers' pages refreshed themselves; `seen` are what the viewers counted."""
    bad = seen.get("exceptions", 0) + seen.get("lost", 0)
    times = seen.get(REFRESHED, 0)
    return Check(
        "the viewers' pages refreshed themselves without errors",
        times > 0 and not bad,
        f"{times:,} times in {seen.get('opened', 0)} sessions, {bad} errors or lost connections",
    )
