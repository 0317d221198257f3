"""What our buttons, forms and fields are called on the wire; people and tests press by these."""

from __future__ import annotations

import json
from dataclasses import dataclass

ACKNOWLEDGE = "ticket.acknowledge"
TAKE = "ticket.take"
LET_GO = "ticket.let_go"
HAND_OVER = "ticket.hand_over"
ESCALATE = "ticket.escalate"
SEVERITY = "ticket.severity"
REPLY = "ticket.reply"
WHY = "ticket.why"
RESOLVE = "ticket.resolve"
REOPEN = "ticket.reopen"
MERGE = "ticket.merge"
SNOOZE = "ticket.snooze"
WAIT = "ticket.wait"
GO_ON = "ticket.go_on"
STILL = "ticket.still"
EXTEND = "ticket.extend"
KEEP = "ticket.keep"
EVENT = "event.plan"
EVENT_ACCEPT = "event.accept"
EVENT_DECLINE = "event.decline"
EVENT_DONE = "event.done"
CHANGE = "change.add"
CHANGE_REVERTED = "change.reverted"
APPROVE = "ticket.approve"
DECLINE = "ticket.decline"
SHIFT_OK = "rota.ok"
COVER_ASK = "rota.cover"
COVER_TAKE = "rota.take"
COVER_PART = "rota.part"
OPEN = "ticket.open"
"""A link to the team's message; Slack tells of the press and wants it acknowledged."""

SUPPORT = "support.request"
"""The form that the bare command `/support` opens."""

FIELD_SEVERITY = "severity"
FIELD_REASON = "reason"
FIELD_TEXT = "text"
FIELD_NOTE = "note"
FIELD_HUB = "hub"
FIELD_NAME = "name"
FIELD_WINDOWS = "windows"
FIELD_PEOPLE = "people"
FIELD_READY = "ready"
FIELD_ENGINEERS = "engineers"
FIELD_FROM = "from"
FIELD_UNTIL = "until"
FIELD_PARTY = "party"
FIELD_WHO = "third_party"
FIELD_CHASE = "chase"

LABELS = {
    ACKNOWLEDGE: "Acknowledge",
    TAKE: "Take",
    LET_GO: "Let go",
    HAND_OVER: "Hand over",
    ESCALATE: "Escalate now",
    SEVERITY: "Severity…",
    REPLY: "Reply…",
    WHY: "Why?",
    RESOLVE: "Resolve…",
    REOPEN: "Reopen",
    MERGE: "Merge",
    SNOOZE: "Snooze…",
    WAIT: "Wait…",
    GO_ON: "Go on",
    STILL: "Still on it",
    EXTEND: "More time",
    KEEP: "Keep",
    EVENT: "Event…",
    EVENT_ACCEPT: "Accept",
    EVENT_DECLINE: "Decline…",
    EVENT_DONE: "Done",
    CHANGE: "Temporary change…",
    CHANGE_REVERTED: "Undone",
    APPROVE: "Approve",
    SHIFT_OK: "OK",
    COVER_ASK: "Find cover…",
    COVER_TAKE: "I take it",
    COVER_PART: "A part of it…",
    DECLINE: "Decline…",
}


def of_ticket(action: str, number: int) -> str:
    """The same action in a message with several tickets, where each button is one of its own."""
    return f"{action}/{number}"


def verb_of(action: str) -> str:
    return action.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Seen:
    """The ticket a person is looking at, and the version of it that they see.

    `into` is another ticket that it may be merged into, or what else the button is for: the place
    of a prompt in the checklist, the number of a change. `shown`: the mail that will go out stood
    there, and may be sent.
    """

    number: int
    version: int
    into: int | None = None
    shown: bool = False

    def as_value(self) -> str:
        """For a button: `42:7`, or `42:7:41` where it concerns another ticket, too."""
        other = "" if self.into is None else f":{self.into}"
        return f"{self.number}:{self.version}{other}"

    def as_metadata(self) -> str:
        """For a form's private_metadata."""
        shown = {"shown": True} if self.shown else {}
        return json.dumps({"number": self.number, "version": self.version, **shown})


def seen_in_value(value: str) -> Seen:
    """What a button carries. Raises ValueError for anything else."""
    number, version, *other = value.split(":", 2)
    return Seen(int(number), int(version), int(other[0]) if other else None)


def seen_in_metadata(metadata: str) -> Seen:
    """What a form carries. Raises ValueError for anything else."""
    try:
        carried = json.loads(metadata)
        shown = carried.get("shown") is True
        return Seen(int(carried["number"]), int(carried["version"]), shown=shown)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a form of ours: {metadata[:100]!r}") from error
