"""`bluetick doctor` says whether strangers can open the dashboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluetick.doctor.configuration import configuration
from bluetick.doctor.finding import Finding
from bluetick.doctor.permissions import permissions
from bluetick.options import Settings
from settings.login import OPEN

SOURCE = '[sources.a]\nauth = "header"\nheader = "X"\ntoken = "env:THE_TOKEN"\n'
LOGIN = (
    '[dashboard]\npublic_url = "https://stats.example.com"\n[dashboard.oidc]\n'
    'metadata_url = "https://login.example.com/x"\nclient_id = "b"\n'
    'client_secret = "env:THE_TOKEN"\ncookie_secret = "{cookie}"\n'
    '[[dashboard.people]]\nemail = "a@example.com"\nrole = "operator"\n'
)


def findings(
    monkeypatch: pytest.MonkeyPatch, folder: Path, text: str, host: str = "0.0.0.0"
) -> list[Finding]:
    monkeypatch.setenv("THE_TOKEN", "t" * 32)
    file = folder / "bluetick.toml"
    file.write_text(SOURCE + text)
    file.chmod(0o644)
    found = configuration(Settings(config=file, host=host))
    return [one for one in found if "dashboard" in one.what]


def test_an_open_dashboard_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(OPEN, raising=False)
    (refused,) = findings(monkeypatch, tmp_path, "")
    assert (refused.level, "does not start on 0.0.0.0" in refused.what) == ("warning", True)
    monkeypatch.setenv(OPEN, "true")
    (consented,) = findings(monkeypatch, tmp_path, "")
    assert (consented.level, "anybody" in consented.what) == ("warning", True)
    assert findings(monkeypatch, tmp_path, "", host="127.0.0.1") == []
    (closed,) = findings(monkeypatch, tmp_path, LOGIN.format(cookie="c" * 32))
    assert (closed.level, "OpenID Connect, 1 person" in closed.what) == ("ok", True)


def test_a_mistake_is_named_without_the_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (found,) = findings(monkeypatch, tmp_path, LOGIN.format(cookie="short-secret"))
    assert found.level == "problem"
    assert "32 characters" in found.what
    assert "short-secret" not in found.what


def test_its_secrets_in_a_readable_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(config=tmp_path / "bluetick.toml", data_dir=tmp_path / "none")
    findings(monkeypatch, tmp_path, LOGIN.format(cookie="env:THE_TOKEN"))
    assert list(permissions(settings)) == []
    findings(monkeypatch, tmp_path, LOGIN.format(cookie="c" * 32))
    assert [found.level for found in permissions(settings)] == ["warning"]
