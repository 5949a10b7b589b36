"""Counts over several clusters, with real brokers and a real warehouse."""

from __future__ import annotations

from pathlib import Path

from bluetick.local.broker import EmbeddedBroker
from bluetick.local.progress import Progress
from bluetick.local.progress_total import Tally
from schemas.create_topics import ensure_topics
from schemas.topics import STATUSES
from tests.support.broker import fresh_broker
from tests.support.land import consumers, publish, statuses
from tests.support.waiting import wait_for


def test_it_adds_the_counts_of_several_clusters(tmp_path: Path) -> None:
    first, second = statuses(3), statuses(2)
    with fresh_broker() as broker, consumers(broker.bootstrap, tmp_path) as group:
        tally = Tally(broker.bootstrap, group.location)
        assert tally.read() is None  # there is no warehouse yet
        assert "not known how many" in tally.loss(kept=False)
        assert "kept" in tally.loss(kept=True)
        assert tally.untouched()
        child = group.start()
        publish(broker.bootstrap, STATUSES, [*first.values(), *first.values()])
        wait_for(lambda: tally.read() == Progress(received=6, landed=3, duplicates=3))
        assert not tally.untouched()

        child.kill()
        publish(broker.bootstrap, STATUSES, list(statuses(4).values()))
        assert tally.read() == Progress(received=10, landed=3, duplicates=3)
        broker.stop()
        assert tally.read() is None
        assert tally.loss(kept=False).startswith(
            "4 received events had not landed when last counted, "
        )

        with EmbeddedBroker(broker.port):
            ensure_topics(broker.bootstrap)
            tally.turn_over()
            assert tally.untouched()
            group.start("--accept-new-log")
            publish(broker.bootstrap, STATUSES, list(second.values()))
            # Lost events are not counted as waiting.
            wait_for(lambda: tally.read() == Progress(received=8, landed=5, duplicates=3))
            tally.close()


def test_a_broker_without_topics_stays_without_topics(tmp_path: Path) -> None:
    with EmbeddedBroker(0) as broker, consumers(broker.bootstrap, tmp_path) as group:
        tally = Tally(broker.bootstrap, group.location)
        assert tally.untouched()
    assert not tally.untouched()  # it is not known
