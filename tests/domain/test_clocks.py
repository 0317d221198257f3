"""Who has a ticket is asked again, tries for so long, waits for others: nothing is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import clock_events as ce
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.snoozing import Snooze
from supportbot.domain.ticket.timebox import Extend
from supportbot.domain.ticket.waiting import Wait
from tests.domain.samples import (
    APPROVAL,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    P1,
    P2,
    P3,
    REPLIES,
    SATURDAY,
    at,
    office,
    people,
    playbooks,
    step,
    working,
)
from tests.domain.story import Story

ACK = c.Acknowledge(by="ines")
CLOUD = Wait(by="ines", party="third party", who="the cloud")
REPORTER = Wait(by="ines", party="reporter")
LAPSES = replace(P1, lapses_after=30 * MINUTE)
CALM = replace(P3, timebox=None, acknowledge_again_after=DAY, lapses_after=2 * HOUR)
IN_HOURS = playbooks(people=people("ines", "tomasz", hours=office()))


def asked(story: Story) -> list[datetime]:
    return [found.at for found in story.of(e.Reminded) if found.kind == "remind_acknowledged"]


# --- acknowledged is not done


def test_an_acknowledgement_that_nobody_renews_lapses_and_the_page_goes_on() -> None:
    story = Story(LAPSES).do(ACK).until(NOON + 3 * HOUR)
    assert asked(story) == [NOON + 2 * HOUR]
    (lapsed,) = story.of(ce.AcknowledgementLapsed)
    assert (lapsed.at, lapsed.person) == (NOON + 150 * MINUTE, "ines")
    assert (story.ticket.state, story.ticket.owner) == ("new", "ines")
    # The step that would have come next comes at once; the others are as far apart as ever.
    assert story.called() == [
        ("12:00", ("ines",)),
        ("14:30", ("jonas",)),
        ("14:40", ("jonas", "lucia")),
        ("14:50", ("jonas", "lucia")),
        ("15:00", ("jonas", "lucia")),
    ]
    assert [event.late_by for event in story.of(e.Reached)] == [0.0] * 5


def test_where_every_step_was_done_already_a_lapse_starts_the_policy_again() -> None:
    story = Story(LAPSES).until(NOON + 50 * MINUTE).do(ACK)
    story.until(NOON + 50 * MINUTE + 150 * MINUTE)
    assert isinstance(story.events[-2], e.PolicyRestarted)
    assert (story.ticket.round, story.called()[-1]) == (2, ("15:20", ("ines",)))


def test_working_time_goes_on_as_soon_as_it_may_after_a_lapse() -> None:
    terms = replace(
        P3,
        timebox=None,
        acknowledge_again_after=DAY,
        lapses_after=HOUR,
        steps=(step("first-line"), step("second-line", after=working(2 * DAY))),
    )
    story = Story(terms, at("2026-11-26 12:00")).do(ACK).until(at("2026-11-27 13:00"))
    assert story.called()[-1] == ("13:00", ("jonas",))


ANSWERS = [
    pytest.param(ACK, id="still on it"),
    pytest.param(c.Reply(by="ines", text="soon"), id="a reply"),
    pytest.param(c.Take(by="tomasz"), id="somebody else takes it"),
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_any_sign_of_life_renews_it(answer: c.Command) -> None:
    story = Story(LAPSES).do(ACK).until(NOON + 140 * MINUTE).do(answer)
    assert (story.ticket.asked_at, story.due("lapse")) == (None, None)
    assert story.due("remind_acknowledged") == NOON + 260 * MINUTE
    assert story.until(NOON + 4 * HOUR).ticket.state == "acknowledged"


def test_a_word_in_the_thread_is_a_sign_of_life_but_not_of_a_colleague() -> None:
    story = Story(LAPSES).do(ACK).until(NOON + 130 * MINUTE)
    assert story.hear("hm", by="tomasz").due("lapse") is not None
    assert story.hear("on it", by="ines").due("lapse") is None


def test_only_whoever_has_it_is_still_on_it_and_only_when_asked() -> None:
    story = Story(LAPSES).do(ACK)
    assert isinstance(story.act(ACK), c.Refused)
    story.until(NOON + 130 * MINUTE)
    assert isinstance(story.act(c.Acknowledge(by="tomasz")), c.Refused)
    story.do(ACK)
    assert isinstance(story.act(ACK), c.Refused)
    assert len(story.of(ce.AcknowledgementRenewed)) == 1


def test_whoever_acknowledges_what_lapsed_owns_it() -> None:
    story = Story(LAPSES).do(ACK).until(NOON + 155 * MINUTE).do(c.Acknowledge(by="tomasz"))
    assert (story.ticket.first_owner, story.ticket.lapsed_at) == ("tomasz", None)
    assert story.due("escalate") is None


def test_who_let_it_lapse_may_take_it_up_again() -> None:
    story = Story(LAPSES).do(ACK).until(NOON + 155 * MINUTE).do(c.Take(by="ines"))
    assert (story.ticket.state, story.ticket.owner) == ("acknowledged", "ines")


def test_where_nobody_is_woken_the_question_and_the_lapse_keep_to_their_hours() -> None:
    story = Story(CALM, at("2026-11-27 16:30"), IN_HOURS).do(ACK).until(at("2026-11-30 12:00"))
    assert asked(story) == [at("2026-11-30 08:00")]
    assert [lapsed.at for lapsed in story.of(ce.AcknowledgementLapsed)] == [at("2026-11-30 10:00")]


def test_what_pages_with_another_ticket_is_not_asked_for() -> None:
    story = Story(LAPSES, attached_to=7).do(ACK).until(NOON + DAY)
    assert (asked(story), story.ticket.state) == ([], "acknowledged")


# --- the promise to the reporter


@pytest.mark.parametrize(
    "commands",
    [
        [],
        [c.Acknowledge(by="tomasz")],
        [c.HandOver(by="ines")],
        [c.LetGo(by="ines")],
        [Snooze(by="ines", until="2026-11-25T12:00Z")],
        [CLOUD],
        [CLOUD, ACK],
    ],
)
def test_the_next_word_stays_due_whatever_the_team_does(commands: list[c.Command]) -> None:
    story = Story(LAPSES).do(c.Reply(by="ines", text="we look"))
    story.until(NOON + HOUR)
    for command in commands:
        story.act(command)
    story.until(NOON + 5 * HOUR)
    words = [event for event in story.of(e.Reminded) if event.kind == "next_update"]
    assert [(event.at, event.people) for event in words] == [
        (NOON + 2 * HOUR, ("ines",)),
        (NOON + 4 * HOUR, ("ines",)),
    ]


# --- first line's time


def test_first_line_is_asked_and_then_it_goes_to_second_line_by_itself() -> None:
    story = Story(P3).do(ACK).until(NOON + HOUR)
    (question,) = [d for d in story.sent("slack.reminder") if "choices" in d.payload]
    assert [choice["do"] for choice in question.payload["choices"]] == [
        "solved",
        "extend",
        "hand_over",
    ]
    (asked,) = [event for event in story.of(e.Reminded) if event.kind == "timebox_ask"]
    (handed,) = story.of(e.HandedOver)
    assert (asked.at, handed.at) == (NOON + 25 * MINUTE, NOON + 30 * MINUTE)
    assert (handed.by, handed.note) == (None, "first line's time is over")
    assert (story.ticket.line, story.ticket.first_owner) == ("second", "ines")
    assert story.called()[-1] == ("12:30", ("jonas",))
    assert len(story.of(e.IssueAsked)) == 1


def test_more_time_is_given_once_and_asked_about_again() -> None:
    story = Story(P3).do(ACK).until(NOON + 26 * MINUTE).do(Extend(by="ines"))
    assert isinstance(story.act(Extend(by="ines")), c.Refused)
    story.until(NOON + 44 * MINUTE)
    reminded = [event.at - NOON for event in story.of(e.Reminded)]
    assert reminded == [25 * MINUTE, 40 * MINUTE]
    again = story.sent("slack.reminder")[-1].payload["choices"]
    assert [choice["do"] for choice in again] == ["solved", "hand_over"]
    assert story.until(NOON + 45 * MINUTE).ticket.line == "second"


PAUSES = [
    pytest.param([c.LetGo(by="ines")], [c.Take(by="tomasz")], id="let go, taken by another"),
    pytest.param([CLOUD], [ACK], id="waiting for others"),
    pytest.param([Snooze(by="ines", until="2026-11-24T17:10Z")], [], id="resting"),
]


@pytest.mark.parametrize(("stop", "go_on"), PAUSES)
def test_what_is_used_up_of_the_time_stays_used_up(
    stop: list[c.Command], go_on: list[c.Command]
) -> None:
    story = Story(P3).do(ACK).until(NOON + 10 * MINUTE)
    for command in stop:
        story.do(command)
    assert (story.ticket.box.worked, story.ticket.box.since) == (10 * MINUTE, None)
    assert story.due("timebox_ask") is None
    story.until(at("17:10"))
    for command in go_on:
        story.do(command)
    assert story.due("timebox_ask") == at("17:25")


def test_the_time_runs_within_the_hours_of_whoever_has_it() -> None:
    story = Story(P3, at("16:50"), IN_HOURS).do(ACK)
    assert story.due("timebox_ask") == at("2026-11-25 08:15")
    story.until(at("2026-11-25 08:05"))
    story.do(c.LetGo(by="ines"))
    assert story.ticket.box.worked == 15 * MINUTE
    story.until(at("2026-11-25 20:00"))
    story.do(c.Take(by="tomasz"))
    assert story.due("timebox_ask") == at("2026-11-26 08:10")


@pytest.mark.parametrize(
    "commands",
    [
        pytest.param([c.Acknowledge(by="jonas")], id="second line has it"),
        pytest.param([ACK, c.HandOver(by="ines")], id="handed over"),
        pytest.param([ACK, c.Resolve(by="ines")], id="resolved"),
        pytest.param([ACK, REPORTER], id="waiting"),
        pytest.param([], id="nobody has it"),
    ],
)
def test_the_time_stands_while(commands: list[c.Command]) -> None:
    story = Story(P3)
    for command in commands:
        story.do(command)
    assert "timebox_ask" not in story.timers
    assert isinstance(story.act(Extend(by="ines")), c.Refused)


def test_whoever_is_asked_late_has_as_long_to_answer() -> None:
    story = Story(P3).do(ACK).asleep_until(NOON + 2 * HOUR)
    assert story.due("timebox_end") == NOON + 2 * HOUR + 5 * MINUTE
    story.do(Extend(by="ines"))
    assert story.due("timebox_end") is None
    assert story.until(NOON + 2 * HOUR + 14 * MINUTE).ticket.line == "first"
    assert story.until(NOON + 2 * HOUR + 15 * MINUTE).ticket.line == "second"


def test_a_ticket_that_pages_with_another_is_not_handed_over_by_itself() -> None:
    assert Story(P3, attached_to=7).do(ACK).until(NOON + DAY).ticket.line == "first"


# --- waiting


def with_chase() -> Playbooks:
    return playbooks(replies={**REPLIES, "chase": "{reference} waits for you."})


def chased(story: Story) -> list[tuple[str, tuple[str, ...]]]:
    """When, and whom: nobody of the team where it was the reporter."""
    return [(f"{event.at:%a %H:%M}", event.people) for event in story.of(ce.Chased)]


def test_a_silent_reporter_is_reminded_and_then_whoever_has_it() -> None:
    story = Story(P1, policy=with_chase()).do(c.Reply(by="ines", text="which hub?")).do(REPORTER)
    assert set(story.timers) == {"chase"}
    assert (story.ticket.state, story.ticket.next_word_at) == ("waiting", None)
    story.until(NOON + 7 * DAY)
    # Two working days: of Tuesday to Thursday, then over a weekend.
    assert chased(story) == [("Thu 12:00", ()), ("Mon 12:00", ("ines",))]
    (reminder,) = [d for d in story.sent("slack.reply") if d.key.endswith("reply.chase")]
    assert reminder.payload["text"] == "SUP-1 waits for you."
    assert not asked(story)


def test_without_a_text_for_the_reporter_whoever_has_it_is_told_first() -> None:
    story = Story(P1).do(REPORTER).until(NOON + 3 * DAY)
    assert chased(story) == [("Thu 12:00", ("ines",))]


def test_a_third_party_is_chased_every_working_day() -> None:
    story = Story(P1, at("2026-11-26 12:00")).do(CLOUD).until(at("2026-12-01 13:00"))
    assert chased(story) == [
        ("Fri 12:00", ("ines",)),
        ("Mon 12:00", ("ines",)),
        ("Tue 12:00", ("ines",)),
    ]
    assert story.ticket.state == "waiting"
    texts = [reminder.payload["text"] for reminder in story.sent("slack.reminder")]
    assert sum("Waiting for the cloud" in text for text in texts) == 3
    assert story.paged() == ["ines"]


def test_one_may_say_how_long_until_the_chase() -> None:
    story = Story(P1).do(replace(CLOUD, chase=Delay(3 * HOUR)))
    assert story.due("chase") == NOON + 3 * HOUR


def test_a_reporter_who_writes_ends_the_wait_for_them() -> None:
    story = Story(P1).do(c.Reply(by="ines", text="which?")).do(REPORTER).until(NOON + HOUR)
    story.hear("the second one")
    assert (story.ticket.state, story.ticket.waiting_for) == ("acknowledged", None)
    assert set(story.timers) == {"remind_acknowledged", "next_update"}
    assert story.due("next_update") == story.ticket.next_word_at == NOON + 3 * HOUR


@pytest.mark.parametrize("who", ["ines", "tomasz"])
def test_the_team_s_own_words_do_not_end_it(who: str) -> None:
    assert Story(P1).do(REPORTER).hear("?", by=who).ticket.state == "waiting"


def test_a_reporter_who_writes_does_not_end_the_wait_for_others() -> None:
    story = Story(P1).do(CLOUD).hear("any news?")
    assert (story.ticket.state, story.due("chase")) == ("waiting", NOON + DAY)


def test_where_nobody_owns_it_any_more_the_policy_begins_after_the_wait() -> None:
    story = Story(P1).do(REPORTER)
    story.do(c.LetGo(by="ines"))
    assert (story.ticket.state, story.due("chase")) == ("new", None)
    assert story.due("escalate") is not None


def test_waiting_is_a_verb_that_acknowledges() -> None:
    story = Story(P1).do(CLOUD)
    assert (story.ticket.owner, story.due("escalate")) == ("ines", None)
    assert [type(event).__name__ for event in story.events[-2:]] == ["Acknowledged", "WaitBegan"]


@pytest.mark.parametrize(
    "command",
    [
        CLOUD,
        replace(CLOUD, who=" "),
        replace(CLOUD, who="x" * 101),
        replace(REPORTER, who="mara"),
        replace(CLOUD, by="mara"),
        replace(CLOUD, chase=Delay(MINUTE)),
        replace(CLOUD, chase=Delay(91 * DAY)),
        Snooze(by="ines", until="2026-11-25T12:00Z"),
    ],
)
def test_what_makes_no_sense_while_it_waits_is_refused(command: c.Command) -> None:
    story = Story(P1).do(CLOUD)
    assert isinstance(story.act(command), c.Refused)


def test_what_is_over_or_waits_for_approval_waits_for_nobody_else() -> None:
    assert isinstance(Story(P1).do(c.Resolve(by="ines")).act(CLOUD), c.Refused)
    assert isinstance(Story(P1, approval=APPROVAL).act(CLOUD), c.Refused)


ENDS = [
    pytest.param(ACK, "acknowledged", id="acknowledge: back at work"),
    pytest.param(c.Take(by="tomasz"), "acknowledged", id="take"),
    pytest.param(c.HandOver(by="ines"), "new", id="hand over"),
    pytest.param(c.Resolve(by="ines"), "resolved", id="resolve"),
    pytest.param(c.ChangeSeverity(by="ines", severity="P1", reason="x"), "new", id="raise"),
]


@pytest.mark.parametrize(("command", "state"), ENDS)
def test_a_verb_ends_the_wait(command: c.Command, state: str) -> None:
    story = Story(P2).do(CLOUD).do(command)
    assert (story.ticket.state, story.ticket.waiting_for) == (state, None)
    assert "chase" not in story.timers


def test_a_lower_severity_leaves_it_waiting() -> None:
    story = Story(P1).do(CLOUD)
    story.until(NOON + HOUR)
    story.do(c.ChangeSeverity(by="ines", severity="P2", reason="calmer"))
    assert (story.ticket.state, story.due("chase")) == ("waiting", NOON + HOUR + DAY)


def test_silence_after_resolved_closes_and_a_reply_restores_the_policy() -> None:
    story = Story(P1, SATURDAY).do(CLOUD).do(c.Resolve(by="ines"))
    assert set(story.timers) == {"close"}
    story.until(at("2026-12-02 00:01"))
    assert story.ticket.state == "closed"
    assert story.hear("again!").due("escalate") == story.now + 10 * MINUTE
    assert story.paged() == ["ines", "tomasz"]
