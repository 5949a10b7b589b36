"""What is explored: with each change, and each night."""

from __future__ import annotations

from tests.proof.process import Scope

# Two messages in each of two partitions: a repetition, and the same event with other content.
FOUR = (("a1", "b1"), ("a1", "a2"))
REPEATED = (("a1",), ("a1",))

USUAL = {
    "two consumers, two partitions, four messages": Scope(FOUR),
    "one of them with a store, one message in each partition": Scope(REPEATED, (True, False)),
    "both with a store, two messages in one partition": Scope((("a1", "a1"),), (True, True)),
    "each transaction tried twice, with stores": Scope((("a1",),), (True, True), attempts=2),
}
NIGHTLY = {
    "one with a store, two partitions, four messages": Scope(FOUR, (True, False)),
    "both with a store, two partitions, four messages": Scope(FOUR, (True, True)),
    "each transaction tried twice, one message in each partition": Scope(REPEATED, attempts=2),
}
