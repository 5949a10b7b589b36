"""A test file that starts processes shows it by its imports; other files must not start any."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.process_tests import ROOT, starts_processes


@pytest.mark.parametrize(
    ("imports", "starts"),
    [
        ("import subprocess", True),
        ("from bluetick.local.broker import EmbeddedBroker", True),
        ("from tests.support.land import consumers", True),
        ("from tests.support.lake import lake", False),
        ("import sys", False),
        ("try:\n    pass\nexcept ValueError:\n    import subprocess", True),
        ("def late():\n    with open(0):\n        import subprocess", True),
    ],
)
def test_imports_show_which_files_start_processes(
    imports: str, starts: bool, tmp_path: Path
) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(imports, "utf-8")
    assert starts_processes(file) is starts


def test_this_file_starts_none() -> None:
    assert not starts_processes(Path(__file__))
    assert starts_processes(ROOT / "tests" / "support" / "test_ports.py")
    with pytest.raises(PermissionError, match="process"):
        os.posix_spawn(sys.executable, [sys.executable, "-V"], {})
