"""The team's root message of a ticket: everything at a glance, and the buttons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from supportbot.adapters.slack import blocks as b
from supportbot.adapters.slack import names
from supportbot.adapters.slack.text import clean, escaped, is_id, joined, link
from supportbot.application.queries import TicketView
from supportbot.domain.notices.clock_notices import said
from supportbot.domain.notices.clock_words import CLOCK_WORDS
from supportbot.domain.planned.event_request import KIND, EventRequest, span
from supportbot.domain.planned.temporary_change import standing
from supportbot.domain.ticket.ticket import OPEN, Ticket, reference
from supportbot.domain.ticket.timebox import whole
from supportbot.domain.ticket.waiting import whom

WORDS = 1_500
NAME = 200
TEXT = 3_500
# The clocks that fields of their own tell of.
_TOLD = frozenset({"escalate", "first_answer", "next_update", "snooze", "revert"})
_MARKS = ("🔴", "🟠", "🟡")
_REPEATED = "(maybe repeated)"
_IN_THREAD = "\n\n_To add something, reply in this message’s thread._"


@dataclass(frozen=True, slots=True)
class Content:
    """What a message shows. `text` is what notifications and screen readers say; no blocks: all."""

    text: str
    blocks: tuple[b.Block, ...] = ()


def maybe_repeated(content: Content) -> Content:
    """The same, marked: it may have been sent before, and nobody could look."""
    blocks = (*content.blocks, b.context(f"_{_REPEATED}_")) if content.blocks else ()
    return replace(content, text=f"{_REPEATED} {content.text}", blocks=blocks)


def root(view: TicketView) -> Content:
    """The root message, as the ticket stands now."""
    ticket = view.ticket
    headline = f"{_mark(ticket)} {ticket.terms.key} · {ticket.reference} · {ticket.title}"
    blocks = [b.header(headline)]
    if view.words.strip():
        blocks.append(b.quote(view.words, WORDS))
    blocks += [*_in_columns(list(_fields(view))), b.context(origin(view)), *_buttons(view)]
    text = f"{ticket.terms.key} {ticket.reference} ({ticket.state}): {ticket.title}"
    return Content(escaped(text, TEXT), tuple(blocks))


def _in_columns(fields: list[str]) -> list[b.Block]:
    """As many blocks as Slack needs for them."""
    return [b.fields(fields[at : at + b.FIELDS]) for at in range(0, len(fields), b.FIELDS)]


def _mark(ticket: Ticket) -> str:
    if ticket.state not in OPEN:
        return "✅"
    return _MARKS[min(ticket.terms.rank, len(_MARKS) - 1)]


def _fields(view: TicketView) -> Iterator[str]:
    ticket = view.ticket
    yield _field("State", _state(view))
    yield _field("Community", escaped(view.community or "unknown", NAME))
    if ticket.hub:
        yield _field("Hub", escaped(ticket.hub, NAME))
    yield _field("First line", escaped(view.first_owner or "nobody yet", NAME))
    if view.second_owner or ticket.line == "second":
        yield _field("Second line", escaped(view.second_owner or "nobody yet", NAME))
    yield from _calling(view)
    for shift in view.shifts:
        yield _field("Change of shift", escaped(shift.said, 2 * NAME) + b.date(shift.until))
    yield from _of_clocks(view)
    if ticket.snoozed_until is not None:
        yield _field("Rests until", b.date(ticket.snoozed_until))
    if ticket.next_word_at is not None and ticket.state in OPEN:
        yield _field("Next word due", b.date(ticket.next_word_at))
    known = view.known_problem
    if known is not None:
        yield _field("Known problem", link(known.issue or "", known.title))
    issue = view.places.get("issue")
    if issue and issue.get("url"):
        label = f"{issue.get('repo', '')}#{issue.get('number', '')}"
        yield _field("Issue", link(issue["url"], label))
    yield from _planned(ticket)


def _calling(view: TicketView) -> Iterator[str]:
    """Whom the policy called, and what it does next."""
    if view.reached:
        yield _field("Called", escaped(joined(view.reached), NAME))
    if view.awaited:
        yield _field("Still to acknowledge", escaped(joined(view.awaited), NAME))
    if view.held is not None and view.held.until is not None:
        why = escaped(view.held.reason, NAME)
        yield _field("Held", f"step {view.held.step + 1} until {b.date(view.held.until)}: {why}")
    elif view.next_step_at is not None:
        yield _field("Next step", b.date(view.next_step_at))


def _of_clocks(view: TicketView) -> Iterator[str]:
    """What comes due next, if no other field says so, and what is left of first line's time."""
    ticket, box = view.ticket, view.ticket.box
    coming = next(((kind, due) for kind, due in view.clocks if kind not in _TOLD), None)
    if coming is not None:
        kind, due = coming
        yield _field("Next clock", f"{b.date(due)}: {CLOCK_WORDS[kind]}")
    if ticket.terms.timebox is None or ticket.line != "first" or ticket.state not in OPEN:
        return
    until = box.used_up(whole(ticket))
    left = f"until {b.date(until)}" if until else f"{said(whole(ticket) - box.worked)} left"
    yield _field("First line’s time", left)


