"""The message of a change of shift: what whoever went off still has, each with its buttons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from supportbot.adapters.slack import blocks as b
from supportbot.adapters.slack import names
from supportbot.adapters.slack.rendering import NAME, TEXT, Content
from supportbot.adapters.slack.text import escaped, joined
from supportbot.domain.ticket.ticket import reference

Facts = Mapping[str, Any]
_ACTIONS: tuple[tuple[str, b.Style | None], ...] = ((names.TAKE, "primary"), (names.KEEP, None))


def handed_over(facts: Facts) -> Content:
    """For the team's channel, and for those who came on."""
    count = len(facts["tickets"]) + facts["more"]
    tickets = "1 ticket" if count == 1 else f"{count} tickets"
    outgoing = escaped(facts["outgoing"], NAME)
    incoming = escaped(joined(facts["incoming"]), NAME)
    head = (
        f"🔁 *Change of shift, {escaped(facts['rotation'], NAME)}*: {outgoing} goes,"
        f" {incoming} comes, and {tickets} should change hands."
        f" Please take each by {_date(facts['until'])}; then it goes up one level."
    )
    blocks = [b.section(head)]
    for ticket in facts["tickets"]:
        blocks += [b.section("\n".join(_lines(ticket))), _buttons(ticket)]
    if facts["more"]:
        blocks.append(b.context(f"… and {facts['more']} more: `supportbot tickets list`"))
    named = ", ".join(reference(ticket["number"]) for ticket in facts["tickets"])
    said = f"Change of shift: {facts['outgoing']} goes, {joined(facts['incoming'])} comes: {named}"
    return Content(escaped(said, TEXT), tuple(blocks))


def _lines(ticket: Facts) -> Iterator[str]:
    title = escaped(ticket["title"], NAME)
    yield f"*{escaped(ticket['severity'], NAME)} {reference(ticket['number'])}* · {title}"
    state = [escaped(ticket["state"], NAME)]
    if ticket["rests"]:
        state.append(f"rests until {_date(ticket['rests'])}")
    if ticket["next_word"]:
        state.append(f"next word promised by {_date(ticket['next_word'])}")
    yield " · ".join(state)
    if ticket["timers"]:
        yield f"Next: {', '.join(_timers(ticket['timers']))}"
    if ticket["word"]:
        yield f"Last word: {escaped(ticket['word'], 300)}"


def _timers(timers: Sequence[Facts]) -> Iterator[str]:
    for timer in timers:
        yield f"{escaped(timer['kind'].replace('_', ' '), NAME)} {_date(timer['due'])}"


def _buttons(ticket: Facts) -> b.Block:
    number = ticket["number"]
    seen = names.Seen(number, ticket["version"]).as_value()
    buttons = [
        b.button(names.LABELS[action], names.of_ticket(action, number), seen, style)
        for action, style in _ACTIONS
    ]
    return b.actions(f"shift-{number}", buttons)


def _date(said: str) -> str:
    return b.date(datetime.fromisoformat(said))
