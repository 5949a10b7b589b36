"""Rows without the people in them, in SQL: for rows that have landed and for rows that land.

Nothing that the sums of messages are computed from changes its meaning: a message keeps one id, a
group's participant stays one participant, and what is left of a number gives the same market.
"""

from __future__ import annotations

import functools

from schemas.topics import ACCOUNT_EVENTS, ERRORS, MESSAGES, SENDS, STATUSES, Topic
from warehouse import reference

# Begins the id that a message has after its erasure.
ERASED = "erased."

# Columns that name people, as (phone number or user id) columns.
PEOPLE: dict[Topic, tuple[str, ...]] = {
    STATUSES: ("recipient_id", "recipient_user_id", "participant_id", "participant_user_id"),
    MESSAGES: ("sender_id", "sender_user_id", "context_from"),
    SENDS: ("recipient_id",),
    ACCOUNT_EVENTS: (),
    ERRORS: (),
}
# Two columns of one row that may name the same person.
PAIRS: dict[Topic, tuple[tuple[str, str], ...]] = {
    STATUSES: (("recipient_id", "recipient_user_id"), ("participant_id", "participant_user_id")),
    MESSAGES: (("sender_id", "sender_user_id"),),
}
# Columns with ids of messages.
IDS: dict[Topic, tuple[str, ...]] = {
    STATUSES: ("message_id",),
    MESSAGES: ("message_id", "context_message_id", "target_message_id"),
    SENDS: ("message_id",),
    ACCOUNT_EVENTS: ("message_id",),
    ERRORS: (),
}
# Columns with JSON or text, in which people and messages are named.
TEXTS: dict[Topic, tuple[str, ...]] = {
    STATUSES: (),
    MESSAGES: (),
    SENDS: ("extra",),
    ACCOUNT_EVENTS: ("value",),
    ERRORS: ("message", "details", "href", "extra"),
}
_CLEARED: dict[Topic, tuple[str, ...]] = {
    STATUSES: ("error_message", "error_details", "extra"),
    MESSAGES: (
        *("content", "extra", "sender_id", "sender_user_id", "sender_name", "context_from"),
        *("ctwa_clid", "referral_source_id", "error_title"),
    ),
    SENDS: ("extra",),
    ACCOUNT_EVENTS: ("value",),
    ERRORS: TEXTS[ERRORS],
}
# What may be a phone number, a user id or the id of a message in a text.
TOKEN = "[0-9]{7,15}|[0-9A-Za-z._=+/-]{7,}"


def keyed(text: str) -> str:
    """SQL: the keyed hash of an SQL expression, 128 bits as text; `$key` is the key."""
    return f"left(sha256($key || sha256($key || ({text}))), 32)"


def plain(column: str) -> str:
    """SQL: the column's id as people are compared by it."""
    return f"upper(ltrim({column}, '+'))"


def tokens(column: str) -> str:
    """SQL: a list of what may be an id in a text."""
    numbers, words = TOKEN.split("|")
    return (
        f"list_concat(regexp_extract_all({column}, '{numbers}'), "
        f"regexp_extract_all({column}, '{words}'))"
    )


def pseudonym(column: str) -> str:
    """SQL: the id of an erased message."""
    erased = f"'{ERASED}' || {keyed(column)}"
    return (
        f"CASE WHEN {column} IS NULL OR starts_with({column}, '{ERASED}') THEN {column} "
        f"ELSE {erased} END"
    )


def place(column: str) -> str:
    """SQL: the beginning of a number or user id that decides its market: the longest that is one.

    One expression, because lists of all places would take longer to read than the rows.
    """
    longest_first = sorted(_places(), key=lambda name: (-len(name), name))
    names = "|".join(name.replace(".", "[.]") for name in longest_first if len(name) <= 4)
    return f"nullif(regexp_extract({plain(column)}, '^(?:{names})'), '')"


@functools.cache
def _places() -> set[str]:
    rows = reference.tables()["markets"].to_pylist()
    return {row["calling_code"] for row in rows if row["calling_code"]} | {
        f"{row['iso']}." for row in rows if row["iso"]
    }


