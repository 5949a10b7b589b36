"""What people see who have not logged in or may not enter, and how they log out."""

from __future__ import annotations

import streamlit as st

from dashboards import access_log, login
from dashboards.components import formats
from dashboards.login import NOT_LOGGED_IN, Refused
from dashboards.roles import Person
from settings.errors import ConfigError

ASK = "Ask the person who runs this dashboard to add you to `[[dashboard.people]]`."


def enter() -> Person:
    """Who uses this session; the page ends here for others, before anything is read."""
    try:
        found = login.visitor()
    except ConfigError:
        found = Refused("", "Its configuration is not valid: run `bluetick doctor`.")
    if isinstance(found, Refused):
        _refuse(found)
        st.stop()
    if login.settings().required:
        with st.sidebar:
            st.caption(f":material/person: {formats.escaped(found.who)} · {found.role}")
            _log_out()
    return found


def _refuse(found: Refused) -> None:
    st.set_page_config(page_title="Log in · Bluetick")
    if found == NOT_LOGGED_IN:
        with st.container(border=True):
            st.subheader("Log in to see this dashboard", anchor=False)
            st.button("Log in", icon=":material/login:", type="primary", on_click=st.login)
        return
    access_log.write(found.who, None, "", "refused")
    with st.container(border=True):
        st.subheader("You cannot open this dashboard", anchor=False)
        who = f"You are logged in as {formats.escaped(found.who)}. " if found.who else ""
        st.markdown(f"{who}{found.why}")
        if found.who:
            st.caption(ASK)
            _log_out()


def _log_out() -> None:
    if login.settings().oidc:
        st.button("Log out", icon=":material/logout:", type="tertiary", on_click=st.logout)
