"""The chart makes objects that Kubernetes reads: confined pods with only their own secrets."""

from __future__ import annotations

import re
import subprocess
import tomllib
from functools import cache
from typing import Any

import pytest
import yaml

from settings.sources import Config
from tests.support.clients import ROOT
from tests.support.helm import CHART, HELM, STRICT, VALUES, helm

PARTS = {"receiver": "receive", "consumer": "land", "dashboard": "dashboard"}
built = pytest.mark.skipif(
    not (HELM.exists() and STRICT.exists()), reason="no Helm: run `make helm`"
)


@cache
def rendered() -> str:
    done = helm("template")
    assert done.returncode == 0, done.stderr
    return done.stdout


def objects(kind: str) -> dict[str, dict[str, Any]]:
    """The objects of this kind by their part."""
    found = [one for one in yaml.safe_load_all(rendered()) if one and one["kind"] == kind]
    return {one["metadata"]["name"].removeprefix("bluetick-"): one for one in found}


def pods() -> dict[str, dict[str, Any]]:
    workloads = objects("Deployment") | objects("StatefulSet")
    return {part: one["spec"]["template"]["spec"] for part, one in workloads.items()}


@built
def test_helm_and_kubernetes_accept_it() -> None:
    assert helm("lint", "--strict").returncode == 0
    done = subprocess.run([STRICT], input=rendered(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kinds = {"ConfigMap", "Deployment", "StatefulSet", "Service", "Ingress", "PodDisruptionBudget"}
    assert set(done.stdout.split()) == kinds
    unknown = rendered().replace("automountServiceAccountToken", "automountToken")
    assert subprocess.run(
        [STRICT], input=unknown.encode(), check=False, capture_output=True
    ).returncode


@built
def test_each_pod_is_confined_probed_and_limited() -> None:
    assert pods().keys() == PARTS.keys()
    for part, pod in pods().items():
        (one,) = pod["containers"]
        assert one["args"] == [PARTS[part]]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert one["resources"]["limits"]["memory"]
        ports = {port["name"] for port in one["ports"]}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert one[probe]["httpGet"]["port"] in ports
    assert pods()["consumer"]["volumes"][-1]["name"] == "privacy-key"


@built
def test_each_part_has_only_its_own_secrets() -> None:
    def secrets(part: str) -> set[str]:
        (one,) = pods()[part]["containers"]
        return {source["secretRef"]["name"] for source in one["envFrom"]}

    assert secrets("receiver") == {"bluetick-receiver"}
    assert secrets("consumer") == {"bluetick-consumer", "bluetick-warehouse"}
    assert secrets("dashboard") == {"bluetick-dashboard", "bluetick-warehouse"}
    assert not objects("Secret")
    # The admin port is in no Service, so no Ingress reaches it.
    assert [port["name"] for port in objects("Service")["receiver"]["spec"]["ports"]] == ["http"]


@built
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("kafka.bootstrapServers", "must name your Kafka"),
        ("warehouse.catalog", "must be postgres://"),
        ("warehouse.dataPath", "must be s3://"),
        ("warehouse.privacyKeySecret", "must name a Secret"),
        ("config", "must be the text of bluetick.toml"),
        ("receiver.ingress.tlsSecret", "needs tlsSecret"),
    ],
)
def test_what_is_missing_is_named(value: str, said: str) -> None:
    done = helm("template", "--set", f"{value}=")
    assert done.returncode
    assert said in done.stderr


def test_the_configuration_and_all_variables_exist() -> None:
    values = yaml.safe_load(VALUES.read_text("utf-8"))
    config = tomllib.loads(values["config"])
    named = set(re.findall(r"env:(\w+)", values["config"]))
    with pytest.MonkeyPatch.context() as patch:
        for name in named:
            patch.setenv(name, "0123456789abcdef0123456789abcdef")
        assert Config.model_validate(config).sources
    page = (ROOT / "docs" / "production.md").read_text("utf-8")
    texts = "".join(
        file.read_text("utf-8") for file in (VALUES, *CHART.rglob("*.yaml"), *CHART.rglob("*.tpl"))
    )
    variables = set(re.findall(r"\b((?:BLUETICK|KAFKA)_[A-Z0-9_]+)\b", texts)) - named
    assert len(variables) > 8
    assert not [name for name in variables if name not in page]


def test_the_version_and_the_user_are_those_of_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (
        yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))["appVersion"]
        == project["version"]
    )
    (user,) = re.findall(r"--uid (\d+)", (ROOT / "Dockerfile").read_text("utf-8"))
    pod = (CHART / "templates" / "_parts.tpl").read_text("utf-8")
    assert set(re.findall(r"(?:runAsUser|runAsGroup|fsGroup): (\d+)", pod)) == {user}
