"""What may have caused an anomaly: an event of the account near its start. And what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from warehouse.diagnosis.anomaly import Anomaly, Cause

# Events that say that a template, a number or an account may not send as before.
TEMPLATE = frozenset({"message_template_quality_update", "message_template_status_update"})
NUMBER = frozenset({"phone_number_name_update", "phone_number_quality_update"})
ACCOUNT = frozenset(
    {"account_alerts", "account_review_update", "account_update", "business_capability_update"}
)
FIELDS = TEMPLATE | NUMBER | ACCOUNT
# Events that make nothing worse.
HARMLESS = frozenset(
    {"APPROVED", "GREEN", "IN_APPEAL", "ONBOARDING", "PENDING", "REINSTATED",
     "THROUGHPUT_UPGRADE", "UNFLAGGED", "UPGRADE"}
)  # fmt: skip
# How long before the start an event may be a cause, and after it: starts are found to the slot.
BEFORE, AFTER = timedelta(hours=6), timedelta(minutes=45)
# The codes of failures that concern a template.
TEMPLATE_CODES = range(132000, 133000)
ADVICE = {
    "undelivered": "Look at the status page of WhatsApp and of the provider, and at whether "
    "webhooks with `delivered` still arrive.",
    "slow": "Look at the status page of WhatsApp and of the provider, and send less at once.",
    "silent": "Look at whether messages are sent, and at whether the provider still posts webhooks "
    "to this source (`bluetick connect`, `bluetick doctor`).",
}


class AccountEvent(NamedTuple):
    """An event of the account. `value` is JSON."""

    at: datetime
    number: str | None
    field: str
    event: str | None
    value: str | None


def explained(
    anomaly: Anomaly,
    events: Sequence[AccountEvent],
    advice: Mapping[tuple[int | None, str | None], str | None],
) -> Anomaly:
    """The anomaly with its likely cause, and with advice for its most frequent code."""
    known = [advice.get((code.code, code.family)) for code in anomaly.codes]
    said = next((each for each in known if each), None)
    return replace(anomaly, cause=_cause(anomaly, events), advice=said or ADVICE.get(anomaly.kind))


def _cause(anomaly: Anomaly, events: Sequence[AccountEvent]) -> Cause | None:
    near = [
        (fit, event.at, event)
        for event in events
        if -AFTER <= anomaly.since - event.at <= BEFORE and (fit := _fit(anomaly, event))
    ]
    if not near:
        return None
    event = max(near, key=lambda each: each[:2])[2]
    return Cause(event.at, event.field, event.event, event.value)


def _fit(anomaly: Anomaly, event: AccountEvent) -> int:
    """How well an event fits what is wrong: 0 if it does not."""
    value = _parsed(event.value)
    name = str(value.get("new_quality_score") or event.event or "").upper()
    if name in HARMLESS:
        return 0
    campaign, number = anomaly.where.get("campaign"), anomaly.where.get("number")
    if event.field in TEMPLATE:
        names = {str(value.get(f"message_template_{key}")) for key in ("id", "name")}
        if campaign in names:
            return 3
        return 2 * any(code.code in TEMPLATE_CODES for code in anomaly.codes if code.code)
    if event.field in NUMBER:
        of_event = event.number or str(value.get("display_phone_number") or "").lstrip("+")
        return 3 * (number is not None and number == of_event)
    return 1


def _parsed(value: str | None) -> dict[str, Any]:
    try:
        found = json.loads(value or "")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
