"""The forms behind Severity…, Reply…, Resolve…, Hand over and Why?, as Slack's views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from supportbot.adapters.slack import blocks as b
from supportbot.adapters.slack import event_forms, names, waiting_form
from supportbot.adapters.slack.form_parts import entered as _entered
from supportbot.adapters.slack.form_parts import modal as _modal
from supportbot.adapters.slack.text import clean, escaped, is_id
from supportbot.application.queries import TicketView
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket.approving import Decline
from supportbot.domain.ticket.snoozing import NEXT_HOURS, Snooze
from supportbot.domain.ticket.ticket import reference
from supportbot.domain.ticket.waiting import Wait

_PART = 2_900
_MOST_PARTS = 4
_NAME = 200


def form(action: str, view: TicketView) -> b.Block:
    """The form that the button `action` opens. Raises KeyError where it opens none."""
    build = {
        names.SEVERITY: _severity,
        names.REPLY: _reply,
        names.RESOLVE: _resolve,
        names.HAND_OVER: _hand_over,
        names.EVENT: event_forms.plan,
        names.EVENT_DECLINE: event_forms.decline,
        names.CHANGE: event_forms.change,
        names.DECLINE: _decline,
        names.SNOOZE: _snooze,
        names.WAIT: waiting_form.form,
    }[action]
    return build(view)


def why(view: TicketView, explanation: str) -> b.Block:
    """The explanation of a ticket's decision, cut to what a form can show."""
    text = clean(explanation).strip() or "Nothing is recorded."
    parts = _parts(text)
    blocks = [b.preformatted(part, _PART) for part in parts]
    if sum(map(len, parts)) < len(text):
        command = f"supportbot explain {view.ticket.reference}"
        blocks.append(b.context(f"There is more: `{command}` shows all of it."))
    return _modal(view, names.WHY, "Why", blocks, submit=None)


def preview(action: str, seen: names.Seen, text: str, mail: str) -> b.Block:
    """The form again, under the mail as it will go out: it may still be changed, then sent."""
    parts = _parts(mail)
    blocks = [b.section("This mail goes out:"), *(b.preformatted(part, _PART) for part in parts)]
    if sum(map(len, parts)) < len(mail):
        blocks.append(b.context("It goes on; all of it is sent."))
    label = "Answer" if action == names.REPLY else "What the reporter should know"
    hint = "What you change here is sent as you leave it."
    required = action == names.REPLY
    blocks.append(b.text_input(names.FIELD_TEXT, label, required=required, hint=hint, value=text))
    title = f"{'Reply' if action == names.REPLY else 'Resolve'} · {reference(seen.number)}"
    return b.modal(action, title, replace(seen, shown=True).as_metadata(), blocks, "Send")


def command(action: str, seen: names.Seen, by: str, values: Mapping[str, Any]) -> c.Command:
    """What a form that was sent asks for. Raises ValueError when it is none of ours."""
    text = _entered(values, names.FIELD_TEXT)
    match action:
        case names.SEVERITY:
            severity = _entered(values, names.FIELD_SEVERITY)
            reason = _entered(values, names.FIELD_REASON)
            return c.ChangeSeverity(by=by, seen=seen.version, severity=severity, reason=reason)
        case names.REPLY:
            return c.Reply(by=by, seen=seen.version, text=text)
        case names.RESOLVE:
            return c.Resolve(by=by, seen=seen.version, text=text)
        case names.HAND_OVER:
            note = _entered(values, names.FIELD_NOTE)
            return c.HandOver(by=by, seen=seen.version, note=note)
        case names.DECLINE:
            reason = _entered(values, names.FIELD_REASON)
            return Decline(by=by, seen=seen.version, reason=reason)
        case names.SNOOZE:
            until = _entered(values, names.FIELD_UNTIL)
            return Snooze(by=by, seen=seen.version, until=until)
        case names.WAIT:
            return waiting_form.command(seen, by, values)
    planned = event_forms.command(action, seen, by, values)
    if planned is None:
        raise ValueError(f"no such form: {action!r}")
    return planned


def text_of(asked: c.Command) -> str:
    """What the reporter is to read of it."""
    return asked.text if isinstance(asked, c.Reply | c.Resolve) else ""


