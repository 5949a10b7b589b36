"""A server for tests in a folder of its own, which `with` starts, stops and removes."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.process import Child


class Server:
    """One server; `child` is its process, which a subclass makes, and `directory` has its data."""

    child: Child

    def __init__(self, name: str) -> None:
        # Not below the folders of pytest, which other users cannot enter.
        self.directory = Path(tempfile.mkdtemp(prefix=f"bluetick-{name}-"))

    def start(self) -> None:
        """Starts the server, and waits until it answers."""
        raise NotImplementedError

    def kill(self) -> None:
        """Kills all its processes at once."""
        self.child.kill()

    def stop(self) -> None:
        """Ends the server for good, and removes its data."""
        self.child.stop(120)
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()
