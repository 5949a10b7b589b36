"""What a page says where it has nothing to show, and how to get the first message in."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboards.answers import Freshness
from dashboards.components import formats, freshness_badge

CONFIG_FILE = "bluetick.toml"
RECEIVER_PORT = 8000
# The source that is served where nothing is configured.
LOCAL = "local"

# A message of the business's that was delivered, as the two shapes of webhooks tell it. The time
# is put in by the shell, so that the message is within the last hour whenever it is sent.
STATUS = {
    "id": "wamid.HBgLMTU1NTAwMDExMTEVAgARGBI5",
    "status": "delivered",
    "timestamp": "NOW",
    "recipient_id": "15557654321",
    "pricing": {
        "billable": True,
        "pricing_model": "PMP",
        "type": "regular",
        "category": "utility",
    },
}
METADATA = {"display_phone_number": "15550001111", "phone_number_id": "106540352242922"}


@dataclass(frozen=True, slots=True)
class Door:
    """Where a webhook can be posted, and what its sender must show. Holds no secret."""

    url: str
    auth: str = "none"
    dialect: str = "auto"
    header: str = "X-Webhook-Token"


def door() -> Door:
    """A configured source, one without authentication first; `local` without configuration."""
    port = os.environ.get("BLUETICK_RECEIVER_PORT") or RECEIVER_PORT
    file = Path(os.environ.get("BLUETICK_CONFIG") or CONFIG_FILE)
    try:
        sources = tomllib.loads(file.read_text("utf-8"))["sources"]
        name, table = min(sources.items(), key=lambda item: item[1].get("auth") != "none")
        chosen = {key: str(table[key]) for key in ("auth", "dialect", "header") if key in table}
    except (OSError, ValueError, LookupError, AttributeError):
        name, chosen = LOCAL, {}
    return Door(f"http://127.0.0.1:{port}/webhooks/{name}", **chosen)


def command(where: Door) -> str:
    """A shell command that posts one webhook there, signed where it must be."""
    flat = where.dialect in ("onprem", "engagelab")
    value = {"messaging_product": "whatsapp", "metadata": METADATA, "statuses": [STATUS]}
    body = (
        {"statuses": [STATUS]}
        if flat
        else {
            "object": "whatsapp_business_account",
            "entry": [
                {"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}
            ],
        }
    )
    text = json.dumps(body, separators=(",", ":")).replace("NOW", "'$(date +%s)'")
    proof = {
        "hmac": [
            '-H "X-Hub-Signature-256: sha256=$(printf %s "$BODY" |'
            ' openssl dgst -sha256 -hmac "$APP_SECRET" | sed \'s/.* //\')"'
        ],
        "basic": ['--user "$WEBHOOK_USER:$WEBHOOK_PASSWORD"'],
        "header": [f'-H "{where.header}: $WEBHOOK_TOKEN"'],
    }.get(where.auth, [])
    lines = [
        f"curl --include {where.url}",
        "-H 'Content-Type: application/json'",
        *proof,
        '--data-raw "$BODY"',
    ]
    return f"BODY='{text}'\n" + " \\\n  ".join(lines)


NEEDS = {
    "hmac": "`APP_SECRET` is the app secret configured for this source.",
    "basic": "`WEBHOOK_USER` and `WEBHOOK_PASSWORD` are those configured for this source.",
    "header": "`WEBHOOK_TOKEN` is the token configured for this source.",
}


def first_webhook(found: Freshness) -> None:
    """The page of a warehouse in which no status of a message is yet."""
    where = door()
    with st.container(border=True):
        st.subheader("Waiting for the first message", anchor=False)
        st.markdown(come_so_far(found))
        st.markdown(
            "Point your provider's webhook at the address below, or post one status yourself; "
            "this page fills by itself a moment later."
        )
        st.code(where.url, language=None)
        st.code(command(where), language="bash", wrap_lines=True)
        if where.auth in NEEDS:
            st.caption(NEEDS[where.auth])
        st.markdown("To look around with made-up traffic instead, run `bluetick demo`.")


def come_so_far(found: Freshness) -> str:
    """What is in a warehouse without statuses, and what that means."""
    if found.received_at:
        return (
            f"Webhooks arrive, the newest event at {formats.moment(found.received_at)}, but none "
            "has told what became of a message of yours. Statuses come once you send messages and "
            "the provider is set to report them (Meta's field `messages`)."
        )
    if found.dead_letter_at:
        return (
            "Webhooks arrive, but none could be understood so far: the newest dead letter is of "
            f"{formats.moment(found.dead_letter_at)}. `bluetick doctor` says what helps."
        )
    if found.partitions:
        return "Nothing has landed yet."
    return f"Nothing has landed yet. {freshness_badge.NOTHING_TAKEN}"


def nothing_chosen(what: str, filtered: bool, found: Freshness) -> None:
    """The page of a range, or of filters, that hold nothing."""
    hint = "Choose a longer time range" + (", or clear a filter," if filtered else "")
    newest = (
        f" The newest event in the warehouse was received {formats.moment(found.received_at)}."
        if found.received_at
        else ""
    )
    st.info(
        f"No {what} in this time range. {hint} in the sidebar.{newest}",
        icon=":material/filter_alt_off:",
    )


def unreadable(reason: str) -> None:
    """The page of a warehouse that is not there, or cannot be read just now."""
    with st.container(border=True):
        st.subheader("The warehouse cannot be read", anchor=False)
        st.markdown(f"{reason[0].upper()}{reason[1:]}.")
        st.caption("This page tries again by itself.")
