"""The answers of the queries, one type for each page. Comments name the columns of frames.

Times in frames are what the clocks of the selection's zone show, without a zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pandas as pd

from warehouse.metrics import Metric

# Counts that frames carry: the metrics of messages, as in Totals.


@dataclass(frozen=True, slots=True)
class Totals:
    """The metrics of messages of a period; warehouse/metrics.sql defines them."""

    messages: int
    sent: int
    delivered: int
    read: int
    failed: int
    no_outcome: int

    def share(self, metric: Metric) -> float | None:
        """A metric that is a share of messages, 0 to 1; None without messages."""
        part: int = getattr(self, metric.part)
        return part / self.messages if self.messages else None


# A change from fewer messages than this would mostly be chance.
LEAST_COMPARED = 100


@dataclass(frozen=True, slots=True)
class Before:
    """The period before: its metrics when it was as old as this period is now."""

    totals: Totals
    covered: bool  # whether the warehouse holds all of it
    timed: bool = True  # whether it is known when its messages were delivered and read

    def comparable(self, now: Totals) -> Totals | None:
        """The metrics if a change from them means something, else None."""
        enough = min(self.totals.messages, now.messages) >= LEAST_COMPARED
        return self.totals if self.covered and self.timed and enough else None


@dataclass(frozen=True, slots=True)
class Overview:
    now: Totals
    before: Before
    dead_letters: int
    dead_letters_before: int
    series: pd.DataFrame  # bucket, counts; every bucket of the range
    families: pd.DataFrame  # family, messages, share, title and action of its top code
    numbers: pd.DataFrame  # number, counts, trend

    @property
    def empty(self) -> bool:
        return not self.now.messages


@dataclass(frozen=True, slots=True)
class Delivery:
    now: Totals
    series: pd.DataFrame  # bucket, number, category, counts
    groups: pd.DataFrame  # number, category, counts, trend
    # what (deliver or read), messages, p50 to p99 in seconds, shares within_10s to within_1h
    waits: pd.DataFrame
    waits_series: pd.DataFrame  # bucket, and the same
    hours: pd.DataFrame  # weekday (1: Monday), hour, counts

    @property
    def empty(self) -> bool:
        return not self.now.messages


@dataclass(frozen=True, slots=True)
class Failures:
    now: Totals
    before: Before
    series: pd.DataFrame  # bucket, family, messages
    codes: (
        pd.DataFrame
    )  # error_code, dialect, family, title, meaning, action, retry, messages, before, share, trend

    @property
    def empty(self) -> bool:
        return not self.now.messages


@dataclass(frozen=True, slots=True)
class Campaigns:
    now: Totals  # of the messages with a campaign
    without: int  # messages without a campaign
    campaigns: pd.DataFrame  # campaign, category (null if several), inferred, counts

    @property
    def empty(self) -> bool:
        return not self.now.messages and not self.without


@dataclass(frozen=True, slots=True)
class Countries:
    now: Totals
    markets: pd.DataFrame  # market, counts, reason and action of its top code (null if none)
    failures: pd.DataFrame  # market, family, messages

    @property
    def empty(self) -> bool:
        return not self.now.messages


@dataclass(frozen=True, slots=True)
class AnyMessage:
    found: bool  # whether there is a message

    @property
    def empty(self) -> bool:
        return not self.found


@dataclass(frozen=True, slots=True)
class MessageEvents:
    """All that landed about a message, oldest first."""

    # kind, name, occurred_at, received_at, source, dialect, number, person (masked),
    # other_message_id, campaign, pricing, billable, error_code, error_title, action, retry, topic,
    # partition, offset
    statuses: pd.DataFrame
    others: pd.DataFrame

    @property
    def empty(self) -> bool:
        return self.statuses.empty and self.others.empty


@dataclass(frozen=True, slots=True)
class Conversations:
    # Counted are conversations where there are some, else messages.
    series: pd.DataFrame  # bucket, origin_basis, origin, counted, messages
    origins: pd.DataFrame  # origin_basis, origin, counted, messages

    @property
    def empty(self) -> bool:
        return self.origins.empty


@dataclass(frozen=True, slots=True)
class Month:
    """A part of a month: what it cost, and how many messages that leaves out."""

    cost: Decimal
    unpriced: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Estimated costs. Money is in `currency`, which is None without rates."""

    currency: str | None
    cost: Decimal
    priced: pd.DataFrame  # market, category, units, cost (Decimal)
    unpriced: pd.DataFrame  # market, category, unpriced (the reason), units
    month: Month
    last_month: Month | None  # None: not all of it is in the warehouse
    tiers: pd.DataFrame  # market, category, units, price, next_from, next_price
    free_tier: pd.DataFrame  # number, free, charged

    @property
    def unpriced_units(self) -> int:
        return int(self.unpriced["units"].sum())


