"""Overview: messages now and in the period before, and what needs attention."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboards import page, queries
from dashboards.answers import Overview
from dashboards.components import charts, formats, metric_tiles, panels, tables
from dashboards.selection import Scope

FAMILIES = 4
NO_FAILURES = "No message failed in this period."


def draw(page: Overview, scope: Scope) -> None:
    """Draw the page."""
    figures(page)
    if scope.choice.categories:
        st.caption(f":material/info: {tables.CATEGORY_CAVEAT}")
    with panels.side_by_side("messages", "wide_left"):
        with panels.panel("Outcomes of messages"):
            st.altair_chart(
                charts.stacked(
                    outcomes(page.series),
                    scope,
                    time="bucket",
                    kind="outcome",
                    value="messages",
                    colours=charts.OUTCOMES,
                    unit="Messages",
                ),
                height="stretch",
                alt="Messages over time, stacked by outcome",
            )
        with panels.panel("Why messages failed"):
            reasons(page.families)
    with panels.panel("Business numbers"):
        tables.rates(page.numbers, {"number": "Business number"})
    st.caption(f"Arrows compare with the period before, from {formats.moment(scope.before)} on.")


def figures(page: Overview) -> None:
    """Draw the six main figures."""
    now, before, series = page.now, page.before, page.series
    with metric_tiles.row():
        metric_tiles.count(
            "Messages",
            now.messages,
            before.messages,
            spark=series["messages"],
            help="Outgoing messages: one for each message and recipient. Reactions do not count.",
        )
        metric_tiles.rate(
            "Delivery rate",
            now.rate("delivered"),
            before.rate("delivered"),
            spark=series["delivered"] / series["messages"],
            help="Share of messages that were delivered, read or played. Open ones can still be.",
        )
        metric_tiles.rate(
            "Read rate",
            now.rate("read"),
            before.rate("read"),
            spark=series["read"] / series["messages"],
            help="Share of messages that were read or played. Recipients can hide this.",
        )
        metric_tiles.count(
            "Failed",
            now.failed,
            before.failed,
            good="less",
            spark=series["failed"],
            help="Messages that failed and were not delivered later.",
        )
        metric_tiles.plain(
            "No outcome",
            now.no_outcome,
            f"{formats.count(now.open)} still open",
            spark=series["no_outcome"],
            help="Sent so long ago that no further status is expected. Still open: sent, and a "
            "further status can come.",
        )
        metric_tiles.count(
            "Dead letters",
            page.dead_letters,
            page.dead_letters_before,
            good="less",
            help="Parts of webhooks that Bluetick could not read. The table `dead_letters` keeps "
            "them with a reason.",
        )


def outcomes(series: pd.DataFrame) -> pd.DataFrame:
    """One row for each bucket and outcome. A read message counts only as read."""
    wide = pd.DataFrame(
        {
            "bucket": series["bucket"],
            "Read": series["read"],
            "Delivered": series["delivered"] - series["read"],
            "Still open": series["open"],
            "No outcome": series["no_outcome"],
            "Failed": series["failed"],
        }
    )
    return wide.melt("bucket", var_name="outcome", value_name="messages")


def reasons(families: pd.DataFrame) -> None:
    """The most frequent error families, each with advice for its most frequent code."""
    if families.empty:
        st.success(NO_FAILURES, icon=":material/check_circle:")
    for row in families.head(FAMILIES).to_dict("records"):
        advice = row["action"] or formats.literal(row["title"])
        st.markdown(
            f"**{formats.words(row['family'])}** · {formats.count(row['messages'])} "
            f"({formats.percent(row['share'])})  \n:small[:gray[{advice}]]"
        )
    if len(families) > FAMILIES:
        st.page_link("screens/failures.py", label="All failures", icon=":material/arrow_forward:")


page.show("Overview", queries.overview, draw)
