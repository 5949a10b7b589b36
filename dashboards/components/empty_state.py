"""What a page shows without data, and how to post the first webhook."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards.answers import Freshness
from dashboards.components import formats, freshness_badge
from producer.providers import PROVIDERS
from settings.dialects import AUTO, CANONICAL, DIALECTS
from settings.sources import SIGNATURE_HEADER

CONFIG_FILE = "bluetick.toml"
RECEIVER_PORT = 8000
# The source that is served if nothing is configured.
LOCAL = "local"
# The kind of authentication that only the provider can do.
SIGNATURE = "signature"

# The status of a delivered message, as the Cloud API sends it. The shell inserts the current
# time, so that the message is always within the last hour.
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
# The keys of a source that the command needs; none of them is a secret.
SHOWN = ("auth", "dialect", "header", "signature_header")
NUMBER = "15550001111"
METADATA = {"display_phone_number": NUMBER, "phone_number_id": "106540352242922"}
# Sources without authentication come first, and last those that only the provider can sign for.
HARDER = {"none": 0, SIGNATURE: 2}


@dataclass(frozen=True, slots=True)
class Door:
    """Where to post a webhook, and how to authenticate. Holds no secret."""

    url: str
    auth: str = "none"
    dialect: str = AUTO
    header: str = "X-Webhook-Token"
    signature_header: str = SIGNATURE_HEADER


def door() -> Door:
    """A configured source, the one that is easiest to post to; `local` without configuration."""
    port = os.environ.get("BLUETICK_RECEIVER_PORT") or RECEIVER_PORT
    file = Path(os.environ.get("BLUETICK_CONFIG") or CONFIG_FILE)
    try:
        sources = tomllib.loads(file.read_text("utf-8"))["sources"]
        name, table = min(sources.items(), key=lambda item: HARDER.get(item[1].get("auth"), 1))
        chosen = {key: str(table[key]) for key in SHOWN if key in table}
        url = table.get("public_url")
    except (OSError, ValueError, LookupError, AttributeError):
        name, chosen, url = LOCAL, {}, None
    return Door(url or f"http://127.0.0.1:{port}/webhooks/{name}", **chosen)


def sample(dialect: str) -> dict[str, Any]:
    """A webhook with STATUS, in the shape that a source of this dialect takes."""
    name = dialect if dialect in DIALECTS else CANONICAL
    if name != CANONICAL:
        # No more than every provider can say.
        number = {"display_phone_number": NUMBER} if DIALECTS[name].names_business_number else {}
        status = {key: item for key, item in STATUS.items() if key != "pricing"}
        value = {"metadata": number, "statuses": [status]}
        body = {"entry": [{"changes": [{"field": "messages", "value": value}]}]}
        return PROVIDERS[name].from_canonical(body)
    value = {"messaging_product": "whatsapp", "metadata": METADATA, "statuses": [STATUS]}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}],
    }


def command(where: Door) -> str:
    """A shell command that posts one webhook there, signed if required."""
    text = json.dumps(sample(where.dialect), separators=(",", ":")).replace("NOW", "'$(date +%s)'")
    proof = {
        "hmac": [
            f'-H "{where.signature_header}: sha256=$(printf %s "$BODY" |'
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


ONLY_THE_PROVIDER = (
    "Give the address below to your provider, and send a message. Only the provider can sign a "
    "webhook for this source. This page then updates by itself."
)


def first_webhook(found: Freshness) -> None:
    """The page of a warehouse without any status of a message."""
    where = door()
    with st.container(border=True):
        st.subheader("Waiting for the first message", anchor=False)
        st.markdown(come_so_far(found))
        if where.auth == SIGNATURE:
            st.markdown(ONLY_THE_PROVIDER)
            st.code(where.url, language=None)
        else:
            st.markdown(
                "Give the address below to your provider, or post one status yourself. This page "
                "then updates by itself."
            )
            st.code(where.url, language=None)
            st.code(command(where), language="bash", wrap_lines=True)
        if where.auth in NEEDS:
            st.caption(NEEDS[where.auth])
        st.markdown("To try the dashboard with simulated traffic, run `bluetick demo`.")


def come_so_far(found: Freshness) -> str:
    """What a warehouse without statuses holds, and what that means."""
    if found.received_at:
        return (
            f"Webhooks arrive, the newest event at {formats.moment(found.received_at)}, but none "
            "has the status of a message that you sent. Statuses arrive once you send messages and "
            "the provider reports them (at Meta: the field `messages`)."
        )
    if found.dead_letter_at:
        return (
            "Webhooks arrive, but Bluetick could not read any of them yet: the newest dead letter "
            f"is of {formats.moment(found.dead_letter_at)}. `bluetick doctor` says what to do."
        )
    if found.partitions:
        return "Nothing has landed yet."
    return f"Nothing has landed yet. {freshness_badge.NOTHING_TAKEN}"


def nothing_chosen(what: str, filtered: bool, found: Freshness) -> None:
    """The page if the range or the filters match nothing."""
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
    """The page if the warehouse does not exist or cannot be read now."""
    with st.container(border=True):
        st.subheader("The warehouse cannot be read", anchor=False)
        st.markdown(f"{formats.prose(reason[0].upper() + reason[1:])}.")
        st.caption("This page tries again by itself.")
