"""The login by a proxy's header, with real connections to a real dashboard."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import served
from tests.support.dashboard import filled
from tests.support.ports import HOST
from tests.support.session import session
from tests.support.traffic import Traffic

PROXY = "127.0.0.2"  # this machine, as all of 127.0.0.0/8
CONFIG = f"""
[dashboard.proxy]
header = "X-Who"
addresses = ["{PROXY}"]
[[dashboard.people]]
email = "shop@example.com"
role = "viewer"
numbers = ["15550001111"]
[[dashboard.people]]
email = "ops@example.com"
role = "operator"
"""
SHOP = ("X-Who", "Shop@Example.com")
OPERATOR = ("X-Who", "ops@example.com")
STRANGER = ("X-Who", "stranger@example.com")
REFUSED = "You cannot open this dashboard"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("login"), Traffic())


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """A dashboard behind a proxy."""
    config = folder / "bluetick.toml"
    config.write_text(CONFIG)
    with served(folder, folder / "log", config=config) as address:
        yield address


def test_the_proxy_says_who_is_there(url: str, folder: Path) -> None:
    with session(url, headers=[SHOP], peer=PROXY) as shop:
        assert "shop@example.com · viewer" in shop.text
        assert "Overview" in shop.text
        assert not {"SQL", "Messages", "Pipeline"} & set(shop.pages)
    with session(url, headers=[OPERATOR], peer=PROXY) as operator:
        assert "ops@example.com · operator" in operator.text
        assert {"SQL", "Messages", "Pipeline"} <= set(operator.pages)
    lines = [json.loads(line) for line in (folder / "access.jsonl").read_text().splitlines()]
    seen = [(line["who"], line["role"], line["page"], line["what"]) for line in lines]
    assert ("shop@example.com", "viewer", "Overview", "page") in seen
    assert ("ops@example.com", "operator", "Overview", "page") in seen
    assert stat.S_IMODE((folder / "access.jsonl").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("peer", "headers", "why"),
    [
        (HOST, [OPERATOR], "only be opened through its proxy"),
        # The address that a header says is not the one that connects.
        (HOST, [OPERATOR, ("X-Forwarded-For", PROXY)], "only be opened through its proxy"),
        (PROXY, [], "does not say who is there"),
        (PROXY, [SHOP, OPERATOR], "does not say who is there"),
        (PROXY, [STRANGER], "not among the people"),
    ],
)
def test_others_see_no_page(url: str, peer: str, headers: list[tuple[str, str]], why: str) -> None:
    with session(url, headers=headers, peer=peer) as refused:
        assert REFUSED in refused.text
        assert why in refused.text
        assert "Overview" not in refused.text
        assert refused.pages == []
