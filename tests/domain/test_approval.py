"""The gate: who waits for whom, who may answer, in which words, and what ends the wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from supportbot.application.explain import as_text, explain_message
from supportbot.domain.notices.ticket_notices import Desk
from supportbot.domain.policy.playbook import Person, Playbooks
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.approval import Answer, answer_in, ways_to
from supportbot.domain.ticket.approving import (
    Approve,
    Decline,
    heard_while_waiting,
    unreachable,
    wakes,
)
from supportbot.domain.ticket.commands import Refused
from supportbot.domain.ticket.consequences import Dropped, settle, timer_fired
from supportbot.domain.ticket.merging import Merging, merge
from supportbot.domain.ticket.opening import opened as opening
from supportbot.domain.ticket.snoozing import Snooze
from supportbot.domain.ticket.timer import NewTimer, Timer
from supportbot.domain.triage.decision import triage
from supportbot.domain.triage.message import Sender
from tests.domain.samples import (
    APPROVAL,
    DAY,
    DESK,
    HOUR,
    NOON,
    NORTHFIELD,
    P1,
    P3,
    SATURDAY,
    Phrases,
    after,
    at,
    in_state,
    message,
    opened,
    playbooks,
    rule,
    text_is,
    ticket,
)
from tests.domain.story import Story

QUOTA, OUTAGE = text_is(0, "quota"), text_is(1, "down")
WORDS = Phrases("text:quota", "text:down")
GATED = rule("quota", QUOTA, goes_on=True, approval=True)
ORPHAN = replace(NORTHFIELD, key="orphan", slack_channels=("#orphan",), representatives=(), hubs={})
STUDENT = Sender(mail="zoe@northfield.example", name="Zoe")


def policy(*more: str, incident: bool | None = None) -> Playbooks:
    rules = (
        GATED,
        rule("down", OUTAGE, severity="P1", incident=True),
        rule("rest", text_is(0, "quota"), severity="P3", incident=incident),
        *playbooks().rules,
    )
    both = {"northfield": NORTHFIELD, "orphan": ORPHAN}
    return playbooks(rules=rules, matcher=WORDS, communities=both)


MAILS = Desk("#desk", sends_mail=True)
NOT_SO = Decline(by="mara", reason="he is ill")


def waits(policy: Playbooks | None = None, **more: Any) -> Story:
    """A student's request, opened at noon, that promises nothing yet."""
    quiet = {"reporter": STUDENT, "reporter_person": None, "next_word_at": None}
    return Story(P3, NOON, policy, approval=APPROVAL, **{**quiet, **more})


@pytest.mark.parametrize(
    ("sender", "text", "channel", "needed"),
    [
        pytest.param(STUDENT, "more quota", "#northfield", True, id="a student"),
        pytest.param(Sender(slack="UX"), "more quota", "#northfield", True, id="a stranger there"),
        pytest.param(Sender(slack="UX"), "more quota", None, False, id="of nobody knows where"),
        pytest.param(Sender(slack="UX"), "more quota", "#orphan", False, id="no representatives"),
        pytest.param(Sender(slack="UMARA"), "more quota", "#northfield", False, id="their own"),
        pytest.param(Sender(slack="UINES"), "more quota", "#northfield", False, id="of the team"),
        pytest.param(STUDENT, "something else", "#northfield", False, id="another matter"),
        pytest.param(STUDENT, "quota, and all is down", "#northfield", False, id="an outage"),
    ],
)
def test_who_must_wait_for_a_representative(
    sender: Sender, text: str, channel: str | None, needed: bool
) -> None:
    said = message(text, sender=sender, channel=channel)
    assert triage(said, policy(), NOON).decision.needs_approval is needed


def test_what_may_be_an_outage_never_waits() -> None:
    said = message("quota", sender=STUDENT)
    assert not triage(said, policy(incident=True), NOON).decision.needs_approval


