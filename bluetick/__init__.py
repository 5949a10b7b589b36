"""WhatsApp delivery analytics: the commands, and in an installed copy everything they run."""

from __future__ import annotations

import sys
from pathlib import Path

# A checkout has its packages side by side. An installed copy has them below this one, so that no
# `consumer` or `settings` of somebody else's is overwritten, or found in place of ours.
_packages = Path(__file__).parent / "_packages"
if _packages.is_dir():
    sys.path.insert(0, str(_packages))