def _planned(ticket: Ticket) -> Iterator[str]:
    if ticket.during:
        ready = ", in ready mode" if ticket.ready_mode else ""
        yield _field("During", escaped(f"{ticket.during}{ready}", NAME))
    if ticket.request is not None:
        yield _field("Event", escaped(_event(ticket.request), 2 * NAME))
    if changes := standing(ticket.changes):
        yield _field("Temporary changes", f"{len(changes)}, first {b.date(changes[0].revert_by)}")


def _event(request: EventRequest) -> str:
    figures = f"notice {span(request.notice)}, lag {span(request.lag)}"
    return f"{request.plan.name}, {request.state}; {figures}"


def _field(name: str, value: str) -> str:
    return f"*{name}*\n{value}"


def _state(view: TicketView) -> str:
    if view.ticket.state == "acknowledged" and view.acknowledged_by:
        return f"acknowledged by {escaped(view.acknowledged_by, NAME)}"
    if (waits := view.ticket.waiting_for) is not None:
        return f"waiting for {escaped(whom(waits), NAME)} since {b.date(waits.since)}"
    if view.ticket.lapsed_at is not None:
        return f"new: the acknowledgement lapsed at {b.date(view.ticket.lapsed_at)}"
    if view.waits_for:
        return f"waiting for approval by {escaped(joined(view.waits_for), NAME)}"
    return view.ticket.state


def origin(view: TicketView) -> str:
    """Who asked, where and when, and the tickets it belongs to, in mrkdwn."""
    ticket = view.ticket
    parts = [f"From {escaped(view.reporter, NAME)}{_channel(view)}, {b.date(ticket.opened_at)}"]
    if ticket.attached_to is not None:
        parts.append(f"the same fault as {reference(ticket.attached_to)}, pages with it")
    if ticket.previous is not None:
        parts.append(f"goes on from {reference(ticket.previous)}")
    return " · ".join(parts)


def _channel(view: TicketView) -> str:
    place = view.ticket.reply_to
    channel = place.address.get("channel", "") if place and place.kind == "slack" else ""
    if channel.startswith("D"):
        return " by direct message"
    return f" in <#{channel}>" if is_id(channel, "CG") else ""


def _buttons(view: TicketView) -> list[b.Block]:
    """One row for who has it, one for what is done with it, one for what is planned."""
    ticket = view.ticket
    seen = names.Seen(ticket.number, ticket.version)
    rows = {"who": _who(ticket), "what": _what(ticket), "plan": _plan(ticket)}
    return [
        b.actions(f"{name}-buttons", [_button(action, ticket, seen) for action in row])
        for name, row in rows.items()
        if row
    ]


def _who(ticket: Ticket) -> list[str]:
    if ticket.state not in OPEN:
        return []
    owned = ticket.first_owner or ticket.second_owner
    return [
        *([names.APPROVE, names.DECLINE] if ticket.approval else []),
        *([names.ACKNOWLEDGE] if ticket.state == "new" or ticket.awaited else []),
        names.TAKE,
        *([names.KEEP] if ticket.handing else []),
        *([names.LET_GO] if owned else []),
        *([names.HAND_OVER] if ticket.line == "first" else []),
        names.ESCALATE,
    ]


def _what(ticket: Ticket) -> list[str]:
    if ticket.state in OPEN:
        return [names.SEVERITY, names.REPLY, names.WHY, names.RESOLVE]
    answer = [names.REPLY] if ticket.state == "resolved" else []
    return [*answer, names.WHY, names.REOPEN]


def _plan(ticket: Ticket) -> list[str]:
    asks = ticket.kind == KIND or ticket.request is not None
    event = [names.EVENT] if asks and ticket.state != "closed" else []
    held = ticket.state in OPEN and ticket.state != "new"
    if ticket.waiting_for is not None:
        return [*event, names.GO_ON, names.CHANGE, names.WAIT]
    return [*event, *([names.CHANGE, names.SNOOZE, names.WAIT] if held else [])]


def _button(action: str, ticket: Ticket, seen: names.Seen) -> b.Block:
    urgent = action == names.ACKNOWLEDGE and ticket.state == "new"
    style: b.Style | None = "primary" if urgent else None
    return b.button(names.LABELS[action], action, seen.as_value(), style)


def note(text: str) -> Content:
    """A line for the team, from the playbooks' names and the team's own words."""
    return Content(escaped(_said(text), TEXT))


def reply(text: str, *, begins_thread: bool = False) -> Content:
    """An answer to the reporter. Slack takes 40,000 characters, and nothing of it may be lost.

    Where it begins a thread it says so: what is written beside it is another request.
    """
    hint = _IN_THREAD if begins_thread else ""
    return Content(escaped(_said(text), 39_000) + hint)


def heard(author: str, text: str) -> Content:
    """What the reporter went on to say, for the team."""
    who = escaped(author, NAME)
    words = _said(text)
    blocks = (b.context(f"*{who}* wrote:"), b.quote(words, 6_000))
    return Content(escaped(f"{author} wrote: {words}", TEXT), blocks)


def offer(number: int, version: int, into: int) -> Content:
    """The same person wrote before, elsewhere: two tickets may be one request."""
    text = f"The same person has {reference(into)} open. Is this the same request?"
    seen = names.Seen(number, version, into)
    label = f"{names.LABELS[names.MERGE]} into {reference(into)}"
    row = b.actions("merge-buttons", [b.button(label, names.MERGE, seen.as_value(), None)])
    return Content(text, (b.section(text), row))


def _said(text: str) -> str:
    # Slack refuses a message without a visible character.
    return clean(text).strip() or "(nothing)"