def test_a_ticket_that_waits_promises_nothing_pages_nobody_and_attaches_to_none() -> None:
    said, other = message("more quota", sender=STUDENT), ticket(P1, number=7)
    event = opening(1, said, triage(said, policy(), NOON), policy(), NOON, similar=(other,))
    assert event.approval == e.Approval(("mara",), NOON + DAY, NOON + 2 * DAY)
    assert (event.next_word_at, event.attached_to) == (None, None)

    sent = settle(None, (event,), policy(), DESK, NOON, reply="receipt")
    assert (sent.ticket.state, sent.ticket.round) == ("waiting", 0)
    assert sent.timers == (NewTimer("approval", NOON + DAY),)
    kinds = [d.kind for d in sent.deliveries]
    assert kinds == ["slack.root", "slack.reply", "slack.approval", "slack.note"]


def test_an_explanation_says_that_it_waits_and_until_when() -> None:
    explained = explain_message(message("more quota", sender=STUDENT), policy(), NOON)
    assert explained["decision"]["needs_approval"]
    assert [(timer["kind"], timer["at"]) for timer in explained["timers"]] == [
        ("approval", (NOON + DAY).isoformat()),
        ("approval", (NOON + 2 * DAY).isoformat()),
    ]
    assert "It waits until a representative approves." in as_text(explained)


def test_nothing_attaches_to_a_ticket_that_waits() -> None:
    said = message("all is down", sender=STUDENT)
    found = triage(said, policy(), NOON)
    event = opening(2, said, found, policy(), NOON, similar=(in_state("waiting"),))
    assert event.attached_to is None


def test_a_working_day_is_counted_from_friday_to_monday() -> None:
    said = message("more quota", sender=STUDENT)
    event = opening(1, said, triage(said, policy(), SATURDAY), policy(), SATURDAY)
    assert event.approval == e.Approval(("mara",), at("2026-12-01 00:00"), at("2026-12-02 00:00"))


MARA = Person("mara", "Mara", slack="U1", mail="mara@x.example")
BY_MAIL = Person("mara", "Mara", mail="mara@x.example")


@pytest.mark.parametrize(
    ("channels", "person", "by_mail", "expected"),
    [
        pytest.param(("#a", "#b"), MARA, True, ("#a", [], []), id="the first channel"),
        pytest.param((), MARA, True, (None, ["mara"], []), id="no channel: directly"),
        pytest.param((), BY_MAIL, True, (None, [], ["mara"]), id="no Slack: by mail"),
        pytest.param(("#a",), BY_MAIL, True, ("#a", [], ["mara"]), id="a channel, and by mail"),
        pytest.param((), BY_MAIL, False, (None, [], []), id="no relay: not at all"),
    ],
)
def test_how_a_representative_is_asked(
    channels: tuple[str, ...], person: Person, by_mail: bool, expected: tuple[object, ...]
) -> None:
    community = replace(NORTHFIELD, slack_channels=channels)
    known = playbooks(people={"mara": person}, communities={"northfield": community})
    ways = ways_to(("mara",), community, known, by_mail=by_mail)
    keys = [p.key for p in ways.direct], [p.key for p in ways.mail]
    assert (ways.channel, *keys) == expected

    event = opened(P3, approval=APPROVAL)
    waived = unreachable(event, known, Desk("#desk", sends_mail=by_mail))
    assert bool(waived) is not any(expected)
    if waived:
        made = settle(None, (event, *waived), known, DESK, NOON).ticket
        assert (made.state, made.round) == ("new", 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Approve", Answer("approve", "")),
        ("approved.\nUntil May.", Answer("approve", "Until May.")),
        ("  YES, please", Answer("approve", "")),
        ("Yes please", Answer("approve", "")),
        ("Yes. Thank you!\n\nMara", Answer("approve", "Mara")),
        ("Approved,\nMara", Answer("approve", "Mara")),
        ("Approved: 20 GB, until May", Answer("approve", "20 GB, until May")),
        ("I approve this!", Answer("approve", "")),
        ("ok", Answer("approve", "")),
        ("Decline: there is no room", Answer("decline", "there is no room")),
        ("declined", Answer("decline", "")),
        ("No.", Answer("decline", "")),
        ("no thanks", Answer("decline", "")),
        ("No problem, go ahead", None),
        ("No, go ahead", None),
        ("Yes but only if they ask", None),
        ("Yes, but only if they ask", None),
        ("Approved, but not before May", None),
        ("OK, let me ask the dean first", None),
        ("Ok. I will look into it", None),
        ("> Approve", None),
        ("(no text)", None),
        ("approve what exactly?", None),
        ("ok?", None),
        ("Noted", None),
        ("Nobody told me", None),
        ("I have approved nothing", None),
        ("", None),
        (" " * 100_000, None),
        ("no" * 100_000, None),
    ],
)
def test_a_mail_answers_with_its_first_words_alone(text: str, expected: Answer | None) -> None:
    assert answer_in(text) == expected


