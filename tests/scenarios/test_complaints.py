"""What people complain of most in tools like this one: each is a promise here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from supportbot.domain.on_call.absence import Absence, on_leave
from supportbot.domain.on_call.hand_off import HandOff
from supportbot.domain.on_call.rotation import Layer, next_change, shifts
from supportbot.domain.on_call.wall_clock import reading
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.snoozing import Snooze
from supportbot.sandbox.slack import DROP_REPLY
from tests.domain.samples import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    P1,
    nobody_until,
    playbooks,
    rotation,
    step,
    with_steps,
)
from tests.domain.story import Story as Life
from tests.scenarios.stories import OUTAGE, Story

THURSDAY = NOON + 2 * DAY


def test_a_paused_chain_wakes() -> None:
    """A snooze that ran out while nothing was running, and a hold that waited for somebody."""
    snoozed = Life(P1).do(c.Take(by="ines")).do(Snooze(by="ines", until="2026-11-24T15:00Z"))
    assert [woken.people for woken in snoozed.asleep_until(NOON + DAY).of(e.Woken)] == [("ines",)]

    policy = with_steps(step("third-line", when_empty="hold"))
    rotations = {**policy.rotations, "third-line": nobody_until("third-line", "zoe", THURSDAY)}
    held = Life(policy.severities["P1"], policy=replace(policy, rotations=rotations))
    assert held.paged() == []
    assert held.asleep_until(THURSDAY + MINUTE).paged() == ["zoe"]


def test_a_chain_runs_even_where_every_step_is_empty() -> None:
    policy = with_steps(step("third-line"), step("third-line", after=10 * MINUTE))
    rotations = {**policy.rotations, "third-line": nobody_until("third-line", "zoe", THURSDAY)}
    life = Life(policy.severities["P1"], policy=replace(policy, rotations=rotations))

    assert life.due("escalate") is not None
    assert life.until(THURSDAY + MINUTE).paged()[0] == "zoe"


def test_an_acknowledged_ticket_is_not_forgotten() -> None:
    terms = replace(P1, lapses_after=30 * MINUTE)
    life = Life(terms).do(c.Acknowledge(by="ines")).until(NOON + 2 * HOUR)
    asked = [event for event in life.of(e.Reminded) if event.kind == "remind_acknowledged"]
    assert [event.people for event in asked] == [("ines",)]

    life.until(NOON + 3 * HOUR)
    assert life.ticket.state == "new"
    assert "jonas" in life.paged()


def test_an_empty_step_waits_for_nothing() -> None:
    policy = with_steps(step("third-line"), step("second-line", after=30 * MINUTE))
    rotations = {**policy.rotations, "third-line": nobody_until("third-line", "zoe", THURSDAY)}
    life = Life(policy.severities["P1"], policy=replace(policy, rotations=rotations))

    assert life.called() == [("12:00", ("jonas",))]


def test_shifts_change_at_nine_before_and_after_the_clocks_do() -> None:
    usual = rotation("first-line", "ines tomasz")
    (layer,) = usual.layers
    assert isinstance(layer, Layer)
    hand_off = HandOff(0, layer.hand_off.time, "Europe/Berlin")
    berlin = replace(usual, layers=(replace(layer, hand_off=hand_off),))
    start = datetime.fromisoformat("2026-10-12T00:00+00:00")

    starts = [span.start for span in shifts(berlin, start, start + 4 * 7 * DAY)][1:]
    assert [f"{at:%H:%M}" for at in starts] == ["07:00", "07:00", "08:00", "08:00"]
    assert {f"{reading(at, 'Europe/Berlin'):%a %H:%M}" for at in starts} == {"Mon 09:00"}
    assert next_change(berlin, starts[0]) == starts[1]


def test_nobody_is_rostered_or_paged_while_on_leave() -> None:
    usual = playbooks()
    away = {"ines": (Absence(NOON - DAY, NOON + DAY, "leave"),)}
    rotations = {
        **usual.rotations,
        "first-line": on_leave(rotation("first-line", "ines tomasz"), away),
    }
    policy = replace(usual, rotations=rotations)

    assert "ines" not in Life(P1, policy=policy).until(NOON + HOUR).paged()
    assert "ines" in Life(P1, NOON + DAY, policy).paged()


def test_a_notice_whose_answer_gets_lost_comes_once(story: Story) -> None:
    story.slack.fail_next("chat.postMessage", DROP_REPLY, times=4)
    asked = story.writes("rita", OUTAGE)
    story.restart_after(timedelta(minutes=1))
    story.lives(timedelta(minutes=5))

    assert len(story.roots()) == len(story.pages("ana")) == len(story.said_to(asked)) == 1
