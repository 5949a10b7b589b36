"""WhatsApp delivery analytics: the commands. An installed wheel keeps all packages below this."""

from __future__ import annotations

import sys
from pathlib import Path

# A checkout has its packages side by side. The wheel has them below this one, so that it does not
# replace a `consumer` or `settings` of another project, and imports its own.
_packages = Path(__file__).parent / "_packages"
if _packages.is_dir():
    sys.path.insert(0, str(_packages))
