"""docker-compose.production.yml lets no container do more than it needs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.compose import PRODUCTION, services
from tests.support.maven import version

NAMES = ("ADMIN", "RECEIVER", "CONSUMER")
PASSWORDS = {f"KAFKA_{name}_PASSWORD": f"password-{name.lower()}" for name in NAMES}
SERVICES = services(PRODUCTION, PASSWORDS)


@pytest.mark.parametrize("name", SERVICES)
def test_each_container_is_confined(name: str) -> None:
    one = SERVICES[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"\d+[mg]", one["mem_limit"])
    assert one["pids_limit"] == 512
    assert not {"privileged", "cap_add", "network_mode", "pid", "user"} & one.keys()
    for port in one.get("ports", []):
        assert port.startswith("127.0.0.1:")
    for volume in one.get("volumes", []):
        assert isinstance(volume, str) or volume["read_only"] is True
        assert "docker.sock" not in str(volume)


def test_every_password_must_be_given() -> None:
    for name in PASSWORDS:
        with pytest.raises(KeyError, match=name):
            services(PRODUCTION, {one: "x" for one in PASSWORDS if one != name})


def test_each_part_has_only_its_own_password() -> None:
    texts = {name: json.dumps(one) for name, one in SERVICES.items()}
    holders = {
        secret: {name for name, text in texts.items() if secret in text}
        for secret in PASSWORDS.values()
    }
    assert holders == {
        "password-admin": {"kafka", "permit"},
        "password-receiver": {"kafka", "receiver"},
        "password-consumer": {"kafka", "consumer"},
    }
    assert [name for name, one in SERVICES.items() if "env_file" in one] == ["receiver"]


def test_nothing_of_kafka_is_published_or_plain() -> None:
    kafka = SERVICES["kafka"]
    assert "ports" not in kafka
    assert kafka["networks"] == ["inside"]
    assert "PLAINTEXT" not in PRODUCTION.read_text("utf-8")
    for name in ("permit", "receiver", "consumer"):
        assert SERVICES[name]["environment"]["KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"
    assert kafka["image"] == f"apache/kafka:{version('kafka')}"


def test_docker_accepts_it(tmp_path: Path) -> None:
    if not shutil.which("docker"):
        pytest.skip("NOT CHECKED: there is no docker on the PATH")
    if subprocess.run(
        ["docker", "compose", "version"], capture_output=True, check=False
    ).returncode:
        pytest.skip("NOT CHECKED: this docker has no compose")
    shutil.copy(PRODUCTION, tmp_path)
    (tmp_path / "receiver.env").touch()
    (tmp_path / ".env").write_text("".join(f"{k}={v}\n" for k, v in PASSWORDS.items()))
    done = subprocess.run(
        ["docker", "compose", "--file", PRODUCTION.name, "config", "--quiet"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
