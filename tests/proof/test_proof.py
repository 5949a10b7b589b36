"""The landing protocol in every state of a small world, and mistakes in it that must be found."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.explore import Explorer, Found
from tests.proof.mistakes import MISTAKES
from tests.proof.process import Rules, Scope
from tests.proof.scopes import USUAL


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The code logs each fault, many thousands of times."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@functools.cache
def explored(scope: Scope) -> Found:
    """What the real code does there."""
    return Explorer(Rules(), scope).explore()


@pytest.mark.parametrize("name", USUAL)
def test_every_state_is_right(name: str) -> None:
    found = explored(USUAL[name])
    assert not found.violation, "\n".join(found.trace)


def test_the_docs_say_how_many_states_there_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "guarantees.md").read_text("utf-8")
    for scope in list(USUAL.values())[:2]:
        assert f"{explored(scope).states:,}" in page
    assert f"each of {len(MISTAKES)} deliberate mistakes" in page


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_and_its_trace_leads_to_it(name: str) -> None:
    mistake = MISTAKES[name]
    assert not explored(mistake.scope).violation
    explorer = Explorer(mistake.rules, mistake.scope)
    found = explorer.explore()
    assert mistake.violation in found.violation
    *steps, last = found.trace
    assert last == found.violation
    explorer.replay(steps)
