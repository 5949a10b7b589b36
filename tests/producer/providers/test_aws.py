"""Events of AWS around Meta's entry: nothing is lost, and the way back is exact."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.normalise import normalise
from producer.providers import aws, recognised
from schemas.topics import STATUSES
from tests.support.jsons import broken_payloads, values
from tests.support.payloads import status

STATUS = status("wamid.aws")
ENTRY = {"id": "1023", "changes": [{"field": "messages", "value": {"statuses": [STATUS]}}]}
EVENT = {"whatsAppWebhookEntry": json.dumps(ENTRY), "messageId": "m-1"}
NOTIFICATION = {"Type": "Notification", "Message": json.dumps(EVENT), "MessageId": "n-1"}


@given(
    st.fixed_dictionaries(
        {"whatsAppWebhookEntry": (values | broken_payloads()).map(json.dumps) | values},
        optional={"messageId": values, "context": values},
    )
)
def test_any_entry_is_converted_and_converted_back(body: Any) -> None:
    if not aws.recognises(body, True):
        return
    canonical = aws.to_canonical(body)
    entry = canonical["entry"]
    if isinstance(entry, list) and len(entry) == 1 and isinstance(entry[0], dict):
        changes = entry[0].get("changes")
        if isinstance(changes, list) and len(changes) == 1 and canonical.keys() == {"entry"}:
            assert aws.to_canonical(aws.from_canonical(canonical)) == canonical
    events = normalise(
        json.dumps(body).encode(), source="s", dialect="aws", business_number=None, received_at=0
    )
    assert all(event.record.get("reason") != "unexpected" for event in events)


@pytest.mark.parametrize("body", [EVENT, NOTIFICATION, {**EVENT, "whatsAppWebhookEntry": ENTRY}])
def test_each_wrapping_is_recognised_and_has_the_same_identity(body: dict[str, Any]) -> None:
    assert recognised(body, "auto") == "aws"
    (event,) = normalise(
        json.dumps(body).encode(), source="s", dialect="auto", business_number=None, received_at=0
    )
    (plain,) = normalise(
        json.dumps({"entry": [ENTRY]}).encode(),
        source="s",
        dialect="auto",
        business_number=None,
        received_at=0,
    )
    for column in ("event_id", "content_hash", "status", "waba_id"):
        assert event.record[column] == plain.record[column]
    assert (event.topic, plain.record["dialect"]) == (STATUSES, "cloud")
