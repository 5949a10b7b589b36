"""Campaigns: how each one did, some of them compared, and whom their messages did not reach."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import streamlit as st

from dashboards import login, page, queries, warehouse_reader
from dashboards.answers import Campaigns
from dashboards.components import (
    chart_drawing,
    charts,
    clicks,
    formats,
    metric_tiles,
    page_choice,
    panels,
    tables,
)
from dashboards.roles import Right
from dashboards.selection import Selection
from warehouse.metrics import METRICS

# As many campaigns are shown at once.
PART = 50
# As many chosen campaigns are compared.
COMPARED = 4
# Campaigns with fewer messages than this come last where the order is by a rate.
FEW = 20
RATES = {rate.name: rate.title for rate in tables.RATES}
ORDERS = {"messages": "Most messages", "failed": "Most failed"} | RATES
COUNTS = [METRICS[name] for name in ("delivered", "read", "failed", "no_outcome")]
SEVERAL = "several"
NONE_NAMED = (
    "No message of this period belongs to a campaign. A message does if a status names its "
    "template, or if its sender sets `biz_opaque_callback_data` to a name such as `spring-sale`. "
    "The setting `BLUETICK_CALLBACK_CAMPAIGN` takes names of another form."
)
CHOOSE = (
    "Select a row above, or choose campaigns in the sidebar, to compare their rates over time and "
    "to see whom they did not reach."
)
NOT_SUMMED = (
    "What messages cost and how long they took are not summed by campaign; the view `outcomes` has "
    "them for each message."
)
HEADINGS = {
    "failed_at": "Failed at",
    "campaign": "Campaign",
    "recipient": "Recipient",
    "market": "Market",
    "error_code": "Code",
    "reason": "Reason",
    "action": "What to do",
    "number": "Business number",
    "message_id": "Message id",
}


def draw(page: Campaigns, selection: Selection) -> None:
    """Draw the page."""
    draw_figures(page, selection)
    if page.campaigns.empty:
        st.info(NONE_NAMED, icon=":material/info:")
        return
    with panels.panel("All campaigns"):
        draw_all(page.campaigns)
    names = list(page.campaigns["campaign"])
    with panels.panel("Campaign details"):
        chosen = tuple(name for name in selection.choice.campaigns if name in names)[:COMPARED]
        if not chosen:
            st.caption(CHOOSE)
            return
        if len(names) > COMPARED:
            st.caption(f"The first {COMPARED} of {len(names)} chosen campaigns.")
        draw_comparison(page.campaigns, selection, chosen)
        if login.person().may(Right.PEOPLE):
            draw_failed(page.campaigns, selection, chosen)


def draw_figures(page: Campaigns, selection: Selection) -> None:
    """Draw the figures of all campaigns together."""
    now = page.now
    total = now.messages + page.without
    with metric_tiles.tile_row():
        metric_tiles.text_tile(
            "Campaigns",
            formats.count(len(page.campaigns)),
            None,
            help="Campaigns with at least one message in this period.",
        )
        metric_tiles.text_tile(
            METRICS["messages"].title,
            formats.count(now.messages),
            f"of {formats.count(total)}",
            help=f"Messages with a campaign. {METRICS['messages'].help}",
        )
        for rate in tables.RATES:
            metric_tiles.share_tile(rate, now, selection.choice)


def draw_all(campaigns: pd.DataFrame) -> None:
    """The table of all campaigns: those that are looked for, a part at a time."""
    sought = page_choice.words("Find a campaign", "search", placeholder="Find a campaign")
    order = page_choice.one("Order", "sort", ORDERS)
    found = ordered(matching(campaigns, sought), order)
    if found.empty:
        st.caption(f"No campaign of this period has “{formats.escaped(sought)}” in its name.")
        return
    part = page_choice.part_of("part", len(found), PART)
    columns = {metric.title: tables.count_column() for metric in (METRICS["messages"], *COUNTS)} | {
        rate.title: tables.share_column(charts.COLOURS[rate.name], help=rate.help)
        for rate in tables.RATES
    }
    shown = with_headings(found)
    tables.show(
        shown.iloc[part],
        "All campaigns",
        alt="Campaigns with their messages and rates",
        columns=columns,
        whole=tables.with_units(shown, columns),
        rows=clicks.Rows("campaigns", list(found["campaign"].iloc[part])),
    )
    st.caption(
        f"Campaigns {formats.count(part.start + 1)} to "
        f"{formats.count(min(part.stop, len(found)))} of {formats.count(len(found))}. "
        f"{inferred(campaigns)} {NOT_SUMMED}"
    )


def inferred(campaigns: pd.DataFrame) -> str:
    """How much of the column `category` no provider stated."""
    count = int(campaigns["inferred"].sum())
    return (
        f"The category of {formats.count(count)} messages is inferred from other messages of the "
        "same campaign."
        if count
        else "No category is inferred."
    )


def matching(campaigns: pd.DataFrame, sought: str) -> pd.DataFrame:
    """The campaigns with all words of a search in their names."""
    names = campaigns["campaign"].str.casefold()
    for word in sought.casefold().split():
        campaigns = campaigns[names.str.contains(word, regex=False)]
        names = names[campaigns.index]
    return campaigns


def ordered(campaigns: pd.DataFrame, order: str) -> pd.DataFrame:
    """The highest first; by a rate, campaigns with FEW messages come last."""
    if order not in RATES:
        return campaigns.sort_values(order, ascending=False, kind="stable")
    rate = metric_tiles.shares(campaigns, METRICS[order])
    return campaigns.loc[
        rate.where(campaigns["messages"] >= FEW, rate - 2)
        .sort_values(ascending=False, kind="stable")
        .index
    ]


def with_headings(campaigns: pd.DataFrame) -> pd.DataFrame:
    """A row for each campaign with its counts and rates."""
    return pd.DataFrame(
        {
            "Campaign": campaigns["campaign"],
            "Category": campaigns["category"].fillna(SEVERAL).map(formats.words),
            tables.MESSAGES: campaigns["messages"],
        }
        | {rate.title: 100 * metric_tiles.shares(campaigns, rate) for rate in tables.RATES}
        | {metric.title: campaigns[metric.name] for metric in COUNTS}
    )


def draw_comparison(campaigns: pd.DataFrame, selection: Selection, chosen: tuple[str, ...]) -> None:
    """A rate of the chosen campaigns over time, and their figures beside each other."""
    rate = METRICS[page_choice.one("Rate", "measure", RATES)]
    series, _ = page.answer_of(queries.campaign_series, selection.choice, chosen).answer
    colours = charts.colours_of(sorted(chosen))
    shares = metric_tiles.shares(series, rate)
    chart_drawing.draw(
        charts.line_chart(
            pd.DataFrame(
                {
                    "bucket": series["bucket"],
                    "line": series["campaign"],
                    "rate": shares,
                    "shown": shares.map(formats.percent),
                    "messages": series["messages"],
                    "messages_text": series["messages"].map(formats.count),
                }
            ),
            selection, time="bucket", kind="line", value="rate", colours=colours, text="shown",
            share=True,
        ),
        alt=f"{rate.title} of the chosen campaigns over time",
        over=selection,
        colours=colours,
        fill=False,
    )  # fmt: skip
    known = campaigns.set_index("campaign", drop=False)
    rows = known.loc[[name for name in chosen if name in known.index]]
    st.table(side_by_side(rows), border="horizontal", alt="The chosen campaigns compared")


def side_by_side(rows: pd.DataFrame) -> pd.DataFrame:
    """A column for each campaign: counts, and rates with their numerators and denominators."""
    columns = {}
    for row in rows.to_dict("records"):
        texts = {METRICS["messages"].title: formats.count(row["messages"])}
        for rate in tables.RATES:
            share = formats.percent(row[rate.part] / row["messages"])
            part, whole = formats.count(row[rate.part]), formats.count(row["messages"])
            texts[rate.title] = f"{share} ({part} of {whole})"
        texts[METRICS["no_outcome"].title] = formats.count(row["no_outcome"])
        columns[formats.escaped(str(row["campaign"]))] = texts
    return pd.DataFrame(columns)


def draw_failed(campaigns: pd.DataFrame, selection: Selection, chosen: tuple[str, ...]) -> None:
    """The newest failed recipients, and a download of all of them."""
    failed = int(campaigns.loc[campaigns["campaign"].isin(chosen), "failed"].sum())
    st.markdown("**Failed recipients**")
    if not failed:
        st.caption("No message of these campaigns failed in this period.")
        return
    found, seen = page.answer_of(queries.failed_recipients, selection.choice, chosen).answer

    def everything() -> pa.Table:
        return named(warehouse_reader.ask(queries.all_failed_recipients, seen, chosen), seen.zone)

    names = headings(seen.zone)
    tables.show(
        found.rename(columns=names),
        "Failed recipients",
        alt="The newest failed recipients with reason and what to do",
        row_height=tables.WRAPPED,
        height=min(38 + tables.WRAPPED * len(found), 420),
        columns={
            names["failed_at"]: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss"),
            "Code": st.column_config.NumberColumn(format="%d"),
            "Reason": st.column_config.TextColumn(width=170),
            "What to do": st.column_config.TextColumn(width=270),
        },
        whole=everything,
    )
    st.caption(
        f"The newest {formats.count(len(found))} of {formats.count(failed)}; the download has all. "
        "Recipients are masked; the view `failed_messages` has them."
    )


def headings(zone: str) -> dict[str, str]:
    """The headings of the columns, with the zone of times."""
    return HEADINGS | {"failed_at": f"{HEADINGS['failed_at']} ({zone})"}


def named(table: pa.Table, zone: str) -> pa.Table:
    """The table with headings."""
    names = headings(zone)
    return table.rename_columns([names[name] for name in table.column_names])


page.show("Campaigns", queries.campaigns, draw)
