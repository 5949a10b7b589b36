"""The table `[dashboard]`: what is accepted, and what is refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings.errors import ConfigError
from settings.login import Login, check_address, load_login

COOKIE = "c" * 32
OIDC = f"""
[dashboard]
public_url = "https://stats.example.com/"
[dashboard.oidc]
metadata_url = "https://login.example.com/.well-known/openid-configuration"
client_id = "bluetick"
client_secret = "s3cret-of-the-client"
cookie_secret = "{COOKIE}"
"""
PROXY = """
[dashboard.proxy]
addresses = ["127.0.0.1", "10.0.0.0/8"]
"""
OPERATOR = """
[[dashboard.people]]
email = "Ops@Example.com"
role = "operator"
"""
VIEWER = """
[[dashboard.people]]
email = "shop@example.com"
role = "viewer"
"""


def read(folder: Path, text: str) -> Login:
    file = folder / "bluetick.toml"
    file.write_text(text)
    return load_login(file)


def test_without_the_table_there_is_no_login(tmp_path: Path) -> None:
    assert not load_login(None).required
    assert not read(tmp_path, '[privacy]\nlevel = "full"\n').required


def test_a_provider_is_described_to_streamlit(tmp_path: Path) -> None:
    login = read(tmp_path, OIDC + OPERATOR)
    assert login.required
    assert login.streamlit() == {
        "redirect_uri": "https://stats.example.com/oauth2callback",
        "cookie_secret": COOKIE,
        "client_id": "bluetick",
        "client_secret": "s3cret-of-the-client",
        "server_metadata_url": "https://login.example.com/.well-known/openid-configuration",
    }


def test_secrets_can_be_elsewhere_and_are_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_COOKIE", "another-secret-of-32-characters-")
    login = read(tmp_path, OIDC.replace(COOKIE, "env:THE_COOKIE") + OPERATOR)
    assert login.oidc
    assert login.oidc.cookie_secret == "another-secret-of-32-characters-"
    assert "another-secret" not in repr(login)
    assert "s3cret-of-the-client" not in repr(login)


def test_people_are_found_in_any_case_of_letters(tmp_path: Path) -> None:
    limited = VIEWER + 'accounts = ["102"]\nnumbers = ["+1 555 000 1111"]\n'
    login = read(tmp_path, PROXY + OPERATOR + limited)
    operator, viewer = login.entry("ops@example.COM"), login.entry("shop@example.com")
    assert operator
    assert operator.role == "operator"
    assert viewer
    assert (viewer.accounts, viewer.numbers) == (("102",), ("15550001111",))
    assert login.entry("nobody@example.com") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (OIDC, "nobody could enter"),
        (OPERATOR, "to log in"),
        (OIDC + PROXY + OPERATOR, "either"),
        (OIDC.replace(COOKIE, "short") + OPERATOR, "32 characters"),
        (OIDC.replace("https://login", "http://login") + OPERATOR, "https://HOST"),
        (OIDC.replace("public_url", "#") + OPERATOR, "needs public_url"),
        (OIDC.replace(".com/\"", ".com/path\"") + OPERATOR, "nothing after the host"),
        (PROXY.replace("10.0.0.0/8", "everywhere") + OPERATOR, "address or a network"),
        (PROXY.replace('"127.0.0.1", "10.0.0.0/8"', "") + OPERATOR, "at least 1"),
        (PROXY + 'header = "not a name"\n' + OPERATOR, "name of an HTTP header"),
        (PROXY + OPERATOR + 'numbers = ["15550001111"]\n', "sees all accounts"),
        (PROXY + VIEWER + "accounts = []\n", "is empty"),
        (PROXY + VIEWER + VIEWER, "the same email"),
        (PROXY + VIEWER.replace("@", " at "), "not an e-mail address"),
        (PROXY + VIEWER.replace("viewer", "admin"), "'viewer' or 'operator'"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_without_the_secrets(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as raised:
        read(tmp_path, text)
    assert "s3cret" not in str(raised.value)
    assert COOKIE not in str(raised.value)


def test_an_open_dashboard_needs_a_login_or_consent(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="anybody who reaches"):
        check_address(Login(), "0.0.0.0", local=False, environment={})
    check_address(Login(), "127.0.0.1", local=True, environment={})
    check_address(read(tmp_path, PROXY + VIEWER), "0.0.0.0", local=False, environment={})
    consent = {"BLUETICK_DASHBOARD_OPEN": "true"}
    check_address(Login(), "0.0.0.0", local=False, environment=consent)


def test_the_zone_is_that_of_utc_unless_it_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, "[dashboard]\n").zone == load_login(None).zone == "UTC"
    assert read(tmp_path, '[dashboard]\nzone = "Asia/Kolkata"\n').zone == "Asia/Kolkata"
    for name in ("Mars/Base", "localtime", "asia/kolkata", ""):
        with pytest.raises(ConfigError, match="not a known time zone"):
            read(tmp_path, f'[dashboard]\nzone = "{name}"\n')
