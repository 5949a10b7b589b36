"""Commands for child processes that the kernel ends together with their parent."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# Runs in the child: asks Linux to kill it when the parent's thread ends, then becomes the real
# program. Not subprocess's preexec_fn, which may deadlock in a parent that has threads.
_BECOME = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
if os.getppid() != int(sys.argv[1]):
    sys.exit("the parent has ended")
os.execvp(sys.argv[2], sys.argv[2:])
"""


def ends_with_parent(command: Sequence[str]) -> list[str]:
    """The command to start instead of `command`, so that the child ends with this process.

    Linux ends the child when the thread that started it ends: start it from a thread that runs as
    long as the child is needed. On other systems the child keeps running.
    """
    return [sys.executable, "-I", "-S", "-c", _BECOME, str(os.getpid()), *command]
