"""Short series with a seed: after many kills nothing acknowledged is lost or lands twice.

Those on the embedded broker are `make chaos-short`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.campaign import run
from tests.chaos.site import Options, Protocol

pytestmark = [pytest.mark.chaos, pytest.mark.kafka, pytest.mark.timeout(600)]


@pytest.mark.parametrize(("seed", "protocol"), [(101, "classic"), (102, "consumer")])
def test_on_apache_kafka(seed: int, protocol: Protocol, tmp_path: Path) -> None:
    report = run(Options(seed, kills=8, directory=tmp_path, protocol=protocol, rate=500.0))
    assert report.good, report.line()
    assert report.kills.total() == 8
    assert report.acknowledged > 1000


def test_on_postgres_and_s3(tmp_path: Path) -> None:
    options = Options(710, kills=5, directory=tmp_path, catalog="postgres", consumers=3, rate=200.0)
    report = run(options)
    assert report.good, report.line()
    assert report.kills.keys() == {"receiver", "consumer", "broker", "postgres", "store"}
    assert report.deletions > 0
