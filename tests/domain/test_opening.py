"""How a message opens a ticket, joins one, or comes too late for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from supportbot.domain.policy.playbook import Severity
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.opening import (
    KEPT_CHARACTERS,
    covers,
    heard,
    opened,
    terms_of,
    too_late_to_reopen,
)
from supportbot.domain.triage.decision import triage
from supportbot.domain.triage.message import Place, Sender
from tests.domain.samples import (
    DAY,
    MINUTE,
    NOON,
    P1,
    P2,
    P3,
    Phrases,
    fact,
    in_state,
    message,
    playbooks,
    rule,
    text_is,
    ticket,
)

SECOND = timedelta(seconds=1)
OUTAGE = rule("outage", text_is(0, "down"), severity="P1", symptom="reach", labels=("outage",))
PLAIN = rule("rest", fact("source", "slack"), severity="P3")
POLICY = playbooks(rules=(OUTAGE, PLAIN), matcher=Phrases("text:down"))


def open_it(text: str, **more: object) -> e.Opened:
    said = message(text)
    return opened(5, said, triage(said, POLICY, NOON), POLICY, NOON, **more)  # type: ignore[arg-type]


def test_a_message_opens_a_ticket_with_what_triage_found() -> None:
    event = open_it("hub.northfield.example is down")
    assert (event.number, event.at, event.by) == (5, NOON, None)
    assert (event.terms, event.symptom, event.labels) == (P1, "reach", ("outage",))
    assert (event.community, event.hub, event.cluster) == (
        "northfield",
        "northfield/prod",
        "northfield-1",
    )
    assert (event.reporter_person, event.rule, event.playbooks) == ("mara", "outage", "v1")
    assert (event.first_line, event.second_line) == ("first-line", "second-line")
    assert event.next_word_at == NOON + 30 * MINUTE


def test_the_first_word_is_promised_in_working_time_where_the_terms_say_so() -> None:
    assert open_it("a question").next_word_at == NOON + DAY


def test_terms_without_a_first_answer_promise_none() -> None:
    policy = replace(POLICY, severities={"P3": replace(P3, first_answer=None)}, rules=(PLAIN,))
    said = message("a question")
    event = opened(5, said, triage(said, policy, NOON), policy, NOON)
    assert event.next_word_at is None


def test_what_the_rule_says_of_the_issue_is_in_the_terms() -> None:
    secret = rule("secret", fact("source", "slack"), severity="P1", github_issue="never")
    policy = replace(POLICY, rules=(secret,))
    found = triage(message(), policy, NOON)
    assert terms_of(found, policy) == replace(P1, github_issue="never")


def test_terms_that_the_rule_leaves_alone_are_the_playbooks_own_object() -> None:
    found = triage(message("down"), POLICY, NOON)
    assert terms_of(found, POLICY) is POLICY.severities["P1"]


@pytest.mark.parametrize(
    ("first", "attached"),
    [
        pytest.param(P1, 2, id="as severe"),
        pytest.param(P2, None, id="less severe: the worse report calls for itself"),
    ],
)
def test_a_report_of_the_same_fault_attaches_only_to_one_at_least_as_severe(
    first: Severity, attached: int | None
) -> None:
    similar = replace(ticket(first), number=2)
    assert open_it("down", similar=(similar,)).attached_to == attached


def test_it_attaches_to_the_first_that_is_as_severe_whatever_is_older() -> None:
    older = [replace(ticket(terms), number=n) for n, terms in ((2, P3), (3, P1), (4, P1))]
    assert open_it("down", similar=older).attached_to == 3


@pytest.mark.parametrize(
    ("first", "later", "covered"),
    [(P1, P3, True), (P1, P1, True), (P3, P1, False)],
    ids=["worse first", "as bad", "worse later"],
)
def test_a_policy_covers_what_is_no_more_urgent(
    first: Severity, later: Severity, covered: bool
) -> None:
    assert covers(ticket(first), later) is covered


def test_a_ticket_that_goes_on_from_an_old_one_says_so() -> None:
    assert open_it("again", previous=3).previous == 3


def names(events: tuple[e.Event, ...]) -> str:
    return " ".join(type(event).__name__ for event in events)


TEAM = playbooks().team()


@pytest.mark.parametrize(
    ("state", "by", "expected"),
    [
        ("new", "mara", "Heard"),
        ("acknowledged", "mara", "Heard"),
        ("resolved", "mara", "Heard Reopened"),
        ("closed", "mara", "Heard Reopened"),
        ("resolved", None, "Heard Reopened"),
        ("resolved", "ines", "Heard"),
        ("closed", "ines", "Heard"),
    ],
)
def test_a_further_message_is_heard_and_the_reporter_s_wakes_what_was_over(
    state: str, by: str | None, expected: str
) -> None:
    assert names(heard(in_state(state), message(), by, TEAM, NOON)) == expected


@pytest.mark.parametrize("state", ["new", "acknowledged", "resolved", "closed"])
def test_what_one_of_the_team_says_under_a_page_is_no_answer_and_wakes_nothing(
    state: str,
) -> None:
    under_a_page = Place("slack", {"channel": "D0INES", "thread": "1764000000.000900"})
    said = message("I look", sender=Sender(slack="U0INES"), reply_to=under_a_page)
    (event,) = heard(in_state(state), said, "ines", POLICY.team(), NOON)
    assert isinstance(event, e.Heard)
    assert (event.by, event.by_team, event.aside) == ("ines", False, True)


def test_one_of_the_team_who_reported_it_is_heard_as_the_reporter() -> None:
    theirs = replace(in_state("resolved"), reporter_person="zoe")
    events = heard(theirs, message(), "zoe", TEAM | {"zoe"}, NOON)
    assert names(events) == "Heard Reopened"
    assert [event.by_team for event in events if isinstance(event, e.Heard)] == [False]


@pytest.mark.parametrize(
    ("sender", "author"),
    [
        (Sender(slack="U1", mail="m@x.example", name="Mara"), "Mara"),
        (Sender(slack="U1", mail="m@x.example"), "m@x.example"),
        (Sender(slack="U1"), "U1"),
        (Sender(), "someone"),
    ],
)
def test_whoever_wrote_is_named_as_well_as_known(sender: Sender, author: str) -> None:
    (event,) = heard(ticket(), message(sender=sender), None, TEAM, NOON)
    assert isinstance(event, e.Heard)
    assert event.author == author


def test_a_name_that_is_not_proved_is_not_told_as_if_it_were() -> None:
    forged = message(sender=Sender(mail="m@x.example", name="Mara"), authenticated=False)
    (event,) = heard(ticket(), forged, None, TEAM, NOON)
    assert isinstance(event, e.Heard)
    assert event.author == "Mara (m@x.example, not proved)"


def test_the_timeline_keeps_the_head_of_an_endless_message() -> None:
    (event,) = heard(ticket(), message("a" * 1_000_000), None, TEAM, NOON)
    assert isinstance(event, e.Heard)
    assert len(event.text) == KEPT_CHARACTERS


@pytest.mark.parametrize(
    ("state", "since", "late"),
    [
        ("new", 300 * DAY, False),
        ("resolved", 300 * DAY, False),
        ("closed", 14 * DAY, False),
        ("closed", 14 * DAY + SECOND, True),
    ],
)
def test_only_what_is_long_closed_is_too_late_to_reopen(
    state: str, since: timedelta, late: bool
) -> None:
    assert too_late_to_reopen(in_state(state), NOON + since) is late


def test_answers_do_not_follow_a_mail_that_may_be_anybody_s() -> None:
    theirs = Place("mail", {"to": "mara@northfield.example", "subject": "Pay here"})
    said = replace(message(reply_to=theirs), source="mail")
    for wakes, followed in ((True, theirs), (False, None)):
        (event,) = heard(ticket(), said, None, TEAM, NOON, wakes=wakes)
        assert isinstance(event, e.Heard)
        assert event.reply_to == followed
