"""Helm, and a strict reader of Kubernetes objects, built by Go into .clients/go.

`python -m tests.support.helm` builds them; it takes minutes.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.clients import CLIENTS, EXAMPLES, ROOT

PROGRAMS = CLIENTS / "go"
HELM, STRICT = PROGRAMS / "helm", PROGRAMS / "strict"
VERSION = "v3.22.0"
KUBERNETES = "1.31.0"
CHART = EXAMPLES / "operations" / "helm"
VALUES = EXAMPLES / "operations" / "values.yaml"


def helm(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `helm COMMAND` on the chart with the example's values."""
    name = ["bluetick"] if command == "template" else []
    return subprocess.run(
        [
            *(str(HELM), command, *name, str(CHART), "--values", str(VALUES)),
            *("--kube-version", KUBERNETES, *arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def main() -> int:
    """Returns 0 if both are built."""
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    install = ["go", "install", f"helm.sh/helm/v3/cmd/helm@{VERSION}"]
    done = subprocess.run(install, env={**os.environ, "GOBIN": str(PROGRAMS)}, check=False)
    if done.returncode:
        return done.returncode
    module = ROOT / "tests" / "examples" / "kubernetes"
    build = ["go", "build", "-o", str(STRICT), "."]
    return subprocess.run(build, cwd=module, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
