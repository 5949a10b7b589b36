"""The features that a fixture can name: the rows of the table in `docs/dialects.md`."""

from __future__ import annotations

FEATURES = {
    "Numbers and ids": (
        "business number in the payload",
        "business number from the configuration",
        "recipient phone",
        "recipient only inside message",
        "recipient by user id only",
        "recipient phone and user id",
        "group with participants",
        "sender by user id only",
        "sender name",
        "blanks around ids",
        "ids sent as integers",
        "letters in phone ids",
    ),
    "Time": (
        "timestamps as integers",
        "timestamps in milliseconds",
    ),
    "Conversations and pricing": (
        "conversation",
        "conversation expiry",
        "origins before June 2023",
        "conversation pricing (CBP)",
        "per-message pricing (PMP)",
        "pricing without conversation",
        "pricing inside conversation",
        "pricing without type",
        "category with hyphen",
    ),
    "Errors": (
        "details in error_data",
        "details beside the code",
        "several errors",
        "error code as text",
        "out-of-band errors",
        "errors on messages",
    ),
    "Messages": (
        "reply context",
        "forwarded",
        "frequently forwarded",
        "mentions",
        "referred product",
        "referral",
        "click id inside referral media",
        "identity",
        "group messages",
        "system without type",
        "edit",
        "revoke",
        "text that holds JSON",
        "templates named in the payload",
    ),
    "Channels": (
        "standby",
        "history",
        "echoes",
        "payment statuses",
        "call statuses",
        "callback data",
    ),
    "Robustness": (
        "unknown fields kept",
        "unknown types and values kept",
        "bad element alone",
        "wrapped in an array",
        "misplaced envelope keys",
        "several entries and changes",
        "not understood",
    ),
}

NAMES = frozenset(name for names in FEATURES.values() for name in names)
