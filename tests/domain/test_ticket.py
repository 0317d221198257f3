"""What each event makes of a ticket."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.planned.event_window import EventPlan, Window
from supportbot.domain.ticket import clock_events as ce
from supportbot.domain.ticket import escalation_events as ee
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket import shift_events as se
from supportbot.domain.ticket.evolving import evolve
from supportbot.domain.ticket.ticket import Ticket, number_of, reference
from tests.domain.samples import (
    APPROVAL,
    HOUR,
    MINUTE,
    NOON,
    P1,
    P2,
    P3,
    after,
    in_state,
    opened,
    ticket,
)

LATER = NOON + HOUR


def acknowledged(by: str = "ines", line: e.Line = "first") -> e.Acknowledged:
    return e.Acknowledged(at=LATER, by=by, line=line)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("SUP-42", 42),
        ("sup-42", 42),
        ("  SUP-7 ", 7),
        ("SUP-", None),
        ("SUP", None),
        ("42", None),
        ("OPS-42", None),
        ("SUP-4x", None),
        ("SUP-²", None),
        ("SUP-٤٢", None),
        ("SUP--1", None),
    ],
)
def test_a_reference_is_read_or_refused(text: str, number: int | None) -> None:
    assert number_of(text) == number


def test_a_reference_reads_back_as_its_number() -> None:
    assert number_of(reference(1234)) == 1234


def test_a_ticket_begins_with_its_opening_and_nothing_else() -> None:
    with pytest.raises(ValueError, match="begins with Opened, not Acknowledged"):
        evolve(None, acknowledged())


def test_a_new_ticket_keeps_what_it_opened_with() -> None:
    made = ticket(P2, previous=3, attached_to=2)
    assert (made.version, made.state, made.round, made.position) == (1, "new", 1, 0)
    assert (made.previous, made.attached_to, made.terms) == (3, 2, P2)
    assert made.opened_at == made.changed_at == made.round_at == NOON
    assert (made.owner, made.line) == (None, "first")


PLAN = EventPlan(
    name="exam", community="northfield", hub="prod", windows=(Window(NOON, NOON + HOUR),)
)
EVENTS: list[e.Event] = [
    e.Heard(at=LATER, key="m", text="hm", author="Mara"),
    acknowledged(),
    e.Taken(at=LATER, by="ines", line="first"),
    e.LetGo(at=LATER, by="ines", line="first"),
    e.HandedOver(at=LATER, by="ines"),
    e.Reached(at=LATER, position=0, step=0, attempt=1, urgent=True, people=(), reasons=()),
    e.StepPassed(at=LATER, position=0, step=0, how="skipped", reason="nobody"),
    e.PolicyRestarted(at=LATER, reason="nobody"),
    e.PageFailed(at=LATER, position=0, person="ines", reason="away"),
    e.Reminded(at=LATER, kind="first_answer", people=()),
    e.IssueAsked(at=LATER),
    e.Attached(at=LATER, number=2),
    e.SeverityChanged(at=LATER, by="ines", terms=P3, reason="calm", raised=False),
    e.Replied(at=LATER, by="ines", text="on it", next_word_at=None),
    e.Resolved(at=LATER, by="ines", text=""),
    e.Reopened(at=LATER, reason="again"),
    e.Closed(at=LATER, reason="silence"),
    e.Merged(at=LATER, by="ines", into=1),
    e.Absorbed(at=LATER, by="ines", number=2),
    e.Snoozed(at=LATER, by="ines", until=LATER),
    e.Woken(at=LATER, people=("ines",)),
    e.EventAsked(at=LATER, by="ines", plan=PLAN, asked_at=NOON, late=False),
    e.EventAccepted(at=LATER),
    e.EventDeclined(at=LATER, by="ines"),
    e.EventPrompted(at=LATER, kind="event_week", people=()),
    e.EventPromptDone(at=LATER, by="ines", kind="event_week"),
    e.ChangeMade(at=LATER, by="ines", text="more room", revert_by=LATER),
    e.ChangeReverted(at=LATER, by="ines", number=1),
    e.RevertReminded(at=LATER, numbers=(), people=()),
    e.ApprovalGiven(at=LATER, by="mara"),
    e.ApprovalDeclined(at=LATER, by="mara", reason="no room"),
    e.ApprovalWaived(at=LATER, reason="nobody approved it in time"),
    ee.AcknowledgedToo(at=LATER, by="amina"),
    ee.AllHands(at=LATER, alone="ines", people=(), reasons=()),
    se.ShiftHandedOver(at=LATER, line="first", outgoing="ines", incoming=("amina",), until=LATER),
    se.Kept(at=LATER, by="ines", line="first", person="ines", until=LATER),
    se.ShiftNotTaken(at=LATER, line="first", outgoing="ines", up=True, reason="nobody"),
    ce.AcknowledgementRenewed(at=LATER, by="ines"),
    ce.AcknowledgementLapsed(at=LATER, person="ines", round_at=LATER),
    ce.WaitBegan(at=LATER, by="ines", party="third party", who="the cloud", chase=Delay(HOUR)),
    ce.WaitEnded(at=LATER, by="ines"),
    ce.Chased(at=LATER, people=("ines",)),
    ce.TimeboxExtended(at=LATER, by="ines", work=HOUR),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_counts_as_a_version_and_moves_the_time_of_change(event: e.Event) -> None:
    changed = evolve(ticket(), event)
    assert (changed.version, changed.changed_at) == (2, LATER)


def test_every_kind_of_event_is_in_the_table_above() -> None:
    kinds = {kind.__name__ for kind in e.Event.__subclasses__()}
    # Slots make a second class of each dataclass; the first one lingers under the same name.
    assert kinds == {type(event).__name__ for event in EVENTS} | {"Opened"}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param(
            [acknowledged()],
            {"state": "acknowledged", "first_owner": "ines", "acknowledged_by": "ines"},
            id="acknowledging fills an empty owner",
        ),
        pytest.param(
            [e.Taken(at=LATER, by="tomasz", line="first"), acknowledged()],
            {"state": "acknowledged", "first_owner": "tomasz", "acknowledged_by": "ines"},
            id="acknowledging leaves an owner in place",
        ),
        pytest.param(
            [acknowledged(), e.Taken(at=LATER, by="jonas", line="second")],
            {"state": "acknowledged", "first_owner": "ines", "second_owner": "jonas"},
            id="each line has its own owner",
        ),
        pytest.param(
            [acknowledged(), e.LetGo(at=LATER, by="ines", line="first")],
            {"state": "new", "first_owner": None, "round": 2, "round_at": LATER, "position": 0},
            id="letting go begins a round",
        ),
        pytest.param(
            [acknowledged(), e.HandedOver(at=LATER, by="ines")],
            {"state": "new", "line": "second", "first_owner": "ines", "round": 2, "owner": None},
            id="handing over keeps the first owner as the voice",
        ),
        pytest.param(
            [e.StepPassed(at=LATER, position=1, step=1, how="held", reason="nobody")],
            {"position": 1},
            id="a held step stays the next one",
        ),
        pytest.param(
            [e.StepPassed(at=LATER, position=1, step=1, how="skipped", reason="nobody")],
            {"position": 2},
            id="a skipped step is behind",
        ),
        pytest.param(
            [e.PolicyRestarted(at=LATER, reason="nobody")],
            {"round": 2, "round_at": LATER, "position": 0, "state": "new"},
            id="the policy begins again",
        ),
        pytest.param(
            [acknowledged(), e.SeverityChanged(at=LATER, terms=P1, reason="x", raised=True)],
            {"state": "new", "round": 2, "first_owner": "ines"},
            id="a raise takes the acknowledgement back, not the owner",
        ),
        pytest.param(
            [acknowledged(), e.SeverityChanged(at=LATER, terms=P3, reason="x", raised=False)],
            {"state": "acknowledged", "round": 1, "terms": P3},
            id="lowering leaves it acknowledged",
        ),
        pytest.param(
            [e.SeverityChanged(at=LATER, terms=P3, reason="x", raised=False)],
            {"state": "new", "round": 2, "terms": P3},
            id="lowering what nobody has begins the new policy",
        ),
        pytest.param(
            [e.Resolved(at=LATER, by="ines", text="")],
            {"state": "resolved", "resolved_at": LATER, "next_word_at": None},
            id="resolved",
        ),
        pytest.param(
            [e.Resolved(at=LATER, by="ines", text=""), e.Closed(at=LATER, reason="silence")],
            {"state": "closed", "closed_at": LATER, "resolved_at": LATER},
            id="closed",
        ),
        pytest.param(
            [
                e.Resolved(at=LATER, by="ines", text=""),
                e.Closed(at=LATER, reason="silence"),
                e.Reopened(at=LATER, reason="again"),
            ],
            {"state": "new", "closed_at": None, "resolved_at": None, "round": 2},
            id="reopened from closed",
        ),
        pytest.param(
            [e.Heard(at=LATER, key="m", text="hm", author="Mara", by_team=True)],
            {"state": "new", "first_answer_at": LATER, "owner": None},
            id="an answer of the team in the thread is an answer, not an acknowledgement",
        ),
        pytest.param(
            [e.Heard(at=LATER, key="m", text="hm", author="Mara")],
            {"first_answer_at": None},
            id="the reporter does not answer themselves",
        ),
        pytest.param(
            [e.Resolved(at=LATER, by="ines", text="a restart helped")],
            {"first_answer_at": LATER},
            id="words with the resolution are an answer",
        ),
        pytest.param(
            [e.Resolved(at=LATER, by="ines", text="")],
            {"first_answer_at": None},
            id="a resolution without words is none",
        ),
    ],
)
def test_events_make_of_a_new_ticket(events: list[e.Event], expected: dict[str, Any]) -> None:
    made = after(ticket(P2), *events)
    assert {name: getattr(made, name) for name in expected} == expected


def test_the_first_answer_stays_the_first() -> None:
    replied = e.Replied(at=NOON + MINUTE, by="ines", text="on it", next_word_at=None)
    again = replace(replied, at=LATER)
    assert after(ticket(), replied, again).first_answer_at == NOON + MINUTE


@pytest.mark.parametrize(
    "event",
    [
        e.HandedOver(at=LATER, by="ines"),
        e.Reopened(at=LATER, reason="again"),
        e.SeverityChanged(at=LATER, by="ines", terms=P2, reason="x", raised=False),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_begins_a_policy_of_its_own_detaches(event: e.Event) -> None:
    assert evolve(ticket(attached_to=7), event).attached_to is None


def test_the_owner_is_the_one_of_the_line_at_work() -> None:
    first = evolve(ticket(), acknowledged())
    second = after(first, e.HandedOver(at=LATER), acknowledged("jonas", "second"))
    assert (first.owner, second.owner, second.first_owner) == ("ines", "jonas", "ines")
    assert second.owner_of("first") == "ines"
    assert second.owner_of("second") == "jonas"


def test_the_owner_s_version_is_the_event_that_made_them_owner() -> None:
    owned = after(ticket(), e.IssueAsked(at=NOON), acknowledged(), e.IssueAsked(at=LATER))
    assert (owned.owned_version, owned.owned_at, owned.version) == (3, LATER, 4)


def test_taking_what_one_has_changes_no_ownership() -> None:
    owned = evolve(ticket(), acknowledged())
    again = evolve(owned, e.Taken(at=LATER + HOUR, by="ines", line="first"))
    assert (again.owned_at, again.owned_version) == (owned.owned_at, owned.owned_version)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (e.ApprovalGiven(at=LATER, by="mara"), {"state": "new", "round": 1, "round_at": LATER}),
        (e.ApprovalWaived(at=LATER, reason="nobody"), {"state": "new", "round": 1}),
        (
            e.ApprovalDeclined(at=LATER, by="mara"),
            {"state": "resolved", "resolved_at": LATER, "next_word_at": None},
        ),
        (acknowledged(), {"state": "acknowledged", "first_owner": "ines"}),
        (e.HandedOver(at=LATER, by="ines"), {"state": "new", "line": "second"}),
        (
            e.SeverityChanged(at=LATER, terms=P3, reason="x", raised=False),
            {"state": "new", "terms": P3},
        ),
        (e.Resolved(at=LATER, by="ines", text=""), {"state": "resolved"}),
        (e.Closed(at=LATER, reason="silence"), {"state": "closed"}),
        (e.Merged(at=LATER, by="ines", into=2), {"state": "closed", "merged_into": 2}),
    ],
    ids=lambda case: type(case).__name__ if isinstance(case, e.Event) else "",
)
def test_what_ends_the_wait_for_approval(event: e.Event, expected: dict[str, Any]) -> None:
    waits = in_state("waiting", P2)
    assert (waits.round, waits.owed_since) == (0, NOON)
    made = evolve(waits, event)
    assert (made.approval, made.waited_until, made.owed_since) == (None, LATER, LATER)
    assert {name: getattr(made, name) for name in expected} == expected


@pytest.mark.parametrize(
    "event",
    [
        e.Heard(at=LATER, key="m", text="hm", author="Mara"),
        e.Replied(at=LATER, by="ines", text="we asked Mara", next_word_at=None),
        e.Reminded(at=LATER, kind="approval", people=("mara",)),
        e.Absorbed(at=LATER, by="ines", number=2),
        e.Taken(at=LATER, by="ines", line="first"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_leaves_it_waiting(event: e.Event) -> None:
    made = evolve(in_state("waiting"), event)
    assert (made.state, made.approval, made.waited_until) == ("waiting", APPROVAL, None)


@pytest.mark.parametrize("state", ["new", "waiting", "acknowledged", "resolved", "closed"])
def test_the_samples_reach_every_state(state: str) -> None:
    made: Ticket = in_state(state)
    assert made.state == state
    assert made.number == opened().number
