"""One row for each message and recipient, however the recipient is named."""

from __future__ import annotations

from tests.support.views import CUSTOMER, Views, in_group, minute, status

ANNA, BERT = "5511900000001", "447700900002"


def test_a_recipient_named_by_phone_and_then_by_user_id_is_one(views: Views) -> None:
    found = views.outcome(
        status("sent", minute(0), recipient_user_id=None),
        status("delivered", minute(1), recipient_id=None, recipient_user_id="BR.9"),
    )
    assert (found["recipient_id"], found["recipient_user_id"]) == (CUSTOMER, "BR.9")
    assert found["participant_id"] is None


def test_copies_on_messages_and_standby_are_one(views: Views) -> None:
    rows = [status("sent"), status("read", minute(2))]
    found = views.outcome(*rows, *({**row, "channel": "standby"} for row in rows))
    assert found["outcome"] == "read"


def test_copies_by_two_sources_are_one(views: Views) -> None:
    found = views.outcome(status("sent"), status("sent", source="bsp", waba_id="7"))
    assert (found["source"], found["waba_id"]) == ("bsp", "7")


def test_the_same_id_at_two_business_numbers_is_two_messages(views: Views) -> None:
    views.add(status("sent"), status("read", display_phone_number="15550002222"))
    assert len(views.rows("FROM outcomes")) == 2


def test_each_participant_of_a_group_counts(views: Views) -> None:
    views.add(
        in_group("delivered", minute(1), participant_id=ANNA),
        in_group("read", minute(2), participant_id=ANNA),
        in_group("delivered", minute(1), participant_id=BERT),
        in_group("failed", minute(1), participant_id="US.3", participant_user_id="US.3"),
    )
    found = views.rows(
        "SELECT participant_id, outcome, recipient_id FROM outcomes ORDER BY participant_id"
    )
    assert [(row["participant_id"], row["outcome"]) for row in found] == [
        (BERT, "delivered"),
        (ANNA, "read"),
        ("US.3", "failed"),
    ]
    assert {row["recipient_id"] for row in found} == {"group.1"}


def test_a_participant_is_resolved_by_a_status_with_both_of_their_ids(views: Views) -> None:
    found = views.outcome(
        in_group("failed", minute(1), participant_id=ANNA),
        in_group("delivered", minute(2), participant_id="BR.1", participant_user_id="BR.1"),
        in_group("delivered", minute(3), participant_id=f"+{ANNA}", participant_user_id="BR.1"),
    )
    assert (found["participant_id"], found["outcome"]) == (ANNA, "delivered")


def test_only_statuses_of_the_message_say_who_a_participant_is(views: Views) -> None:
    views.add(
        in_group("delivered", participant_id="BR.1", participant_user_id="BR.1"),
        in_group("read", message_id="wamid.B", participant_id=ANNA, participant_user_id="BR.1"),
    )
    found = views.row("FROM outcomes WHERE message_id = 'wamid.A'")
    assert found["participant_id"] == "BR.1"


def test_a_new_user_id_of_the_same_phone_is_the_same_participant(views: Views) -> None:
    found = views.outcome(
        in_group("delivered", minute(1), participant_id=ANNA, participant_user_id="BR.1"),
        in_group("read", minute(2), participant_id=ANNA, participant_user_id="BR.2"),
    )
    assert found["outcome"] == "read"


def test_user_ids_of_two_business_numbers_are_not_mixed_up(views: Views) -> None:
    both = {"participant_id": ANNA, "participant_user_id": "BR.1"}
    views.add(
        in_group("read", **both, display_phone_number="15550002222"),
        in_group("read", participant_id="BR.1", participant_user_id="BR.1"),
    )
    found = views.rows("SELECT participant_id FROM outcomes ORDER BY ALL")
    assert [row["participant_id"] for row in found] == [ANNA, "BR.1"]


def test_a_status_of_the_whole_group_counts_for_each_participant(views: Views) -> None:
    views.add(
        in_group("sent", minute(0), pricing_type="free_group_customer_service"),
        in_group("delivered", minute(1), participant_id=ANNA),
        in_group("read", minute(2), participant_id=BERT),
    )
    found = views.rows("FROM outcomes ORDER BY outcome")
    assert [(row["outcome"], row["sent_at"]) for row in found] == [
        ("delivered", minute(0)),
        ("read", minute(0)),
    ]
    assert {row["pricing_type"] for row in found} == {"free_group_customer_service"}


def test_a_group_message_without_participants_is_one_row(views: Views) -> None:
    found = views.outcome(
        in_group("sent", minute(0)), in_group("failed", minute(1), error_code=131041)
    )
    assert (found["participant_id"], found["outcome"]) == (None, "failed")
