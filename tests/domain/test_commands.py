"""Every verb in every state: the events that follow, or the reason why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

import pytest

from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import Decision, Refused, ago, line_of, members_of
from supportbot.domain.ticket.ticket import Ticket
from tests.domain.samples import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    P1,
    P2,
    P3,
    SEVERITIES,
    acknowledged,
    after,
    at,
    in_state,
    playbooks,
    rotation,
    ticket,
)

NOW = NOON + 5 * MINUTE
Issue = Literal["on_open", "on_second_line", "never"]


def decide(
    ticket: Ticket, command: c.Command, now: datetime = NOW, policy: Playbooks | None = None
) -> Decision:
    return c.decide(ticket, command, policy or playbooks(), now)


def names(decision: Decision) -> str:
    """The events by name, or the refusal's words."""
    if isinstance(decision, Refused):
        return decision.reason
    return " ".join(type(event).__name__ for event in decision)


VERBS: dict[str, c.Command] = {
    "acknowledge": c.Acknowledge(by="tomasz"),
    "take": c.Take(by="tomasz"),
    "let go": c.LetGo(by="ines"),
    "hand over": c.HandOver(by="tomasz"),
    "severity": c.ChangeSeverity(by="tomasz", severity="P1", reason="a class"),
    "reply": c.Reply(by="tomasz", text="we look"),
    "resolve": c.Resolve(by="tomasz"),
    "reopen": c.Reopen(by="tomasz"),
}

TABLE = {
    "acknowledge": {
        "waiting": "Acknowledged",
        "new": "Acknowledged",
        "acknowledged": "SUP-1 was acknowledged by Ines 5 min ago.",
        "resolved": "SUP-1 is resolved: reopen it first.",
        "closed": "SUP-1 is closed: reopen it first.",
    },
    "take": {
        "waiting": "Taken Acknowledged",
        "new": "Taken Acknowledged",
        "acknowledged": "Taken",
        "resolved": "SUP-1 is resolved: reopen it first.",
        "closed": "SUP-1 is closed: reopen it first.",
    },
    "let go": {
        "waiting": "SUP-1 is not yours to let go.",
        "new": "SUP-1 is not yours to let go.",
        "acknowledged": "LetGo",
        "resolved": "SUP-1 is resolved: there is nothing to let go.",
        "closed": "SUP-1 is closed: there is nothing to let go.",
    },
    "hand over": {
        "waiting": "HandedOver",
        "new": "HandedOver",
        "acknowledged": "HandedOver",
        "resolved": "SUP-1 is resolved: reopen it first.",
        "closed": "SUP-1 is closed: reopen it first.",
    },
    "severity": {
        "waiting": "SeverityChanged",
        "new": "SeverityChanged",
        "acknowledged": "SeverityChanged",
        "resolved": "SUP-1 is resolved: reopen it first.",
        "closed": "SUP-1 is closed: reopen it first.",
    },
    "reply": {
        "waiting": "Replied",
        "new": "Acknowledged Replied",
        "acknowledged": "Replied",
        "resolved": "Replied",
        "closed": "SUP-1 is closed: reopen it first.",
    },
    "resolve": {
        "waiting": "Resolved",
        "new": "Resolved",
        "acknowledged": "Resolved",
        "resolved": "SUP-1 is resolved already.",
        "closed": "SUP-1 is closed already.",
    },
    "reopen": {
        "waiting": "SUP-1 is open.",
        "new": "SUP-1 is open.",
        "acknowledged": "SUP-1 is open.",
        "resolved": "Reopened",
        "closed": "Reopened",
    },
}


@pytest.mark.parametrize(
    ("verb", "state", "outcome"),
    [(verb, state, outcome) for verb, row in TABLE.items() for state, outcome in row.items()],
)
def test_a_verb_in_a_state_does(verb: str, state: str, outcome: str) -> None:
    assert names(decide(in_state(state, P2), VERBS[verb])) == outcome


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("stranger", "called"), [("mara", "Mara"), ("zoe", "Zoe"), ("U666", "U666")]
)
def test_whoever_is_not_of_the_team_is_refused(verb: str, stranger: str, called: str) -> None:
    decision = decide(in_state("new"), replace(VERBS[verb], by=stranger))
    assert isinstance(decision, Refused)
    assert decision.reason.startswith(f"{called} is in no rotation and no role")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", ["new", "acknowledged", "resolved", "closed"])
def test_whatever_a_verb_does_names_who_and_when(verb: str, state: str) -> None:
    decision = decide(in_state(state, P2), VERBS[verb])
    if not isinstance(decision, Refused):
        assert {(event.by, event.at) for event in decision} == {(VERBS[verb].by, NOW)}


def test_a_verb_that_is_none_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="no such verb"):
        decide(ticket(), c.Command(by="ines"))


@pytest.mark.parametrize(
    ("person", "on_second", "line"),
    [
        ("ines", False, "first"),
        ("ines", True, "first"),
        ("jonas", False, "second"),
        ("jonas", True, "second"),
        ("lucia", False, "first"),
        ("lucia", True, "second"),
    ],
)
def test_people_work_their_rotation_s_line_and_others_the_present_one(
    person: str, on_second: bool, line: str
) -> None:
    made = after(ticket(), e.HandedOver(at=NOON)) if on_second else ticket()
    assert line_of(made, person, playbooks()) == line


