"""Transactions that another writer disturbs."""

from __future__ import annotations

from tests.support.lake import Lake, lake
from warehouse.transaction import transact

__all__ = ["lake"]


def test_a_lost_race_is_reported_and_the_work_done_again(lake: Lake) -> None:
    more = "UPDATE landing_fence SET opened = opened + 1"
    lost: list[str] = []
    ((before,),) = lake.rows("SELECT opened FROM landing_fence")
    assert isinstance(before, int)
    with lake.other() as other:

        def work() -> None:
            lake.connection.execute("FROM landing_fence").fetchall()
            if not lost:  # only the first attempt loses
                other.execute(more)
            lake.connection.execute(more)

        transact(lake.connection, work, on_retry=lambda: lost.append("once"))
    assert lost == ["once"]
    assert lake.rows("SELECT opened FROM landing_fence") == [(before + 2,)]
