"""The built wheel: it contains everything, and does not collide with another package."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from bluetick import __file__ as bluetick_file
from tests.support.stack import PATIENCE, started_by

ROOT = Path(__file__).parents[1]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
# Imports every module of the wheel that is not a program.
IMPORT_ALL = """
import importlib, pkgutil
import bluetick
for module in pkgutil.walk_packages(bluetick.__path__, "bluetick."):
    if not module.name.startswith("bluetick._packages") and module.name != "bluetick.__main__":
        importlib.import_module(module.name)
for package in ("settings", "schemas", "producer", "warehouse", "consumer", "dashboards"):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if module.name != "dashboards.app":
            importlib.import_module(module.name)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([*PIP, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], check=True)
    (found,) = folder.glob("*.whl")
    return found


def test_its_only_package_is_bluetick(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"bluetick"}
    for kind in ("schemas/statuses.avsc", "warehouse/views/outcomes.sql", "dashboards/app.py"):
        assert f"bluetick/_packages/{kind}" in names


def test_it_works_beside_packages_of_the_same_names(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    (installed / "consumer.py").write_text("raise SystemExit('somebody else')")
    code = "import bluetick.cli, consumer.main, settings.sources; print(consumer.main.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    assert Path(found).is_relative_to(installed / "bluetick" / "_packages")
    assert not Path(bluetick_file).with_name("_packages").exists()


def test_all_of_it_imports_with_nothing_but_its_resolved_dependencies(
    wheel: Path, tmp_path: Path
) -> None:
    """As in an empty environment, with the versions of this one."""
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    (own,) = importlib.metadata.distributions(path=[str(installed)])
    for distribution in needed(own, "mcp"):
        link(distribution, installed)
    done = subprocess.run(
        [sys.executable, "-S", "-c", IMPORT_ALL],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.nightly
def test_it_runs_from_a_clean_environment_with_what_pip_resolves(
    wheel: Path, tmp_path: Path
) -> None:
    """Not with the versions of the lock: with those that a new user gets today."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = str(tmp_path / "venv" / "bin" / "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    wanted = f"bluetick[local,mcp] @ {wheel.resolve().as_uri()}"
    subprocess.run([*pip, "--only-binary", ":all:", wanted], check=True)
    subprocess.run([python, "-m", "pip", "check"], check=True)
    with started_by(
        [str(tmp_path / "venv" / "bin" / "bluetick")], tmp_path, "demo", "--seconds", "8"
    ) as running:
        summary = running.printed("posted ")
        assert running.process.wait(PATIENCE) == 0, running.output
    assert summary.rstrip().endswith("everything acknowledged landed once")


def needed(
    own: importlib.metadata.Distribution, *extras: str
) -> list[importlib.metadata.Distribution]:
    """The distributions that `own` requires with these extras, and that those require in turn.

    As pip resolves them on this machine. Fails if a version here is not one that is asked for.
    """
    found: dict[str, importlib.metadata.Distribution] = {}
    seen: set[tuple[str, str]] = set()
    left = [(own, extra) for extra in ("", *extras)]
    while left:
        asking, extra = left.pop()
        for requirement in map(Requirement, asking.requires or ()):
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            distribution = importlib.metadata.distribution(requirement.name)
            assert requirement.specifier.contains(distribution.version, prereleases=True)
            found[requirement.name] = distribution
            wanted = {(requirement.name, name) for name in ("", *requirement.extras)} - seen
            seen |= wanted
            left += [(distribution, name) for _, name in wanted]
    return [*found.values()]


def link(distribution: importlib.metadata.Distribution, folder: Path) -> None:
    """Links what this distribution installed into the folder."""
    for name in {file.parts[0] for file in distribution.files or ()}:
        if name not in ("..", "__pycache__") and not (folder / name).exists():
            (folder / name).symlink_to(Path(str(distribution.locate_file(name))))
