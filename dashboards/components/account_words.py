"""What happened to an account, in words, from the field, event and value of a webhook."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dashboards.components import formats

Value = dict[str, Any]

# Events after which messages of a template, number or account cannot be sent as before.
STOPS = frozenset(
    {
        ("account_review_update", "REJECTED"),
        ("account_update", "ACCOUNT_DELETED"),
        ("account_update", "ACCOUNT_OFFBOARDED"),
        ("account_update", "ACCOUNT_RESTRICTION"),
        ("account_update", "ACCOUNT_VIOLATION"),
        ("account_update", "DISABLED_UPDATE"),
    }
)
TEMPLATE_STOPS = frozenset(
    {"DELETED", "DISABLED", "FLAGGED", "LIMIT_EXCEEDED", "LOCKED", "PAUSED", "REJECTED"}
)
FIELDS = {
    "account_alerts": "Alerts",
    "account_review_update": "Review of the account",
    "account_update": "Account",
    "business_capability_update": "Limits",
    "calls": "Calls",
    "history": "Older messages",
    "message_template_components_update": "Template content",
    "message_template_quality_update": "Template quality",
    "message_template_status_update": "Template status",
    "phone_number_name_update": "Display name",
    "phone_number_quality_update": "Number quality and limit",
    "security": "Security",
    "smb_message_echoes": "Messages sent with the app",
    "template_category_update": "Template category",
    "user_preferences": "Marketing preferences of users",
}
STATUSES = {
    "APPROVED": "was approved",
    "DISABLED": "was disabled",
    "FLAGGED": "was flagged: it is paused or disabled unless its quality gets better",
    "IN_APPEAL": "is being reviewed again",
    "LIMIT_EXCEEDED": "is one too many: the account has as many templates as it may have",
    "PAUSED": "was paused because of low quality",
    "PENDING": "is being reviewed",
    "PENDING_DELETION": "will be deleted",
    "REINSTATED": "can be sent again",
    "REJECTED": "was rejected",
}
# How good a quality is; the provider knows more names.
RANKS = {"GREEN": 2, "YELLOW": 1, "RED": 0}
# The words for an event of the account, and where its value says more.
ACCOUNT = {
    "ACCOUNT_RESTRICTION": ("The account was restricted", "restriction_info", "restriction_type"),
    "ACCOUNT_VIOLATION": ("The account violated a policy", "violation_info", "violation_type"),
    "DISABLED_UPDATE": ("The account's ban changed", "ban_info", "waba_ban_state"),
}
DECISIONS = {"APPROVED": "was approved", "REJECTED": "was rejected", "PENDING": "is pending"}


def field_title(field: str) -> str:
    """The name of a field as people read it."""
    return FIELDS.get(field) or formats.words(field)


def stops(field: str, event: str | None) -> bool:
    """Whether messages fail, or cannot be sent any more, after this event."""
    name = (event or "").upper()
    if field == "message_template_status_update":
        return name in TEMPLATE_STOPS
    return (field, name) in STOPS


def sentence(field: str, event: str | None, value: str | None) -> str:
    """What happened, in one sentence; texts in it are those of the webhook."""
    parsed = _parsed(value)
    said = SENTENCES.get(field, _plain)(event or "", parsed)
    return said or _plain(event or "", parsed) or field_title(field)


def _parsed(value: str | None) -> Value:
    try:
        found = json.loads(value or "")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: Any, *path: str) -> str:
    """The text or number at a path, shortened; an empty text if there is none."""
    for key in path:
        if isinstance(value, list):
            value = value[0] if value else None
        value = value.get(key) if isinstance(value, dict) else None
    plain = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value)[:100].strip() if plain else ""


def _plain(event: str, value: Value) -> str:
    del value
    return formats.words(event.lower()) if event.isupper() else formats.words(event)


def _template(value: Value) -> str:
    name, language = (
        _text(value, "message_template_name"),
        _text(value, "message_template_language"),
    )
    return f"Template {name or 'without a name'}" + (f" ({language})" if language else "")


def _template_status(event: str, value: Value) -> str:
    said = STATUSES.get(event.upper()) or f"has the status {_lower(event)}"
    reason = _text(value, "reason")
    why = f": {_lower(reason)}" if reason and reason.upper() not in {"NONE", event.upper()} else ""
    return f"{_template(value)} {said}{why}"


def _template_quality(event: str, value: Value) -> str:
    old = _text(value, "previous_quality_score").upper()
    new = _text(value, "new_quality_score").upper() or event.upper()
    if not new:
        return ""
    template = _lower_first(_template(value))
    if old in RANKS and new in RANKS and old != new:
        moved = "fell" if RANKS[new] < RANKS[old] else "rose"
        return f"Quality of {template} {moved} from {_lower(old)} to {_lower(new)}"
    return f"Quality of {template} is {_lower(new)}"


def _template_category(event: str, value: Value) -> str:
    new = _text(value, "correct_category") or _text(value, "new_category") or event
    old = _text(value, "previous_category") or (
        _text(value, "new_category") if _text(value, "correct_category") else ""
    )
    will = "will change" if _text(value, "correct_category") else "changed"
    before = f" from {_lower(old)}" if old else ""
    return f"Category of {_lower_first(_template(value))} {will}{before} to {_lower(new)}"


def _number_quality(event: str, value: Value) -> str:
    said = {
        "FLAGGED": "The number was flagged because of low quality",
        "UNFLAGGED": "The number is not flagged any more",
        "UPGRADE": "The number's limit was raised",
        "DOWNGRADE": "The number's limit was lowered",
        "THROUGHPUT_UPGRADE": "The number can send more messages a second",
        "ONBOARDING": "The number was registered",
    }.get(event.upper()) or f"Number: {_lower(event)}"
    new = _text(value, "current_limit") or _text(value, "max_daily_conversations_per_business")
    old = _text(value, "old_limit")
    limit = f"; limit {new}" + (f", before {old}" if old else "") if new else ""
    return said + limit


def _capability(event: str, value: Value) -> str:
    del event
    daily = _text(value, "max_daily_conversations_per_business") or _text(
        value, "max_daily_conversation_per_phone"
    )
    numbers = _text(value, "max_phone_numbers_per_business") or _text(
        value, "max_phone_numbers_per_waba"
    )
    parts = [f"{daily} conversations a day"] if daily else []
    parts += [f"{numbers} phone numbers"] if numbers else []
    return f"The account may have {' and '.join(parts)}" if parts else ""


def _account(event: str, value: Value) -> str:
    name = event.upper()
    if name == "ACCOUNT_RESTRICTION":
        return _with(
            "The account was restricted", _text(value, "restriction_info", "restriction_type")
        )
    if name == "ACCOUNT_VIOLATION":
        return _with(
            "The account violated a policy", _text(value, "violation_info", "violation_type")
        )
    if name == "DISABLED_UPDATE":
        return _with("The account's ban changed", _text(value, "ban_info", "waba_ban_state"))
    return _plain(event, value)


def _review(event: str, value: Value) -> str:
    del value
    return f"The review of the account {DECISIONS.get(event.upper()) or f'is {_lower(event)}'}"


def _name(event: str, value: Value) -> str:
    said = f"The display name {DECISIONS.get(event.upper()) or f'is {_lower(event)}'}"
    return _with(said, _text(value, "rejection_reason"))


def _alert(event: str, value: Value) -> str:
    return _with(
        formats.words(event.lower()) or "Alert", _text(value, "alert_info", "alert_description")
    )


def _with(said: str, detail: str) -> str:
    return f"{said}: {_lower(detail) if detail.isupper() else detail}" if detail else said


def _lower(name: str) -> str:
    """PENDING_DELETION -> pending deletion."""
    return name.replace("_", " ").lower()


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


SENTENCES: dict[str, Callable[[str, Value], str]] = {
    "account_alerts": _alert,
    "account_review_update": _review,
    "account_update": _account,
    "business_capability_update": _capability,
    "message_template_quality_update": _template_quality,
    "message_template_status_update": _template_status,
    "phone_number_name_update": _name,
    "phone_number_quality_update": _number_quality,
    "template_category_update": _template_category,
}
