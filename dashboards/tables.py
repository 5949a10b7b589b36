"""Tables of groups with their rates."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboards import formats

TEXTS = {"number": formats.number, "category": formats.words}
RATES = {
    "delivered": ("Delivery rate", "#4FA3E3"),
    "read": ("Read rate", "#0B63B0"),
    "failed": ("Failure rate", "#C8402F"),
}


def rates(groups: pd.DataFrame, names: dict[str, str]) -> None:
    """A row for each group: its messages, rates, no outcome, and course over time."""
    shown = pd.DataFrame(
        {label: groups[column].map(TEXTS[column]) for column, label in names.items()}
        | {"Messages": groups["messages"]}
        | {label: 100 * groups[part] / groups["messages"] for part, (label, _) in RATES.items()}
        | {"No outcome": groups["no_outcome"], "Course": groups["trend"]}
    )
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "Messages": st.column_config.NumberColumn(format="%,d"),
            "No outcome": st.column_config.NumberColumn(format="%,d"),
            "Course": st.column_config.AreaChartColumn("Over time", y_min=0, color="#0B63B0"),
        }
        | {
            label: st.column_config.ProgressColumn(
                format="%.1f %%", min_value=0, max_value=100, color=colour
            )
            for label, colour in RATES.values()
        },
        alt=f"Rates by {' and '.join(names.values()).lower()}",
    )
