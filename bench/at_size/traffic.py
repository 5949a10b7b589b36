"""SQL that makes up the statuses of a day, as random as real ones, without a table to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

# Statuses of a message on average: `sent`, most are delivered, many are read, and a few fail.
STATUSES_A_MESSAGE = 2.52


@dataclass(frozen=True, slots=True)
class Shape:
    """Whose traffic it is."""

    numbers: int
    accounts: int
    campaigns: int
    days: int = 60


# A company with a few numbers, and a provider with many customers.
SHAPES = {
    "company": Shape(numbers=8, accounts=1, campaigns=50),
    "provider": Shape(numbers=500, accounts=60, campaigns=5_000),
}

# Callings codes of large markets; messages to the first ones are more frequent.
CALLING_CODES = (
    91, 55, 62, 52, 44, 49, 39, 34, 33, 57, 54, 27, 234, 90, 966, 971, 20, 92, 880, 60,
    65, 63, 66, 84, 51, 56, 593, 502, 503, 504, 505, 506, 507, 591, 595, 598, 212, 213, 216, 254,
    255, 256, 233, 225, 221, 237, 243, 244, 251, 260, 263, 265, 267, 31, 32, 41, 43, 45, 46, 47,
    48, 351, 353, 358, 30, 36, 40, 380, 420, 421, 972, 962, 965, 968, 973, 974, 994, 995, 998, 7,
    81, 82, 852, 886, 94, 95, 977, 855, 856, 61, 64, 1, 675, 679, 93, 964, 967, 961, 963, 970,
)  # fmt: skip
CODES = (131026, 131049, 131047, 131053, 130472, 131042, 131000, 131051, 132001, 131056)

# A chance from 0 to 1 that depends on the message and on a name only.
CHANCE = "(hash('{} ' || n) % 1000000) / 1e6"


def _chance(name: str) -> str:
    return CHANCE.format(name)


def _pick(name: str, count: int) -> str:
    """A whole number from 0 to below `count`, as `_chance`."""
    return f"(hash('{name} ' || n) % {count})::BIGINT"


def day_sql(day: datetime, messages: int, first: int, shape: Shape) -> str:
    """The query for the statuses of `messages` messages that begin on a day, as they come in.

    The messages have the numbers from `first`, so their ids are new. Statuses after the end of
    the last day are left out, as they have not come yet.
    """
    each = max(shape.campaigns // shape.numbers, 1)
    codes = f"({list(CODES)}::BIGINT[])"
    calling = f"({list(CALLING_CODES)}::BIGINT[])"
    return f"""
    WITH messages AS MATERIALIZED (
        SELECT
            n,
            {_pick("number", shape.numbers)} AS number,
            number % {shape.accounts} AS account,
            -- Each campaign belongs to one number. Half of the messages are in one.
            CASE WHEN {_chance("campaign")} < 0.5 AND number < {shape.campaigns} THEN
                number + {shape.numbers} * {_pick("which", each)}
            END AS campaign,
            ['marketing', 'utility', 'authentication', 'utility'][1 + number % 4] AS category,
            {calling}[1 + floor({len(CALLING_CODES)} * pow({_chance("market")}, 3))::BIGINT]
                AS calling,
            calling || lpad({_pick("whom", 10**9)}::VARCHAR, 9, '0') AS recipient,
            'wamid.HBgM' || base64(encode(recipient)) || 'FQIAERgS'
                || base64(encode(upper(md5(n::VARCHAR))[1:18])) || 'AA==' AS message_id,
            -- More by day than by night: the mean of two chances.
            TIMESTAMPTZ '{day.isoformat()}'
                + to_microseconds(
                    1000000 * (86400 * ({_chance("hour")} + {_chance("other hour")}) / 2)::BIGINT
                ) AS begun,
            {_chance("fate")} AS fate,
            -- Most deliveries take seconds, and one of a hundred days.
            to_microseconds(
                (1e6 * CASE WHEN {_chance("late")} < 0.01
                    THEN 172800 * {_chance("wait")} ELSE 1 - 8 * ln(1 - {_chance("wait")}) END
                )::BIGINT
            ) AS wait,
            to_microseconds((1e6 * (2 - 1800 * ln(1 - {_chance("read")})))::BIGINT) AS look,
            -- Few conversations are opened by an advertisement; only these are named.
            CASE WHEN {_chance("advertisement")} < 0.03
                THEN md5(number || recipient || '{day.date()}') END AS conversation,
            {codes}[1 + {_pick("code", len(CODES))}] AS code
        FROM range({first}, {first + messages}) AS made(n)
    ),
    steps AS (
        SELECT *, 'sent' AS status, begun AS occurred_at FROM messages WHERE fate < 0.97
        UNION ALL BY NAME
        SELECT *, 'delivered' AS status, begun + wait AS occurred_at FROM messages WHERE fate < 0.92
        UNION ALL BY NAME
        SELECT *, 'read' AS status, begun + wait + look AS occurred_at
        FROM messages WHERE fate < 0.6
        UNION ALL BY NAME
        SELECT *, 'failed' AS status, begun + INTERVAL 1 SECOND AS occurred_at
        FROM messages WHERE fate >= 0.95
    )
    SELECT
        uuid() AS event_id,
        hash(n, status)::UBIGINT % (1::UBIGINT << 53) AS content_hash,
        'meta' AS source,
        'cloud' AS dialect,
        occurred_at,
        occurred_at + to_milliseconds((hash(n, status) % 1500)::BIGINT) AS received_at,
        'message' AS kind,
        'messages' AS channel,
        (20000 + account)::VARCHAR AS waba_id,
        (10000 + number)::VARCHAR AS phone_number_id,
        (15550000000 + number)::VARCHAR AS display_phone_number,
        message_id,
        recipient AS recipient_id,
        status,
        CASE WHEN status <> 'failed' THEN category END AS category,
        CASE WHEN status <> 'failed' THEN
            CASE WHEN conversation IS NULL THEN 'regular' ELSE 'free_entry_point' END
        END AS pricing_type,
        CASE WHEN status <> 'failed' THEN 'PMP' END AS pricing_model,
        CASE WHEN status <> 'failed' THEN conversation IS NULL END AS billable,
        conversation AS conversation_id,
        CASE WHEN conversation IS NOT NULL THEN 'referral_conversion' END AS origin,
        CASE WHEN status = 'failed' THEN code END AS error_code,
        CASE WHEN status = 'failed' THEN 'Error ' || code END AS error_title,
        'campaign_' || chr(97 + (campaign % 26)::INTEGER) || '_' || campaign AS callback_data,
        'whatsapp.statuses' AS topic,
        (hash(message_id) % 6)::INTEGER AS partition,
        n * 4 + list_position(['sent', 'delivered', 'read', 'failed'], status) - 1 AS "offset"
    FROM steps
    """
