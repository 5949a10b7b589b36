"""What is wrong now, as a short list; nothing where nothing is."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from dashboards import queries, warehouse_reader
from dashboards.components import diagnosis_words, formats
from dashboards.selection import Choice
from warehouse.diagnosis.anomaly import Anomaly

# It is asked again so often: incidents are found to the quarter of an hour.
EVERY = timedelta(minutes=1)
# As many are shown; `bluetick diagnose` prints all.
MOST = 3


def show(choice: Choice) -> None:
    """Draw what is wrong now in the traffic of the choice. Raises WarehouseUnreadable."""

    def fresh() -> tuple[Anomaly, ...]:
        return warehouse_reader.ask(queries.anomalies)

    found = warehouse_reader.recall("anomalies", fresh, at_least=EVERY).answer
    now = datetime.now(ZoneInfo(choice.zone))
    chosen = [anomaly for anomaly in found if _concerns(anomaly, choice)]
    for anomaly in chosen[:MOST]:
        with st.container(border=True):
            _draw(anomaly, now)
    if len(chosen) > MOST:
        st.caption(f"{len(chosen) - MOST} more: `bluetick diagnose` prints all.")


def _draw(anomaly: Anomaly, now: datetime) -> None:
    lines = [f":material/warning: **{formats.escaped(diagnosis_words.sentence(anomaly, now))}**"]
    if cause := diagnosis_words.cause(anomaly, now):
        lines.append(formats.escaped(cause))
    if anomaly.advice:
        lines.append(f"What to do: {formats.prose(anomaly.advice)}")
    st.markdown("  \n".join(lines))
    page, filters = diagnosis_words.link(anomaly)
    st.page_link(
        f"screens/{page}.py",
        label=f"Show on the page {page.capitalize()}",
        icon=":material/arrow_forward:",
        query_params=filters,
    )


def _concerns(anomaly: Anomaly, choice: Choice) -> bool:
    """Whether it can be in the chosen traffic."""
    return all(
        not chosen or anomaly.where.get(name) is None or anomaly.where[name] in chosen
        for name, chosen in (
            ("number", choice.numbers),
            ("source", choice.sources),
            ("market", choice.markets),
            ("campaign", choice.campaigns),
        )
    )
