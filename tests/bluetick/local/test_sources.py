"""The sources that are served with a configuration, without one, and in the demo."""

from __future__ import annotations

import stat
import tomllib
from contextlib import nullcontext
from pathlib import Path

import pytest

from bluetick.local.sources import DEMO, LOCAL, sources_of, write_demo
from bluetick.local.up import check_host
from bluetick.options import Settings
from settings.errors import ConfigError
from settings.permissions import keep_private


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_a_file_the_local_source_is_served() -> None:
    config = sources_of(None)
    assert list(config.sources) == [LOCAL]
    assert config.sources[LOCAL].auth == "none"


def test_bluetick_toml_is_found(tmp_path: Path) -> None:
    (tmp_path / "bluetick.toml").write_text('[sources.meta]\nauth = "none"\n')
    assert list(sources_of(None).sources) == ["meta"]


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent.toml does not exist"):
        sources_of(tmp_path / "absent.toml")


def test_a_file_without_sources_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "empty.toml"
    file.write_text('[privacy]\nlevel = "full"\n')
    with pytest.raises(ConfigError, match=r"\[sources.NAME\]"):
        sources_of(file)


def test_the_local_source_is_never_served_to_a_network(tmp_path: Path) -> None:
    check_host(Settings(), sources_of(None))
    with pytest.raises(ConfigError, match="needs no secret"):
        check_host(Settings(host="0.0.0.0"), sources_of(None))
    lines = 'auth = "none"\nallow_strangers = true\n'
    (tmp_path / "bluetick.toml").write_text(f"[sources.meta]\n{lines}")
    check_host(Settings(host="0.0.0.0"), sources_of(None))


def test_the_demo_has_new_secrets_each_time_that_nobody_else_can_read(tmp_path: Path) -> None:
    first = sources_of(write_demo(tmp_path))
    file = write_demo(tmp_path)
    second = sources_of(file)
    assert set(second.sources) == {*DEMO, LOCAL}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secrets = {config.sources[name].app_secrets for config in (first, second) for name in DEMO}
    assert len(secrets) == 2 * len(DEMO)


def test_the_example_names_every_environment_variable_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    example = Path(__file__).parents[3] / "bluetick.example.toml"
    monkeypatch.setenv("META_APP_SECRET", "s")
    monkeypatch.setenv("META_VERIFY_TOKEN", "t")
    assert list(sources_of(example).sources) == ["meta"]
    # Without the comment signs, the rest of the example is valid too.
    text = example.read_text("utf-8").replace("# [", "[").splitlines()
    active = "\n".join(line.removeprefix("# ") if " = " in line else line for line in text)
    (Path.cwd() / "all.toml").write_text(active)
    monkeypatch.setenv("POSITUS_TOKEN", "p")
    monkeypatch.setenv("LEGACY_PASSWORD", "l")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "t")
    monkeypatch.setenv("BLUETICK_PRIVACY_KEY", "0" * 64)
    expected = {"meta", "positus", "legacy", "twilio"}
    assert set(sources_of(Path("all.toml")).sources) == expected
    assert tomllib.loads(active)["privacy"]["level"] == "full"


def test_children_get_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BLUETICK_HOST", "0.0.0.0")
    monkeypatch.setenv("BLUETICK_CONFIG", "elsewhere.toml")
    settings = Settings(data_dir=Path("d"), receiver_port=1234, broker_port=2345)
    found = settings.environment()
    assert found["BLUETICK_DATA_DIR"] == str(tmp_path / "d")
    assert found["BLUETICK_RECEIVER_PORT"] == "1234"
    assert found["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:2345"
    assert not {"BLUETICK_HOST", "BLUETICK_CONFIG"} & set(found)
    own = Settings(own_kafka="kafka:9092", registry_url="http://registry")
    assert own.environment()["KAFKA_BOOTSTRAP_SERVERS"] == "kafka:9092"
    assert own.environment()["SCHEMA_REGISTRY_URL"] == "http://registry"


@pytest.mark.parametrize(
    ("lines", "starts"),
    [
        ('auth = "none"', False),
        ('auth = "none"\nallow_strangers = true', True),
        ('auth = "none"\nallow = ["192.0.2.0/24"]', True),
        ('auth = "header"\nheader = "X-T"\ntoken = "t"', True),
    ],
)
def test_an_open_source_is_not_served_to_a_network_unasked(
    tmp_path: Path, lines: str, starts: bool
) -> None:
    file = tmp_path / "bluetick.toml"
    file.write_text(f"[sources.open]\n{lines}\n")
    config = sources_of(file)
    check_host(Settings(config=file), config)
    asked = nullcontext() if starts else pytest.raises(ConfigError, match="open, which has auth")
    with asked:
        check_host(Settings(config=file, host="0.0.0.0"), config)


@pytest.mark.parametrize("text", ["rwx", "1777", "88", "-1"])
def test_a_wrong_umask_is_explained(text: str) -> None:
    with pytest.raises(ConfigError, match="BLUETICK_UMASK"):
        keep_private({"BLUETICK_UMASK": text})
