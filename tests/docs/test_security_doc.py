"""Every promise of SECURITY.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")


def test_every_promise_names_tests_that_exist() -> None:
    table = PAGE.partition("## What is promised")[2].partition("\n## ")[0]
    promises = re.findall(r"^\| (?!Against|--)(.+) \| (.+) \| (.+) \|$", table, re.MULTILINE)
    assert len(promises) == table.count("\n|") - 2 > 0
    for against, _, tests in promises:
        named = re.findall(r"`(tests/[\w/]+\.py)`", tests)
        assert named, against
        for path in named:
            assert (ROOT / path).is_file(), path
