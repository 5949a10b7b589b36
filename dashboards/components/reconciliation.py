"""Compares our figures with an export of Meta's, on the page Pricing."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboards import queries, warehouse_reader
from dashboards.components import empty_state, filters, formats, metric_tiles, tables
from dashboards.pricing_analytics import BadExport, read

ABOUT = (
    "Upload the JSON that the Graph API answers for the field `pricing_analytics` of your account, "
    "with the metrics VOLUME and COST, in days or months. The file is not kept."
)
DIVIDED = (
    "For reasons, ask for the dimensions PHONE, COUNTRY, PRICING_CATEGORY and PRICING_TYPE. "
    "Periods are Meta's own, in whatever time zone. Countries are compared by their market."
)
# Why a cell differs, by the column `reason`: in a few words, and as a sentence.
REASONS = {
    "not_landed": ("Not over", "The period had not ended when the newest webhook was received."),
    "other_category": ("Other category", "Counted in another category or type."),
    "other_market": ("Other market", "Counted in another market, or the market is not known."),
    "other_number": ("Other number", "Counted for another business number."),
    "other_day": ("Other period", "Counted in the period before or after."),
    "missing": ("Meta counts more", "Webhooks may be missing, or were removed."),
    "more": ("Meta counts fewer", "Its figures are approximate, and may be of an earlier moment."),
    "unpriced": ("No price", "Your rates have no price for some of these messages."),
    "max_price": ("Maximum price", "Each of these messages has a price of its own."),
    "other_price": ("Other price", "Meta charged another price, tier or currency than yours."),
}
WORDS = {name: word for name, (word, _) in REASONS.items()}
EXPLAINED = " ".join(f"{word}: {sentence}" for word, sentence in REASONS.values())
TIME = "D MMM YYYY, HH:mm"


def show() -> None:
    """Draw where an export is uploaded, and the comparison below."""
    with st.expander("Compare with Meta's figures", icon=":material/compare_arrows:"):
        st.caption(f"{ABOUT} {DIVIDED}")
        file = st.file_uploader("Export of pricing_analytics", type="json", key="meta_export")
        if file is not None:
            _compare(file.getvalue())


def _compare(data: bytes) -> None:
    try:
        points = tuple(read(data))
        found = warehouse_reader.ask(queries.reconciliation, points, zone=filters.zone())
    except BadExport as error:
        st.error(f"This file cannot be read: {error}.", icon=":material/error:")
    except warehouse_reader.WarehouseUnreadable as error:
        empty_state.unreadable(str(error))
    else:
        draw(found, filters.zone())


def draw(found: pd.DataFrame, zone: str) -> None:
    """Draw how many cells agree, and all cells, those that differ first. Times are of `zone`."""
    differing = found["reason"].notna()
    with st.container(key="tiles_meta", horizontal=True, gap="small"):
        metric_tiles.text_tile(
            "Cells that agree",
            formats.count(int((~differing).sum())),
            f"of {formats.count(len(found))}",
            help="A cell is a period, with what the export is divided by.",
        )
        metric_tiles.text_tile(
            "Units, Meta", formats.count(int(found["meta_units"].sum())), None,
            help="Delivered messages by Meta's export.",
        )  # fmt: skip
        metric_tiles.text_tile(
            "Units, webhooks", formats.count(int(found["units"].sum())), None,
            help="Delivered messages in the same periods by webhooks.",
        )  # fmt: skip
    ordered = found.assign(differs=differing).sort_values("differs", ascending=False, kind="stable")
    tables.show(
        pd.DataFrame(
            {
                "Difference": ordered["reason"].map(WORDS).fillna("None"),
                f"From ({zone})": _shown(ordered["since"], zone),
                "Market": _texts(ordered["market"], str),
                "Category": _texts(ordered["category"], formats.words),
                "Type": _texts(ordered["type"], formats.words),
                "Units, Meta": ordered["meta_units"],
                "Units, webhooks": ordered["units"],
                "Cost, Meta": ordered["meta_cost"],
                "Cost, estimated": ordered["cost"],
                "Number": _texts(ordered["number"], formats.number),
                f"Until ({zone})": _shown(ordered["until"], zone),
            }
        ),
        "Comparison with Meta",
        columns={
            "Difference": st.column_config.TextColumn(help=EXPLAINED),
            f"From ({zone})": st.column_config.DatetimeColumn(format=TIME),
            f"Until ({zone})": st.column_config.DatetimeColumn(format=TIME),
            "Units, Meta": tables.count_column(),
            "Units, webhooks": tables.count_column(),
            "Cost, Meta": st.column_config.NumberColumn(format="%,.2f"),
            "Cost, estimated": st.column_config.NumberColumn(format="%,.2f"),
        },
        alt="Units and costs by Meta and by webhooks in each cell, with the reason of a difference",
    )


def _shown(times: pd.Series[pd.Timestamp], zone: str) -> pd.Series[pd.Timestamp]:
    return times.dt.tz_convert(zone).dt.tz_localize(None)


def _texts(column: pd.Series[str], shown: formats.Text) -> pd.Series[str]:
    return column.map(lambda value: shown(value) if isinstance(value, str) else formats.NOTHING)
