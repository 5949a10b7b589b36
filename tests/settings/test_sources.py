"""The configuration of the sources, and the errors in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings.errors import ConfigError
from settings.sources import load_config

SECRET = "s3cret-value"
URL = "https://hooks.example.com"
SNS = 'auth = "signature"\ndialect = "aws"\n'
TOPIC = "arn:aws:sns:eu-west-1:123456789012:whatsapp"
PEM = "-----BEGIN CERTIFICATE-----"
SIGNED = 'auth = "signature"\ndialect = "twilio"\napp_secrets = ["x"]\n'


def loaded(tmp_path: Path, text: str) -> str:
    """The error for this file; empty if it is valid."""
    file = tmp_path / "bluetick.toml"
    file.write_text(text, "utf-8")
    try:
        load_config(file)
    except ConfigError as error:
        return str(error).replace(f"{file}: ", "")
    return ""


def test_secrets_are_read_from_variables_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", "from the environment")
    (tmp_path / "token").write_text("from a file\n", "utf-8")
    file = tmp_path / "bluetick.toml"
    file.write_text(
        '\ufeff[sources.meta]\nauth = "hmac"\napp_secrets = ["literal", "env:SHOP_SECRET"]\n'
        f'verify_token = "file:{tmp_path / "token"}"\n',
        "utf-8",
    )
    source = load_config(file).sources["meta"]
    assert (source.name, source.dialect, source.reply) == ("meta", "auto", "empty")
    assert source.app_secrets == ("literal", "from the environment")
    assert source.verify_token == "from a file"
    assert "literal" not in repr(source)


@pytest.mark.parametrize(
    ("table", "shown"),
    [
        ('auth = "hmac"', 'auth = "hmac" needs app_secrets'),
        ('auth = "basic"\nusername = "u"', "needs password"),
        ('auth = "header"\nheader = "X-Token"', "needs token"),
        (f'auth = "none"\ntoken = "{SECRET}"', 'does not use token: set auth = "header"'),
        (f'auth = "none"\napp_secrets = ["{SECRET}"]', 'set auth = "hmac"'),
        (f'auth = "hmac"\napp_secrets = ["x"]\npassword = "{SECRET}"', 'set auth = "basic"'),
        (
            f'auth = "header"\nheader = "X T:"\ntoken = "{SECRET}"',
            "not a valid name of an HTTP header",
        ),
        (f'auth = "basic"\nusername = "u:x"\npassword = "{SECRET}"', "must not have a colon"),
        (f'auth = "hmac"\napp_secrets = [" {SECRET}"]', "has blanks around it"),
        ('auth = "hmac"\napp_secrets = [""]', "is empty"),
        ('auth = "hmac"\napp_secrets = ["env:UNSET_HERE"]', "UNSET_HERE is not set"),
        ('auth = "hmac"\napp_secrets = ["env:"]', "env: must be followed by the name"),
        ('auth = "hmac"\napp_secrets = ["file:/nowhere"]', "cannot read /nowhere"),
        (f'auth = "none"\nsecret = "{SECRET}"', "sources.meta.secret: Extra inputs"),
        ('auth = "none"\ndialect = "klingon"', "sources.meta.dialect: Input should be 'auto'"),
        ("auth = none", "Invalid value"),
        (SIGNED, 'auth = "signature" needs public_url'),
        (f'{SIGNED}public_url = "{URL}"\ntoken = "{SECRET}"', 'set auth = "header"'),
        (f'{SIGNED}public_url = "hooks.example.com"', "as the provider calls it, such as"),
        (f'{SIGNED}public_url = "{URL}:x"', "as the provider calls it, such as"),
        (f'{SIGNED}public_url = " {URL}"', "as the provider calls it, such as"),
        (f'{SIGNED}public_url = "{URL}/?a=1"', "must not have a user, a query"),
        (f'{SIGNED}public_url = "{URL}/#rc=5"', "must not have a user, a query"),
        (f'{SIGNED}public_url = "https://u:{SECRET}@x.example"', "must not have a user, a query"),
        (f'auth = "hmac"\napp_secrets = ["x"]\npublic_url = "{URL}"', 'set auth = "signature"'),
        ('auth = "signature"\napp_secrets = ["x"]', "a dialect with its own signature: aws"),
        ('auth = "signature"\ndialect = "cloud"', "a dialect with its own signature: aws"),
        ('auth = "signature"\ndialect = "aws"', 'auth = "signature" needs topic_arn'),
        (f'{SNS}topic_arn = "{SECRET}"', "topic_arn: String should match pattern"),
        (f'{SNS}topic_arn = "{TOPIC}"\napp_secrets = ["{SECRET}"]', "does not use app_secrets"),
        (f'{SNS}topic_arn = "{TOPIC}"\ncertificates = ["{SECRET}"]', "certificate in PEM"),
        (f'{SNS}topic_arn = "{TOPIC}"\nmax_age_seconds = 0', "greater than 0"),
        (f'auth = "none"\ncertificates = ["{PEM}"]', "only used with topic_arn"),
        ('auth = "none"\nmax_age_seconds = 60', "does not use max_age_seconds"),
    ],
)
def test_an_error_names_the_mistake_and_no_secret(tmp_path: Path, table: str, shown: str) -> None:
    found = loaded(tmp_path, f"[sources.meta]\n{table}\n")
    assert shown in found
    assert SECRET not in found
    assert "Value error" not in found


def test_the_name_of_a_source_must_fit_in_a_url(tmp_path: Path) -> None:
    assert "use a-z, 0-9" in loaded(tmp_path, '[sources."a b"]\nauth = "none"\n')
    assert loaded(tmp_path, '[sources.a-b_1]\nauth = "none"\n') == ""


def test_the_error_names_a_source_that_is_not_a_table(tmp_path: Path) -> None:
    assert "privacy.level" in loaded(tmp_path, '[privacy]\nlevel = "some"\n')
    assert "source: Extra inputs" in loaded(tmp_path, '[source.meta]\nauth = "none"\n')


KEY = "k" * 32
LEVEL = '[privacy]\nlevel = "minimal"\n'


@pytest.mark.parametrize(
    ("table", "shown"),
    [
        (LEVEL, "needs key_id"),
        (LEVEL + 'key_id = "2"\n[privacy.keys]\n1 = "' + KEY + '"\n', "has no key '2'"),
        (LEVEL + f'key_id = "1"\n[privacy.keys]\n1 = "{SECRET}"\n', "32 characters or more"),
        (LEVEL + 'key_id = "1"\n[privacy.keys]\n1 = "env:NOT_SET_ANYWHERE"\n', "is not set"),
        (LEVEL + 'key_id = "A.1"\n[privacy.keys]\n"A.1" = "' + KEY + '"\n', "should match"),
        (LEVEL + 'key_id = "1"\n[privacy.keys]\n1 = "' + KEY + '"\n', ""),
    ],
)
def test_a_level_needs_its_key(tmp_path: Path, table: str, shown: str) -> None:
    found = loaded(tmp_path, table)
    assert shown in found
    assert (found == "") is (shown == "")
    assert SECRET not in found
