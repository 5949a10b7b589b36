"""The catalog and the data path from the environment, and the errors in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings.lake import Lake, LakeSettingError, ObjectStore, PostgresServer, lake

URL = "postgres://blue:p%40ss@db.example.com:6432/lake?sslmode=require"
OPTIONS = (("connect_timeout", "10"), ("sslmode", "require"))


def test_without_variables_all_is_in_the_data_folder() -> None:
    assert lake({}) == Lake()
    assert lake({"BLUETICK_CATALOG": "", "BLUETICK_DATA_PATH": ""}) == Lake()


def test_the_catalog_is_a_url() -> None:
    server = lake({"BLUETICK_CATALOG": URL}).postgres
    assert server == PostgresServer("db.example.com", 6432, "lake", "blue", "p@ss", OPTIONS)
    assert "p@ss" not in f"{server} {server!r}"


def test_the_password_may_be_in_a_file_or_variable(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    (tmp_path / "url").write_text("postgresql://blue:own@db/lake\n")
    named = {
        "BLUETICK_CATALOG": "postgresql://blue@db/lake",
        "BLUETICK_CATALOG_PASSWORD": f"file:{tmp_path / 'password'}",
    }
    server = lake(named).postgres
    assert server == PostgresServer("db", 5432, "lake", "blue", "s3cret", OPTIONS[:1])
    whole = lake({"BLUETICK_CATALOG": f"file:{tmp_path / 'url'}"}).postgres
    assert whole
    assert whole.password == "own"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BLUETICK_CATALOG", "mysql://blue:geheim@db/lake"),
        ("BLUETICK_CATALOG", "postgres://blue:geheim@db"),
        ("BLUETICK_CATALOG", "postgres://blue:geheim@db:port/lake"),
        ("BLUETICK_CATALOG", "postgres://blue:geheim@db/lake?password=geheim"),
        ("BLUETICK_CATALOG", "file:/nowhere/geheim"),
        ("BLUETICK_DATA_PATH", "gs://geheim/lake"),
        ("BLUETICK_DATA_PATH", "s3:///geheim"),
    ],
)
def test_a_wrong_value_is_named_but_not_shown(variable: str, value: str) -> None:
    with pytest.raises(LakeSettingError, match=variable) as error:
        lake({variable: value})
    assert value.startswith("file:") or "geheim" not in str(error.value)


def test_s3_with_an_endpoint_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORED", "geheim")
    found = lake(
        {
            "BLUETICK_DATA_PATH": "s3://bucket/some/prefix",
            "BLUETICK_S3_ENDPOINT": "http://127.0.0.1:8333",
            "BLUETICK_S3_REGION": "eu-central-1",
            "BLUETICK_S3_KEY_ID": "key",
            "BLUETICK_S3_SECRET": "env:STORED",
        }
        | {"AWS_ACCESS_KEY_ID": "other", "AWS_REGION": "other"}
    )
    assert found.data_path == "s3://bucket/some/prefix/"
    assert found.store == ObjectStore(
        "127.0.0.1:8333", False, "eu-central-1", "path", "key", "geheim"
    )
    assert "geheim" not in repr(found)


def test_the_variables_of_other_tools_are_read_too() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    found = lake({"BLUETICK_DATA_PATH": "s3://bucket", "AWS_DEFAULT_REGION": "r", **keys})
    assert found.store == ObjectStore(None, True, "r", "vhost", "key", "secret")


def test_without_keys_the_machine_is_asked_for_them() -> None:
    found = lake({"BLUETICK_DATA_PATH": "s3://bucket/a"}).store
    assert found == ObjectStore()


def test_a_key_without_its_secret_is_refused() -> None:
    with pytest.raises(LakeSettingError, match="BLUETICK_S3_SECRET"):
        lake({"BLUETICK_DATA_PATH": "s3://bucket/a", "BLUETICK_S3_KEY_ID": "key"})
