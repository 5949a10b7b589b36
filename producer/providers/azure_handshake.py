"""Event Grid's two ways to ask whether an address wants its events.

Its documentation: "Endpoint validation with Event Grid event schema" and "Endpoint validation with
CloudEvents schema"; for the latter also "HTTP 1.1 Web Hooks for Event Delivery" of CloudEvents.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from producer.json_text import dump, load
from producer.providers.provider import Handshake, Post

# The event that asks. It comes alone in its POST.
EVENT = "Microsoft.EventGrid.SubscriptionValidationEvent"
MARK = EVENT.encode()

ORIGIN = "webhook-request-origin"
RATE = "webhook-request-rate"
# Event Grid's own name. Consent for another sender could let it flood this address.
EVENT_GRID = re.compile(r"eventgrid[.]azure[.](net|us|cn)", re.IGNORECASE)
POSTS_PER_MINUTE = re.compile(r"[0-9]{1,9}")
UNLIMITED = "*"


def answer(post: Post) -> bytes | None:
    """The code of a validation event, as it must be sent back; None for other POSTs."""
    if MARK not in post.body:
        return None
    try:
        body = load(post.body)
    except ValueError:
        return None
    match body:
        case [{"eventType": str(kind), "data": {"validationCode": str(code)}}] if kind == EVENT:
            return dump({"validationResponse": code})
    return None


def consent(headers: Mapping[str, str]) -> dict[str, str] | None:
    """Consent to as many POSTs a minute as Event Grid asks for; None for other senders."""
    origin, rate = headers.get(ORIGIN, ""), headers.get(RATE, "")
    if not EVENT_GRID.fullmatch(origin):
        return None
    allowed = rate if POSTS_PER_MINUTE.fullmatch(rate) else UNLIMITED
    return {
        "WebHook-Allowed-Origin": origin,
        "WebHook-Allowed-Rate": allowed,
        "Allow": "GET, OPTIONS, POST",
    }


HANDSHAKE = Handshake(answer=answer, consent=consent)
