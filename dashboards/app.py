"""The dashboard: `streamlit run dashboards/app.py`, or `bluetick dashboard`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboards import address, faults, login_page, page, sql_limits

HERE = Path(__file__).parent
# Not a folder named pages: Streamlit would take its files for an older kind of app and, for the
# first visitor of a deep link, run the page without what is below.
PAGES = HERE / "screens"
# File, title and icon of each page; dashboards/roles.py says who may open it.
TITLES = (
    ("overview", "Overview", "dashboard"),
    ("delivery", "Delivery", "done_all"),
    ("failures", "Failures", "error"),
    ("campaigns", "Campaigns", "campaign"),
    ("countries", "Countries", "public"),
    ("messages", "Messages", "search"),
    ("conversations", "Conversations", "forum"),
    ("pricing", "Pricing", "sell"),
    ("inbound", "Inbound", "inbox"),
    ("events", "Account events", "event_note"),
    ("pipeline", "Pipeline", "account_tree"),
    ("sql", "SQL", "terminal"),
)

faults.keep_data_out_of_the_log()
# Before the navigation, which would otherwise fetch the pages' icons from another host.
st.set_page_config(
    page_icon=HERE / "icon.svg",
    layout="wide",
    initial_sidebar_state=320,  # pixels: room for a range of days
)
st.html(HERE / "style.css")
st.logo(HERE / "logo.svg", size="large")

person = login_page.enter()
offered = [
    st.Page(PAGES / f"{name}.py", title=title, icon=f":material/{icon}:", default=not number)
    for number, (name, title, icon) in enumerate(TITLES)
    if person.may_open(name) and (name != "sql" or sql_limits.offered())
]
navigation = st.navigation(offered)
st.set_page_config(page_title=f"{navigation.title} · Bluetick")  # tabs and bookmarks differ
address.read(navigation.url_path)
page.choose(navigation.url_path or TITLES[0][0])
navigation.run()
