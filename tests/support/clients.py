"""Clients of others for the tests of `examples/`: fetched to .clients/ by `make clients`.

Bluetick does not need them, so they are not in its environment. `python -m tests.support.clients`
fetches what can be fetched here, and says what cannot.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CLIENTS = ROOT / ".clients"
NODE = CLIENTS / "node"
JAVA = CLIENTS / "java"
GO = CLIENTS / "go"
PYTHON = CLIENTS / "python"
HINT = "not fetched: run `make clients`"
PROGRAMS = {NODE: "npm", JAVA: "mvn", GO: "go", PYTHON: sys.executable}


def command(folder: Path) -> list[str]:
    """What fetches the clients of this folder."""
    if folder == NODE:
        shutil.copy(EXAMPLES / "package.json", NODE)
        return ["npm", "install", "--prefix", str(NODE), "--no-audit", "--no-fund", "--silent"]
    if folder == JAVA:
        copy = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
        where = [f"-DoutputDirectory={JAVA}", "-DincludeScope=runtime"]
        return ["mvn", "-q", "-B", "-f", str(EXAMPLES / "pom.xml"), copy, *where]
    if folder == GO:
        return ["go", "build", "-C", str(EXAMPLES / "go"), "-o", str(GO / "consume"), "."]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # The other packages that they need are in Bluetick's own environment.
    return [*pip, "--no-deps", "--target", str(PYTHON), "-r", str(EXAMPLES / "requirements.txt")]


def fetch(folder: Path) -> str:
    """Fetches the clients of a folder unless they are there. Returns what there is to say."""
    complete = folder / ".complete"
    if complete.exists():
        return f"{folder.name}: there"
    if not shutil.which(PROGRAMS[folder]):
        return f"{folder.name}: no {PROGRAMS[folder]} on the PATH, so its examples are not tested"
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command(folder), capture_output=True, text=True, check=False)
    if done.returncode:
        return f"{folder.name}: could not be fetched\n{(done.stdout + done.stderr)[-2000:]}"
    complete.touch()
    return f"{folder.name}: fetched"


def missing(folder: Path) -> bool:
    """Whether the clients of this folder have not been fetched."""
    return not (folder / ".complete").exists()


if __name__ == "__main__":
    with ThreadPoolExecutor() as pool:
        for said in pool.map(fetch, PROGRAMS):
            print(said)
    sys.exit(any(missing(folder) for folder in PROGRAMS))
