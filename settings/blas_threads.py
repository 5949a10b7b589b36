"""Keeps numpy from starting threads for linear algebra, of which Bluetick has next to none."""

from __future__ import annotations

import os

VARIABLE = "OPENBLAS_NUM_THREADS"


def one_blas_thread() -> None:
    """Makes the linear algebra of this process and of its children single-threaded.

    Call it before numpy is imported, which pyarrow does. Otherwise numpy starts a thread for each
    core, and each waits for work with a core of its own at first. A value that the environment has
    already stays.
    """
    os.environ.setdefault(VARIABLE, "1")
