"""The login by OpenID Connect, at a real provider."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from werkzeug.serving import make_server

from tests.support.browser import served
from tests.support.dashboard import filled
from tests.support.ports import HOST, free_port
from tests.support.session import session
from tests.support.traffic import Traffic

CLIENT, COOKIE = "secret-of-the-client", "secret-of-the-cookie-0123456789abc"
CONFIG = """
[dashboard]
public_url = "{url}"
[dashboard.oidc]
metadata_url = "http://localhost:{provider}/.well-known/openid-configuration"
client_id = "bluetick"
client_secret = "{client}"
cookie_secret = "{cookie}"
[[dashboard.people]]
email = "shop@example.com"
role = "viewer"
"""
SHOP: dict[str, object] = {"email": "Shop@Example.com", "email_verified": True}
PEOPLE: dict[str, dict[str, object]] = {
    "shop": SHOP,
    "stranger": {"email": "stranger@example.com", "email_verified": True},
    "pretender": SHOP | {"email_verified": False},
}

# The provider uses an older interface of Authlib.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("login"), Traffic())


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """A dashboard whose visitors log in at a provider."""
    with warnings.catch_warnings():
        import authlib.deprecate  # noqa: F401  # it sets a filter of its own

        warnings.simplefilter("ignore")
        from oidc_provider_mock import User, app

    people = [User(sub=name, claims=claims) for name, claims in PEOPLE.items()]
    port, config = free_port(), folder / "bluetick.toml"
    own = f"http://{HOST}:{port}"
    provider = make_server("localhost", 0, app(user_claims=people), threaded=True)
    thread = threading.Thread(target=provider.serve_forever)
    thread.start()
    try:
        config.write_text(
            CONFIG.format(url=own, provider=provider.server_port, client=CLIENT, cookie=COOKIE)
        )
        with served(folder, folder / "log", port=port, config=config) as address:
            yield address
    finally:
        provider.shutdown()
        thread.join()
        provider.server_close()


def logged_in(url: str, who: str) -> dict[str, str]:
    """The cookies of a browser after a login at the provider."""
    with httpx.Client(follow_redirects=True, timeout=300) as browser:
        browser.get(f"{url}/_stcore/health")
        with session(url, cookies=dict(browser.cookies)) as stranger:
            assert "Log in to see this dashboard" in stranger.text
            assert stranger.pages == []
            stranger.run(click="Log in")
        asked = browser.get(f"{url}{stranger.redirect}")
        assert asked.url.host == "localhost"  # the provider's form
        back = browser.post(asked.url, data={"sub": who})
        assert str(back.url).startswith(url)
        return dict(browser.cookies)


def test_a_listed_person_enters(url: str, folder: Path) -> None:
    with session(url, cookies=logged_in(url, "shop")) as shop:
        assert "shop@example.com · viewer" in shop.text
        assert "Overview" in shop.text
        assert "Log out" in shop.buttons
    secrets = (CLIENT, COOKIE)
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".toml"]
    assert [path for path in files if any(s.encode() in path.read_bytes() for s in secrets)] == []
    assert not any(secret.encode() in each for secret in secrets for each in _commands())


@pytest.mark.parametrize(
    ("who", "why"),
    [("stranger", "not among the people"), ("pretender", "does not say that this address")],
)
def test_others_are_refused(url: str, who: str, why: str) -> None:
    with session(url, cookies=logged_in(url, who)) as refused:
        assert "You cannot open this dashboard" in refused.text
        assert why in refused.text
        assert refused.pages == []
        assert "Log out" in refused.buttons


def test_a_forged_cookie_is_no_login(url: str) -> None:
    cookies = logged_in(url, "stranger")
    forged = cookies["_streamlit_user"].replace("e", "f", 3)
    with session(url, cookies=cookies | {"_streamlit_user": forged}) as stranger:
        assert "Log in to see this dashboard" in stranger.text


def _commands() -> Iterator[bytes]:
    """The command lines of all processes, as every user of the machine sees them."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it may have ended
            yield file.read_bytes()
