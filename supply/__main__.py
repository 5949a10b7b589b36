"""`python -m supply`: writes the bill of materials and the licences of what is installed here."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from supply.components import components, names_of, project, required
from supply.licences import is_allowed
from supply.sbom import licence_list, sbom


def main() -> int:
    """Returns 1 if a licence is not allowed."""
    parser = argparse.ArgumentParser(prog="python -m supply", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("sbom"), help="write to this folder")
    folder: Path = parser.parse_args().out
    found = components(required())
    folder.mkdir(parents=True, exist_ok=True)
    table = project()
    about = (str(table["name"]), str(table["version"]), str(table["license"]))
    document = sbom(*about, names_of(required()), found)
    (folder / "bluetick.cdx.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    (folder / "licences.md").write_text(licence_list(found), "utf-8")
    print(f"{len(found)} packages: {folder}/bluetick.cdx.json, {folder}/licences.md")
    refused = [f"{one.name}: {one.licence}" for one in found if not is_allowed(one.licence)]
    if refused:
        print(f"not on the list of supply/licences.py: {', '.join(refused)}", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
