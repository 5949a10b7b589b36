"""docker-compose.yml and the Dockerfile are valid, checked with Docker's client if there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.maven import version

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"


def compose_config(folder: Path) -> dict[str, Any]:
    """The output of `docker compose config` for a copy of the file. Skips without Docker."""
    if not shutil.which("docker"):
        pytest.skip("NOT CHECKED: there is no docker on the PATH")
    version = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if version.returncode:
        pytest.skip("NOT CHECKED: this docker has no compose")
    shutil.copy(COMPOSE, folder)
    (folder / "bluetick.toml").touch()
    done = subprocess.run(
        ["docker", "compose", "config", "--format", "json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    config: dict[str, Any] = json.loads(done.stdout)
    return config


def test_docker_accepts_it_and_every_service_has_a_health_check(tmp_path: Path) -> None:
    services = compose_config(tmp_path)["services"]
    assert set(services) == {"kafka", "registry", "receiver", "consumer", "dashboard"}
    for name, service in services.items():
        assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped", name
        for port in service.get("ports", []):
            assert port["host_ip"] == "127.0.0.1", name
    waits = services["receiver"]["depends_on"]
    assert {one["condition"] for one in waits.values()} == {"service_healthy"}


def test_every_published_port_is_on_loopback() -> None:
    published = re.findall(r'^ +- "(.*:\d+)"$', COMPOSE.read_text("utf-8"), re.MULTILINE)
    assert len(published) == 5
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_image_is_pinned_to_a_version() -> None:
    images = re.findall(r"^ +image: (\S+)$", COMPOSE.read_text("utf-8"), re.MULTILINE)
    assert len(images) == 3
    assert all(re.search(r":\d+\.\d+\.\d+$", image) for image in images), images
    (base,) = re.findall(r"^FROM (\S+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert re.fullmatch(r"python:3\.11-slim-\w+", base)


@pytest.mark.parametrize(
    ("product", "image"), [("kafka", "apache/kafka"), ("registry", "apicurio/apicurio-registry")]
)
def test_the_tests_and_compose_use_the_same_versions(product: str, image: str) -> None:
    assert f"image: {image}:{version(product)}\n" in COMPOSE.read_text("utf-8")


def test_the_image_has_only_what_it_runs() -> None:
    """What that is, tests/supply/test_supply.py says."""
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    installs = re.findall(r"pip install (.+)$", dockerfile, re.MULTILINE)
    assert installs == ["--require-hashes --requirement requirements-image.lock", "--no-deps ."]


def test_the_image_gets_every_package_and_nothing_secret() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    ignore = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    packages = tomllib.loads(pyproject)["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    copied = {
        name
        for line in re.findall(r"^COPY (.+)$", dockerfile, re.MULTILINE)
        for name in line.split()[:-1]
    }
    assert set(packages) <= copied
    assert "*" in ignore
    assert {line[1:] for line in ignore if line.startswith("!")} == copied
    assert re.search(r"^USER bluetick$", dockerfile, re.MULTILINE)
