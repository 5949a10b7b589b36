"""Visits every state, breadth first, and says how the first wrong one is reached."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.proof.catalog import Violation
from tests.proof.process import Rules, Scope
from tests.proof.system import Local, Shared, System

# A shared part and both consumers; a consumer and a shared part.
State = tuple[int, int, int]
Pair = tuple[int, int]
# Label, whether with a fault, shared part, consumer, and which tables were changed.
Numbered = tuple[str, bool, int, int, int]
WRONG = -1
STUCK = "this consumer cannot land everything any more, alone and without faults"


@dataclass(frozen=True)
class Found:
    """What an exploration has found. `violation` is empty if every state is right."""

    states: int
    steps: int
    violation: str
    trace: tuple[str, ...]


class Explorer:
    """Gives each part of a state a number, and remembers the steps from each pair of parts."""

    def __init__(self, rules: Rules, scope: Scope) -> None:
        self._system = System(rules, scope)
        self._shared: list[Shared] = []
        self._locals: list[Local] = []
        self._numbers: dict[object, int] = {}
        self._steps: dict[Pair, list[Numbered]] = {}
        self._touched: dict[tuple[int, int], int] = {}
        self._changes: list[frozenset[object]] = [frozenset()]

    def explore(self, most: int = 10_000_000) -> Found:
        """Visits all states. Raises OverflowError if there are more than `most`."""
        shared, *both = self._system.start()
        first = self._share(shared), self._local(both[0]), self._local(both[1])
        seen = {first}
        states, parents = [first], array("l", [-1])
        steps = 0
        for here, state in enumerate(states):
            for next_ in self._next(state):
                steps += 1
                if next_ in seen:
                    continue
                if next_[0] == WRONG:
                    trace = (*self._trace(states, parents, here), self._label(state, next_))
                    return Found(len(states), steps, trace[-1], trace)
                seen.add(next_)
                states.append(next_)
                parents.append(here)
            if len(states) > most:
                raise OverflowError(f"more than {most} states")
        stuck = self._stuck()
        if not stuck:
            return Found(len(states), steps, "", ())
        here = next(
            n
            for n, (shared, *both) in enumerate(states)
            if stuck & {(local, shared) for local in both}
        )
        trace = self._trace(states, parents, here)
        return Found(len(states), steps, STUCK, (*trace, STUCK))

    def replay(self, trace: Sequence[str]) -> State:
        """The state after these steps. Raises KeyError at a step that is not possible."""
        shared, *both = self._system.start()
        state = self._share(shared), self._local(both[0]), self._local(both[1])
        for label in trace:
            state = dict(self._labelled(state))[label]
        return state

    def _stuck(self) -> set[Pair]:
        """From where a consumer, alone and without faults, cannot land everything any more."""
        back: dict[Pair, list[Pair]] = {}
        for (local, shared), steps in self._steps.items():
            for _, fault, then, after, _ in steps:
                if not fault:
                    back.setdefault((after, then), []).append((local, shared))
        done = [self._system.complete(shared) for shared in self._shared]
        good = {pair for pair in self._steps if done[pair[1]]}
        ready = list(good)
        while ready:
            for pair in back.get(ready.pop(), ()):
                if pair not in good:
                    good.add(pair)
                    ready.append(pair)
        return set(self._steps) - good

    def _trace(self, states: list[State], parents: array[int], here: int) -> tuple[str, ...]:
        """The labels of the steps from the start to this state."""
        path = [here]
        while path[-1]:
            path.append(parents[path[-1]])
        path.reverse()
        pairs = itertools.pairwise(path)
        return tuple(self._label(states[one], states[two]) for one, two in pairs)

    def _label(self, state: State, next_: State) -> str:
        labels = (label for label, then in self._labelled(state) if then == next_)
        return next(labels)

    def _labelled(self, state: State) -> Iterator[tuple[str, State]]:
        shared, one, two = state
        names = [f"consumer 1: {step[0]}" for step in self._of(one, shared)]
        names += [f"consumer 2: {step[0]}" for step in self._of(two, shared)]
        return zip(names, self._next(state), strict=True)

    def _next(self, state: State) -> Iterator[State]:
        shared, one, two = state
        for _, _, then, local, changed in self._of(one, shared):
            yield then, local, self._touch(two, changed) if changed else two
        for _, _, then, local, changed in self._of(two, shared):
            yield then, self._touch(one, changed) if changed else one, local

    def _of(self, local: int, shared: int) -> list[Numbered]:
        pair = local, shared
        found = self._steps.get(pair)
        if found is None:
            found = self._steps[pair] = self._find(local, shared)
        return found

    def _find(self, local: int, shared: int) -> list[Numbered]:
        found: list[Numbered] = []
        try:
            self._system.check(self._locals[local], self._shared[shared])
            for step in self._system.steps(self._locals[local], self._shared[shared]):
                found.append(
                    (
                        step.label,
                        step.fault,
                        self._share(step.shared),
                        self._local(step.local),
                        self._change(step.changed),
                    )
                )
        except Violation as violation:
            found.append((str(violation), False, WRONG, 0, 0))
        return found

    def _touch(self, local: int, changed: int) -> int:
        key = local, changed
        if key not in self._touched:
            self._touched[key] = self._local(
                self._system.touched(self._locals[local], self._changes[changed])
            )
        return self._touched[key]

    def _share(self, shared: Shared) -> int:
        return self._number(("shared", shared), shared, self._shared)

    def _local(self, local: Local) -> int:
        return self._number(("local", local), local, self._locals)

    def _number(self, key: object, item: object, items: list) -> int:  # type: ignore[type-arg]
        if key not in self._numbers:
            self._numbers[key] = len(items)
            items.append(item)
        return self._numbers[key]

    def _change(self, changed: frozenset[object]) -> int:
        if changed not in self._changes:
            self._changes.append(changed)
        return self._changes.index(changed)