def test_whoever_is_in_both_rotations_works_the_present_line() -> None:
    both = {name: rotation(name, "ines jonas") for name in ("first-line", "second-line")}
    policy = playbooks(rotations=both)
    assert line_of(ticket(), "jonas", policy) == "first"
    assert line_of(after(ticket(), e.HandedOver(at=NOON)), "ines", policy) == "second"


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("first-line", {"ines", "tomasz"}),
        ("manager", {"lucia"}),
        ("zoe", {"zoe"}),
        ("nobody-knows", set()),
    ],
)
def test_a_name_stands_for_everyone_behind_it(name: str, members: set[str]) -> None:
    assert members_of(name, playbooks()) == members


def test_acknowledging_again_tells_oneself() -> None:
    decision = decide(in_state("acknowledged"), c.Acknowledge(by="ines"))
    assert names(decision) == "SUP-1 was acknowledged by you 5 min ago."


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        pytest.param(1, "SUP-1 was taken by Ines 5 min ago.", id="looked before she took it"),
        pytest.param(2, "Taken", id="saw that she has it"),
        pytest.param(None, "Taken", id="from the command line, where nothing was seen"),
    ],
)
def test_taking_over_succeeds_and_losing_a_race_does_not(seen: int | None, outcome: str) -> None:
    assert names(decide(in_state("acknowledged"), c.Take(by="tomasz", seen=seen))) == outcome


def test_a_change_that_is_not_about_the_owner_loses_no_race() -> None:
    handled = after(ticket(), e.IssueAsked(at=NOON), e.Heard(at=NOON, key="m", text="", author=""))
    assert names(decide(handled, c.Take(by="tomasz", seen=1))) == "Taken Acknowledged"


def test_taking_one_s_own_again_is_refused() -> None:
    refused = decide(in_state("acknowledged"), c.Take(by="ines"))
    assert names(refused) == "SUP-1 is already yours."


def test_taking_one_s_own_that_pages_again_acknowledges_it() -> None:
    raised = e.SeverityChanged(at=NOON, terms=P1, reason="x", raised=True)
    paging = after(ticket(P2), acknowledged(), raised)
    assert names(decide(paging, c.Take(by="ines"))) == "Taken Acknowledged"


def test_second_line_takes_its_own_line_beside_the_first() -> None:
    decision = decide(in_state("acknowledged"), c.Take(by="jonas", seen=1))
    assert decision == (e.Taken(at=NOW, by="jonas", line="second"),)


def test_one_lets_go_of_the_line_at_work_first() -> None:
    both = after(
        ticket(),
        e.Taken(at=NOON, by="lucia", line="first"),
        e.HandedOver(at=NOON, by="lucia"),
        acknowledged("lucia", "second"),
    )
    assert decide(both, c.LetGo(by="lucia")) == (e.LetGo(at=NOW, by="lucia", line="second"),)


def test_what_second_line_has_is_not_handed_over_again() -> None:
    handed = after(ticket(), e.HandedOver(at=NOON))
    assert names(decide(handed, c.HandOver(by="ines"))) == "SUP-1 is with second line already."


def test_a_note_goes_along_with_the_hand_over() -> None:
    decision = decide(ticket(), c.HandOver(by="ines", note=" tried a restart \n"))
    assert decision == (e.HandedOver(at=NOW, by="ines", note="tried a restart"),)


@pytest.mark.parametrize(
    ("severity", "reason", "outcome"),
    [
        ("P1", "a class", "SeverityChanged"),
        ("P3", "calm", "SeverityChanged"),
        ("P2", "the same", "SUP-1 is P2 already."),
        ("P9", "odd", "There is no severity P9: P1, P2, P3, P4."),
        ("P1", "  ", "A change of severity needs a reason: it is how the rules get better."),
    ],
)
def test_a_change_of_severity_needs_another_one_and_a_reason(
    severity: str, reason: str, outcome: str
) -> None:
    command = c.ChangeSeverity(by="ines", severity=severity, reason=reason)
    assert names(decide(ticket(P2), command)) == outcome


@pytest.mark.parametrize(("severity", "raised"), [("P1", True), ("P3", False), ("P4", False)])
def test_a_change_of_severity_is_up_or_down(severity: str, raised: bool) -> None:
    command = c.ChangeSeverity(by="ines", severity=severity, reason="x")
    decision = decide(ticket(P2), command)
    assert not isinstance(decision, Refused)
    assert [getattr(event, "raised", None) for event in decision] == [raised]


