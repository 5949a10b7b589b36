"""A real S3 server on loopback (SeaweedFS), from a wheel; tests may kill it and start it again."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

import settings.lake
from tests.support.ports import HOST, free_ports
from tests.support.process import Child
from tests.support.server import Server
from tests.support.waiting import wait_for
from warehouse.attachment import database
from warehouse.location import Location

KEY_ID, SECRET = "bluetick-key", "another/secret+with=signs"
BUCKET = "lake"
PLACE = f"s3://{BUCKET}/"


class ObjectStore(Server):
    """One server with one bucket."""

    def __init__(self) -> None:
        super().__init__("s3")
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
        with self._opened() as connection:
            try:
                connection.execute(f"COPY (SELECT 1) TO '{PLACE}first.parquet'")
            except duckdb.Error:
                return False
        return True

    def _opened(self) -> duckdb.DuckDBPyConnection:
        host = self.endpoint.partition("//")[2]
        store = settings.lake.ObjectStore(host, False, "us-east-1", "path", KEY_ID, SECRET)
        return database(Location("ducklake:sqlite:", PLACE, store=store))

    def download(self, prefix: str, folder: Path) -> None:
        """Copies all objects below the prefix to a folder."""
        with self._opened() as connection:
            files = connection.execute(
                f"SELECT filename, content FROM read_blob('{PLACE}{prefix}/**')"
            ).fetchall()
        for name, content in files:
            copy = folder / name.removeprefix(f"{PLACE}{prefix}/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)

    def upload(self, folder: Path, prefix: str) -> None:
        """Copies a folder's files to objects below the prefix."""
        with self._opened() as connection:
            for file in filter(Path.is_file, folder.rglob("*")):
                connection.execute(
                    f"COPY (SELECT content FROM read_blob('{file}')) TO "
                    f"'{PLACE}{prefix}/{file.relative_to(folder)}' (FORMAT BLOB)"
                )

    def stop(self) -> None:
        """Ends the server for good, and removes its data."""
        self.kill()  # a clean end takes 25 seconds, and its data go anyway
        super().stop()

    def environment(self, prefix: str) -> dict[str, str]:
        """The variables for a warehouse whose files have this prefix."""
        return {
            "BLUETICK_DATA_PATH": f"{PLACE}{prefix}",
            "BLUETICK_S3_ENDPOINT": self.endpoint,
            "BLUETICK_S3_KEY_ID": KEY_ID,
            "BLUETICK_S3_SECRET": SECRET,
        }


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
