"""Spark for the tests of its examples, fetched to .clients/spark: `python -m tests.support.spark`.

pip builds pyspark itself, which takes minutes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.clients import CLIENTS, EXAMPLES

SPARK = EXAMPLES / "spark"
FETCHED = CLIENTS / "spark"
PYTHON, JARS, COMPLETE = FETCHED / "python", FETCHED / "jars", FETCHED / ".complete"


def version() -> str:
    """The version of pyspark that the examples name."""
    found = re.findall(r"pyspark==([\d.]+)", (SPARK / "topics.py").read_text("utf-8"))
    return str(found[0])


def command(program: Path, *arguments: str) -> list[str]:
    """What runs this example in one process, without a look at the network."""
    submit = PYTHON / "pyspark" / "bin" / "spark-submit"
    jars = ",".join(map(str, sorted(JARS.glob("*.jar"))))
    return [
        *(str(submit), "--master", "local[2]", "--driver-memory", "1g", "--jars", jars),
        *("--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=2"),
        *("--conf", "spark.driver.bindAddress=127.0.0.1", str(program), *arguments),
    ]


def environment(variables: Mapping[str, str], home: Path) -> dict[str, str]:
    """The variables of such a process, whose home is `home`."""
    return {
        **os.environ,
        "HOME": str(home),
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(PYTHON),
        "SPARK_HOME": str(PYTHON / "pyspark"),
        "PYTHONWARNINGS": "ignore",  # spark-submit prints them with the output
        "SPARK_LOCAL_IP": "127.0.0.1",
        **variables,
    }


def main() -> int:
    """Returns 0 if all is there."""
    if COMPLETE.exists():
        return 0
    if not (shutil.which("mvn") and shutil.which("java")):
        print("no mvn or java on the PATH, so the examples for Spark are not tested")
        return 1
    copy = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
    jars = [f"-DoutputDirectory={JARS}", "-DincludeScope=runtime"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(PYTHON)]
    for step in (
        ["mvn", "-q", "-B", "-f", str(SPARK / "pom.xml"), copy, *jars],
        [*pip, f"pyspark=={version()}"],
    ):
        if code := subprocess.run(step, check=False).returncode:
            return code
    COMPLETE.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
