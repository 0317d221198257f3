"""Which messages are tried now, and which first."""

from __future__ import annotations

import pytest

from supportbot.adapters.mail.mailbox_memory import Backoff, Memory


def memory(*waiting: int) -> Memory:
    kept = Memory(Backoff(first=1.0, longest=120.0))
    kept.look(1, waiting)
    return kept


@pytest.mark.parametrize(
    ("failures", "wait"), [(1, 1.0), (2, 2.0), (5, 16.0), (8, 120.0), (10_000, 120.0)]
)
def test_waits_double_up_to_the_longest(failures: int, wait: float) -> None:
    assert Backoff(first=1.0, longest=120.0).wait(failures) == wait


def test_what_is_being_tried_counts_as_failed_until_it_is_done() -> None:
    mails = memory(4, 5)
    mails.begin(4, now=0.0)
    assert mails.in_order([4, 5], now=0.5) == [5]
    assert mails.in_order([4, 5], now=1.0) == [5, 4]
    mails.done(4)
    assert mails.in_order([4, 5], now=0.5) == [4, 5]


def test_what_failed_more_often_comes_later() -> None:
    mails = memory(4, 5, 6)
    assert [mails.begin(4, now=0.0), mails.begin(4, now=0.0), mails.begin(5, now=0.0)] == [1, 2, 1]
    assert mails.in_order([4, 5, 6], now=60.0) == [6, 5, 4]


def test_the_next_to_try() -> None:
    mails = memory(4, 5)
    assert mails.seconds_to_next(now=0.0) is None
    mails.begin(4, now=0.0)
    mails.begin(4, now=0.0)
    mails.begin(5, now=0.5)
    assert mails.seconds_to_next(now=0.5) == 1.0


def test_what_is_no_longer_waiting_is_forgotten() -> None:
    mails = memory(4, 5)
    mails.keep(4)
    mails.begin(5, now=0.0)
    mails.look(1, [])
    mails.look(1, [4, 5])
    assert not mails.is_kept(4)
    assert mails.in_order([4, 5], now=0.0) == [4, 5]


def test_other_numbers_mean_other_messages() -> None:
    mails = memory(4, 5)
    mails.keep(4)
    mails.begin(5, now=0.0)
    mails.look(1, [4, 5])
    assert mails.is_kept(4)
    mails.look(2, [4, 5])
    assert not mails.is_kept(4)
    assert mails.in_order([4, 5], now=0.0) == [4, 5]
