"""Two consumers, a broker and a catalog: the steps from each state to the next ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.proof.catalog import Catalog, Violation, Writes, committed
from tests.proof.disk import Disk, pairs
from tests.proof.process import Process, Rules, Scope, Suspended


class Shared(NamedTuple):
    """What both consumers reach: the catalog, and in the broker the messages, which never change.

    The group of the broker may give any partition to any consumer at any time, even to both: so
    it has no state here. `group` are the offsets it has committed, if the rules need them.
    """

    catalog: Catalog = Catalog()
    group: tuple[int, ...] = ()


class Local(NamedTuple):
    """A consumer: its disk, what it believes to have, and its action.

    Without `disk` it has no store, without `belief` it does not run.
    `disk` is that of the start of the action, `now` the present one. `answers` are those of its
    action so far, and `touched` the tables that others have changed since its snapshot.
    """

    disk: Disk | None
    belief: tuple[int | None, ...] | None = None
    action: tuple[Any, ...] = ()
    answers: tuple[Any, ...] = ()
    now: Disk | None = None
    touched: frozenset[object] = frozenset()


class Step(NamedTuple):
    """What one consumer does. Only steps without a fault count for the end of the run."""

    label: str
    fault: bool
    shared: Shared
    local: Local
    changed: frozenset[object] = frozenset()


class System:
    """All steps under these rules, within a scope."""

    def __init__(self, rules: Rules, scope: Scope) -> None:
        self.rules, self.scope = rules, scope
        self._messages = scope.messages
        self._nothing = (None,) * len(scope.messages)
        self._runs: dict[object, Ran] = {}

    def start(self) -> tuple[Shared, Local, Local]:
        group = (0,) * len(self._messages) if self.rules.group_commits else ()
        one, two = (Local(Disk() if store else None) for store in self.scope.stores)
        return Shared(group=group), one, two

    def complete(self, shared: Shared) -> bool:
        """Whether everything has landed."""
        offsets = {row.partition: row.next for row in shared.catalog.offsets}
        return all(offsets.get(number) == len(log) for number, log in enumerate(self._messages))

    def steps(self, local: Local, shared: Shared) -> Iterator[Step]:
        """What a consumer may do next. Raises Violation."""
        if local.action:
            yield from self._crashes(local.now, shared)
            yield from self._go(local, shared)
            return
        if local.belief is None:
            if local.disk not in (None, Disk()):
                yield Step("its disk is lost", True, shared, Local(Disk()))
            yield from self._go(local._replace(action=("start",)), shared)
            return
        yield from self._crashes(local.disk, shared)
        for revoked, assigned in _rebalances(local.belief):
            for step in self._go(local._replace(action=("poll", revoked, assigned)), shared):
                yield step._replace(fault=step.fault or bool(revoked))
        for counts in itertools.product(*map(_lefts, self._messages, local.belief)):
            if any(counts):
                yield from self._go(local._replace(action=("flush", counts)), shared)

    def check(self, local: Local, shared: Shared) -> None:
        """Raises Violation if a store holds what has not landed."""
        disk = local.now if local.action else local.disk
        if disk and not disk.rows <= pairs(shared.catalog.rows):
            raise Violation("a store is ahead of the warehouse")

    def check_catalog(self, catalog: Catalog) -> None:
        """Raises Violation unless the rows are those of the messages before the offsets."""
        partitions = [row.partition for row in catalog.offsets]
        if len(set(partitions)) < len(partitions):
            raise Violation("a partition has two offsets")
        passed = [self._messages[row.partition][: row.next] for row in catalog.offsets]
        landed = sorted(row.event + row.content for row in catalog.rows)
        if landed != sorted({text for texts in passed for text in texts}):
            raise Violation("the rows are not those of the messages before the offsets, each once")
        for row in catalog.offsets:
            mine = [item for item in catalog.rows if item.partition == row.partition]
            if any(item.offset >= row.next for item in mine):
                raise Violation("a row has landed whose offset has not")
            if row.next != row.landed + row.duplicates or row.landed != len(mine):
                raise Violation("the counts of a partition are not those of its messages")

    def _crashes(self, disk: Disk | None, shared: Shared) -> Iterator[Step]:
        for event, left in (disk.after_crash() if disk else {"crashes": None}).items():
            yield Step(f"it {event}", True, shared, Local(left))

    def _go(self, local: Local, shared: Shared) -> Iterator[Step]:
        name = " ".join(str(item) for item in local.action)
        return self._on(local, Step(f"{name}: ", False, shared, local), {"first"})

    def run(self, local: Local) -> Ran:
        """How far the action comes: to a request, or to its end. Raises Violation."""
        key = local.disk, local.belief, local.action, local.answers
        if key not in self._runs:
            self._runs[key] = self._run(*key)
        return self._runs[key]

    def _run(
        self, disk: Disk | None, belief: tuple[int | None, ...] | None, action: Any, answers: Any
    ) -> Ran:
        process = Process(self.rules, self.scope, disk, belief or self._nothing, answers)
        end, request, after = "done", None, self._nothing
        try:
            getattr(process, action[0])(*action[1:])
            after = process.belief
        except Suspended as suspended:
            request = suspended
        except Exception as error:  # it leaves the group, and joins it again
            end = f"leaves the group ({type(error).__name__})"
        return Ran(None if disk is None else process.disk, request, end, after)

    def _on(self, local: Local, so_far: Step, answered: set[str]) -> Iterator[Step]:
        """The action from here to the next request that others could notice.

        `answered` are the kinds of requests that were answered in this step.
        """
        ran = self.run(local)
        if ran.request is None:
            yield so_far._replace(label=so_far.label + ran.end, local=Local(ran.disk, ran.belief))
            return
        kind, here = ran.request.kind, local._replace(now=ran.disk)
        if _stops(kind, answered):
            yield so_far._replace(label=f"{so_far.label}before {kind}", local=here)
            return
        if kind == "disk":
            for crash in self._crashes(ran.disk, so_far.shared):
                label = f"{so_far.label}before it writes its store, {crash.label}"
                yield crash._replace(label=label, changed=so_far.changed)
        for answer, fault, then in self._answers(here, so_far.shared, ran.request):
            applied = kind == "commit" and then != so_far.shared
            changed = ran.request.details[0].deletes if applied else frozenset()
            step = Step(
                so_far.label + (f"{kind} {answer}, " if isinstance(answer, str) else f"{kind}, "),
                so_far.fault or fault,
                then,
                so_far.local,
                so_far.changed | changed,
            )
            next_ = here._replace(answers=(*here.answers, answer), touched=frozenset())
            yield from self._on(
                next_, step, answered - {"first"} | {"applied" if applied else kind}
            )

    def _answers(
        self, local: Local, shared: Shared, request: Suspended
    ) -> list[tuple[Any, bool, Shared]]:
        """The answers to a request, whether each is a fault, and what it changes."""
        match request.kind:
            case "commit":
                return self._commits(local, shared, *request.details)
            case "begin" | "read":
                return [(shared.catalog, False, shared), ("gone", True, shared)]
            case "committed":
                return [(shared.group, False, shared)]
            case "group":
                group = list(shared.group)
                for move in request.details[0]:
                    group[move.partition] = move.end
                return [(None, False, shared._replace(group=tuple(group))), ("lost", True, shared)]
        return [(None, False, shared), ("fails", True, shared)]

    def _commits(
        self, local: Local, shared: Shared, writes: Writes
    ) -> list[tuple[Any, bool, Shared]]:
        if local.touched & writes.deletes:
            return [("conflict", False, shared)]
        catalog = committed(shared.catalog, writes)
        self.check_catalog(catalog)
        then = shared._replace(catalog=catalog)
        return [(None, False, then), ("gone", True, shared), ("unanswered", True, then)]

    def touched(self, local: Local, changed: frozenset[object]) -> Local:
        """A consumer after another one has changed these tables.

        If its transaction can only fail now, it fails at once: nobody could notice it later.
        """
        if not local.action:
            return local
        local = local._replace(touched=local.touched | changed)
        request = self.run(local).request
        if request and request.kind == "commit" and local.touched & request.details[0].deletes:
            found = list(self._go(local, Shared()))
            if len(found) == 1 and not found[0].local.action:
                return found[0].local
        return local


class Ran(NamedTuple):
    """How far an action came: to a request, or to its end with this belief."""

    disk: Disk | None
    request: Suspended | None
    end: str
    belief: tuple[int | None, ...]


def _stops(kind: str, answered: set[str]) -> bool:
    """Whether others may act before this request: there, a step ends."""
    if "first" in answered:
        return False
    return kind == "commit" or (
        kind in ("begin", "read") and bool(answered & {"read", "begin", "applied"})
    )


def _rebalances(belief: tuple[int | None, ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Which partitions are revoked and assigned, in all ways."""
    for flips in itertools.product((False, True), repeat=len(belief)):
        changed = [number for number, flip in enumerate(flips) if flip]
        if changed:
            revoked = tuple(number for number in changed if belief[number] is not None)
            yield revoked, tuple(number for number in changed if belief[number] is None)


def _lefts(messages: tuple[str, ...], start: int | None) -> range:
    return range(1 if start is None else len(messages) - start + 1)
