"""Pipeline: what was received and landed, what could not be read, and what the warehouse holds."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboards import alert_history, login, page, queries, warehouse_reader
from dashboards.answers import Pipeline
from dashboards.components import (
    chart_drawing,
    charts,
    formats,
    masking,
    metric_tiles,
    page_choice,
    panels,
    tables,
)
from dashboards.roles import Right
from dashboards.selection import Selection
from producer.dead_letter_advice import ADVICE, NO_REPLAY

DEAD = "Dead letters"
# What the rows of a table are, in the order of the bars.
KINDS = {
    "statuses": "Statuses",
    "messages": "Inbound messages",
    "account_events": "Account events",
    "errors": "Errors",
    "sends": "Sends",
    "dead_letters": DEAD,
}
COUNTS = {
    "landed": "Landed",
    "duplicates": "Duplicates",
    "conflicts": "Conflicts",
    "dead_letters": DEAD,
    "skipped": "Skipped",
}
TIME = st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss")
TALLEST = 420
SOURCES = (
    "Sources without an event in this period had messages within the last 30 days. Posts that the "
    "receiver refused reach no table; its metric `bluetick_posts_total` counts them."
)
PARTITIONS = (
    "Since landing began, for any time range. Next offset − first offset = landed + duplicates + "
    "dead letters + skipped. `bluetick doctor` compares them with Kafka."
)
SAMPLE = (
    "The newest one. Letters are shown as x and digits as 0; the table `dead_letters` has the "
    "payload."
)
ALERTS = "What `bluetick watch` has raised and resolved, for any time range."
REST = "Files that are too small or not needed any more are merged and removed by the consumer."


def draw(page: Pipeline, selection: Selection) -> None:
    """Draw the page."""
    draw_figures(page, selection)
    with panels.side_by_side("received"):
        with panels.panel("Events received"):
            draw_received(page.series, selection)
        with panels.panel("Sources"):
            draw_sources(page.sources, selection.zone)
    with panels.panel(DEAD):
        draw_dead_letters(page.reasons, selection)
    with panels.panel("Kafka partitions"):
        draw_partitions(page.partitions, selection.zone)
        draw_report(page)
    with panels.panel("Tables"):
        draw_tables(page.tables)
    draw_alerts(selection.zone)


def draw_alerts(zone: str) -> None:
    """What the watcher has raised and resolved; nothing if none has run with this data folder."""
    folder = warehouse_reader.location().folder
    found = alert_history.history(folder, zone) if folder else None
    if found is None:
        return
    with panels.panel("Alerts", help=ALERTS):
        if found.empty:
            st.markdown("No alert so far.")
            return
        titles = {"at": f"Time ({zone})", "event": "What", "rule": "Alert", "text": "Text"}
        tables.show(
            found.rename(columns=titles),
            "Alerts",
            alt="Alerts that were raised and resolved, the newest first",
            height=_height(found),
            columns={
                f"Time ({zone})": TIME,
                "Text": st.column_config.TextColumn(width="large"),
            },
        )


def draw_figures(page: Pipeline, selection: Selection) -> None:
    """Draw how much came and landed, and how fresh it is."""
    now = datetime.now(UTC)
    dead = int(page.series.loc[page.series["kind"] == "dead_letters", "events"].sum())
    events = int(page.series["events"].sum()) - dead
    elapsed = (min(selection.until, now) - selection.since).total_seconds()
    landed = page.partitions[["landed", "duplicates", "dead_letters"]].sum()
    with metric_tiles.tile_row():
        metric_tiles.text_tile(
            "Events received",
            formats.count(events),
            formats.rate(events, elapsed),
            help="Events of all tables except dead letters that were received in this period.",
        )
        draw_ages(page, now, selection)
        metric_tiles.text_tile(
            DEAD,
            formats.count(dead),
            f"{formats.percent(dead / (events + dead))} of what came" if events + dead else None,
            help="Parts of webhooks of this period that Bluetick could not read.",
        )
        metric_tiles.text_tile(
            "Duplicates",
            formats.percent(landed["duplicates"] / landed.sum()),
            f"{formats.count(landed['duplicates'])} of {formats.count(landed.sum())}",
            help="Records that were dropped because the same event had landed before. Counted "
            "since landing began, for any time range.",
        )
        metric_tiles.text_tile(
            "Files",
            formats.count(page.tables["files"].sum()),
            formats.size(page.tables["bytes"].sum()),
            help="Data files of the warehouse, and their size.",
        )


def draw_ages(page: Pipeline, now: datetime, selection: Selection) -> None:
    """Draw two tiles: how old the newest event is, and when the last batch landed."""
    received, landed = page.freshness.received_at, page.freshness.landed_at
    metric_tiles.text_tile(
        "Newest event",
        f"{formats.age(now - received)} ago" if received else formats.NOTHING,
        f"received {selection.local(received):%-d %b, %H:%M:%S}" if received else None,
        help=f"When the receiver got the newest event, of any source ({selection.zone}).",
    )
    delay = (landed - received).total_seconds() if landed and received else None
    metric_tiles.text_tile(
        "Last batch",
        f"{formats.age(now - landed)} ago" if landed else formats.NOTHING,
        None if delay is None or delay < 0 else f"newest event {formats.duration(delay)} old",
        help="When the consumer last landed a batch, and how old the newest event was then. If "
        "this is long ago while webhooks arrive, the consumer has stopped: see "
        "`bluetick doctor`.",
    )


def draw_received(series: pd.DataFrame, selection: Selection) -> None:
    """Bars of events over time, stacked by what they are."""
    if series.empty:
        st.info("Nothing was received in this period.", icon=":material/inbox:")
        return
    found = set(series["kind"])
    names = [name for kind, name in KINDS.items() if kind in found]
    others = charts.colours_of([name for name in names if name != DEAD])
    colours = {name: others.get(name, charts.COLOURS["failed"]) for name in names}
    chart_drawing.draw(
        charts.stacked_bars(
            series.assign(kind=series["kind"].map(KINDS)),
            selection,
            time="bucket",
            kind="kind",
            value="events",
            colours=colours,
            unit="Events",
            fade=False,
        ),
        alt="Events received over time, stacked by kind",
        colours=colours,
    )


def draw_sources(sources: pd.DataFrame, zone: str) -> None:
    """A row for each source, with its newest event. Times are of `zone`."""
    tables.show(
        pd.DataFrame(
            {
                "Source": sources["source"],
                "Events": sources["events"],
                f"Newest event ({zone})": sources["newest"],
                DEAD: sources["dead_letters"],
            }
        ),
        "Sources",
        alt="Sources with their events, newest event and dead letters",
        height=_height(sources),
        columns={
            "Events": tables.count_column(),
            f"Newest event ({zone})": TIME,
            DEAD: tables.count_column(),
        },
    )
    st.caption(SOURCES)


def draw_dead_letters(reasons: pd.DataFrame, selection: Selection) -> None:
    """A row for each reason; of a chosen one also a masked sample, and how to replay them."""
    if reasons.empty:
        st.success("No dead letter in this period.", icon=":material/check_circle:")
        return
    newest = f"Newest ({selection.zone})"
    tables.show(
        pd.DataFrame(
            {
                "Reason": reasons["reason"].map(formats.words),
                DEAD: reasons["dead_letters"],
                newest: reasons["newest"],
                "Sources": reasons["sources"],
            }
        ),
        DEAD,
        alt="Reasons of dead letters with their number, newest one and sources",
        height=_height(reasons),
        columns={
            DEAD: tables.count_column(),
            newest: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
        },
    )
    texts = {str(reason): formats.words(str(reason)) for reason in reasons["reason"]}
    chosen = page_choice.from_list(
        "Reason",
        "reason",
        texts,
        placeholder="Choose a reason to see a masked sample and the command to replay it",
    )
    if chosen is not None:
        draw_one_reason(chosen, selection)


def draw_one_reason(reason: str, selection: Selection) -> None:
    """What to do about the dead letters with this reason, and the newest of them, masked."""
    if reason in NO_REPLAY:
        st.markdown(f"**A replay gives nothing.** {formats.prose(_sentence(NO_REPLAY[reason]))}.")
    else:
        advice = ADVICE.get(reason, "find out who writes dead letters with this reason, then")
        st.markdown(f"**What to do:** {formats.prose(_sentence(advice))} replay them:")
        st.code(
            f"bluetick replay dead-letters --reason {shlex.quote(reason)} --dry-run",
            language=None,
            wrap_lines=True,
        )
        st.caption("This prints what would be published. Without `--dry-run` it is published.")
    if login.person().may(Right.PEOPLE):
        draw_sample(reason, selection)


def draw_sample(reason: str, selection: Selection) -> None:
    """The newest dead letter with a reason, masked."""
    found, _ = page.answer_of(queries.dead_letter, selection.choice, reason).answer
    for row in found.to_dict("records"):
        what = f"{row['received_at']:%-d %b %Y, %H:%M:%S} {selection.zone}, source {row['source']}"
        detail = "" if pd.isna(row["detail"]) else f": {row['detail']}"
        st.markdown(formats.escaped(f"{what}{detail}"))
        payload = bytes(row["payload"] or b"")
        st.code(masking.masked(payload) or "(no payload)", language=None, wrap_lines=True)
        more = row["bytes"] - len(payload)
        st.caption(SAMPLE + (f" {formats.size(more)} more are not shown." if more > 0 else ""))


def draw_partitions(partitions: pd.DataFrame, zone: str) -> None:
    """A row for each partition of each log, and what became of its records; times of `zone`."""
    tables.show(
        pd.DataFrame(
            {
                "Topic": partitions["topic"],
                "Partition": partitions["partition"],
                "First offset": partitions["first_offset"],
                "Next offset": partitions["next_offset"],
            }
            | {name: partitions[column] for column, name in COUNTS.items()}
            | {
                f"Last batch ({zone})": partitions["updated_at"],
                f"Replaced ({zone})": partitions["retired_at"],
            }
        ).dropna(axis="columns", how="all"),
        "Kafka partitions",
        alt="Partitions with their offsets and what became of their records",
        height=_height(partitions),
        columns={name: tables.count_column() for name in COUNTS.values()}
        | {
            "First offset": tables.count_column(),
            "Next offset": tables.count_column(),
            f"Last batch ({zone})": TIME,
            f"Replaced ({zone})": TIME,
        },
    )
    st.caption(PARTITIONS)


def draw_report(page: Pipeline) -> None:
    """When a consumer last said that it works, and how much waited then."""
    if page.freshness.beat_at:
        gone = datetime.now(UTC) - page.freshness.beat_at
        st.caption(
            f"A consumer last reported {formats.age(gone)} ago that it works. "
            f"{formats.count(page.freshness.waiting)} records had not landed then."
        )


def draw_tables(stored: pd.DataFrame) -> None:
    """A row for each table, with its files and their size."""
    tables.show(
        pd.DataFrame(
            {
                "Table": stored["name"],
                "Rows": stored["rows"],
                "Files": stored["files"],
                "Size": stored["bytes"],
            }
        ),
        "Tables",
        alt="Tables with their rows, files and size",
        height=_height(stored),
        columns={
            "Rows": tables.count_column(),
            "Files": tables.count_column(),
            "Size": st.column_config.NumberColumn(format="bytes"),
        },
    )
    st.caption(REST)


def _height(frame: pd.DataFrame) -> int:
    return min(38 + 35 * max(len(frame), 1), TALLEST)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


page.show(
    "Pipeline",
    queries.pipeline,
    draw,
    what="events",
)