@pytest.mark.parametrize(
    ("writer", "text", "source", "outage", "kind"),
    [
        pytest.param("mara", "yes", "mail", False, e.ApprovalGiven, id="approved by mail"),
        pytest.param("mara", "No. Why?", "mail", False, e.ApprovalDeclined, id="declined"),
        pytest.param("mara", "yes", "slack", False, None, id="a word in a thread decides nothing"),
        pytest.param("zoe", "yes", "mail", False, None, id="not a representative"),
        pytest.param(None, "yes", "mail", False, None, id="nobody we know"),
        pytest.param("ines", "ok", "mail", False, None, id="the team has verbs of its own"),
        pytest.param("zoe", "it is down", "slack", True, e.ApprovalWaived, id="an outage"),
        pytest.param("mara", "hm", "mail", True, e.ApprovalWaived, id="an outage, by mail"),
        pytest.param("mara", "No. Full.", "mail", True, e.ApprovalDeclined, id="a reason"),
    ],
)
def test_a_further_message_may_end_the_wait(
    writer: str | None, text: str, source: str, outage: bool, kind: type[e.Event] | None
) -> None:
    said = message(text, source=source)
    events = heard_while_waiting(
        in_state("waiting"), said, writer, playbooks(), NOON, outage=outage
    )
    assert [type(event) for event in events] == ([kind] if kind else [])
    assert heard_while_waiting(ticket(), said, writer, playbooks(), NOON, outage=outage) == ()


def test_a_refusal_that_certainly_tells_of_an_outage_resolves_nothing() -> None:
    said = message("Decline. All is down.", source="mail")
    (waived,) = heard_while_waiting(
        in_state("waiting"), said, "mara", playbooks(), NOON, outage=True, certain=True
    )
    assert isinstance(waived, e.ApprovalWaived)


def test_a_representative_who_is_of_the_team_answers_by_mail_like_the_others() -> None:
    both = replace(NORTHFIELD, representatives=("mara", "ines"))
    policy = playbooks(communities={"northfield": both})
    said = message("approve", source="mail")
    (given,) = heard_while_waiting(in_state("waiting"), said, "ines", policy, NOON, outage=False)
    assert isinstance(given, e.ApprovalGiven)


@pytest.mark.parametrize(
    ("first", "writer", "text", "opens"),
    [
        pytest.param(Decline, "mara", "no", False, id="a second no"),
        pytest.param(Decline, "mara", "Sorry, there is no money", False, id="why not"),
        pytest.param(Decline, "mara", "approve", True, id="a yes after the no"),
        pytest.param(Decline, None, "please!", True, id="the reporter insists"),
        pytest.param(Approve, "mara", "yes", False, id="a second yes, when it is long done"),
        pytest.param(Approve, "mara", "it does not work for her", True, id="not done at all"),
    ],
)
def test_a_late_word_of_a_representative_opens_nothing_again(
    first: type[Approve], writer: str | None, text: str, opens: bool
) -> None:
    story = waits().do(first(by="mara")).until(NOON + HOUR)
    if story.ticket.state != "resolved":
        story.do(c.Resolve(by="ines"))
    said = message(text, source="mail")
    assert wakes(story.ticket, said, writer, playbooks()) is opens


