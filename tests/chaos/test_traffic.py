"""The k-th post of a seed is always the same, and so are the ids of its events."""

from __future__ import annotations

from itertools import islice

from tests.chaos.traffic import SOURCES, Post, Traffic, events_of

BY_NAME = {source.name: source for source in SOURCES}


def posts(seed: int, count: int) -> list[Post]:
    traffic = Traffic(seed)
    return list(islice(iter(traffic.next_post, None), count))


def test_same_seed_same_posts() -> None:
    assert posts(3, 60) == posts(3, 60)
    assert posts(3, 60) != posts(4, 60)


def test_ids_do_not_depend_on_the_time_of_receipt() -> None:
    for post in posts(5, 60):
        assert events_of(BY_NAME[post.source], post.body, 10**15) == post.events
        assert post.events


def test_bodies_and_facts_come_more_than_once() -> None:
    many = posts(1, 300)
    assert len({post.body for post in many}) < len(many)
    different = {post.body: post for post in many}.values()
    carried = sum(len(post.events) for post in different)
    assert len(frozenset().union(*(post.events for post in different))) < carried


def test_singles_and_batches_from_both_sources() -> None:
    many = posts(1, 300)
    sizes = [len(post.events) for post in many]
    assert min(sizes) == 1
    assert max(sizes) > 100
    assert {post.source for post in many} == BY_NAME.keys()
