"""All dependencies of the lock have wheels for each platform and Python that the documents name."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLATFORMS = {
    "x86_64-manylinux_2_28": "Linux x86-64",
    "aarch64-manylinux_2_28": "arm64",
    "aarch64-apple-darwin": "macOS on Apple silicon",
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
RESOLVE = [
    *(sys.executable, "-m", "uv", "pip", "compile", "--only-binary", ":all:"),
    *("--quiet", "--no-header", "--output-file", "/dev/null"),
]


def resolve(platform: str, python: str, *wanted: str) -> subprocess.CompletedProcess[str]:
    """Looks for wheels; installs nothing."""
    command = [*RESOLVE, "--python-platform", platform, "--python-version", python, *wanted]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips where no package index answers."""
    one = tmp_path_factory.mktemp("index") / "one.in"
    one.write_text("pytz")
    done = resolve("x86_64-manylinux_2_28", "3.11", "--no-cache", str(one))
    if done.returncode:
        pytest.skip(f"no package index answers: {done.stderr.strip()[-200:]}")


@pytest.mark.nightly
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_lock_has_wheels(index: None, platform: str, python: str) -> None:  # noqa: ARG001
    extras = [word for extra in ("local", "mcp", "aws") for word in ("--extra", extra)]
    lock = ("--constraint", "requirements.lock")
    done = resolve(platform, python, "pyproject.toml", *extras, *lock)
    assert done.returncode == 0, done.stderr


def test_the_documents_name_them() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("## Platforms")[2]
    assert all(name in page for name in PLATFORMS.values())
    classifiers = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert tuple(classifiers) == PYTHONS
    assert all(python in page for python in PYTHONS)
    assert f"Python {PYTHONS[0]} to {PYTHONS[-1]}" in (ROOT / "README.md").read_text("utf-8")