def test_a_representative_s_own_ticket_that_never_waited_opens_again() -> None:
    over = Story(P3).do(c.Resolve(by="ines")).ticket
    assert wakes(over, message("no", source="mail"), "mara", playbooks())


def test_a_forged_mail_approves_nothing() -> None:
    forged = message("yes", source="mail", authenticated=False)
    ticket = in_state("waiting")
    assert heard_while_waiting(ticket, forged, "mara", playbooks(), NOON, outage=False) == ()


def test_approved_by_a_representative_it_begins_as_if_it_were_new() -> None:
    story = waits().until(NOON + 5 * HOUR).do(Approve(by="mara"))
    assert (story.ticket.state, story.ticket.round, story.ticket.approval) == ("new", 1, None)
    assert story.due("first_answer") == story.ticket.next_word_at == NOON + 5 * HOUR + DAY
    assert story.due("approval") is None
    assert [people for _, people in story.called()] == [("ines",)]
    (over,) = story.sent("slack.approval_over")
    assert over.payload["text"] == "SUP-1: Mara approved it."


def test_declined_it_is_resolved_and_the_reporter_hears_why() -> None:
    policy = playbooks(replies={"declined": "{approvers} said no: {answer}"})
    story = waits(policy=policy).do(Decline(by="mara", reason=" no room "))
    assert story.ticket.state == "resolved"
    assert set(story.timers) == {"close"}
    assert [d.payload["text"] for d in story.sent("slack.reply")] == ["Mara said no: no room"]
    assert story.called() == []


@pytest.mark.parametrize(
    ("by", "command", "reason"),
    [
        pytest.param("zoe", Approve, "Zoe is no representative of Northfield", id="a student"),
        pytest.param("nobody", Decline, "nobody is no representative", id="nobody we know"),
    ],
)
def test_nobody_else_may_answer(by: str, command: type[Approve], reason: str) -> None:
    refused = waits().act(command(by=by))
    assert isinstance(refused, Refused)
    assert refused.reason.startswith(reason)


def test_one_of_the_team_may_answer_too_and_a_second_answer_is_told_that_it_is_late() -> None:
    story = waits().do(Approve(by="jonas"))
    refused = story.act(Decline(by="mara"))
    assert refused == Refused("SUP-1 waits for no approval: it is new.")


def test_reminded_once_then_first_line_has_it_and_nothing_is_lost() -> None:
    story = waits().until(NOON + DAY)
    assert [event.people for event in story.of(e.Reminded)] == [("mara",)]
    assert [d.payload["again"] for d in story.sent("slack.approval")] == [False, True]
    assert story.ticket.state == "waiting"
    story.until(NOON + 2 * DAY)
    (waived,) = story.of(e.ApprovalWaived)
    assert waived.reason == "nobody approved it in time"
    assert (story.ticket.state, story.called()) == ("new", [("12:00", ("ines",))])


def test_whoever_is_reminded_late_has_as_long_as_others() -> None:
    story = waits().asleep_until(NOON + 2 * DAY)
    assert story.ticket.state == "waiting"
    assert story.due("approval") == NOON + 3 * DAY


def test_a_clock_of_a_wait_that_is_over_does_nothing() -> None:
    row = Timer(1, 1, "approval", NOON, 1, 0)
    assert isinstance(timer_fired(ticket(), row, playbooks(), DESK, NOON), Dropped)


@pytest.mark.parametrize(
    ("command", "state"),
    [
        (c.Acknowledge(by="ines"), "acknowledged"),
        (c.Take(by="ines"), "acknowledged"),
        (c.HandOver(by="ines"), "new"),
        (c.ChangeSeverity(by="ines", severity="P1", reason="x"), "new"),
        (c.ChangeSeverity(by="ines", severity="P4", reason="x"), "new"),
        (c.Resolve(by="ines"), "resolved"),
        (Snooze(by="ines", until="2026-11-25T09:00"), "acknowledged"),
    ],
)
def test_the_team_ends_the_wait_by_working_on_it(command: c.Command, state: str) -> None:
    story = waits().do(command)
    assert (story.ticket.state, story.ticket.approval) == (state, None)
    assert story.due("approval") is None
    (over,) = story.sent("slack.approval_over")
    assert over.payload["text"] == "SUP-1: Waits for approval no longer."


