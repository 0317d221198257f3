"""Who is told what: the reporter, the team, the public, and what each of them never hears."""

from __future__ import annotations

import json
from typing import Any

import pytest

from supportbot.domain.notices.delivery import ANSWER, PAGE, NewDelivery
from supportbot.domain.notices.issue_text import LINK
from supportbot.domain.notices.template import ISSUE_FIELDS, REPLY_FIELDS
from supportbot.domain.notices.ticket_notices import Desk
from supportbot.domain.policy.playbook import Severity
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.consequences import settle
from supportbot.domain.ticket.opening import opened
from supportbot.domain.triage.decision import triage
from supportbot.domain.triage.message import Place, Sender
from tests.domain.samples import (
    DESK,
    HOUR,
    ISSUES,
    MINUTE,
    NOON,
    P1,
    P2,
    P3,
    REPLIES,
    THREAD,
    message,
    people,
    playbooks,
    rule,
    step,
    text_is,
)
from tests.domain.samples import opened as opening
from tests.domain.story import Story

ACK = c.Acknowledge(by="ines")
HAND_OVER = c.HandOver(by="ines", note="tried a restart")


def told(terms: Severity = P1, *commands: c.Command, **changes: Any) -> Story:
    story = Story(terms, **changes)
    for command in commands:
        story.do(command)
    return story


def to_reporter(story: Story) -> list[str]:
    return [delivery.payload["text"] for delivery in story.sent("slack.reply")]


def notes(story: Story) -> list[str]:
    return [delivery.payload["text"] for delivery in story.sent("slack.note")]


def test_opening_makes_a_root_message_a_receipt_and_a_page() -> None:
    story = told()
    (root,), (page,) = story.sent("slack.root"), story.sent("slack.page")
    assert (root.target, root.stream, root.priority) == ({"channel": "#desk"}, "team:1", ANSWER)
    assert to_reporter(story) == [
        "Thank you: SUP-1.\nYou hear from us by Tuesday 2026-11-24 12:30 UTC."
    ]
    assert page.target == {"person": "ines", "user": "UINES", "mail": "ines@desk.example"}
    assert (page.priority, page.stream) == (PAGE, None)


def test_a_page_says_enough_to_decide_whether_to_get_up() -> None:
    (page,) = told().sent("slack.page")
    expected = {
        "number": 1,
        "severity": "P1",
        "means": "as bad as P1",
        "title": "it is broken",
        "community": "Northfield",
        "hub": "northfield/prod",
        "symptom": "login",
        "step": 1,
        "attempt": 1,
        "late_minutes": 0,
        "by": None,
        "position": 0,
        "round": 1,
    }
    assert {name: page.payload[name] for name in expected} == expected
    assert page.payload["reason"].startswith("week 1 of 2 in main")


def test_a_late_page_says_how_late() -> None:
    story = Story().asleep_until(NOON + 3 * HOUR)
    late = [page.payload["late_minutes"] for page in story.sent("slack.page")]
    assert late[:2] == [0, 170]


def test_everyone_a_step_reaches_is_mentioned_in_the_thread_and_paged_apart() -> None:
    story = Story().until(NOON + 20 * MINUTE)
    mention = story.sent("slack.mention")[-1]
    assert [person["slack"] for person in mention.payload["people"]] == ["UJONAS", "ULUCIA"]
    assert mention.payload["reasons"][1] == "is manager"
    assert story.paged()[-2:] == ["jonas", "lucia"]


def test_a_step_that_notifies_mentions_and_pages_nobody() -> None:
    story = told(P3)
    assert [mention.payload["urgent"] for mention in story.sent("slack.mention")] == [False]
    assert story.paged() == []


def test_someone_without_an_address_is_still_paged_so_that_the_page_can_fail() -> None:
    terms = opening().terms
    bare = playbooks(people={"ines": people("ines")["ines"].__class__("ines", "Ines")})
    (page,) = Story(terms, policy=bare).sent("slack.page")
    assert page.target == {"person": "ines", "user": "", "mail": ""}


def test_a_channel_of_a_step_gets_a_post_of_its_own() -> None:
    terms = Severity("P1", 0, "bad", (step("ines", "#a", "#b"),))
    posts = told(terms).sent("slack.post")
    assert [post.target["channel"] for post in posts] == ["#a", "#b"]


