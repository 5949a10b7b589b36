"""What `bluetick watch` has raised and resolved, from its file in the data folder."""

from __future__ import annotations

from pathlib import Path

import orjson
import pandas as pd

FILE = "alerts.json"
EVENTS = {"raised": "Raised", "resolved": "Over"}
MOST = 200


def history(data_dir: Path, zone: str) -> pd.DataFrame | None:
    """The newest MOST messages: at (what the clocks of `zone` show), event, rule and text.

    The newest is first.
    None if no watcher has run here, or if its file cannot be read.
    """
    try:
        found = orjson.loads((data_dir / FILE).read_bytes())["history"]
        rows = [
            (each["at"], EVENTS[each["event"]], str(each["rule"]), str(each["text"]))
            for each in reversed(found[-MOST:])
        ]
        frame = pd.DataFrame(rows, columns=["at", "event", "rule", "text"])
        times = pd.to_datetime(frame["at"], utc=True, format="ISO8601")
        frame["at"] = times.dt.tz_convert(zone).dt.tz_localize(None)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return frame
