"""numpy starts no threads of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from settings.blas_threads import VARIABLE

CODE = """
import os
from settings.blas_threads import one_blas_thread
one_blas_thread()
import numpy
print(len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_numpy_has_one_thread() -> None:
    env = {name: value for name, value in os.environ.items() if name != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=Path(__file__).parents[2],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1\n"