@pytest.mark.parametrize(
    ("answered", "severity", "promised"),
    [
        pytest.param(False, "P1", NOON + 30 * MINUTE, id="the first answer under the new terms"),
        pytest.param(True, "P1", NOW + 2 * HOUR, id="the next update under the new terms"),
        pytest.param(True, "P3", None, id="terms that promise no updates"),
    ],
)
def test_a_change_of_severity_changes_when_the_next_word_is_due(
    answered: bool, severity: str, promised: datetime | None
) -> None:
    replied = e.Replied(at=NOON, by="ines", text="on it", next_word_at=NOON + 4 * HOUR)
    made = after(ticket(P2), replied) if answered else ticket(P2)
    decision = decide(made, c.ChangeSeverity(by="ines", severity=severity, reason="x"))
    assert not isinstance(decision, Refused)
    assert after(made, *decision).next_word_at == promised


@pytest.mark.parametrize(
    ("ruled", "severity", "issue"),
    [
        pytest.param("never", "P1", "never", id="a rule that keeps it private outlasts a raise"),
        pytest.param("on_second_line", "P1", "on_open", id="else the new severity decides"),
        pytest.param("on_second_line", "P4", "never", id="in both directions"),
    ],
)
def test_a_change_of_severity_never_overrules_what_a_rule_says_of_the_issue(
    ruled: Issue, severity: str, issue: Issue
) -> None:
    made = ticket(replace(P3, github_issue=ruled))
    decision = decide(made, c.ChangeSeverity(by="ines", severity=severity, reason="x"))
    assert not isinstance(decision, Refused)
    assert after(made, *decision).terms == replace(SEVERITIES[severity], github_issue=issue)


def test_an_empty_answer_is_refused() -> None:
    refused = decide(ticket(), c.Reply(by="ines", text=" \n "))
    assert names(refused) == "An empty answer would tell the reporter nothing."


def test_an_answer_promises_the_next_word() -> None:
    decision = decide(in_state("acknowledged"), c.Reply(by="ines", text=" on it "))
    replied = e.Replied(at=NOW, by="ines", text="on it", next_word_at=NOW + 2 * HOUR)
    assert decision == (replied,)


def test_an_answer_after_the_resolution_promises_nothing() -> None:
    decision = decide(in_state("resolved"), c.Reply(by="ines", text="bye"))
    assert decision == (e.Replied(at=NOW, by="ines", text="bye", next_word_at=None),)


@pytest.mark.parametrize(
    ("by", "outcome"),
    [
        pytest.param("ines", "Replied", id="first line speaks for second line, who must still ack"),
        pytest.param("jonas", "Acknowledged Replied", id="second line itself has it"),
        pytest.param("lucia", "Acknowledged Replied", id="a manager works the present line"),
    ],
)
def test_an_answer_while_second_line_is_called_acknowledges_only_for_second_line(
    by: str, outcome: str
) -> None:
    handed = after(ticket(), acknowledged(), e.HandedOver(at=NOON, by="ines"))
    assert names(decide(handed, c.Reply(by=by, text="they look"))) == outcome


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        pytest.param(c.Reply(by="ines", text=" we look "), "refused", id="the same form again"),
        pytest.param(c.Reply(by="ines", text="it is up"), "goes on", id="another answer"),
        pytest.param(c.Reply(by="jonas", text="we look"), "goes on", id="somebody else's"),
        pytest.param(c.Resolve(by="ines", text="we look"), "goes on", id="another verb"),
    ],
)
def test_an_answer_sent_again_because_its_acknowledgement_got_lost_is_refused(
    command: c.Command, outcome: str
) -> None:
    answered = e.Replied(at=NOON, by="ines", text="we look", next_word_at=None)
    refused = c.done_already(command, (acknowledged(), answered), NOON + MINUTE)
    said = Refused("You did this 1 min ago: it is done.")
    assert refused == (said if outcome == "refused" else None)


def test_escalate_now_asked_again_because_its_acknowledgement_got_lost_is_refused() -> None:
    reached = e.Reached(
        at=NOON,
        by="ines",
        position=1,
        step=1,
        attempt=1,
        urgent=True,
        people=("jonas",),
        reasons=("on call",),
        asked_by_hand=True,
    )
    again = c.EscalateNow(by="ines")
    assert c.done_already(again, (reached,), NOON) == Refused("You did this 0 s ago: it is done.")
    assert c.done_already(again, (), NOON) is None
    assert c.done_already(c.EscalateNow(by="jonas"), (reached,), NOON) is None


@pytest.mark.parametrize(
    ("days", "outcome"),
    [(0, "Reopened"), (14, "Reopened"), (15, "SUP-1 was closed 15 days ago: open a new one.")],
)
def test_a_closed_ticket_reopens_within_its_time(days: int, outcome: str) -> None:
    assert names(decide(in_state("closed"), c.Reopen(by="ines"), NOON + days * DAY)) == outcome


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (NOON, "0 s ago"),
        (NOON - MINUTE, "0 s ago"),
        (at("12:00:59"), "59 s ago"),
        (NOON + MINUTE, "1 min ago"),
        (at("12:59:59"), "59 min ago"),
        (NOON + HOUR, "1 h ago"),
        (NOON + 47 * HOUR, "47 h ago"),
        (NOON + 48 * HOUR, "2 days ago"),
    ],
)
def test_how_long_ago(now: datetime, said: str) -> None:
    assert ago(NOON, now) == said
