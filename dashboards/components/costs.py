"""What the messages cost by the user's rates, on the page Pricing."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import streamlit as st

from dashboards import queries
from dashboards.answers import Costs
from dashboards.components import formats, metric_tiles, panels, tables

HOW = (
    "To see what the messages cost, write your prices into a CSV file with the columns market, "
    "category, valid_from, currency and price, name the file in `BLUETICK_RATES`, and restart the "
    "consumer. `docs/costs.md` has an example."
)
ESTIMATE = (
    "Costs are estimated: messages counted from webhooks, times your prices. Days, months and "
    "volume tiers are those of the time zone in the sidebar, {zone}; providers use that of the "
    "account. Only the provider's invoice is final."
)
# Why messages have no price, by the column `unpriced`: in a word, and as a sentence.
REASONS = {
    "no_rate": ("No rate", "Your rates have no price for this market, category and day."),
    "unknown_market": ("No market", "The market of the recipient is not known."),
    "unknown_category": ("No category", "The provider did not state the category."),
    "not_stated": ("Not stated", "The provider did not state whether they are billable."),
    "max_price": ("Maximum price", "Each of these messages has a price of its own."),
    "by_conversation": ("Conversations", "The provider charged conversations, not messages."),
}
EXPLAINED = " ".join(f"{word}: {sentence}" for word, sentence in REASONS.values())
# Service messages that are free for each business number in a calendar month.
FREE_TIER = 1_000
# Digits of the prices of single messages.
PRICE = "%.6f"


def draw(costs: Costs, zone: str) -> None:
    """Draw tiles and tables, or how to add rates. Months are those of `zone`."""
    if costs.currency is None:
        st.info(HOW, icon=":material/payments:")
    else:
        _draw_tiles(costs, costs.currency, zone)
        st.info(ESTIMATE.format(zone=zone), icon=":material/info:")
        with panels.side_by_side("costs"):
            with panels.panel("Costs by market and category"):
                _draw_priced(costs.priced, costs.currency)
            with panels.panel("Without a price"):
                _draw_unpriced(costs.unpriced)
    if costs.free_tier.empty and costs.tiers.empty:
        return
    with panels.side_by_side("tiers"):
        if not costs.free_tier.empty:
            with panels.panel("Free service messages this month"):
                _draw_free_tier(costs.free_tier)
        if not costs.tiers.empty:
            with panels.panel("Volume tiers this month"):
                _draw_tiers(costs.tiers)


def _draw_tiles(costs: Costs, currency: str, zone: str) -> None:
    with st.container(key="tiles_costs", horizontal=True, gap="small"):
        metric_tiles.text_tile(
            "Estimated cost",
            formats.money(costs.cost, currency),
            without_price(costs.unpriced_units),
            help="What the messages of these days cost by your prices.",
        )
        metric_tiles.text_tile(
            "This month",
            formats.money(costs.month.cost, currency),
            without_price(costs.month.unpriced),
            help=f"From the first of this month ({zone}) until now, whatever range is chosen.",
        )
        last = costs.last_month
        metric_tiles.text_tile(
            "Last month to the same day",
            formats.money(last.cost, currency) if last else formats.NOTHING,
            without_price(last.unpriced) if last else "Not all of it is in the warehouse",
            help=f"Last month ({zone}) until the same day and time as now.",
        )


def without_price(units: int) -> str | None:
    """How many messages a sum leaves out; None if there are none."""
    return f"{formats.count(units)} without a price" if units else None


def _draw_priced(priced: pd.DataFrame, currency: str) -> None:
    cost = f"Cost ({currency})"
    tables.show(
        pd.DataFrame(
            {
                "Market": priced["market"].fillna(queries.NOT_STATED),
                "Category": priced["category"].map(formats.words),
                "Units": priced["units"],
                cost: priced["cost"].map(_cents),
            }
        ),
        "Costs",
        columns={
            "Units": tables.count_column(),
            cost: st.column_config.NumberColumn(format="%,.2f"),
        },
        alt="Units and costs by market and category",
    )


def _cents(cost: Decimal) -> Decimal:
    return round(cost, 4)


def _draw_unpriced(unpriced: pd.DataFrame) -> None:
    if unpriced.empty:
        st.caption("All messages of these days have a price.")
        return
    tables.show(
        pd.DataFrame(
            {
                "Market": unpriced["market"],
                "Category": unpriced["category"].map(formats.words),
                "Units": unpriced["units"],
                "Reason": unpriced["unpriced"].map(lambda name: REASONS[name][0]),
            }
        ),
        "Without a price",
        columns={
            "Units": tables.count_column(),
            "Reason": st.column_config.TextColumn(help=EXPLAINED),
        },
        alt="Units without a price by market and category, with the reason",
    )


def _draw_free_tier(numbers: pd.DataFrame) -> None:
    share = f"Share of {formats.count(FREE_TIER)}"
    tables.show(
        pd.DataFrame(
            {
                "Number": numbers["number"].map(formats.number),
                "Free": numbers["free"],
                share: 100 * numbers["free"] / FREE_TIER,
                "Billable": numbers["charged"],
            }
        ),
        "Free service messages",
        columns={
            "Free": tables.count_column(),
            "Billable": tables.count_column(),
            share: tables.share_column(),
        },
        alt="Free and billable service messages by business number",
    )
    st.caption(
        "Since October 2026, about the first 1,000 service messages of a business number in a "
        "calendar month are free. The provider marks each message as free or billable."
    )


def _draw_tiers(tiers: pd.DataFrame) -> None:
    left = tiers["next_from"] - 1 - tiers["units"]
    tables.show(
        pd.DataFrame(
            {
                "Market": tiers["market"],
                "Category": tiers["category"].map(formats.words),
                "Units": tiers["units"],
                "Price": tiers["price"],
                "To the next": left,
                "Next price": tiers["next_price"],
            }
        ),
        "Volume tiers",
        columns={
            "Units": tables.count_column(),
            "To the next": st.column_config.NumberColumn(
                format="%,d", help="Messages until the next price applies"
            ),
            "Price": st.column_config.NumberColumn(format=PRICE),
            "Next price": st.column_config.NumberColumn(format=PRICE),
        },
        alt="Billable units of this month by market and category, with the price and the next one",
    )
    st.caption("Billable messages of all business numbers together, whatever is chosen above.")
