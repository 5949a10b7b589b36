"""The sums that the pages read always say what the statuses say."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import ACCOUNT_EVENTS, STATUSES
from tests.support.examples import one_in
from tests.support.lake import Lake
from tests.support.records import event, framed
from tests.support.views import ago
from warehouse import partial_sums, rollups
from warehouse.campaigns import CampaignRule
from warehouse.compaction import MANY
from warehouse.connection import create
from warehouse.memory_limit import size
from warehouse.recent_statuses import RecentStatuses

MINUTE_US = 60_000_000
DAY_AGO_US = int(ago(days=1).timestamp() * 1_000_000)
IDS = ("A", "B", "C")
NUMBERS = ("15550001111", "15550001111", "15550002222", None)
CAMPAIGN = ("callback_data", "template_id")
ANNA, BERT = "5511900000001", "447700900002"
# As many parts a recount has of all statuses; of some of them, it has fewer.
PARTS = 4


def maybe(*values: object) -> st.SearchStrategy[object]:
    return st.sampled_from((None, *values))


GROUP = st.fixed_dictionaries(
    {
        "recipient_id": st.just("group.1"),
        "recipient_type": st.just("group"),
        "participant_id": maybe(ANNA, f"+{ANNA}", BERT, "BR.1"),
        "participant_user_id": maybe("BR.1", "BR.2"),
    }
)
PERSON = st.fixed_dictionaries(
    {"recipient_id": maybe(ANNA, BERT), "recipient_user_id": maybe("BR.1")}
)
STATUS = st.fixed_dictionaries(
    {
        "message_id": st.sampled_from(IDS),
        "status": st.sampled_from(
            ("sent", "sent", "delivered", "read", "played", "failed", "enqueued", "deleted")
        ),
        "occurred_at": st.integers(-40, 40).map(lambda n: DAY_AGO_US + n * MINUTE_US // 2),
        "received_at": st.integers(0, 40).map(lambda n: DAY_AGO_US + n * MINUTE_US // 2),
        "content_hash": st.integers(1, 3),
        "source": st.sampled_from(("meta", "bsp")),
        "display_phone_number": st.sampled_from(NUMBERS),
        "waba_id": maybe("100", "200"),
        "kind": st.sampled_from(("message", "message", "message", "payment")),
        "channel": st.sampled_from(("messages", "messages", "standby", "history")),
        "category": maybe("utility", "marketing"),
        "pricing_model": maybe("PMP", "CBP"),
        "pricing_type": maybe("regular", "free_customer_service"),
        "billable": maybe(True, False),
        "error_code": maybe(131026, 470),
        "error_title": maybe("Message undeliverable"),
        "callback_data": maybe("sale", "news", "news", "more", "one-more", "bluetick:reaction"),
        "template_id": maybe(None, None, "1", "2", "3"),
    }
)
# The same event may come again, with the same content or with another.
EVENT = st.builds(
    lambda status, whom, event_id: (STATUSES, {**status, **whom, "event_id": event_id}),
    STATUS,
    st.one_of(PERSON, PERSON, GROUP),
    st.integers(0, 15).map(lambda n: str(uuid.UUID(int=n))),
)
REACTION = st.builds(
    lambda message_id: (
        ACCOUNT_EVENTS,
        {"message_id": message_id, "event": "reaction", "field": "x"},
    ),
    st.sampled_from(IDS),
)
BATCHES = st.lists(
    st.lists(st.one_of(*[EVENT] * 8, REACTION), min_size=1, max_size=8), min_size=1, max_size=4
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """One warehouse for all examples; each has messages and events of its own."""
    lake = Lake(tmp_path_factory.mktemp("rollups"))
    with lake.connection:
        create(lake.connection, CampaignRule(most=12))  # the first examples have names of campaigns
        yield lake


# Each names the columns of `outcomes` and of the view that counts them.
COUNTED = {
    "outcome_counts": "source, waba_id, display_phone_number, category, category_basis, outcome",
    "campaign_counts": "source, waba_id, display_phone_number, category, category_basis, campaign, "
    "market, outcome, CASE WHEN outcome = 'failed' THEN error_code END",
}


def wrong(lake: Lake) -> int:
    """How many sums are not what the statuses say."""
    return len(lake.rows(rollups.corrections()))


def agree(lake: Lake) -> bool:
    """Whether the views over sums say what `outcomes` says of each message."""
    return all(
        lake.rows(f"SELECT {by}, sum(messages)::BIGINT FROM {view} GROUP BY ALL ORDER BY ALL")
        == lake.rows(f"SELECT {by}, count(*) FROM outcomes GROUP BY ALL ORDER BY ALL")
        for view, by in COUNTED.items()
    )


def land(lake: Lake, batch: list[tuple[Any, dict[str, Any]]], prefix: uuid.UUID) -> None:
    """Lands the events of a batch, with ids and campaigns that no other example has."""
    letters = prefix.hex[:6].translate(str.maketrans("0123456789", "ghijklmnop"))
    for topic in (STATUSES, ACCOUNT_EVENTS):
        chosen = [fields for kind, fields in batch if kind is topic]
        own = [
            fields
            | {"message_id": f"{prefix}{fields['message_id']}"}
            | {name: f"{fields[name]}-{letters}" for name in CAMPAIGN if fields.get(name)}
            | {"event_id": str(uuid.uuid5(prefix, fields.get("event_id", str(uuid.uuid4()))))}
            for fields in chosen
        ]
        if own:
            lake.land(topic, *(framed(topic, event(topic, **fields)) for fields in own))


@pytest.mark.slow
@given(BATCHES)
@one_in(15)
def test_after_each_batch_the_sums_are_those_of_all_statuses(
    lake: Lake, batches: list[list[tuple[Any, dict[str, Any]]]]
) -> None:
    prefix = uuid.uuid4()
    for batch in batches:
        land(lake, batch, prefix)
        assert wrong(lake) == 0
    assert agree(lake)


@pytest.mark.slow
@given(BATCHES)
@one_in(15)
def test_so_they_are_with_a_store_of_recent_statuses(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[Any, dict[str, Any]]]]
) -> None:
    folder = tmp_path_factory.mktemp("store")
    lake, prefix = Lake(folder), uuid.uuid4()
    lake.recent = RecentStatuses(folder / "recent")
    try:
        with lake.connection:
            create(lake.connection, CampaignRule(most=2))
            lake.recent.fill(lake.connection)
            for batch in batches:
                land(lake, batch, prefix)
                assert wrong(lake) == 0
            assert agree(lake)
            lake.maintain(0)
            assert wrong(lake) == 0
    finally:
        lake.recent.close()


def test_maintenance_keeps_the_sums_in_few_rows(lake: Lake) -> None:
    prefix = uuid.uuid4()
    for number in range(MANY):  # so many small files are merged
        land(lake, [(STATUSES, {"message_id": f"other {number}"})], prefix)
    for status in ("sent", "delivered", "read"):
        fields = {"message_id": "A", "status": status, "display_phone_number": "15550003333"}
        land(lake, [(STATUSES, fields)], prefix)
    counted = (
        "SELECT outcome, messages FROM outcome_counts WHERE display_phone_number = '15550003333'"
    )
    assert lake.rows(counted) == [("read", 1)]
    files = "FROM ducklake_list_files(current_database(), 'rollups')"
    assert len(lake.rows(files)) >= MANY + 3
    lake.maintain(0)
    assert lake.rows(counted) == [("read", 1)]
    assert len(lake.rows(files)) == 1
    assert lake.rows(
        "SELECT kind, messages FROM rollups WHERE display_phone_number = '15550003333' "
        "ORDER BY kind"
    ) == [("billing", 1), ("campaign", 1), ("deliver", 1), ("outcome", 1), ("read", 1)]
    assert wrong(lake) == 0


def test_sums_that_are_wrong_are_found_and_made_right_again(lake: Lake) -> None:
    land(lake, [(STATUSES, {"message_id": "A"})], uuid.uuid4())
    lake.connection.execute("BEGIN")
    try:
        lake.connection.execute(
            "INSERT INTO rollups BY NAME SELECT 'outcome' AS kind, 5 AS messages"
        )
        assert wrong(lake) == 1
        rollups.rebuild(lake.connection)
        assert wrong(lake) == 0
    finally:
        lake.connection.execute("ROLLBACK")


@pytest.mark.parametrize("on_disk", [True, False])
@pytest.mark.parametrize("half", [False, True])
def test_a_recount_in_parts_finds_the_same(
    lake: Lake, half: bool, on_disk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial_sums, "MORE_ROWS", 0)
    if not on_disk:
        lake.connection.execute("SET temp_directory = ''")
    both = [{"message_id": f"part {n}", "status": ("sent", "read")[n % 2]} for n in range(30)]
    land(lake, [(STATUSES, fields) for fields in both], uuid.uuid4())
    folder = lake.location.sqlite_file.parent  # type: ignore[union-attr]
    ((statuses, limit),) = lake.rows(
        "SELECT count(*), current_setting('memory_limit') FROM statuses"
    )
    monkeypatch.setattr(rollups, "STATUS_BYTES", PARTS * size(str(limit)) // int(str(statuses)))
    lake.connection.execute("BEGIN")
    try:
        lake.connection.execute("DELETE FROM rollups")
        ((first, middle),) = lake.rows(
            "SELECT min(occurred_at), quantile_disc(occurred_at, 0.5) FROM statuses"
        )
        span = (first, middle + timedelta(seconds=1)) if half else (None, None)  # type: ignore[operator]
        shares = list(rollups.wrong_sums(lake.connection, *span))  # type: ignore[arg-type]
        in_parts = lake.rows("FROM corrections ORDER BY ALL")
        at_once = lake.rows(f"FROM ({rollups.corrections(*span)}) ORDER BY ALL")  # type: ignore[arg-type]
    finally:
        lake.connection.execute("ROLLBACK")

    assert len(shares) > 2
    assert shares[-1] == 1
    assert in_parts == at_once
    assert in_parts
    assert not list(folder.rglob("*-work-*"))


def test_an_upgrade_computes_them(lake: Lake) -> None:
    land(lake, [(STATUSES, {"message_id": "A"})], uuid.uuid4())
    known = lake.rows("SELECT count(*) FROM outcomes")
    lake.connection.execute("DELETE FROM rollups")
    lake.connection.execute("UPDATE rollup_version SET digest = 'older'")
    lake.connection.execute("UPDATE warehouse_version SET digest = 'older'")
    lake.connection.close()
    again = Lake(lake.location.sqlite_file.parent)  # type: ignore[union-attr]
    lake.connection = again.connection
    assert lake.rows("SELECT sum(messages)::BIGINT FROM outcome_counts") == known
