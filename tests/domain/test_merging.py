"""Two tickets that are one request."""

from __future__ import annotations

from typing import Any

import pytest

from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.consequences import settle
from supportbot.domain.ticket.evolving import evolve
from supportbot.domain.ticket.merging import Merging, merge
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.triage.message import Place, Sender
from tests.domain.samples import (
    DESK,
    MINUTE,
    NOON,
    P1,
    P3,
    acknowledged,
    after,
    opened,
    playbooks,
    ticket,
)

LATER = NOON + MINUTE
BY_MAIL = Place("mail", {"to": "mara@northfield.example", "message_id": "1@x"})
COMMAND = c.Merge(by="ines", into=1)


def second(**changes: Any) -> Ticket:
    usual: dict[str, Any] = {"number": 2, "reply_to": BY_MAIL}
    return ticket(**(usual | changes))


def test_the_later_ticket_ends_and_says_where_it_goes_on() -> None:
    done = merge(second(), ticket(), COMMAND, playbooks(), LATER, has_attached=False)
    assert isinstance(done, Merging)
    ended, kept = evolve(second(), done.ended), after(ticket(), *done.kept)
    assert (ended.state, ended.merged_into, ended.closed_at) == ("closed", 1, LATER)
    assert (kept.state, kept.version) == ("new", 2)


@pytest.mark.parametrize(
    ("one", "into", "by", "attached", "reason"),
    [
        pytest.param(ticket(), ticket(), "ines", False, "into itself", id="itself"),
        pytest.param(second(), ticket(), "mara", False, "no rotation", id="not of the team"),
        pytest.param(second(), ticket(), "ines", True, "page with SUP-2", id="others page with it"),
        pytest.param(second(terms=P1), ticket(P3), "ines", False, "raise SUP-1", id="worse"),
        pytest.param(
            after(second(), e.Merged(at=LATER, by="ines", into=3)),
            ticket(),
            "ines",
            False,
            "merged already, into SUP-3",
            id="merged already",
        ),
        pytest.param(
            second(),
            after(ticket(), e.Resolved(at=LATER, by="ines", text="")),
            "ines",
            False,
            "SUP-1 is resolved",
            id="the other is over",
        ),
        pytest.param(
            second(reporter=Sender(mail="x@y.example"), reporter_person=None),
            ticket(),
            "ines",
            False,
            "of two reporters",
            id="another reporter",
        ),
        pytest.param(
            second(reporter=Sender(name="someone"), reporter_person=None),
            ticket(reporter=Sender(name="someone"), reporter_person=None),
            "ines",
            False,
            "of two reporters",
            id="nobody knows who they are",
        ),
    ],
)
def test_what_would_lose_somebody_an_answer_is_refused(
    one: Ticket, into: Ticket, by: str, attached: bool, reason: str
) -> None:
    command = c.Merge(by=by, into=into.number)
    refused = merge(one, into, command, playbooks(), LATER, has_attached=attached)
    assert isinstance(refused, c.Refused)
    assert reason in refused.reason


def test_a_merged_ticket_pages_and_reminds_nobody_any_more() -> None:
    held = after(second(), acknowledged())
    merged = e.Merged(at=LATER, by="ines", into=1)
    change = settle(held, (merged,), playbooks(), DESK, LATER)
    assert change.timers == ()
    assert {"escalate", "first_answer", "next_update", "close"} <= change.cancel


def test_the_reporter_hears_where_their_mail_went() -> None:
    merged = e.Merged(at=LATER, by="ines", into=1)
    policy = playbooks(replies={"merged": "{reference} goes on as {merged_into}."})
    change = settle(second(), (merged,), policy, DESK, LATER)
    (told,) = [d for d in change.deliveries if d.kind == "mail.reply"]
    assert told.payload["text"] == "SUP-2 goes on as SUP-1."


@pytest.mark.parametrize(
    ("person", "sender", "key"),
    [
        ("mara", Sender(slack="U1", mail="m@x.example"), "person:mara"),
        (None, Sender(slack="U1", mail="M@X.example"), "mail:m@x.example"),
        (None, Sender(slack="U1"), "slack:U1"),
        (None, Sender(name="someone"), None),
    ],
)
def test_a_reporter_has_one_name_wherever_they_write(
    person: str | None, sender: Sender, key: str | None
) -> None:
    assert ticket(reporter=sender, reporter_person=person).reporter_key == key


@pytest.mark.parametrize(
    ("new", "goes_to"),
    [
        pytest.param(
            Place("mail", {"to": "MARA@northfield.example", "message_id": "2@x"}), "2@x", id="newer"
        ),
        pytest.param(
            Place("mail", {"to": "colleague@x.example", "message_id": "3@x"}), "1@x", id="other"
        ),
        pytest.param(Place("slack", {"channel": "C1"}), "1@x", id="another medium"),
        pytest.param(None, "1@x", id="no way back"),
    ],
)
def test_an_answer_continues_the_reporter_s_newest_mail_and_nobody_else_s(
    new: Place | None, goes_to: str
) -> None:
    heard = e.Heard(at=LATER, key="k", text="more", author="Mara", reply_to=new)
    place = evolve(second(), heard).reply_to
    assert place is not None
    assert place.address["message_id"] == goes_to


def test_what_a_program_sent_gets_no_automatic_answer_but_a_person_s() -> None:
    policy = playbooks(replies={"receipt": "We have it.", "answer": "{answer}"})
    event = opened(reply_to=BY_MAIL, automatic_answers=False)
    change = settle(None, (event,), policy, DESK, NOON, reply="receipt")
    assert [d.kind for d in change.deliveries if d.kind == "mail.reply"] == []
    answered = e.Replied(at=LATER, by="ines", text="We look.", next_word_at=None)
    change = settle(change.ticket, (answered,), policy, DESK, LATER)
    assert [d.payload["text"] for d in change.deliveries if d.kind == "mail.reply"] == ["We look."]
