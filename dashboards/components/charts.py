"""Charts. An outcome has the same colour in every chart, on light and dark backgrounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import altair as alt
import pandas as pd

from dashboards.components import formats, goal_lines
from dashboards.selection import DAY, Selection
from warehouse.metrics import METRICS

# Blue for messages that arrived, orange and red for those that did not. The colours differ in
# lightness too, so that people with colour blindness can tell them apart on both backgrounds.
COLOURS = {
    "read": "#0E66B5",
    "delivered": "#3D95DD",
    "sent": "#8391A5",
    "no_outcome": "#C08500",
    "failed": "#C8402F",
    "delivery_rate": "#3D95DD",
    "read_rate": "#0E66B5",
    "failure_rate": "#C8402F",
    "billable_units": "#0E66B5",
    "free_units": "#2B9382",
    "unknown_units": "#8391A5",
}


def _titled(*names: str) -> dict[str, str]:
    """Colours of metrics by title, in this order."""
    return {METRICS[name].title: COLOURS[name] for name in names}


OUTCOMES = _titled("read", "delivered", "sent", "no_outcome", "failed")
RATES = _titled("delivery_rate", "read_rate", "failure_rate")
VERDICTS = _titled("billable_units", "free_units", "unknown_units")
# For other names. People with colour blindness can tell these apart, and from outcomes.
SERIES = (
    "#4477AA", "#9A8D22", "#AE3B7B", "#228833", "#E0566A", "#2A9BC1", "#8C6BB1", "#868C96",
)  # fmt: skip
OTHER = "Other"
# 900, 9,000, 90k, 9M: Vega's own would write half a thousand as 0.5k.
COUNT_LABEL = (
    "datum.value >= 1e6 ? format(datum.value / 1e6, '~r') + 'M' : "
    "datum.value >= 1e4 ? format(datum.value / 1e3, '~r') + 'k' : format(datum.value, ',')"
)
HEIGHT = 300
# Streamlit's own colour for this has too little contrast, 3.7:1 on white.
LABELS = {"light": "#5A6472", "dark": "#B4BECB"}
# Bars of the last minutes, and at least the last two, still change: their messages are young.
YOUNG = timedelta(minutes=15)
LONGEST_YOUNG = timedelta(hours=6)
FADED = 0.45
OPACITY = alt.Opacity("opacity:Q", scale=None, legend=None)
# A rate of fewer messages than this is mostly chance, so that no line is drawn to it.
LEAST = 20


def stacked_bars(
    frame: pd.DataFrame,
    selection: Selection,
    *,
    time: str,
    kind: str,
    value: str,
    colours: dict[str, str],
    unit: str,
    step: timedelta | None = None,
    fade: bool = True,
) -> alt.Chart:
    """Bars over time, stacked by `kind` in the order of `colours`; `value` is counted in `unit`.

    Without `fade`, the newest bars are not marked as such that still change.
    """
    width = step or selection.step
    order = {name: rank for rank, name in enumerate(colours)}
    data = _framed(frame, selection, width, {kind: next(iter(colours)), value: 0}, time)
    data = data.assign(rank=data[kind].map(order)).sort_values([time, "rank"])
    # Stacked here, as Vega stacks no bars that have both their ends given.
    data["top"] = data.groupby(time)[value].cumsum()
    data = data.assign(
        bottom=data["top"] - data[value],
        until=data[time] + width,
        shown=data[value].map(formats.count),
        when=[_bar(start, width, selection) for start in data[time]],
        opacity=_opacity(data[time], width, selection) if fade else 1.0,
    )
    data["words"] = data["when"] + f" {selection.zone}, " + data[kind] + ": " + data["shown"]
    chart: alt.Chart = (
        alt.Chart(data)
        .mark_bar(binSpacing=1)
        .encode(
            x=time_axis(time, width),
            x2=alt.X2("until:T"),
            y=alt.Y("bottom:Q", title=None, axis=_counts()),
            y2=alt.Y2("top:Q"),
            color=colour(kind, colours),
            opacity=OPACITY,
            description=alt.Description("words:N"),
            tooltip=[
                alt.Tooltip("when:N", title=f"Time ({selection.zone})"),
                alt.Tooltip(f"{kind}:N", title="What"),
                alt.Tooltip("shown:N", title=unit),
            ],
        )
        .properties(height=HEIGHT)
    )
    return chart


def line_chart(
    frame: pd.DataFrame,
    selection: Selection,
    *,
    time: str,
    kind: str,
    value: str,
    colours: dict[str, str],
    text: str,
    share: bool = False,
    from_zero: bool = True,
    goals: Sequence[goal_lines.GoalLine] = (),
) -> alt.LayerChart:
    """A line for each `kind`; `text` names the column that shows `value` in words in the tooltip.

    A `share` is 0 to 1, anything else seconds. Not `from_zero` shows small differences. A value of
    fewer than LEAST `messages` is a faded point, to which no line leads. `goals` are dashed lines.
    """
    highest = max([frame[value].max(), *(goal.value for goal in goals)])
    axis = alt.Axis(format=".0%") if share else _durations(highest)
    scale = (
        alt.Scale(zero=from_zero) if share else alt.Scale(type="symlog", constant=1, domainMin=0)
    )
    data = _every_bar(frame, selection, time, kind)
    enough = data["messages"] >= LEAST
    data = data.assign(
        when=[_bar(start, selection.step, selection) for start in data[time]],
        line_value=data[value].where(enough),
        opacity=[
            opacity if sure else FADED
            for opacity, sure in zip(
                _opacity(data[time], selection.step, selection), enough, strict=True
            )
        ],
    )
    # Not by adding columns: those of a frame without rows are no texts.
    data["words"] = [
        f"{when} {selection.zone}, {what}: {shown}"
        for when, what, shown in zip(data["when"], data[kind], data[text].fillna(""), strict=True)
    ]
    base = alt.Chart().encode(x=time_axis(time, selection.step), color=colour(kind, colours))
    lines = base.mark_line(strokeWidth=2, aria=False).encode(
        y=alt.Y("line_value:Q", title=None, axis=axis, scale=scale)
    )
    points = base.mark_circle(size=26).encode(
        y=alt.Y(f"{value}:Q", title=None, axis=axis, scale=scale),
        opacity=OPACITY,
        description=alt.Description("words:N"),
        tooltip=[
            alt.Tooltip("when:N", title=f"Time ({selection.zone})"),
            alt.Tooltip(f"{kind}:N", title="What"),
            alt.Tooltip(f"{text}:N", title="Value"),
            alt.Tooltip("messages_text:N", title="Messages"),
        ],
    )
    layers = [lines, points, *goal_lines.layers(goals, axis, scale)]
    return alt.LayerChart(data=data, layer=layers, height=HEIGHT)


def ranked_bars(
    frame: pd.DataFrame, *, name: str, value: str, kind: str, colours: dict[str, str], unit: str
) -> alt.Chart:
    """Horizontal bars, the longest on top, stacked by `kind`."""
    data = frame.assign(
        shown=frame[value].map(formats.count),
        rank=frame[kind].map({label: rank for rank, label in enumerate(colours)}),
    )
    data["words"] = data[name] + ", " + data[kind] + ": " + data["shown"]
    rows = data[name].nunique()
    names = alt.Axis(labelLimit=220, labelOverlap=False)
    chart: alt.Chart = (
        alt.Chart(data)
        .mark_bar(height={"band": 0.7})
        .encode(
            y=alt.Y(
                f"{name}:N",
                sort="-x",
                title=None,
                axis=names,
            ),
            x=alt.X(f"{value}:Q", title=None, axis=_counts()),
            color=colour(kind, colours),
            description=alt.Description("words:N"),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip(f"{name}:N", title="Name"),
                alt.Tooltip(f"{kind}:N", title="What"),
                alt.Tooltip("shown:N", title=unit),
            ],
        )
        .properties(height=110 + 26 * rows)
    )
    return chart


def funnel_chart(steps: Sequence[tuple[str, int, float, str]], *, ink: str) -> alt.LayerChart:
    """Bars from top to bottom: each step's name, count, share of the first, and colour.

    The labels beside them are written in `ink`.
    """
    data = pd.DataFrame(steps, columns=["step", "messages", "share", "colour"])
    data["label"] = [
        f"{formats.count(n)} · {formats.percent(s)}"
        for n, s in zip(data["messages"], data["share"], strict=True)
    ]
    data["words"] = data["step"] + ": " + data["label"]
    base = alt.Chart(data).encode(
        y=alt.Y("step:N", sort=None, title=None, axis=alt.Axis(labelFontSize=13, labelLimit=160)),
        x=alt.X("share:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 2.7])),
    )
    bars = base.mark_bar(height={"band": 0.72}, cornerRadiusEnd=3).encode(
        color=alt.Color("colour:N", scale=None),
        description=alt.Description("words:N"),
        tooltip=[alt.Tooltip("step:N", title="What"), alt.Tooltip("label:N", title="Messages")],
    )
    text = base.mark_text(align="left", dx=6, fontSize=12, color=ink, aria=False).encode(
        text=alt.Text("label:N")
    )
    chart: alt.LayerChart = (bars + text).properties(height=HEIGHT)
    return chart


def colours_of(names: Sequence[str]) -> dict[str, str]:
    """Colours for names in their order; those beyond the palette share the last."""
    return {name: SERIES[min(rank, len(SERIES) - 1)] for rank, name in enumerate(names)}


def topmost(frame: pd.DataFrame, kind: str, value: str, keep: int = len(SERIES) - 1) -> list[str]:
    """The heaviest names of a frame, by name: a colour stays when two change places."""
    return sorted(str(name) for name in frame.groupby(kind)[value].sum().nlargest(keep).index)


def rest_together(
    frame: pd.DataFrame,
    kept: list[str],
    by: str,
    *,
    kind: str = "family",
    value: str = "messages",
    title: Callable[[str], str] = formats.words,
) -> tuple[pd.DataFrame, list[str]]:
    """Sums of `value` by a column and `kind`, and the names of the kinds, as people read them.

    Kinds that are not `kept` are combined.
    """
    names = [title(name) if name in kept else OTHER for name in frame[kind]]
    grouped = frame.assign(**{kind: names}).groupby([by, kind], as_index=False)[[value]].sum()
    others = [OTHER] if OTHER in set(grouped[kind]) else []
    return grouped, list(dict.fromkeys([*map(title, kept), *others]))


# Vega's own ticks for seconds would be 1k and 10k; people think in minutes and hours.
DURATIONS = (1, 5, 20, 60, 300, 1200, 3600, 14_400, 43_200, 86_400, 259_200, 864_000)


def _durations(longest: float) -> alt.Axis:
    ticks = [0, *(tick for tick in DURATIONS if tick <= longest)]
    names = {tick: formats.duration(tick) if tick >= 10 else f"{tick} s" for tick in ticks}
    label = " : ".join(f"datum.value == {tick} ? '{name}'" for tick, name in names.items())
    return alt.Axis(values=ticks, labelExpr=f"{label} : ''")


def _counts() -> alt.Axis:
    return alt.Axis(labelExpr=COUNT_LABEL, tickCount=5, tickMinStep=1)


def young(start: pd.Timestamp, step: timedelta, selection: Selection) -> bool:
    """Whether the messages of a bar are so young that its outcomes still change."""
    end = selection.moment((start + step).to_pydatetime())
    return bool(end > selection.now - max(YOUNG, min(step, LONGEST_YOUNG)))


def _opacity(starts: pd.Series[pd.Timestamp], step: timedelta, selection: Selection) -> list[float]:
    return [FADED if young(start, step, selection) else 1.0 for start in starts]


def _every_bar(frame: pd.DataFrame, selection: Selection, time: str, kind: str) -> pd.DataFrame:
    """The frame with a row for each bar of each kind, so that lines break where nothing is."""
    starts = pd.date_range(*selection.bars(selection.step), freq=selection.step)
    every = pd.MultiIndex.from_product([starts, frame[kind].unique()], names=[time, kind])
    rows = pd.DataFrame(index=every).reset_index().astype({time: frame[time].dtype})
    return rows.merge(frame, how="left", on=[time, kind])


def _framed(
    frame: pd.DataFrame, selection: Selection, step: timedelta, filler: dict[str, object], time: str
) -> pd.DataFrame:
    """The frame with the range's first and last bar, so that the axis shows all of the range."""
    rows = pd.DataFrame([filler | {time: end} for end in selection.bars(step)])
    rows[time] = rows[time].astype(frame[time].dtype)
    return pd.concat([frame, rows], ignore_index=True)


def time_axis(name: str, step: timedelta) -> alt.X:
    """The axis of times in the column `name`, for bars of `step`."""
    # Times come without a zone, so that the browser shows them as they are.
    within_a_day = "''" if step >= DAY else "timeFormat(datum.value, '%H:%M')"
    axis = alt.Axis(
        labelExpr=(
            f"hours(datum.value) || minutes(datum.value) ? {within_a_day} : "
            "timeFormat(datum.value, '%-d %b')"
        ),
        labelOverlap=True,
        grid=False,
        tickCount=8,
    )
    return alt.X(f"{name}:T", title=None, axis=axis)


def colour(kind: str, colours: dict[str, str]) -> alt.Color:
    """The colours of the names in a column, without a legend."""
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    # One entry below the other: beside each other, those that do not fit would be cut off.
    return alt.Color(f"{kind}:N", scale=scale, legend=None)


def _bar(start: pd.Timestamp, step: timedelta, selection: Selection) -> str:
    if step >= DAY:
        # The first and last bar may reach beyond the range, but count nothing there.
        last = (start + step - DAY).date()
        return formats.day_range(
            max(start.date(), selection.first_day), min(last, selection.last_day)
        )
    return f"{start:%-d %b, %H:%M}–{start + step:%H:%M}"
