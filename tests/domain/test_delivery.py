"""When a send is tried again, when it is given up, and which limits it draws on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from supportbot.domain.notices.delivery import (
    MAKES_PLACE,
    Dead,
    FailureKind,
    Limit,
    NewDelivery,
    RetryAt,
    SendFailure,
    SendTask,
    after_failure,
    lanes_of,
    limit_of,
)
from tests.domain.samples import DAY, HOUR, MINUTE, NOON

SECOND = timedelta(seconds=1)


def task(kind: str = "slack.page", attempt: int = 1, failures: int = 0) -> SendTask:
    return SendTask(
        id=1,
        token="t",
        key="SUP-1.2.note",
        kind=kind,
        ticket=1,
        target={},
        place=None,
        payload={},
        attempt=attempt,
        first_attempt_at=NOON,
        failures=failures,
    )


def failure(kind: FailureKind = "transient", retry_after: timedelta | None = None) -> SendFailure:
    return SendFailure(kind, "it is away", retry_after)


def tries(kind: str) -> Iterator[timedelta]:
    """How long after the first try each further one is made, while the other side stays away."""
    now: datetime = NOON
    for attempt in range(1, 10_000):
        yield now - NOON
        verdict = after_failure(task(kind, attempt), failure(), now)
        if isinstance(verdict, Dead):
            return
        assert verdict.at > now
        now = verdict.at
    raise AssertionError("it is never given up")


def test_a_page_is_given_up_within_two_minutes_and_its_last_try_is_at_the_end() -> None:
    seconds = [round(after.total_seconds()) for after in tries("slack.page")]
    assert seconds == [0, 2, 6, 14, 30, 62, 120]


@pytest.mark.parametrize("kind", ["slack.reply", "github.issue", "slack.note", "github.close"])
def test_anything_else_is_tried_for_days_and_never_more_than_five_minutes_apart(kind: str) -> None:
    made = list(tries(kind))
    gaps = [later - earlier for earlier, later in pairwise(made)]
    assert made[-1] == 3 * DAY
    assert max(gaps) == 5 * MINUTE
    assert len(made) < 1000


@pytest.mark.parametrize("kind", ["rejected", "unauthorised"])
@pytest.mark.parametrize("what", ["slack.page", "slack.reply", "github.issue"])
def test_a_refusal_is_final_at_once(kind: FailureKind, what: str) -> None:
    assert after_failure(task(what), failure(kind), NOON) == Dead("it is away")


@pytest.mark.parametrize(
    ("failures", "verdict"),
    [
        (0, RetryAt(NOON + 2 * SECOND)),
        (1, RetryAt(NOON + 2 * SECOND)),
        (2, Dead("its sender failed 3 times: it is away")),
        (3, Dead("its sender failed 3 times: it is away")),
    ],
)
def test_a_sender_that_crashes_is_given_three_tries(failures: int, verdict: RetryAt | Dead) -> None:
    assert after_failure(task("slack.note", 1, failures), failure("crashed"), NOON) == verdict


def test_failures_of_the_other_side_are_no_crashes() -> None:
    assert after_failure(task("slack.note", 3, 2), failure(), NOON) == RetryAt(NOON + 8 * SECOND)


@pytest.mark.parametrize(
    ("kind", "wish", "verdict"),
    [
        pytest.param("slack.note", SECOND, RetryAt(NOON + 2 * SECOND), id="sooner than we would"),
        pytest.param("slack.note", HOUR, RetryAt(NOON + HOUR), id="later than we would"),
        pytest.param("slack.page", MINUTE, RetryAt(NOON + MINUTE), id="a page has a minute"),
        pytest.param(
            "slack.page",
            5 * MINUTE,
            Dead("no success within 2 minutes: it is away"),
            id="a page that would wait longer than its patience finds another way now",
        ),
        pytest.param(
            "slack.note",
            4 * DAY,
            Dead("no success within 3 days: it is away"),
            id="nobody waits longer than the patience",
        ),
    ],
)
def test_the_other_side_s_wish_for_a_pause_is_obeyed(
    kind: str, wish: timedelta, verdict: RetryAt | Dead
) -> None:
    assert after_failure(task(kind), failure("rate_limited", wish), NOON) == verdict


def test_a_huge_count_of_attempts_does_no_harm() -> None:
    verdict = after_failure(task("slack.note", 10**9), failure(), NOON)
    assert verdict == RetryAt(NOON + 5 * MINUTE)


@pytest.mark.parametrize(
    ("kind", "target", "lanes"),
    [
        ("slack.post", {"channel": "C1"}, ("slack/channel/C1", "slack/workspace")),
        (
            "slack.page",
            {"user": "U1", "person": "ines", "mail": "i@x.example"},
            ("slack/channel/U1", "slack/workspace"),
        ),
        (
            "slack.note",
            {"place": "team", "channel": "#desk"},
            ("slack/channel/#desk", "slack/workspace"),
        ),
        ("slack.note", {"place": "team"}, ("slack/channel/team", "slack/workspace")),
        ("github.issue", {"repo": "a/b"}, ("github/minute", "github/hour")),
        ("mail.reply", {"to": "m@x.example"}, ("mail/relay",)),
        ("web.reply", {"to": "m@x.example"}, ()),
    ],
)
def test_a_delivery_draws_on_every_limit_of_its_medium(
    kind: str, target: dict[str, str], lanes: tuple[str, ...]
) -> None:
    assert lanes_of(kind, target) == lanes
    assert NewDelivery(key="k", kind=kind, ticket=1, target=target).lanes == lanes


@pytest.mark.parametrize(
    ("lane", "limit"),
    [
        ("slack/channel/C1", Limit(1, SECOND)),
        ("slack/channel/#with/slashes", Limit(1, SECOND)),
        ("github/minute", Limit(80, MINUTE)),
        ("github/hour", Limit(500, HOUR)),
        ("mail/relay", Limit(30, MINUTE)),
    ],
)
def test_every_lane_has_the_limit_its_vendor_publishes(lane: str, limit: Limit) -> None:
    assert limit_of(lane) == limit


def test_every_lane_that_a_delivery_draws_on_has_a_limit() -> None:
    for kind in ("slack.page", "github.issue", "mail.reply"):
        assert all(limit_of(lane).count > 0 for lane in lanes_of(kind, {"channel": "C1"}))


def test_what_others_write_to_is_made_by_the_first_of_its_kind() -> None:
    places = {"slack.root": "team", "slack.approval": "approval", "github.issue": "issue"}
    assert places == MAKES_PLACE
