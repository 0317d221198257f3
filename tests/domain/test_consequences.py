"""What follows from what: the clocks that run in each state, the issue, and the whole stories."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from supportbot.domain.policy.playbook import Severity
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.consequences import Dropped, settle, timer_fired
from supportbot.domain.ticket.timer import Timer, TimerKind
from tests.domain.samples import (
    DAY,
    DESK,
    HOUR,
    MINUTE,
    NOON,
    P1,
    P2,
    P3,
    P4,
    SATURDAY,
    at,
    in_state,
    opened,
    playbooks,
    step,
    ticket,
)
from tests.domain.story import Story

ACK = c.Acknowledge(by="ines")
LET_GO = c.LetGo(by="ines")
HAND_OVER = c.HandOver(by="ines")
RESOLVE = c.Resolve(by="ines", text="a restart helped")
REPLY = c.Reply(by="ines", text="we look")


def change_to(key: str) -> c.ChangeSeverity:
    return c.ChangeSeverity(by="ines", severity=key, reason="x")


def clocks(story: Story) -> dict[str, timedelta]:
    """The pending timers, and how long after noon they are due."""
    return {kind: timer.due - NOON for kind, timer in story.timers.items()}


@pytest.mark.parametrize(
    ("terms", "commands", "expected"),
    [
        pytest.param(
            P1, [], {"escalate": 10 * MINUTE, "first_answer": 30 * MINUTE}, id="new: the policy"
        ),
        pytest.param(
            P1,
            [ACK],
            {
                "first_answer": 30 * MINUTE,
                "next_update": 2 * HOUR,
                "remind_acknowledged": 2 * HOUR,
            },
            id="acknowledged: the reminder and the next update",
        ),
        pytest.param(
            P3,
            [ACK],
            {"first_answer": DAY, "timebox_ask": 25 * MINUTE},
            id="acknowledged with a timebox",
        ),
        pytest.param(
            P3,
            [HAND_OVER, c.Acknowledge(by="jonas")],
            {"first_answer": DAY},
            id="second line has no timebox",
        ),
        pytest.param(
            P1,
            [REPLY],
            {"next_update": 2 * HOUR, "remind_acknowledged": 2 * HOUR},
            id="an answer acknowledges and stops the first-answer clock",
        ),
        pytest.param(
            P1,
            [ACK, LET_GO],
            {"escalate": 10 * MINUTE, "first_answer": 30 * MINUTE, "next_update": 2 * HOUR},
            id="let go: the policy again, and no reminder to nobody",
        ),
        pytest.param(
            P3, [ACK, LET_GO], {"first_answer": DAY, "escalate": DAY}, id="let go: no timebox"
        ),
        pytest.param(
            P1,
            [ACK, HAND_OVER],
            {"escalate": 10 * MINUTE, "first_answer": 30 * MINUTE, "next_update": 2 * HOUR},
            id="handed over: second line's policy",
        ),
        pytest.param(
            P1,
            [ACK, change_to("P3")],
            {"first_answer": DAY, "timebox_ask": 25 * MINUTE},
            id="lowered while acknowledged: the new clocks only",
        ),
        pytest.param(
            P2,
            [ACK, change_to("P1")],
            {"escalate": 10 * MINUTE, "first_answer": 30 * MINUTE, "next_update": 2 * HOUR},
            id="raised while acknowledged: the policy again",
        ),
        pytest.param(P4, [], {"escalate": HOUR}, id="terms that promise little"),
        pytest.param(P1, [ACK, RESOLVE], {"close": 48 * HOUR}, id="resolved: the silence alone"),
        pytest.param(P1, [RESOLVE, REPLY], {"close": 48 * HOUR}, id="and after a late answer too"),
    ],
)
def test_the_clocks_that_run(
    terms: Severity, commands: list[c.Command], expected: dict[str, timedelta]
) -> None:
    told = Story(terms)
    for command in commands:
        told.do(command)
    assert clocks(told) == expected


def test_acknowledging_stops_the_policy_for_good() -> None:
    told = Story().do(ACK).until(NOON + 90 * MINUTE)
    assert told.paged() == ["ines"]


def test_letting_go_calls_first_line_again_in_a_new_round() -> None:
    told = Story().do(ACK)
    told.now = NOON + 5 * MINUTE
    told.do(LET_GO)
    assert told.called() == [("12:00", ("ines",)), ("12:05", ("ines",))]
    assert (told.ticket.round, told.due("escalate")) == (2, NOON + 15 * MINUTE)


def test_raising_the_severity_calls_again_even_if_acknowledged() -> None:
    told = Story(P2).do(ACK).do(change_to("P1"))
    assert told.paged() == ["ines", "ines"]
    assert told.ticket.state == "new"


def test_lowering_the_severity_calls_nobody_who_has_it() -> None:
    told = Story(P1).do(ACK).do(change_to("P3")).until(NOON + 20 * MINUTE)
    assert told.paged() == ["ines"]
    assert told.ticket.state == "acknowledged"


def test_lowering_what_nobody_has_starts_the_new_policy_at_its_first_step() -> None:
    told = Story(P1).until(NOON + 15 * MINUTE).do(change_to("P3"))
    assert told.called()[-1] == ("12:15", ("ines",))
    assert told.due("escalate") == NOON + 15 * MINUTE + DAY


def test_a_change_of_severity_leaves_no_clock_of_the_old_terms() -> None:
    told = Story(P1).do(ACK).do(change_to("P4"))
    assert told.timers == {}


def test_handing_over_calls_second_line_at_once_and_goes_on_from_there() -> None:
    told = Story(P2).do(ACK).until(NOON + HOUR).do(HAND_OVER)
    assert told.called()[-1] == ("13:00", ("jonas",))
    assert told.ticket.first_owner == "ines"


def test_the_promised_word_stays_due_when_someone_else_acknowledges() -> None:
    told = Story(P1).do(REPLY).until(NOON + HOUR).do(LET_GO)
    told.until(NOON + 65 * MINUTE).do(c.Acknowledge(by="tomasz"))
    assert told.due("next_update") == told.ticket.next_word_at == NOON + 2 * HOUR


def test_a_promise_that_was_missed_is_asked_for_again_and_again() -> None:
    told = Story(P1).do(REPLY).until(NOON + 5 * HOUR)
    updates = [event.at for event in told.of(e.Reminded) if event.kind == "next_update"]
    assert updates == [NOON + 2 * HOUR, NOON + 4 * HOUR]
    assert told.due("next_update") == NOON + 6 * HOUR


def test_an_acknowledged_ticket_is_asked_after_every_so_often() -> None:
    told = Story(P1).do(ACK).until(NOON + 5 * HOUR)
    asked = [event.at for event in told.of(e.Reminded) if event.kind == "remind_acknowledged"]
    assert asked == [NOON + 2 * HOUR, NOON + 4 * HOUR]


@pytest.mark.parametrize(
    ("commands", "kind", "people"),
    [
        pytest.param([], "first_answer", ("ines",), id="whoever is on call, while nobody has it"),
        pytest.param(
            [c.Acknowledge(by="tomasz")], "first_answer", ("tomasz",), id="whoever has it"
        ),
        pytest.param(
            [c.Take(by="tomasz"), c.HandOver(by="tomasz"), c.Acknowledge(by="amina")],
            "first_answer",
            ("tomasz",),
            id="first line is the voice, whoever works on it",
        ),
        pytest.param(
            [HAND_OVER, c.Acknowledge(by="amina")],
            "next_update",
            ("ines",),
            id="the voice is on call",
        ),
        pytest.param(
            [HAND_OVER, c.Acknowledge(by="amina")],
            "remind_acknowledged",
            ("amina",),
            id="the work is second line's",
        ),
    ],
)
def test_a_reminder_goes_to(commands: list[c.Command], kind: str, people: tuple[str, ...]) -> None:
    told = Story(P1)
    for command in commands:
        told.do(command)
    told.until(NOON + 2 * HOUR)
    assert next(event.people for event in told.of(e.Reminded) if event.kind == kind) == people


def test_a_reminder_with_nobody_on_call_still_stands_in_the_thread() -> None:
    told = Story(P1, first_line="gone", second_line="gone").until(NOON + HOUR)
    assert [event.people for event in told.of(e.Reminded)] == [()]
    assert len(told.sent("slack.reminder")) == 1


def test_resolving_cancels_every_clock_but_the_silence_and_silence_closes() -> None:
    told = Story(P1).do(ACK).do(RESOLVE)
    assert told.until(NOON + 47 * HOUR).ticket.state == "resolved"
    told.until(NOON + 49 * HOUR)
    assert (told.ticket.state, told.timers) == ("closed", {})
    assert told.of(e.Closed)[0].reason == "nobody wrote after it was resolved"
    assert told.paged() == ["ines"]


def test_silence_is_counted_in_working_hours() -> None:
    told = Story(P1, SATURDAY).do(RESOLVE)
    assert told.due("close") == at("2026-12-02 00:00")


def test_a_reply_after_the_resolution_reopens_and_calls_again() -> None:
    told = Story(P1).do(ACK).do(RESOLVE).until(NOON + HOUR).hear("no, it is still broken")
    assert told.ticket.state == "new"
    assert told.called() == [("12:00", ("ines",)), ("13:00", ("ines",))]
    assert told.due("close") is None
    assert told.due("escalate") == NOON + 70 * MINUTE
    assert told.of(e.Reopened)[0].reason == "wrote again after it was resolved"


def test_a_reply_after_closing_reopens_what_second_line_had_for_second_line() -> None:
    told = Story(P1).do(HAND_OVER).do(RESOLVE).until(NOON + 3 * DAY).hear()
    assert told.called()[-1] == ("12:00", ("jonas",))
    assert told.ticket.line == "second"


def test_what_was_never_answered_is_asked_for_again_when_it_reopens() -> None:
    told = Story(P1).do(ACK).do(c.Resolve(by="ines")).hear()
    assert told.due("first_answer") == NOON + 30 * MINUTE
    answered = Story(P1).do(ACK).do(RESOLVE).hear()
    assert answered.due("first_answer") is None


def test_an_answer_by_the_team_in_the_thread_is_an_answer_and_no_acknowledgement() -> None:
    told = Story(P1).hear("did you try another browser?", by="tomasz")
    assert told.due("first_answer") is None
    assert told.ticket.first_answer_at == NOON
    assert (told.ticket.state, told.ticket.owner) == ("new", None)
    assert told.until(NOON + 10 * MINUTE).paged() == ["ines", "jonas"]


def test_the_team_s_goodbye_does_not_reopen() -> None:
    told = Story(P1).do(RESOLVE).hear("have a nice day", by="ines")
    assert told.ticket.state == "resolved"
    assert told.due("close") == NOON + 48 * HOUR


def issues(story: Story) -> int:
    return len(story.sent("github.issue"))


@pytest.mark.parametrize(
    ("terms", "commands", "minutes", "count"),
    [
        pytest.param(P1, [], 0, 1, id="on open"),
        pytest.param(P1, [ACK, LET_GO, HAND_OVER], 60, 1, id="on open, and never again"),
        pytest.param(P2, [], 30, 0, id="not before second line"),
        pytest.param(P2, [], 300, 1, id="when the policy reaches second line"),
        pytest.param(P2, [HAND_OVER], 0, 1, id="when it is handed over"),
        pytest.param(P2, [HAND_OVER], 600, 1, id="handed over, and never again"),
        pytest.param(P2, [change_to("P1")], 0, 1, id="when raised to one that wants it"),
        pytest.param(P1, [change_to("P4")], 600, 1, id="once, though lowered later"),
        pytest.param(P1, [RESOLVE, c.Reopen(by="ines")], 0, 1, id="not again when reopened"),
        pytest.param(P4, [HAND_OVER], 600, 0, id="never"),
        pytest.param(P2, [ACK, RESOLVE], 600, 0, id="not for what first line solved"),
    ],
)
def test_the_issue_is_asked_for_exactly_once(
    terms: Severity, commands: list[c.Command], minutes: int, count: int
) -> None:
    told = Story(terms)
    for command in commands:
        told.do(command)
    told.until(NOON + minutes * MINUTE)
    assert issues(told) == count
    assert len(told.of(e.IssueAsked)) == count


def test_an_issue_asked_by_hand_escalation_while_acknowledged() -> None:
    told = Story(P2).do(ACK)
    told.escalate()
    assert issues(told) == 1


def test_an_attached_ticket_calls_nobody_and_asks_for_no_issue() -> None:
    told = Story(P1, attached_to=7).until(NOON + 5 * HOUR)
    assert (told.paged(), issues(told)) == ([], 0)
    assert told.of(e.IssueAsked) == []


def test_an_attached_ticket_still_owes_its_reporter_an_answer() -> None:
    assert clocks(Story(P1, attached_to=7)) == {"first_answer": 30 * MINUTE}


def test_an_attached_ticket_that_is_let_go_leaves_the_calling_to_the_first() -> None:
    told = Story(P1, attached_to=7).do(ACK).do(LET_GO)
    assert told.ticket.attached_to == 7
    assert (told.paged(), told.due("escalate")) == ([], None)


@pytest.mark.parametrize(
    "commands",
    [
        pytest.param([HAND_OVER], id="handed over"),
        pytest.param([change_to("P2")], id="of another severity"),
        pytest.param([RESOLVE, c.Reopen(by="ines")], id="reopened"),
    ],
)
def test_an_attached_ticket_goes_its_own_way_when(commands: list[c.Command]) -> None:
    told = Story(P1, attached_to=7)
    for command in commands:
        told.do(command)
    assert told.ticket.attached_to is None
    assert told.paged() != []
    assert told.due("escalate") is not None


def test_a_step_by_hand_of_an_attached_ticket_starts_no_policy() -> None:
    told = Story(P1, attached_to=7)
    assert told.escalate() is None
    assert told.paged() == ["ines"]
    told.page_dies(told.sent("slack.page")[0])
    assert told.paged() == ["ines", "jonas"]
    assert told.due("escalate") is None


def timer(kind: TimerKind, due: datetime = NOON) -> Timer:
    return Timer(1, 1, kind, due, 1, 0)


@pytest.mark.parametrize(
    ("kind", "state", "reason"),
    [
        ("escalate", "acknowledged", "SUP-1 is acknowledged in round 1"),
        ("escalate", "resolved", "SUP-1 is resolved in round 1"),
        ("close", "new", "SUP-1 is new"),
        ("close", "closed", "SUP-1 is closed"),
        ("first_answer", "resolved", "SUP-1 is resolved"),
        ("timebox_ask", "closed", "first line's time is not running"),
        ("lapse", "new", "somebody is on it"),
        ("chase", "acknowledged", "it waits no more"),
    ],
)
def test_a_timer_that_comes_too_late_is_dropped_with_a_reason(
    kind: TimerKind, state: str, reason: str
) -> None:
    outcome = timer_fired(in_state(state), timer(kind), playbooks(), DESK, NOON)
    assert outcome == Dropped(reason)


def test_a_first_answer_timer_after_the_answer_is_dropped() -> None:
    answered = replace(ticket(), first_answer_at=NOON)
    outcome = timer_fired(answered, timer("first_answer"), playbooks(), DESK, NOON)
    assert outcome == Dropped("the reporter has had an answer")


def test_nothing_happened_is_no_change() -> None:
    with pytest.raises(ValueError, match="no event, no change"):
        settle(None, (), playbooks(), DESK, NOON)


def test_a_change_says_which_version_was_read_and_carries_every_event() -> None:
    new = settle(None, (opened(),), playbooks(), DESK, NOON)
    assert (new.read_version, new.ticket.version) == (0, len(new.events))
    event = e.Acknowledged(at=NOON, by="ines", line="first")
    later = settle(new.ticket, (event,), playbooks(), DESK, NOON)
    assert (later.read_version, later.events) == (new.ticket.version, (event,))
    assert "escalate" in later.cancel


def test_the_steps_in_force_when_it_opened_stay_in_force() -> None:
    told = Story(P1)
    told.playbooks = playbooks(severities={"P1": replace(P1, steps=(step("zoe"),))})
    assert told.until(NOON + 10 * MINUTE).paged() == ["ines", "jonas"]
