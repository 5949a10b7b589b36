"""A consumer that starts while PostgreSQL or S3 is down waits for it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from consumer.main import _open
from tests.support.lake_servers import LakeServers, lake_servers, remote
from tests.support.remote_lake import opened
from tests.support.waiting import wait_for
from warehouse.campaigns import CampaignRule
from warehouse.connection import Location

__all__ = ["lake_servers", "remote"]


@pytest.mark.servers
def test_it_opens_the_warehouse_when_the_servers_are_back(
    remote: Location, lake_servers: LakeServers, caplog: pytest.LogCaptureFixture
) -> None:
    opened(remote)
    with ThreadPoolExecutor(1) as pool:
        for server in (lake_servers.store, lake_servers.postgres):
            server.kill()
            caplog.clear()
            found = pool.submit(_open, remote, CampaignRule(), threading.Event())
            wait_for(lambda: "waiting for the warehouse" in caplog.text)
            server.start()
            warehouse = found.result(300)
            assert warehouse
            warehouse.close()
