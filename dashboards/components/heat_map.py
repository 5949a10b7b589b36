"""A heat map of weekdays and hours: when messages are sent, and when they arrive."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboards.components import charts, formats, metric_tiles
from warehouse.metrics import METRICS

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# What can be shown: ids of metrics, with their titles.
SHOWN = {name: METRICS[name].title for name in ("messages", "delivery_rate")}
CELL = 30  # pixels
# The opacity of a rate of few messages.
FEW = 0.2


def heat_map(hours: pd.DataFrame, shown: str, zone: str) -> alt.Chart:
    """The metric `shown` of SHOWN by weekday and hour (of `zone`), over a frame of counts by these.

    A rate of fewer than LEAST messages is faded.
    """
    rate = METRICS["delivery_rate"]
    data = pd.DataFrame(
        {
            "weekday": [WEEKDAYS[day - 1] for day in hours["weekday"]],
            "hour": [f"{hour:02}" for hour in hours["hour"]],
            "messages": hours["messages"],
            "messages_text": hours["messages"].map(formats.count),
            "rate": metric_tiles.shares(hours, rate),
            "opacity": 1.0,
        }
    )
    data["rate_text"] = data["rate"].map(formats.percent)
    if shown == rate.name:
        data["opacity"] = [
            1.0 if messages >= charts.LEAST else FEW for messages in data["messages"]
        ]
    data["words"] = [
        f"{day}, {hour} to {int(hour) + 1:02} o'clock {zone}: {count} messages, {share} delivered"
        for day, hour, count, share in zip(
            data["weekday"], data["hour"], data["messages_text"], data["rate_text"], strict=True
        )
    ]
    rates = shown == rate.name
    colour = alt.Color(
        "rate:Q" if rates else "messages:Q",
        scale=alt.Scale(scheme="redblue", domain=[0.5, 1], domainMid=0.9, clamp=True)
        if rates
        else alt.Scale(scheme="blues", domainMin=0),
        legend=alt.Legend(
            title=None, orient="bottom", format=".0%" if rates else "~s", gradientThickness=10
        ),
    )
    chart: alt.Chart = (
        alt.Chart(data)
        .mark_rect()
        .encode(
            x=alt.X(
                "hour:O",
                title=None,
                scale=alt.Scale(domain=[f"{hour:02}" for hour in range(24)]),
                axis=alt.Axis(labelAngle=0, labelOverlap=True),
            ),
            y=alt.Y("weekday:O", title=None, scale=alt.Scale(domain=list(WEEKDAYS))),
            color=colour,
            opacity=charts.OPACITY,
            description=alt.Description("words:N"),
            tooltip=[
                alt.Tooltip("weekday:N", title="Day"),
                alt.Tooltip("hour:N", title=f"Hour ({zone})"),
                alt.Tooltip("messages_text:N", title=METRICS["messages"].title),
                alt.Tooltip("rate_text:N", title=rate.title),
            ],
        )
        .properties(height=CELL * len(WEEKDAYS) + 70)
    )
    return chart