def test_a_rule_may_tell_a_channel_and_choose_the_receipt_or_none() -> None:
    policy = playbooks(replies={**REPLIES, "short": "Seen: {reference}."})

    def reply(name: str | None, tell: str | None) -> list[tuple[str, str]]:
        change = settle(None, (opening(),), policy, DESK, NOON, reply=name, tell=tell)
        wanted = ("slack.reply", "slack.post")
        return [
            (d.kind, d.payload.get("text", d.target.get("channel")))
            for d in change.deliveries
            if d.kind in wanted
        ]

    assert reply(None, None) == []
    assert reply("short", "#infra") == [
        ("slack.reply", "Seen: SUP-1."),
        ("slack.post", "#infra"),
    ]


@pytest.mark.parametrize(
    ("commands", "texts"),
    [
        pytest.param([ACK], ["We are on SUP-1.\nIt is with Ines."], id="acknowledged"),
        pytest.param(
            [c.Acknowledge(by="jonas")],
            ["We are on SUP-1.\nIt is with Jonas."],
            id="acknowledged by second line",
        ),
        pytest.param([c.Take(by="tomasz")], ["We are on SUP-1.\nIt is with Tomasz."], id="taken"),
        pytest.param(
            [c.Reply(by="ines", text="We look.")], ["We look."], id="an answer says it all"
        ),
        pytest.param(
            [ACK, HAND_OVER, c.Acknowledge(by="jonas")],
            [
                "We are on SUP-1.\nIt is with Ines.",
                "SUP-1 is with second line.",
                "We are on SUP-1.\nIt is with Ines.",
            ],
            id="first line stays the voice",
        ),
        pytest.param(
            [c.Resolve(by="ines", text="A restart helped.")],
            ["A restart helped.\nSUP-1 is resolved."],
            id="resolved",
        ),
        pytest.param([c.Resolve(by="ines")], ["SUP-1 is resolved."], id="resolved without a word"),
        pytest.param(
            [ACK, c.LetGo(by="ines")], ["We are on SUP-1.\nIt is with Ines."], id="let go"
        ),
        pytest.param(
            [c.ChangeSeverity(by="ines", severity="P2", reason="calm")], [], id="our severity"
        ),
    ],
)
def test_the_reporter_hears(commands: list[c.Command], texts: list[str]) -> None:
    assert to_reporter(told(P1, *commands))[1:] == texts


def test_only_what_a_person_sent_is_not_marked_as_automatic() -> None:
    story = told(P1, c.Reply(by="ines", text="We look."), c.Resolve(by="ines", text="Done."))
    marks = [delivery.payload["automatic"] for delivery in story.sent("slack.reply")]
    assert marks == [True, False, False]


def test_an_answer_goes_back_the_way_the_request_came() -> None:
    place = Place("mail", {"to": "m@northfield.example", "thread": "<1@x>"})
    story = told(P1, c.Reply(by="ines", text="We look."), reply_to=place)
    answer = story.sent("mail.reply")[-1]
    assert answer.target == {"place": "reporter", **place.address}
    assert (answer.stream, answer.priority) == ("reporter:1", ANSWER)


def test_without_a_way_back_the_team_still_sees_the_answer() -> None:
    story = told(P1, c.Reply(by="ines", text="We look."), reply_to=None)
    assert to_reporter(story) == []
    assert notes(story)[-1] == "Ines answered the reporter:\nWe look."


def test_braces_in_an_answer_are_the_writer_s_own() -> None:
    story = told(P1, c.Reply(by="ines", text="run {reference} and {answer}"))
    assert to_reporter(story)[-1] == "run {reference} and {answer}"


@pytest.mark.parametrize(
    ("commands", "note"),
    [
        ([ACK], "Ines acknowledged it."),
        ([c.Take(by="jonas")], "Jonas took it (second line)."),
        ([ACK, c.LetGo(by="ines")], "Ines let it go: the policy starts again."),
        ([HAND_OVER], "Ines handed it over to second line: tried a restart"),
        ([c.HandOver(by="ines")], "Ines handed it over to second line."),
        (
            [c.ChangeSeverity(by="ines", severity="P3", reason="one user")],
            "Ines lowered it to P3: one user",
        ),
        ([c.Resolve(by="ines", text="Done.")], "Ines resolved it:\nDone."),
        ([c.Resolve(by="ines")], "Ines resolved it."),
        ([c.Resolve(by="ines"), c.Reopen(by="jonas")], "Jonas reopened it."),
        ([c.Resolve(by="ines"), c.Reopen(by="jonas", reason="no")], "Jonas reopened it: no."),
    ],
)
def test_the_team_reads_of_every_verb_in_the_thread(commands: list[c.Command], note: str) -> None:
    assert note in notes(told(P1, *commands))