def test_escalating_by_hand_begins_the_policy_once() -> None:
    story = waits()
    assert story.escalate("ines") is None
    assert story.called() == [("12:00", ("ines",))]
    again = c.done_already(c.EscalateNow(by="ines", seen=1), story.events[1:], NOON)
    assert again == Refused("You did this 0 s ago: it is done.")


def test_an_answer_to_the_reporter_leaves_it_waiting() -> None:
    story = waits().do(c.Reply(by="ines", text="we asked Mara"))
    assert (story.ticket.state, story.due("approval")) == ("waiting", NOON + DAY)
    story.do(Approve(by="mara"))
    assert story.due("first_answer") is None


@pytest.mark.parametrize(("one_waits", "state"), [(False, "new"), (True, "waiting")])
def test_what_is_merged_into_it_waits_only_where_it_waited_itself(
    one_waits: bool, state: str
) -> None:
    one = ticket(P3, number=2, approval=APPROVAL if one_waits else None)
    into = in_state("waiting", P3)
    done = merge(one, into, c.Merge(by="ines", into=1), playbooks(), NOON, has_attached=False)
    assert isinstance(done, Merging)
    assert after(into, *done.kept).state == state


def test_the_public_issue_waits_too() -> None:
    story = Story(P1, approval=APPROVAL)
    assert not story.ticket.issue_asked
    story.do(Approve(by="mara"))
    assert story.ticket.issue_asked


def test_what_was_asked_in_private_is_not_shown_in_the_channel() -> None:
    by_mail = opened(P3, approval=APPROVAL, reply_to=None)
    changes = [
        settle(None, (event,), playbooks(), DESK, NOON, words="my thesis")
        for event in (by_mail, opened(P3, approval=APPROVAL))
    ]
    asked = [d for change in changes for d in change.deliveries if d.kind == "slack.approval"]
    assert [d.payload["words"] for d in asked] == [False, True]


def test_a_representative_without_slack_is_asked_by_mail_in_the_reporter_s_words() -> None:
    known = playbooks(people={"mara": BY_MAIL})
    desk = Desk("#desk", sends_mail=True)
    event = opened(P3, approval=APPROVAL, title="Room", reporter=STUDENT)
    sent = settle(None, (event,), known, desk, NOON, words="May I have more room?").deliveries
    (mail,) = [d for d in sent if d.kind == "mail.approval"]
    assert mail.target == {"to": "mara@x.example", "name": "Mara"}
    assert "Zoe asks" in mail.payload["text"]
    assert "May I have more room?" in mail.payload["text"]


def test_who_is_asked_by_mail_is_asked_besides_the_channel() -> None:
    known = playbooks(people={"mara": BY_MAIL})
    sent = settle(None, (opened(P3, approval=APPROVAL),), known, MAILS, NOON).deliveries
    asked = [d for d in sent if d.kind.endswith(".approval")]
    assert [d.kind for d in asked] == ["slack.approval", "mail.approval"]
    assert len({d.key for d in asked}) == 2


def test_why_what_was_asked_in_private_is_refused_is_kept_from_the_channel() -> None:
    (by_mail,) = waits(reply_to=None).do(NOT_SO).sent("slack.approval_over")
    (open_to_all,) = waits().do(NOT_SO).sent("slack.approval_over")
    assert by_mail.payload["text"] == "SUP-1: Mara declined it."
    assert open_to_all.payload["text"] == "SUP-1: Mara declined it: he is ill"


def test_nobody_is_told_that_representatives_were_asked_who_cannot_be_reached() -> None:
    policy = playbooks(
        people={"mara": Person("mara", "Mara")},
        communities={"northfield": replace(NORTHFIELD, slack_channels=())},
        replies={"receipt": "asked {approvers}\nreceived"},
    )
    (receipt,) = waits(policy).sent("slack.reply")
    assert receipt.payload["text"] == "received"
