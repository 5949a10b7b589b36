"""A short series with a seed: after many kills nothing acknowledged is lost or lands twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import embedded
from tests.chaos.campaign import run
from tests.chaos.site import Options, Protocol

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]


@pytest.mark.kafka
@pytest.mark.parametrize(("seed", "protocol"), [(101, "classic"), (102, "consumer")])
def test_on_apache_kafka(seed: int, protocol: Protocol, tmp_path: Path) -> None:
    report = run(Options(seed, kills=8, directory=tmp_path, protocol=protocol, rate=500.0))
    assert report.good, report.line()
    assert report.kills.total() == 8
    assert report.acknowledged > 1000


@pytest.mark.kafka
def test_on_postgres_and_s3(tmp_path: Path) -> None:
    options = Options(710, kills=5, directory=tmp_path, catalog="postgres", consumers=3, rate=200.0)
    report = run(options)
    assert report.good, report.line()
    assert report.kills.keys() == {"receiver", "consumer", "broker", "postgres", "store"}
    assert report.deletions > 0


def test_on_the_embedded_broker(tmp_path: Path) -> None:
    report = run(Options(103, kills=2, directory=tmp_path, broker="embedded", rate=300.0))
    assert report.good, report.line()
    assert "broker" not in report.kills
    assert report.kills.total() == 2


def test_all_of_up_is_killed(tmp_path: Path) -> None:
    report = embedded.run(tmp_path, seed=110, kills=2, rate=200.0)
    assert report.good, report.line()
    assert report.kills["up"] == 1
    assert report.acknowledged > 100
    assert (tmp_path / "data" / "journal").stat().st_mode & 0o777 == 0o700