def test_the_team_reads_what_the_reporter_adds_and_that_it_reopened() -> None:
    story = told(P1, c.Resolve(by="ines")).hear("no, still broken")
    (heard,) = story.sent("slack.heard")
    assert heard.payload == {"author": "mara", "text": "no, still broken"}
    assert "The reporter reopened it: wrote again after it was resolved." in notes(story)


def test_every_change_that_shows_refreshes_the_root_message_foldably() -> None:
    story = told(P1, ACK)
    updates = story.sent("slack.update")
    assert updates
    assert all(update.fold and update.stream == "team:1" for update in updates)


def test_an_attached_ticket_and_its_first_name_each_other() -> None:
    attached = Story(P1, number=2, attached_to=1)
    first = Story(P1)
    change = settle(first.ticket, (e.Attached(at=NOON, number=2),), first.playbooks, DESK, NOON)
    assert "Attached to SUP-1: same hub, same symptom. It pages once." in notes(attached)
    assert change.deliveries[0].payload["text"].startswith("SUP-2 reports the same fault")


def test_a_ticket_both_attached_and_going_on_from_an_old_one_says_both() -> None:
    story = Story(P1, number=9, attached_to=7, previous=3)
    assert len(notes(story)) == 2
    keys = [delivery.key for delivery in story.deliveries]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", ["root", "note", "tell", "mention"])
def test_a_reply_may_have_any_name_without_standing_in_another_one_s_way(name: str) -> None:
    policy = playbooks(replies={**REPLIES, name: "Seen."})
    change = settle(None, (opening(previous=3),), policy, DESK, NOON, reply=name, tell="#infra")
    keys = [delivery.key for delivery in change.deliveries]
    assert len(keys) == len(set(keys))


def test_the_issue_is_made_of_the_allow_list_and_waits_a_moment_for_the_thread() -> None:
    (issue,) = told().sent("github.issue")
    assert issue.payload["title"] == "P1: login, northfield/prod"
    assert issue.payload["labels"] == ["P1", "outage"]
    assert issue.payload["assignees"] == ["jonas-gh"]
    assert issue.payload["body"].splitlines() == [
        "SUP-1 P1 Northfield northfield/prod northfield-1 login 2026-11-24 12:00 UTC request",
        "outage",
        "Ines",
        "Jonas",
        "step 1",
        LINK,
    ]
    assert issue.target == {"repo": "example/incidents"}
    assert issue.due is not None
    assert issue.due > NOON
    assert issue.stream == "issue:1"


def test_the_issue_names_each_step_done_once() -> None:
    story = told(P2)
    story.playbooks = playbooks(issues={"incident": "# x\n{attempts}"})
    story.until(NOON + 5 * HOUR)
    assert [issue.payload["body"] for issue in story.sent("github.issue")] == ["step 1, step 2"]


@pytest.mark.parametrize(
    ("commands", "kinds"),
    [
        ([HAND_OVER], ["github.issue", "github.comment", "github.comment"]),
        (
            [c.ChangeSeverity(by="ines", severity="P2", reason="calm")],
            ["github.issue", "github.comment"],
        ),
        ([c.Resolve(by="ines", text="secret")], ["github.issue", "github.comment", "github.close"]),
        (
            [c.Resolve(by="ines"), c.Reopen(by="ines")],
            ["github.issue", "github.comment", "github.close", "github.reopen"],
        ),
        ([ACK, c.Reply(by="ines", text="secret")], ["github.issue"]),
    ],
)
def test_the_public_hears_of_escalation_and_resolution(
    commands: list[c.Command], kinds: list[str]
) -> None:
    story = told(P1, *commands)
    sent = [d for d in story.deliveries if d.kind.startswith("github.")]
    assert [delivery.kind for delivery in sent] == kinds
    assert all(d.target.get("place") == "issue" for d in sent if d.kind != "github.issue")
    assert "secret" not in json.dumps([dict(d.payload) for d in sent])


def test_the_public_hears_once_that_second_line_was_called_however_often_it_is() -> None:
    story = told(P1)
    story.until(NOON + 5 * HOUR)
    called = [d for d in story.sent("github.comment") if "called" in d.payload["body"]]
    assert len(called) > 1
    assert {comment.key for comment in called} == {"SUP-1.second-line"}


def test_the_public_hears_nothing_of_a_ticket_without_an_issue() -> None:
    story = told(P2, ACK, c.Resolve(by="ines"), c.Reopen(by="ines"))
    assert [d for d in story.deliveries if d.kind.startswith("github.")] == []


