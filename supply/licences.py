"""Which licences a dependency may have, and which one it has."""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata

# SPDX ids. All permit use in any product; MPL-2.0 asks only for changes of its own files.
ALLOWED = frozenset(
    (
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0"),
        *("MIT-CMU", "MPL-2.0", "PSF-2.0", "Zlib"),
    )
)
# What packages without an SPDX expression write instead.
NAMES = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_PREFIX = "License :: OSI Approved :: "


class LicenceUnknown(Exception):
    """The metadata of a package names no licence that is known here."""


def licence_of(name: str, metadata: PackageMetadata) -> str:
    """The licence as an SPDX expression. Raises LicenceUnknown."""
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    stated = next(iter(metadata.get_all("License") or []), "")
    if found := NAMES.get(stated) or (stated if stated in ALLOWED else None):
        return found
    marked = [
        one.removeprefix(_PREFIX)
        for one in metadata.get_all("Classifier") or []
        if one.startswith(_PREFIX)
    ]
    ids = [NAMES.get(one, "") for one in marked]
    if not ids or not all(ids):
        raise LicenceUnknown(f"{name} says {stated[:60]!r} and {marked}: read it, and add its name")
    return " OR ".join(sorted(ids))


def is_allowed(expression: str) -> bool:
    """Whether all parts of an SPDX expression are allowed, or of an `OR` at least one."""
    alternatives = re.split(r" OR ", expression.replace("(", "").replace(")", ""))
    if " AND " in expression:  # each part, also those of an alternative: stricter than SPDX
        return all(part in ALLOWED for part in re.split(r" OR | AND ", " OR ".join(alternatives)))
    return any(part in ALLOWED for part in alternatives)
