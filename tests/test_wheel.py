"""The built wheel: it contains everything, and does not collide with another package."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bluetick import __file__ as bluetick_file

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], check=True)
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
