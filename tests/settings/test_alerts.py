"""The configuration of alerts, and the errors in it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from settings.alerts import COUNTS, DEFAULTS, SHARES, Alerting, load_alerting
from settings.errors import ConfigError
from settings.sources import load_config
from warehouse.metrics import METRICS

SECRET = "s3cret-value"
HOOK = f'[destinations.team]\nkind = "slack"\nurl = "https://chat.example/{SECRET}"\n'
DIFFERS = '[[alerts]]\nname = "a"\nmetric = "delivery_rate"\ndiffers = 0.05\n'
MAIL = '[destinations.ops]\nkind = "email"\nhost = "mail.example"\nfrom = "a@b.example"\n'


def loaded(tmp_path: Path, text: str) -> Alerting:
    file = tmp_path / "bluetick.toml"
    file.write_text(text, "utf-8")
    return load_alerting(file)


def test_a_rule_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_URL", "https://chat.example/x")
    found = loaded(
        tmp_path,
        '[sources.meta]\nauth = "hmac"\napp_secrets = ["env:NOT_SET_HERE"]\n'
        '[destinations.team]\nkind = "slack"\nurl = "env:TEAM_URL"\n'
        f'{MAIL}to = ["c@d.example"]\nusername = "u"\npassword = "{SECRET}"\n'
        '[[alerts]]\nname = "slow"\nmetric = "p90_wait"\nabove = "90s"\nnumber = "+1 555-000"\n'
        'window = "2h"\nleast = 10\nfor = "5m"\nsend_to = ["ops"]\n'
        'quiet = { from = "22:00", until = "07:00", zone = "Europe/Berlin" }\n'
        '[[alerts]]\nname = "unusual"\nanomaly = true\n',
    )
    slow, unusual = found.alerts
    assert (slow.limit, slow.window, slow.hold) == (90, timedelta(hours=2), timedelta(minutes=5))
    assert (slow.where, slow.enough) == ({"number": "1555000"}, 10)
    assert found.recipients(slow) == ("ops",)
    assert found.recipients(unusual) == ("team", "ops")
    assert SECRET not in repr(found)
    assert "chat.example" not in repr(found)


def test_without_a_rule_there_are_useful_ones(tmp_path: Path) -> None:
    assert loaded(tmp_path, HOOK).alerts == load_alerting(None).alerts == DEFAULTS


def test_a_mistake_in_an_alert_does_not_keep_the_receiver_from_starting(tmp_path: Path) -> None:
    file = tmp_path / "bluetick.toml"
    file.write_text('[sources.a]\nauth = "none"\n[[alerts]]\nname = 1\n', "utf-8")
    assert list(load_config(file).sources) == ["a"]


def test_the_metrics_are_those_of_the_warehouse() -> None:
    assert {METRICS[name].relation for name in (*SHARES, *COUNTS)} == {"outcome_counts"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('[[alerts]]\nname = "a"\n', "needs either metric or anomaly = true"),
        ('[[alerts]]\nname = "a"\nanomaly = true\nabove = 1\n', "does not use above: remove it"),
        ('[[alerts]]\nname = "a"\nmetric = "rate"\nabove = 1\n', "should be 'failure_rate'"),
        ('[[alerts]]\nname = "a"\nmetric = "failed"\n', "needs either above or below, or differs"),
        (f"{DIFFERS}above = 0.1\n", "needs either above or below, or differs"),
        (f"{DIFFERS}market = 'BR'\n", "with differs does not use market: remove it"),
        (f"{DIFFERS}window = '50m'\n", "in quarters of an hour"),
        (f"{DIFFERS}window = '2d'\n", "in quarters of an hour"),
        (f"{DIFFERS}weeks = 1\n", "greater than or equal to 2"),
        (DIFFERS.replace("0.05", "0"), "write by how much"),
        (DIFFERS.replace("0.05", "5"), "write 0.05 for 5%"),
        (DIFFERS.replace("delivery_rate", "freshness"), "differs is for failure_rate"),
        ('[[alerts]]\nname = "a"\nmetric = "failed"\nabove = 1\nweeks = 3\n', "not use weeks"),
        ('[[alerts]]\nname = "a"\nanomaly = true\ndiffers = 1\n', "not use differs"),
        ('[[alerts]]\nname = "a"\nmetric = "read_rate"\nbelow = 5\n', "write 0.05 for 5%"),
        ('[[alerts]]\nname = "a"\nmetric = "failed"\nabove = 5\nleast = 1\n', "not use least"),
        ('[[alerts]]\nname = "a"\nmetric = "freshness"\nabove = "3"\n', 'such as "90s", "5m"'),
        ('[[alerts]]\nname = "a"\nmetric = "freshness"\nabove = "3h"\nsource = "x"\n', "source"),
        ('[[alerts]]\nname = "a"\nmetric = "failed"\nabove = 1\nwindow = "8d"\n', 'to "7d"'),
        ('[[alerts]]\nname = "A b"\nmetric = "failed"\nabove = 1\n', "use a-z, 0-9"),
        (
            2 * '[[alerts]]\nname = "a"\nmetric = "failed"\nabove = 1\n',
            "two alerts or reports have the name a",
        ),
        ('[[alerts]]\nname = "a"\nanomaly = true\nsend_to = ["x"]\n', "add [destinations.x]"),
        ('[[reports]]\nname = "a"\nsend_to = ["x"]\n', "a sends to 'x': add [destinations.x]"),
        ('[[reports]]\nname = "a"\nevery = "month"\n', "should be 'day' or 'week'"),
        ('[[reports]]\nname = "a"\nzone = "Mars/Base"\n', "such as Europe/Berlin"),
        ('[[reports]]\nname = "a"\nat = "08:00+01:00"\n', "the time zone in zone"),
        ('[[reports]]\nname = "A b"\n', "use a-z, 0-9"),
        (
            '[[alerts]]\nname = "a"\nanomaly = true\n'
            'quiet = { from = "22:00", until = "07:00", zone = "Mars/Base" }\n',
            "such as Europe/Berlin",
        ),
        (HOOK.replace("https://", "ftp://"), "begins with https://"),
        (HOOK + "x = 1\n", "destinations.team.slack.x: Extra inputs"),
        (f"{MAIL}to = []\n", "destinations.ops.email.to"),
        (f'{MAIL}to = ["d.example"]\n', "such as ops@example.com"),
        (f'{MAIL}to = ["a@b.example"]\npassword = "{SECRET}"\n', "belong together"),
        (
            f'{MAIL}to = ["a@b.example"]\nusername = "u"\npassword = "{SECRET}"\n'
            'security = "none"\n',
            "send the password in the open",
        ),
    ],
)
def test_an_error_says_what_to_write_and_no_secret(tmp_path: Path, text: str, shown: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, text)
    assert shown in str(error.value)
    assert SECRET not in str(error.value)
