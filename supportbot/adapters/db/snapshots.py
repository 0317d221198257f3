"""A ticket and its events as rows, and back.

The terms (a severity with its whole policy) are most of a ticket's size and the same for thousands
of tickets: they have a column of their own, and each distinct text is read and written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from supportbot.adapters.db.codec import Codec, Unreadable, codec_of
from supportbot.adapters.db.columns import microseconds, storable
from supportbot.domain.policy.playbook import Severity
from supportbot.domain.ticket import clock_events, escalation_events, shift_events
from supportbot.domain.ticket import events as happened
from supportbot.domain.ticket.events import Event
from supportbot.domain.ticket.ticket import Ticket

_KEPT_TERMS = 256
# By identity: comparing or hashing a policy costs more than writing it. The severity is held beside
# its text, so its id cannot be given to another one.
_texts: dict[int, tuple[Severity, str]] = {}


def ticket_row(ticket: Ticket) -> dict[str, Any]:
    """Values for the columns of `tickets`."""
    return {
        "number": ticket.number,
        "version": ticket.version,
        "state": ticket.state,
        "severity": ticket.terms.key,
        "community": ticket.community,
        "hub": ticket.hub,
        "symptom": ticket.symptom,
        "incident": int(ticket.incident),
        "drill": int(ticket.drill),
        "known_problem": ticket.known_problem,
        "first_owner": ticket.first_owner,
        "second_owner": ticket.second_owner,
        "attached_to": ticket.attached_to,
        "reporter": _storable(ticket.reporter_key),
        "opened_at": microseconds(ticket.opened_at),
        "changed_at": microseconds(ticket.changed_at),
        "terms": _terms_text(ticket.terms),
        "data": _ticket_codec().dumps(ticket),
    }


def _storable(text: str | None) -> str | None:
    return None if text is None else storable(text)


def ticket_of(data: str, terms: str) -> Ticket:
    """The ticket of a row. Raises Unreadable when a later version wrote it."""
    return _ticket_codec().loads(data, terms=_terms(terms))


def event_row(number: int, seq: int, event: Event) -> dict[str, Any]:
    """Values for the columns of `events`."""
    cls = type(event)
    return {
        "ticket": number,
        "seq": seq,
        "at": microseconds(event.at),
        "kind": cls.__name__,
        "by": event.by,
        "data": codec_of(cls).dumps(event),
    }


def event_of(kind: str, data: str) -> Event:
    """The event of a row. Raises Unreadable for a kind or format that a later version wrote."""
    cls = event_classes().get(kind)
    if cls is None:
        raise Unreadable(f"an event of kind {kind}: a newer supportbot wrote it")
    return codec_of(cls).loads(data)


@cache
def event_classes() -> Mapping[str, type[Event]]:
    """Every kind of event, by the name of its class."""
    return {
        name: cls
        for module in (happened, clock_events, escalation_events, shift_events)
        for name, cls in vars(module).items()
        if isinstance(cls, type) and issubclass(cls, Event) and cls is not Event
    }


@cache
def _ticket_codec() -> Codec[Ticket]:
    return Codec(Ticket, without=("terms",))


def _terms_text(terms: Severity) -> str:
    known = _texts.get(id(terms))
    if known is None:
        if len(_texts) >= _KEPT_TERMS:
            _texts.clear()
        known = _texts[id(terms)] = (terms, codec_of(Severity).dumps(terms))
    return known[1]


@lru_cache(maxsize=_KEPT_TERMS)
def _terms(text: str) -> Severity:
    terms = codec_of(Severity).loads(text)
    _texts.setdefault(id(terms), (terms, text))
    return terms
