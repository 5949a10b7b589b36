"""The key of the pseudonyms is changed while webhooks arrive."""

from __future__ import annotations

from pathlib import Path

from bluetick.tasks.subject_pseudonyms import with_pseudonyms
from producer.pseudonyms import Pseudonyms
from schemas.topics import STATUSES
from settings.privacy import Privacy
from tests.support.broker import Tail
from tests.support.payloads import cloud, status
from tests.support.receiver import CONFIG, receiver
from warehouse.subjects import Subjects

PHONE = "4917012345678"
OLD, NEW = "the-former-key--" * 2, "the-next-key----" * 2


def test_a_receiver_with_the_next_key_takes_over(broker: str, tmp_path: Path) -> None:
    tail = Tail(broker, (STATUSES,))
    former = CONFIG.model_copy(
        update={"privacy": Privacy(level="pseudonymous", key_id="1", keys={"1": OLD})}
    )
    keys = {"1": OLD, "2": NEW}
    next_ = CONFIG.model_copy(
        update={"privacy": Privacy(level="pseudonymous", key_id="2", keys=keys)}
    )
    with receiver(broker, config=next_) as second:
        with receiver(broker, config=former) as first:
            assert first.post(cloud(status("wamid.A", recipient_id=PHONE))).status_code == 200
            assert second.post(cloud(status("wamid.B", recipient_id=PHONE))).status_code == 200
        # The former one has ended.
        assert second.post(cloud(status("wamid.C", recipient_id=PHONE))).status_code == 200
    with_old, with_new = Pseudonyms("1", OLD), Pseudonyms("2", NEW)
    records = tail.records()[STATUSES.name]
    assert {one["message_id"]: one["recipient_id"] for one in records} == {
        with_old.message("wamid.A"): with_old.person(PHONE),
        with_new.message("wamid.B"): with_new.person(PHONE),
        with_new.message("wamid.C"): with_new.person(PHONE),
    }

    # `bluetick privacy` finds rows of both keys as long as the configuration has both.
    config = tmp_path / "bluetick.toml"
    table = '[privacy]\nlevel = "pseudonymous"\nkey_id = "2"\n[privacy.keys]\n'
    config.write_text(f'{table}2 = "{NEW}"\n1 = "{OLD}"\n')
    wanted = with_pseudonyms(Subjects([PHONE], []), config)
    assert {one["recipient_id"] for one in records} <= set(wanted.people)
    config.write_text(f'{table}2 = "{NEW}"\n')
    assert with_old.person(PHONE) not in with_pseudonyms(Subjects([PHONE], []), config).people
