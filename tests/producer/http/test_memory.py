"""A receiver whose broker has stopped stays within its memory limits."""

from __future__ import annotations

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from settings.limits import MIB, Limits
from tests.support.broker import fresh_broker
from tests.support.payloads import cloud, status
from tests.support.process import freeze
from tests.support.receiver import receiver_process, signed
from tests.support.waiting import wait_for

ALLOWED = 4 * MIB
# The memory of a body: encoded in the Kafka client's queue, and of one as Python objects.
WEIGHT = 8
FLOOD = 200


def test_many_posts_while_the_broker_is_stopped_do_not_grow_the_process() -> None:
    body = cloud(*(status(f"wamid.{number}") for number in range(3000)))
    fitting = ALLOWED // len(body)
    assert 10 * fitting < FLOOD
    limits = Limits(
        max_reading_bytes=ALLOWED,
        max_publishing_bytes=ALLOWED,
        delivery_seconds=90.0,
        probe_seconds=90.0,  # the stopped broker goes unnoticed, so that all are let in that may
    )
    with fresh_broker() as broker, receiver_process(broker.bootstrap, limits=limits) as edge:
        headers = signed(body)

        def post(_: int) -> int:
            return edge.client.post("/webhooks/meta", content=body, headers=headers).status_code

        assert post(0) == 200
        before = edge.resident()
        freeze(broker.pid)
        with ThreadPoolExecutor(fitting) as let_in, ThreadPoolExecutor(16) as left_out:
            waiting = [let_in.submit(post, number) for number in range(fitting)]
            wait_for(lambda: edge.metric("bluetick_inflight_posts") == fitting)
            statuses = Counter(left_out.map(post, range(FLOOD)))
            flooded = edge.resident()
            os.kill(broker.pid, signal.SIGCONT)
            assert {answer.result() for answer in waiting} == {200}
        assert statuses == {503: FLOOD}
        assert flooded - before < WEIGHT * ALLOWED
