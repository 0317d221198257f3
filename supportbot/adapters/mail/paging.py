"""The words of a page by mail: enough to get up for, and how to make it stop."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from supportbot.adapters.mail.plain import one_line
from supportbot.domain.ticket.ticket import reference

Facts = Mapping[str, Any]
_SHORT = 200
_LONG = 500


def page_subject(facts: Facts) -> str:
    return f"{_said(facts, 'severity', 20)}: {_said(facts, 'title', _SHORT)}"


def page_text(facts: Facts, person: str) -> str:
    """What `person` (a key of people.yaml) is called for, in plain text."""
    return "\n".join(_lines(facts, person))


def _lines(facts: Facts, person: str) -> Iterator[str]:
    number = facts.get("number")
    ticket = reference(number) if isinstance(number, int) else "the ticket"
    yield f"{_said(facts, 'severity', 20)} {ticket}: {_said(facts, 'title', _LONG)}"
    yield _said(facts, "means", _LONG)
    known = (_said(facts, each, _SHORT) for each in ("community", "hub", "symptom"))
    yield from filter(None, [" · ".join(filter(None, known))])
    yield ""
    if facts.get("reason"):
        yield f"You are called because: {_said(facts, 'reason', _LONG)}"
    yield from filter(None, [_step(facts)])
    yield ""
    yield "If you have it, press Acknowledge in Slack, or run:"
    yield ""
    yield f"    supportbot tickets ack {ticket} --as {shlex.quote(one_line(person, _SHORT))}"
    yield ""
    yield "Until somebody does, the policy goes on to its next step."


def _step(facts: Facts) -> str:
    """Which step of the policy this is, and what was unusual about it."""
    if "step" not in facts:
        return ""
    parts = [f"Step {_said(facts, 'step', 20)}"]
    if _count(facts, "attempt") > 1:
        parts.append(f"try {_count(facts, 'attempt')}")
    if _count(facts, "late_minutes"):
        parts.append(f"{_count(facts, 'late_minutes')} min late: supportbot was away")
    if facts.get("by"):
        parts.append(f"asked for by {_said(facts, 'by', _SHORT)}")
    return ", ".join(parts) + "."


def _count(facts: Facts, name: str) -> int:
    value = facts.get(name)
    return value if isinstance(value, int) else 0


def _said(facts: Facts, name: str, limit: int) -> str:
    value = facts.get(name)
    return "" if value is None else one_line(str(value), limit)
