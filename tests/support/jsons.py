"""Hypothesis strategies for JSON: any JSON, and real payloads with a part changed."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

from producer.providers import decoded
from tests.support.fixtures import load

KEYS = tuple(
    """
    object entry changes value field id time metadata phone_number_id display_phone_number
    contacts wa_id user_id profile name statuses messages errors standby history threads calls
    message_echoes user_preferences groups automatic_events state_sync user_actions status
    timestamp type recipient_id recipient_user_id recipient_type recipient_participant_id
    group_id participant_recipient_id conversation origin expiration_timestamp pricing
    pricing_model category billable code title details error_data href payment transaction from
    to from_user_id context referral video image ctwa_clid text reaction edit revoke system
    interactive body message message_id original_message_id history_context business_phone
    messaging_product wa_ext recipient event decision biz_opaque_callback_data
    subtype template_id conversation_context from_me
    MessageSid SmsSid CallSid AccountSid MessageStatus SmsStatus MessageType From To Body NumMedia
    MediaUrl0 MediaContentType0 ButtonText ButtonPayload ListId Latitude Label ErrorCode
    ChannelStatusMessage ProfileName WaId ExternalUserId Forwarded OriginalRepliedMessageSid
    ReferralSourceId
    """.split()  # noqa: SIM905 (a list of strings takes a line each)
)
WORDS = (
    *"""
    whatsapp_business_account whatsapp messages statuses calls history standby account_update
    message_template_status_update sent delivered read failed payment call group text image
    reaction edit revoke contacts unknown 1785000000 1785000000123 99999999999999 -1 wamid.1
    US.1349 user.3fa8 16505551234 PMP authentication-international true whatsapp:+16505551234
    whatsapp:US.1349 undelivered received SM1 63016
    """.split(),  # noqa: SIM905 (as above)
    '{"a":1}',
    '{"a":NaN}',
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from((0, 1785000000, 1785000000123, 2**63, 2**64, 10**30, -(2**63) - 1)),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(WORDS),
    st.text(max_size=12),
    st.sampled_from(("\x00", "a\x00b", "\ud800", "x\udfff", " ", "\u2028", "'; drop")),
)
keys = st.sampled_from(KEYS) | st.text(max_size=6)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5)


values = st.recursive(scalars, _nested, max_leaves=25)
objects = st.dictionaries(keys, values, max_size=6)
_error_objects = st.fixed_dictionaries(
    {}, optional={"code": scalars, "title": scalars, "details": scalars, "error_data": objects}
)
_cards = st.fixed_dictionaries(
    {},
    optional={
        "wa_id": st.sampled_from(("16505551234", "+16505551234", "US.1349")) | scalars,
        "user_id": st.sampled_from(("US.1349", "GB.7")) | scalars,
        "profile": st.fixed_dictionaries({}, optional={"name": scalars, "username": scalars})
        | scalars,
        "other": values,
    },
)
_ODD = (
    *("recipient_user_id", "recipient_participant_id", "group_id", "message", "conversation"),
    *("pricing", "payment", "context", "referral", "text", "reaction", "wa_ext", "to"),
    *("history_context", "biz_opaque_callback_data", "from_user_id"),
)
# The fields that make a status or message readable, with any values in its other fields.
_plausible = st.fixed_dictionaries(
    {
        "id": st.sampled_from(("wamid.1", "wamid.2", " wamid.1 ")),
        "timestamp": st.sampled_from(("1785000000", 1785000000123)),
        "status": st.sampled_from(("sent", "READ", "failed")),
    },
    optional={
        "type": st.sampled_from(WORDS) | scalars,
        "errors": st.lists(_error_objects | values, max_size=2) | _error_objects,
        "recipient_id": st.sampled_from(("16505551234", "US.1349")) | values,
        "from": st.sampled_from(("16505551234", "US.1349")) | values,
        **dict.fromkeys(_ODD, objects | values),
    },
)
elements = st.lists(values | objects | _plausible, max_size=5)
_inner = st.fixed_dictionaries({}, optional={"statuses": elements, "messages": elements})
lists = st.fixed_dictionaries(
    {},
    optional={
        "statuses": elements,
        "messages": elements,
        "errors": elements,
        "contacts": st.lists(_cards | values, max_size=3),
        "metadata": values,
        "message_echoes": elements,
        "calls": elements,
        "history": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "threads": st.lists(
                        st.fixed_dictionaries({}, optional={"id": scalars, "messages": elements}),
                        max_size=2,
                    ),
                    "errors": elements,
                },
            ),
            max_size=2,
        ),
        "standby": _inner | st.lists(_inner, max_size=3),
        "other": values,
    },
)
fields = st.sampled_from(("messages", "standby", "history", "calls", "account_update")) | scalars
changes = st.fixed_dictionaries({"value": lists | values, "field": fields})
entries = st.fixed_dictionaries({"id": scalars, "changes": st.lists(changes, max_size=3)})
envelopes = st.fixed_dictionaries({"object": scalars, "entry": st.lists(entries, max_size=2)})
bodies = st.one_of(envelopes, lists, st.lists(envelopes | lists, max_size=2), values)


@st.composite
def broken_payloads(draw: st.DrawFn) -> Any:
    """The body of a fixture after a few deletions, replacements and duplications in it."""
    body = copy.deepcopy(draw(st.sampled_from(_parsed())))
    for _ in range(draw(st.integers(1, 6))):
        places = list(_places(body))
        if not places:
            break
        parent, key = places[draw(st.integers(0, len(places) - 1))]
        action = draw(st.sampled_from(("delete", "replace", "duplicate", "wrap")))
        if action == "delete":
            del parent[key]
        elif action == "replace":
            parent[key] = draw(values)
        elif action == "wrap":
            parent[key] = [parent[key]]
        elif isinstance(parent, list):
            parent.insert(key, copy.deepcopy(parent[key]))
        else:
            parent[draw(keys)] = copy.deepcopy(parent[key])
    return body


def _parsed() -> tuple[Any, ...]:
    found = []
    for fixture in load():
        try:
            found.append(json.loads(fixture.body))
        except ValueError:
            form = decoded(fixture.body)
            if form is not None:  # a fixture of broken JSON has no nodes to break
                found.append(form)
    return tuple(found)


def _places(body: Any) -> Any:
    stack = [body]
    while stack:
        node = stack.pop()
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for key, item in list(pairs) if isinstance(node, dict | list) else ():
            yield node, key
            if isinstance(item, dict | list):
                stack.append(item)
