"""Lanes: the limit is never exceeded, and a full lane holds up nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from supportbot.adapters.db.lanes import Lane
from supportbot.adapters.db.store import SqlStore
from supportbot.domain.notices.delivery import NEWS, PAGE, Limit, NewDelivery, SendTask
from tests.adapters.db.samples import LEASE, MINUTE, NOW, SECOND, delivery

MICROSECONDS = 1_000_000


def message(key: str, channel: str = "C1", priority: int = NEWS) -> NewDelivery:
    return delivery(key, "slack.post", target={"channel": channel}, priority=priority)


def add(store: SqlStore, *new: NewDelivery) -> None:
    store.write(lambda unit: unit.deliveries.add(new, NOW))


def claim(store: SqlStore, at: datetime = NOW, limit: int = 100) -> Sequence[SendTask]:
    return store.write(lambda unit: unit.deliveries.claim(at, limit, LEASE))


def keys(tasks: Sequence[SendTask]) -> list[str]:
    return [task.key for task in tasks]


@given(
    count=st.integers(1, 5),
    waits=st.lists(st.integers(0, 3 * MICROSECONDS), max_size=60),
    closed=st.integers(0, 5 * MICROSECONDS),
)
def test_no_window_ever_holds_more_than_the_limit(
    count: int, waits: list[int], closed: int
) -> None:
    lane = Lane(Limit(count, timedelta(seconds=2)), [], closed_until=closed)
    drawn: list[int] = []
    now = 0
    for wait in waits:
        now += wait
        if lane.room_at(now) == now:
            lane.draw(now)
            drawn.append(now)
    window = 2 * MICROSECONDS
    assert all(sum(at <= other < at + window for other in drawn) <= count for at in drawn)
    assert all(at >= closed for at in drawn)


@given(
    count=st.integers(1, 5),
    taken=st.lists(st.integers(0, 2 * MICROSECONDS), max_size=5),
    ahead=st.integers(0, 12),
)
def test_the_room_that_is_promised_is_there_when_those_ahead_have_drawn(
    count: int, taken: list[int], ahead: int
) -> None:
    limit = Limit(count, timedelta(seconds=2))
    now = 2 * MICROSECONDS
    lane = Lane(limit, sorted(taken)[:count])
    promised = lane.room_at(now, ahead)
    for _ in range(ahead):
        now = lane.room_at(now)
        lane.draw(now)
    assert lane.room_at(now) == promised


def test_a_second_message_to_a_channel_waits_a_second(store: SqlStore) -> None:
    add(store, message("1"), message("2"), message("3"))

    assert keys(claim(store)) == ["1"]
    assert store.read(lambda unit: unit.deliveries.next_due()) == NOW + SECOND
    assert claim(store, NOW + SECOND - timedelta(microseconds=1)) == []
    assert keys(claim(store, NOW + SECOND)) == ["2"]
    assert keys(claim(store, NOW + 2 * SECOND)) == ["3"]


def test_a_full_lane_holds_up_nothing_else(store: SqlStore) -> None:
    add(store, *(message(f"flood {n}", priority=PAGE) for n in range(30)))
    add(store, message("elsewhere", channel="C2"), delivery("mail"))

    assert keys(claim(store, limit=10)) == ["flood 0", "elsewhere", "mail"]


def test_a_workspace_is_not_flooded_through_many_channels(store: SqlStore) -> None:
    add(store, *(message(f"{n}", channel=f"C{n}") for n in range(60)))

    assert len(claim(store)) == 50
    assert claim(store, NOW + 9 * SECOND) == []
    assert len(claim(store, NOW + 10 * SECOND)) == 10


def test_one_full_lane_keeps_a_delivery_from_drawing_on_its_other_one(store: SqlStore) -> None:
    add(store, *(message(f"{n}") for n in range(60)))
    claim(store)
    add(store, *(message(f"else {n}", channel=f"C{n + 2}") for n in range(49)))

    assert len(claim(store)) == 49


def test_a_page_goes_before_what_was_put_off(store: SqlStore) -> None:
    add(store, message("1"), message("2"))
    claim(store)
    add(store, message("page", priority=PAGE))
    claim(store)

    assert keys(claim(store, NOW + SECOND)) == ["page"]
    assert keys(claim(store, NOW + 2 * SECOND)) == ["2"]


def test_github_s_minute_and_hour_are_both_kept(store: SqlStore) -> None:
    add(store, *(delivery(f"{n}", "github.comment") for n in range(600)))

    sent = [len(claim(store, NOW + n * MINUTE, limit=600)) for n in range(8)]
    assert sent == [80, 80, 80, 80, 80, 80, 20, 0]
    assert len(claim(store, NOW + 60 * MINUTE, limit=600)) == 80


def test_a_closed_lane_stays_closed_until_the_latest_end(store: SqlStore) -> None:
    add(store, message("1"), message("other", channel="C2"))
    lane = "slack/channel/C1"
    store.write(lambda unit: unit.deliveries.close_lane(lane, NOW + MINUTE))
    store.write(lambda unit: unit.deliveries.close_lane(lane, NOW + SECOND))

    assert keys(claim(store)) == ["other"]
    assert store.read(lambda unit: unit.deliveries.next_due()) == NOW + MINUTE
    assert keys(claim(store, NOW + MINUTE)) == ["1"]


def test_every_attempt_draws_on_the_lane_again(store: SqlStore) -> None:
    add(store, message("1"))
    [task] = claim(store)
    store.write(lambda unit: unit.deliveries.retry(task, NOW, "502", crashed=False))

    assert claim(store) == []
    assert keys(claim(store, NOW + SECOND)) == ["1"]