@dataclass(frozen=True, slots=True)
class Pricing:
    now: dict[str, int]  # the metrics of the view `billing`
    series: pd.DataFrame  # bucket, verdict, units
    markets: pd.DataFrame  # market, verdict, units
    rows: pd.DataFrame  # pricing_model, pricing_type, category, market, verdict, units
    costs: Costs

    @property
    def empty(self) -> bool:
        return self.rows.empty


@dataclass(frozen=True, slots=True)
class Options:
    """The values that the filters offer."""

    accounts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    titles: tuple[tuple[str, str], ...] = ()  # of the codes, as far as there are some


@dataclass(frozen=True, slots=True)
class Freshness:
    """Times of the newest data in the warehouse; None if there is none yet."""

    landed_at: datetime | None  # when the last batch landed
    received_at: datetime | None  # when the newest event was received, without dead letters
    status_at: datetime | None  # the same for statuses of messages
    dead_letter_at: datetime | None  # the same for dead letters
    partitions: int  # Kafka partitions that the consumer reads
    beat_at: datetime | None = None  # when a consumer last reported that it works
    waiting: int | None = None  # records that waited in Kafka then

    @property
    def alive_at(self) -> datetime | None:
        """When the consumer last gave a sign of life: by a report or by landing."""
        return max(filter(None, (self.landed_at, self.beat_at)), default=None)


@dataclass(frozen=True, slots=True)
class Pipeline:
    freshness: Freshness
    newest: datetime | None  # when the newest event of the range was received, without a zone
    series: pd.DataFrame  # bucket, kind (the table that holds the events), events
    sources: pd.DataFrame  # source, events, newest (null if none within the range), dead_letters
    reasons: pd.DataFrame  # reason, dead_letters, newest (its minute), sources
    # topic, partition, first_offset, next_offset, landed, duplicates, conflicts, dead_letters,
    # skipped, updated_at, retired_at
    partitions: pd.DataFrame
    tables: pd.DataFrame  # name, rows, files, bytes, delete_files

    @property
    def empty(self) -> bool:
        """Whether nothing has landed in this warehouse yet."""
        return not self.partitions[["landed", "duplicates", "dead_letters"]].to_numpy().any()


@dataclass(frozen=True, slots=True)
class AccountEvents:
    # `of_people`: about one message, call, group or person, not about the account.
    series: pd.DataFrame  # bucket, field, of_people, events
    counts: pd.DataFrame  # field, event (null if none), of_people, events, newest
    # The newest of the account: occurred_at, number, source, field, event, value (start of a JSON)
    newest: pd.DataFrame

    @property
    def empty(self) -> bool:
        return self.counts.empty


@dataclass(frozen=True, slots=True)
class Answers:
    """The service windows that people opened in a period, and how soon they got an answer."""

    opened: int
    answered: int  # within the window
    p50: int | None  # seconds until the answer; None without one
    p90: int | None


@dataclass(frozen=True, slots=True)
class Inbound:
    messages: int
    people: int  # who wrote them, as far as it is kept who that is
    referred: int  # messages that came by an ad or a post
    stopped: int  # how often people chose to get no more marketing messages
    resumed: int  # and to get them
    answers: Answers | None  # None if the period is too long for them, or the people unknown
    series: pd.DataFrame  # bucket, type, messages
    numbers: pd.DataFrame  # number, messages, people, referred
    referrals: pd.DataFrame  # referral (kind), referral_id (null if none), messages, people

    @property
    def empty(self) -> bool:
        return not self.messages and not self.stopped and not self.resumed

    @property
    def without_people(self) -> bool:
        """Whether it is not kept who wrote these messages."""
        return bool(self.messages) and not self.people