def source(topic: Topic, rows: str, where: str = "true") -> str:
    """SQL: the rows of a table or view, with the columns of MARKS.

    It reads the tables `subjects` (id, subject, place, until) and `gone_messages` (id): the people
    whose events up to a time are erased, and the messages.
    """
    joins, found = [], []
    for number, column in enumerate(PEOPLE[topic]):
        name = f"person{number}"
        joins.append(
            f"LEFT JOIN subjects AS {name} "
            f"ON {name}.id = {plain(f't.{column}')} AND t.occurred_at <= {name}.until"
        )
        found.append(f"{name}.id IS NOT NULL")
    who, whose = "NULL", "NULL"
    if topic is STATUSES:
        # A message to a group stays; only the participant is erased.
        found = [f"t.recipient_type IS DISTINCT FROM 'group' AND ({' OR '.join(found[:2])})"]
        who, whose = (
            "coalesce(person2.subject, person3.subject)",
            ("coalesce(person2.place, person3.place)"),
        )
    if topic is MESSAGES:
        # A message of somebody else that answers one of the person stays, without whom it answers.
        found, who = found[:2], "person2.subject"
    if IDS[topic]:
        joins.append("LEFT JOIN gone_messages AS gone ON gone.id = t.message_id")
        found.append("gone.id IS NOT NULL")
    if TEXTS[topic]:
        found.append(f"t.event_id IN ({_named(topic, rows, where)})")
    return f"""
        SELECT t.*, ({" OR ".join(found)}) AS is_erased, {who} AS who, {whose} AS whose
        FROM {rows} AS t {" ".join(joins)} WHERE {where}
    """


MARKS = ("is_erased", "who", "whose")


def _named(topic: Topic, rows: str, where: str) -> str:
    """SQL: the event ids of rows that name a person or a message in a text."""
    texts = ", ".join(f"t.{name}" for name in TEXTS[topic])
    return f"""
        WITH words AS (
            SELECT t.event_id, t.occurred_at, unnest({tokens(f"concat_ws(' ', {texts})")}) AS token
            FROM {rows} AS t WHERE {where}
        )
        SELECT event_id FROM words
        JOIN subjects ON subjects.id = {plain("token")} AND occurred_at <= subjects.until
        UNION
        SELECT event_id FROM words
        JOIN gone_messages ON gone_messages.id = token
    """


def anonymous(topic: Topic) -> str:
    """SQL: the columns of rows from `source`, without those who are erased."""
    whole = dict.fromkeys(_CLEARED[topic], "NULL")
    if topic is STATUSES:
        whole["recipient_user_id"] = place("recipient_user_id")
    marked = "is_erased" if topic is MESSAGES else "is_erased OR who IS NOT NULL"
    values = {
        name: f"CASE WHEN {marked} THEN {value} ELSE {name} END" for name, value in whole.items()
    }
    ids = {name: pseudonym(name) for name in IDS[topic]}
    if topic is STATUSES:
        ids["callback_data"] = _CALLBACK
    if topic in (STATUSES, SENDS):
        ids["recipient_id"] = place("recipient_id")
    values |= {
        name: f"CASE WHEN is_erased THEN {value} ELSE {name} END" for name, value in ids.items()
    }
    if topic is MESSAGES:
        answers = {"context_from": "NULL", "context_message_id": pseudonym("context_message_id")}
        values |= {
            name: f"CASE WHEN is_erased OR who IS NOT NULL THEN {value} ELSE {name} END"
            for name, value in answers.items()
        }
    if topic is STATUSES:
        # One of several people who got the message: the others and its id stay.
        token = f"coalesce(whose, '') || '~' || left({keyed('message_id || who')}, 16)"
        values |= {
            name: f"CASE WHEN {name} IS NOT NULL AND who IS NOT NULL THEN {token} ELSE {name} END"
            for name in ("participant_id", "participant_user_id")
        }
    replaced = ", ".join(f"{value} AS {name}" for name, value in values.items())
    return f"* EXCLUDE ({', '.join(MARKS)}) REPLACE ({replaced})"


# What the campaign of a message is read from stays, if it is not more than the campaign's name.
_CALLBACK = """CASE
    WHEN starts_with(callback_data, 'bluetick:reaction') THEN 'bluetick:reaction'
    WHEN campaign_name(template_id, NULL)
        IS NOT DISTINCT FROM campaign_name(template_id, callback_data) THEN NULL
    WHEN campaign_name(template_id, campaign_name(template_id, callback_data))
        IS NOT DISTINCT FROM campaign_name(template_id, callback_data)
        THEN campaign_name(template_id, callback_data)
    ELSE callback_data
END"""