def field_at_fault(asked: c.Command) -> str:
    """The field under which a refusal is shown."""
    if isinstance(asked, Decline):
        return names.FIELD_REASON
    if isinstance(asked, Wait):
        return names.FIELD_WHO
    if isinstance(asked, Snooze):
        return names.FIELD_UNTIL
    if isinstance(asked, c.ChangeSeverity):
        return names.FIELD_SEVERITY if asked.reason.strip() else names.FIELD_REASON
    usual = names.FIELD_NOTE if isinstance(asked, c.HandOver) else names.FIELD_TEXT
    return event_forms.field_at_fault(asked) or usual


def _severity(view: TicketView) -> b.Block:
    terms = view.ticket.terms
    blocks = [
        b.section(f"Now it is *{escaped(terms.key, 50)}*: {escaped(terms.means, 500)}."),
        b.select_input(
            names.FIELD_SEVERITY, "Severity", [b.option(key, key) for key in view.severities]
        ),
        b.text_input(
            names.FIELD_REASON,
            "Reason",
            required=True,
            hint="For the team: it is how the rules get better.",
        ),
    ]
    return _modal(view, names.SEVERITY, "Severity", blocks, submit="Change")


def _reply(view: TicketView) -> b.Block:
    blocks = [
        b.section(_destination(view)),
        b.text_input(
            names.FIELD_TEXT, "Answer", required=True, hint="The reporter reads it as it is."
        ),
    ]
    return _modal(view, names.REPLY, "Reply", blocks, submit="Send")


def _resolve(view: TicketView) -> b.Block:
    blocks = [
        b.section(_destination(view)),
        b.text_input(
            names.FIELD_TEXT,
            "What the reporter should know",
            required=False,
            hint="A reply from them reopens the ticket.",
        ),
    ]
    return _modal(view, names.RESOLVE, "Resolve", blocks, submit="Resolve")


def _hand_over(view: TicketView) -> b.Block:
    blocks = [
        b.section("Second line will own it; first line stays the voice towards the reporter."),
        b.text_input(
            names.FIELD_NOTE,
            "Note for second line",
            required=False,
            hint="What was tried, what is known.",
        ),
    ]
    return _modal(view, names.HAND_OVER, "Hand over", blocks, submit="Hand over")


def _decline(view: TicketView) -> b.Block:
    blocks = [
        b.section(_destination(view)),
        b.text_input(
            names.FIELD_REASON,
            "Reason",
            required=False,
            hint="The reporter reads it as it is.",
        ),
    ]
    return _modal(view, names.DECLINE, "Decline", blocks, submit="Decline")


def _snooze(view: TicketView) -> b.Block:
    blocks = [
        b.section("You have it. Reminders rest until then; the reporter's promise does not."),
        b.text_input(
            names.FIELD_UNTIL,
            "Until when?",
            required=True,
            hint=f"On your own clocks: 2026-12-08T12:00. Or: {NEXT_HOURS}, when they begin next.",
            long=False,
            value=NEXT_HOURS,
        ),
    ]
    return _modal(view, names.SNOOZE, "Snooze", blocks, submit="Snooze")


def _destination(view: TicketView) -> str:
    """Who will read it, and where."""
    who, place = escaped(view.reporter, _NAME), view.ticket.reply_to
    if place is None:
        return f"⚠️ There is no way to reach *{who}*: this will only be recorded."
    channel = place.address.get("channel", "")
    if place.kind == "slack" and channel.startswith("D"):
        return f"This goes to *{who}*, by direct message."
    if place.kind == "slack" and is_id(channel, "CG"):
        return f"This goes to *{who}*, in their thread in <#{channel}>, where others can read it."
    return f"This goes to *{who}*, by {escaped(place.kind, 50)}."


def _parts(text: str) -> list[str]:
    """The first parts of a text, each ending at a line where there is one."""
    parts: list[str] = []
    while text and len(parts) < _MOST_PARTS:
        end = len(text) if len(text) <= _PART else text.rfind("\n", 1, _PART) + 1 or _PART
        parts.append(text[:end])
        text = text[end:]
    return parts
