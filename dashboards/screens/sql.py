"""SQL: any question, asked read-only, for the people who run this."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards import (
    access_log,
    address,
    queries,
    saved_queries,
    sql_limits,
    sql_process,
    warehouse_reader,
)
from dashboards.components import (
    chart_drawing,
    charts,
    download,
    empty_state,
    filters,
    formats,
    freshness_badge,
    page_choice,
    panels,
    tables,
)
from warehouse.connection import Location

TEXT, RESULT = "sql_text", "sql_result"
# A longer query is not kept in the address, which browsers and proxies limit.
LONGEST_ADDRESS = 4_000
MOST_POINTS, MOST_LINES = 2_000, 8
TALLEST = 640
ABOUT = (
    "Only statements that read the warehouse run, by the same rule as in `bluetick sql`, and at "
    f"most {sql_limits.SECONDS:.0f} seconds. The result has at most {sql_limits.MOST_ROWS:,} rows. "
    "It can hold personal data: phone numbers are not masked here. Days and times are those of "
    "the time zone in the sidebar."
)
SAVED = (
    f"Keep queries in the file `{saved_queries.FILE}` of the data folder, one line each: "
    '`name = "SELECT …"`. The address of this page has the query too.'
)


def show() -> None:
    """Draw the page."""
    menu = _head()
    location = warehouse_reader.location()
    try:
        known = warehouse_reader.recall(
            "schema", lambda: warehouse_reader.ask(queries.schema)
        ).answer
    except warehouse_reader.WarehouseUnreadable as error:
        empty_state.unreadable(str(error))
        return
    with panels.side_by_side("sql", "wide_left"):
        with panels.panel("Query"):
            text = draw_query(location)
        with panels.panel("Tables and views"):
            draw_schema(known)
    if text:
        access_log.record("query", "SQL")
        with st.spinner("Running …"):
            st.session_state[RESULT] = _run(location, text, filters.zone())
    found = st.session_state.get(RESULT)
    if found is not None:
        with panels.panel("Result"):
            draw_result(found)
    st.caption(ABOUT)
    with menu:
        download.menu()


def _head() -> DeltaGenerator:
    """Draw title and badge; returns where the menu of downloads goes."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.title("SQL", anchor=False, width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            menu = st.container(width="content")
            freshness_badge.show()
    freshness_badge.notice()
    download.begin("SQL")
    access_log.once("page", "SQL")
    return menu


def draw_query(location: Location) -> str:
    """Draw the field for the query; returns the query if it is to be run."""
    asked = address.taken("q")
    if asked:
        st.session_state[TEXT] = asked[-1]
    _draw_saved(location)
    # Also if the browser forgot it, for example because it lost the connection.
    st.session_state[TEXT] = st.session_state.get(TEXT, "")
    text = st.text_area("Query", key=TEXT, height=240, label_visibility="collapsed")
    asked_to_run = st.button("Run", icon=":material/play_arrow:", on_click=address.touched)
    st.caption(SAVED)
    text = (text or "").strip()
    if not asked_to_run:
        return ""
    address.write("q", [text] if 0 < len(text) <= LONGEST_ADDRESS else [])
    return text


def _draw_saved(location: Location) -> None:
    folder = location.folder
    try:
        saved = saved_queries.queries(folder) if folder else saved_queries.EXAMPLES
    except saved_queries.BadQueries as error:
        st.warning(formats.escaped(str(error)))
        return

    def take() -> None:
        name = st.session_state.get("sql_saved")
        if name:
            st.session_state[TEXT] = saved[name]

    st.selectbox(
        "Saved query",
        list(saved),
        index=None,
        placeholder="Choose a saved query",
        key="sql_saved",
        on_change=take,
        label_visibility="collapsed",
    )


def draw_schema(known: pd.DataFrame) -> None:
    """The columns of the chosen table or view."""
    kinds = known.drop_duplicates("relation")
    texts = {
        str(row["relation"]): f"{row['relation']} ({'view' if row['view'] else 'table'})"
        for row in kinds.to_dict("records")
    }
    chosen = page_choice.from_list(
        "Table or view", "relation", texts, placeholder="Choose a view or table"
    )
    rows = known[known["relation"] == (chosen or next(iter(texts)))]
    st.dataframe(
        pd.DataFrame({"Column": rows["name"], "Type": rows["type"]}),
        hide_index=True,
        height=300,
        alt=f"Columns of {chosen or next(iter(texts))}",
    )


def _run(location: Location, text: str, zone: str) -> sql_process.Result | str:
    try:
        return sql_process.run(location, text, zone=zone, seconds=sql_limits.SECONDS)
    except sql_process.QueryFailed as error:
        return str(error)


def draw_result(found: sql_process.Result | str) -> None:
    """Draw the rows, or why there are none."""
    if isinstance(found, str):
        st.error("The query has no result.", icon=":material/error:")
        st.code(found, language=None, wrap_lines=True)
        return
    rows = found.rows
    tables.show(
        rows,
        "Result",
        alt="Result of the query",
        height=min(38 + 35 * max(len(rows), 1), TALLEST),
    )
    more = "; the query has more. Add a LIMIT or a condition" if found.more else ""
    number = "1 row" if len(rows) == 1 else f"{formats.count(len(rows))} rows"
    st.caption(f"{number} in {formats.duration(found.seconds)}{more}.")
    draw_chart(rows)


def draw_chart(rows: pd.DataFrame) -> None:
    """Lines over the first column if it has times and others have numbers."""
    if rows.empty or len(rows) > MOST_POINTS or not rows.columns.is_unique:
        return
    time = str(rows.columns[0])
    numbers = [str(name) for name in rows.select_dtypes("number").columns if name != time]
    if not numbers or not pd.api.types.is_datetime64_any_dtype(rows[time]):
        return
    shown = numbers[:MOST_LINES]
    times = rows[time].dt.tz_localize(None)  # what the clocks of its zone show
    long = pd.DataFrame({name: rows[name].astype(float) for name in shown}).assign(time=times)
    data = long.melt("time", var_name="column", value_name="value")
    colours = charts.colours_of(shown)
    chart_drawing.draw(
        alt.Chart(data)
        .mark_line(point=True)
        .encode(
            x=alt.X("time:T", title=None),
            y=alt.Y("value:Q", title=None),
            color=alt.Color(
                "column:N",
                scale=alt.Scale(domain=shown, range=list(colours.values())),
                legend=None,
            ),
        )
        .properties(height=charts.HEIGHT),
        alt="Numbers of the result over time",
        colours=colours,
        fill=False,
    )


show()
