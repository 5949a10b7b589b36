"""Draws the samples as small charts, one for each series, in one PNG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tests.soak.bounds import MB
from tests.soak.samples import PARTS
from tests.soak.trend import Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Title, unit, the sampled value of one unit, and the series by their label.
Chart = tuple[str, str, float, dict[str, str]]
COLUMNS = 3
MINUTE = 60.0


def _of_parts(what: str) -> dict[str, str]:
    return {part: f"{part}.{what}" for part in PARTS}


CHARTS: tuple[Chart, ...] = (
    ("Resident memory", "MB", MB, _of_parts("rss")),
    ("Memory of its own (USS)", "MB", MB, _of_parts("uss")),
    ("All together (PSS)", "MB", MB, {"all": "all.pss"}),
    ("Open files", "", 1, _of_parts("files")),
    ("Threads", "", 1, _of_parts("threads")),
    ("Cores in use", "", 1, _of_parts("cpu")),
    ("Write-ahead log", "MB", MB, {"log": "wal.bytes"}),
    ("Catalog", "MB", MB, {"catalog": "catalog.bytes"}),
    ("Snapshots", "", 1, {"kept": "snapshots"}),
    ("Data files", "", 1, {"on disk": "files.count", "of the newest snapshot": "newest.count"}),
    ("Bytes of data", "MB", MB, {"on disk": "files.bytes", "of the newest": "newest.bytes"}),
    ("Logs", "MB", MB, {"logs": "logs.bytes"}),
    ("Events", "", 1, {"acknowledged": "acknowledged", "landed": "rows"}),
    ("Waiting in Kafka", "", 1, {"records": "lag"}),
)


def draw(series: Mapping[str, Series], file: Path, *, title: str, warm_up: float) -> None:
    """Writes the PNG. The warm-up is shaded. Charts without samples are left out."""
    # Not above, where each worker of the tests would import it: that takes 0.3 s.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    charts = [chart for chart in CHARTS if any(name in series for name in chart[3].values())]
    rows = -(-len(charts) // COLUMNS)
    figure = Figure(figsize=(5 * COLUMNS, 2.6 * rows + 0.6), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=11)
    axes = figure.subplots(rows, COLUMNS, squeeze=False, sharex=True).ravel()
    for axis, chart in zip(axes, charts, strict=False):
        _draw(axis, chart, series, warm_up)
    for axis in axes[len(charts) :]:
        axis.set_axis_off()
    figure.savefig(file, dpi=80)


def _draw(axis: Axes, chart: Chart, series: Mapping[str, Series], warm_up: float) -> None:
    title, unit, size, names = chart
    axis.set_title(f"{title}, {unit}" if unit else title, fontsize=9, loc="left")
    axis.tick_params(labelsize=7, labelbottom=True)
    axis.set_xlabel("minutes", fontsize=7)
    axis.axvspan(0, warm_up / MINUTE, color="0.93")
    for label, name in names.items():
        if name in series:
            one = series[name]
            axis.plot(one.seconds / MINUTE, one.values / size, label=label, linewidth=1.1)
    axis.set_ylim(bottom=0)
    axis.grid(alpha=0.3, linewidth=0.5)
    if len(names) > 1:
        axis.legend(fontsize=7, loc="best", frameon=False)
