"""Events in which a person is named in every way, beside others."""

from __future__ import annotations

import base64
import json
from typing import Any

from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS, ERRORS, MESSAGES, SENDS, STATUSES, Topic

PHONE, USER_ID, PERSON_NAME = "4917012345678", "DE.13491208655302741918", "Greta Example"
WAMID = f"wamid.{base64.b64encode(b'A' + PHONE.encode() + b'B').decode()}"
OTHER = "15551234567"
SENT_TO = {"recipient_id": PHONE, "recipient_user_id": USER_ID, "recipient_type": "individual"}
GROUP = {
    "recipient_id": "120363041234567890",
    "recipient_type": "group",
    "message_id": "wamid.GROUP12",
}

Events = list[tuple[Topic, dict[str, Any]]]


def numbered(events: Events, first: int = 1) -> Events:
    """The events with an id each, so that landing them again is a repetition."""
    return [
        (topic, {"event_id": f"00000000-0000-5000-8000-{first + at:012}", **event})
        for at, (topic, event) in enumerate(events)
    ]


EVENTS = numbered(
    [
        (STATUSES, {"message_id": f"{WAMID}1", **SENT_TO, "callback_data": "winter/2026"}),
        (
            STATUSES,
            {"message_id": f"{WAMID}1", "status": "delivered", "recipient_user_id": USER_ID},
        ),
        (
            STATUSES,
            {"message_id": f"{WAMID}2", **SENT_TO, "template_id": "t1", "callback_data": PHONE},
        ),
        (
            STATUSES,
            {
                "message_id": f"{WAMID}2",
                "status": "failed",
                "error_code": 131026,
                "error_title": "Undeliverable",
                "error_details": f"+{PHONE} is not on WhatsApp",
                "extra": json.dumps({"contact": PERSON_NAME}),
            },
        ),
        (STATUSES, {"message_id": "wamid.OTHER12", "recipient_id": OTHER}),
        (STATUSES, {**GROUP, "status": "sent"}),
        (
            STATUSES,
            {
                **GROUP,
                "status": "delivered",
                "participant_id": PHONE,
                "participant_user_id": USER_ID,
            },
        ),
        (STATUSES, {**GROUP, "status": "read", "participant_id": USER_ID}),
        (STATUSES, {**GROUP, "status": "delivered", "participant_id": OTHER}),
        (
            MESSAGES,
            {
                "message_id": f"{WAMID}3",
                "sender_id": PHONE,
                "sender_name": PERSON_NAME,
                "content": '{"body":"hello"}',
                "context_message_id": f"{WAMID}1",
            },
        ),
        (
            MESSAGES,
            {
                "message_id": "wamid.OTHERIN",
                "sender_id": OTHER,
                "sender_name": "Somebody",
                "context_from": PHONE,
                "context_message_id": f"{WAMID}3",
            },
        ),
        (
            ACCOUNT_EVENTS,
            {
                "field": "smb_message_echoes",
                "event": "reaction",
                "message_id": f"{WAMID}4",
                "value": json.dumps({"to": PHONE, "contact": PERSON_NAME}),
            },
        ),
        (SENDS, {"message_id": f"{WAMID}1", "recipient_id": PHONE, "campaign": "winter"}),
        (SENDS, {"message_id": f"{WAMID}2", "extra": json.dumps({"name": PERSON_NAME})}),
        (SENDS, {"message_id": f"{WAMID}5", "extra": json.dumps({"to": f"+{PHONE}"})}),
        (SENDS, {"message_id": "wamid.OTHER12", "recipient_id": OTHER, "extra": '{"order":1}'}),
        (ERRORS, {"code": 1, "title": "t", "details": f"no session with {PHONE}"}),
        (
            DEAD_LETTERS,
            {
                "reason": "missing_timestamp",
                "detail": "",
                "payload": json.dumps({"from": PHONE, "name": PERSON_NAME}).encode(),
            },
        ),
        (
            DEAD_LETTERS,
            {"reason": "missing_timestamp", "detail": "", "payload": b'{"from":"15551234567"}'},
        ),
    ]
)
LATE = numbered(
    [
        (STATUSES, {"message_id": f"{WAMID}1", "status": "read", **SENT_TO}),
        (STATUSES, {"message_id": f"{WAMID}1", "status": "read"}),
        (STATUSES, {**GROUP, "status": "read", "participant_id": PHONE}),
    ],
    500,
)
SECRETS = (PHONE, USER_ID, PERSON_NAME, WAMID, base64.b64encode(PHONE.encode()).decode()[:-2])
