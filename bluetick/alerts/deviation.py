"""Whether a figure differs from the same hours of the past weeks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt
from statistics import median

from bluetick.alerts.figures import Figure
from settings.alerts import SHARES, WORSE, Rule

# So many past weeks must be known.
LEAST_WEEKS = 2
# A difference of fewer standard errors may be chance: a rule is evaluated a thousand times a day.
ERRORS = 5.0


@dataclass(frozen=True, slots=True)
class Deviation:
    """What was usual (the median of `weeks` weeks), and by how much the figure is worse: a share
    in points, others as a share of the usual. `certain`: more than chance, and more than in any
    of these weeks."""

    usual: float
    worse: float
    weeks: int
    certain: bool


def deviation(rule: Rule, figure: Figure) -> Deviation | None:
    """None if too little is known, now or of the past."""
    known = [
        each.value
        for each in figure.past
        if each.value is not None and each.messages >= rule.enough
    ]
    counted = rule.metric in ("messages", "failed")
    if figure.value is None or len(known) < LEAST_WEEKS:
        return None
    if not counted and figure.messages < rule.enough:
        return None
    usual = median(known)
    higher, lower = figure.value - usual, usual - figure.value
    direction = WORSE[str(rule.metric)]
    gap = {"up": higher, "down": lower, "both": max(higher, lower)}[direction]
    beyond = figure.value > max(known) if gap == higher else figure.value < min(known)
    if rule.metric in SHARES:
        worse = gap
    else:
        worse = gap / usual if usual else float(gap > 0) * 1e9
    return Deviation(
        usual, worse, len(known), beyond and gap > ERRORS * _error(rule, figure, usual, len(known))
    )


def _error(rule: Rule, figure: Figure, usual: float, weeks: int) -> float:
    """The standard error of the difference, if all is as usual; 0 if it is not known."""
    # That of the median of so many weeks comes to that of the figure.
    both = sqrt(1 + pi / 2 / weeks)
    if rule.metric in SHARES:
        share = (usual + (figure.value or 0.0)) / 2
        return both * sqrt(share * (1 - share) / figure.messages)
    return both * sqrt(max(usual, 1.0)) if rule.metric in ("messages", "failed") else 0.0
