"""The dashboard: `streamlit run dashboards/app.py`, or `bluetick dashboard`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboards import address, faults, page, sql_limits

HERE = Path(__file__).parent
# Not a folder named pages: Streamlit would take its files for an older kind of app and, for the
# first visitor of a deep link, run the page without what is below.
PAGES = HERE / "screens"

faults.keep_data_out_of_the_log()
# Before the navigation, which would otherwise fetch the pages' icons from another host.
st.set_page_config(
    page_icon=HERE / "icon.svg",
    layout="wide",
    initial_sidebar_state=320,  # pixels: room for a range of days
)
st.html(HERE / "style.css")
st.logo(HERE / "logo.svg", size="large")

pages = [
    st.Page(PAGES / "overview.py", title="Overview", icon=":material/dashboard:", default=True),
    st.Page(PAGES / "delivery.py", title="Delivery", icon=":material/done_all:"),
    st.Page(PAGES / "failures.py", title="Failures", icon=":material/error:"),
    st.Page(PAGES / "campaigns.py", title="Campaigns", icon=":material/campaign:"),
    st.Page(PAGES / "countries.py", title="Countries", icon=":material/public:"),
    st.Page(PAGES / "messages.py", title="Messages", icon=":material/search:"),
    st.Page(PAGES / "conversations.py", title="Conversations", icon=":material/forum:"),
    st.Page(PAGES / "pricing.py", title="Pricing", icon=":material/sell:"),
    st.Page(PAGES / "inbound.py", title="Inbound", icon=":material/inbox:"),
    st.Page(PAGES / "events.py", title="Account events", icon=":material/event_note:"),
    st.Page(PAGES / "pipeline.py", title="Pipeline", icon=":material/account_tree:"),
]
if sql_limits.offered():
    pages.append(st.Page(PAGES / "sql.py", title="SQL", icon=":material/terminal:"))
navigation = st.navigation(pages)
st.set_page_config(page_title=f"{navigation.title} · Bluetick")  # tabs and bookmarks differ
address.read(navigation.url_path)
page.choose()
navigation.run()
