"""Java programs for the tests: fetched with Maven, with versions from tests/kafka/pom.xml."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
POM = ROOT / "tests" / "kafka" / "pom.xml"


class Unavailable(Exception):
    """The program cannot run here; the message says what is missing."""


def version(product: str) -> str:
    """The version of `product` (`kafka`, `registry`) that the pom pins."""
    node = ElementTree.parse(POM).find(f".//{{*}}{product}.version")
    if node is None or not node.text:
        raise Unavailable(f"{POM} names no {product}.version")
    return node.text


def fetched(product: str) -> Path:
    """The folder of `product`. If it is missing, the pom's profile of that name creates it.

    Raises Unavailable if Maven is missing or fails.
    """
    folder = ROOT / ".kafka" / f"{product}-{version(product)}"
    complete = folder / ".complete"
    if not complete.exists():
        if not shutil.which("mvn"):
            raise Unavailable(f"no mvn on the PATH to fetch {product} into {folder}")
        command = ["mvn", "-q", "-B", "-f", str(POM), "-P", product, "package"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"mvn could not fetch {product}:\n{done.stdout[-2000:]}")
        complete.touch()
    return folder


def java(oldest: int) -> str:
    """The path of a Java of version `oldest` or newer. Raises Unavailable if there is none."""
    beside = sorted(Path("/usr/lib/jvm").glob("*/bin/java"))
    for command in [shutil.which("java"), *map(str, beside)]:
        if command and _major(command) >= oldest:
            return command
    raise Unavailable(f"no Java {oldest} or newer here")


def _major(command: str) -> int:
    done = subprocess.run([command, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', done.stderr)
    return int(found[1]) if found else 0
