"""A real S3 server on loopback (SeaweedFS), from a wheel; tests may kill it and start it again."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

import settings.lake
from tests.support.ports import HOST, free_ports
from tests.support.process import Child
from tests.support.waiting import wait_for
from warehouse.attachment import database
from warehouse.location import Location

KEY_ID, SECRET = "bluetick-key", "another/secret+with=signs"
BUCKET = "lake"


class ObjectStore:
    """One server with one bucket."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="bluetick-s3-"))
        # Two for each part: without the second, SeaweedFS takes the first and 10,000.
        ports = free_ports(8)
        self.endpoint = f"http://{HOST}:{ports[0]}"
        keys = self.directory / "keys.json"
        keys.write_text(json.dumps(_keys()))
        data = self.directory / "data"
        data.mkdir()
        self.child = Child(
            [
                *(str(Path(sys.executable).with_name("weed")), "server", f"-dir={data}"),
                *(f"-ip={HOST}", f"-ip.bind={HOST}", "-s3", f"-s3.config={keys}"),
                *(
                    f"-s3.port={ports[0]}",
                    f"-s3.port.grpc={ports[1]}",
                    "-s3.port.iceberg=0",
                    "-s3.port.lance=0",
                ),
                *(f"-master.port={ports[2]}", f"-master.port.grpc={ports[3]}"),
                *(f"-volume.port={ports[4]}", f"-volume.port.grpc={ports[5]}"),
                *(f"-filer.port={ports[6]}", f"-filer.port.grpc={ports[7]}"),
                *("-volume.max=20", "-master.volumeSizeLimitMB=64", "-master.telemetry=false"),
            ],
            log=self.directory / "log",
        )

    def start(self) -> None:
        """Starts the server, and waits until it has the bucket."""
        self.child.start()
        wait_for(self._bucket_made, explain=self.child.tail)

    def _bucket_made(self) -> bool:
        place = f"s3://{BUCKET}/"
        host = self.endpoint.partition("//")[2]
        store = settings.lake.ObjectStore(host, False, "us-east-1", "path", KEY_ID, SECRET)
        with database(Location("ducklake:sqlite:", place, store=store)) as connection:
            try:
                connection.execute(f"COPY (SELECT 1) TO '{place}first.parquet'")
            except duckdb.Error:
                return False
        return True

    def environment(self, prefix: str) -> dict[str, str]:
        """The variables for a warehouse whose files have this prefix."""
        return {
            "BLUETICK_DATA_PATH": f"s3://{BUCKET}/{prefix}",
            "BLUETICK_S3_ENDPOINT": self.endpoint,
            "BLUETICK_S3_KEY_ID": KEY_ID,
            "BLUETICK_S3_SECRET": SECRET,
        }

    def kill(self) -> None:
        self.child.kill()

    def stop(self) -> None:
        """Ends the server for good, and removes its data."""
        self.child.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()


def _keys() -> dict[str, object]:
    return {
        "identities": [
            {
                "name": "bluetick",
                "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}],
                "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            }
        ]
    }