@pytest.mark.parametrize(
    ("desk", "issues"),
    [(Desk("#desk"), ISSUES), (DESK, {})],
    ids=["no repository", "no template"],
)
def test_without_a_place_or_a_text_there_is_no_issue(desk: Desk, issues: dict[str, str]) -> None:
    policy = playbooks(issues=issues)
    change = settle(None, (opening(),), policy, desk, NOON)
    assert not [d for d in change.deliveries if d.kind == "github.issue"]
    assert change.deliveries


SECRET = "hunter2 hub.northfield.example x"
EVERY_VERB: list[c.Command] = [
    c.Reply(by="ines", text=f"you wrote {SECRET}"),
    c.HandOver(by="ines", note=SECRET),
    c.Acknowledge(by="jonas"),
    c.ChangeSeverity(by="jonas", severity="P2", reason=SECRET),
    c.Resolve(by="jonas", text=SECRET),
    c.Reopen(by="ines", reason=SECRET),
]


def test_nothing_private_ever_reaches_the_public() -> None:
    outage = rule("out", text_is(0, "x"), severity="P1", labels=("outage",))
    policy = playbooks(rules=(outage,))
    said = message(SECRET, subject=SECRET, sender=Sender(slack="UMARA", name=SECRET))
    event = opened(1, said, triage(said, policy, NOON), policy, NOON)
    story = Story(policy=policy, title=event.title, reporter=event.reporter)
    for command in EVERY_VERB:
        story.do(command)
        story.escalate()
        if story.ticket.state != "resolved":
            story.hear(SECRET)
        story.until(story.now + 30 * MINUTE)
    public = [d for d in story.deliveries if d.kind.startswith("github.")]
    assert {d.kind for d in public} >= {"github.issue", "github.comment", "github.close"}
    everything = json.dumps([[dict(d.payload), dict(d.target), d.key] for d in public])
    assert "hunter2" not in everything


def test_every_field_a_template_may_use_is_filled() -> None:
    policy = playbooks(
        replies={"receipt": "\n".join(f"{name}=({{{name}}})" for name in sorted(REPLY_FIELDS))},
        issues={"incident": "\n".join(f"{name}=({{{name}}})" for name in sorted(ISSUE_FIELDS))},
    )
    story = Story(policy=policy)
    receipt = to_reporter(story)[0].splitlines()
    issue = story.sent("github.issue")[0].payload["body"].splitlines()
    assert {line.partition("=")[0] for line in receipt} == REPLY_FIELDS - {
        "answer",
        "owner",
        "merged_into",
        "questions",
        "known_problem",
        "workaround",
        "event",
        "when",
        "freeze_until",
        "reason",
        "approvers",
    }
    # Nobody counts the users yet: a line that asks for them says nothing.
    assert {line.partition("=")[0] for line in issue} == ISSUE_FIELDS - {"users_affected"}


def test_a_receipt_asks_what_is_missing_and_is_silent_when_nothing_is() -> None:
    policy = playbooks(replies={"receipt": "{reference}\nTell us: {questions}"})
    receipts = [
        settle(None, (opening(),), policy, DESK, NOON, reply="receipt", ask=ask).deliveries
        for ask in (("Since when?", "Which hub?"), ())
    ]
    texts = [d.payload["text"] for found in receipts for d in found if d.kind == "slack.reply"]
    assert texts == ["SUP-1\nTell us: Since when? Which hub?", "SUP-1"]


@pytest.mark.parametrize(
    ("kind", "terms", "commands", "minutes", "words"),
    [
        ("first_answer", P1, [], 30, "The reporter has had no answer yet"),
        ("next_update", P1, [ACK], 120, "The next word to the reporter is due now."),
        ("remind_acknowledged", P1, [ACK], 120, "Acknowledged a while ago"),
        ("timebox_ask", P3, [ACK], 25, "The first-line time is nearly over"),
    ],
)
def test_a_reminder_says_what_is_due(
    kind: str, terms: Severity, commands: list[c.Command], minutes: int, words: str
) -> None:
    story = told(terms, *commands).until(NOON + minutes * MINUTE)
    texts = [delivery.payload["text"] for delivery in story.sent("slack.reminder")]
    assert kind in [event.kind for event in story.of(e.Reminded)]
    assert any(text.startswith(words) for text in texts)


def test_a_reporter_s_thread_and_the_team_s_are_two_streams_in_order() -> None:
    story = told(P1, ACK, c.Resolve(by="ines", text="Done."))
    streams: dict[str, list[NewDelivery]] = {}
    for delivery in story.deliveries:
        streams.setdefault(delivery.stream or "", []).append(delivery)
    assert {d.target.get("thread") for d in streams["reporter:1"]} == {THREAD.address["thread"]}
    assert streams["team:1"][0].kind == "slack.root"
    assert streams["issue:1"][0].kind == "github.issue"
