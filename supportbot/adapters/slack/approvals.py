"""The question to a community's representatives: may somebody have what they ask for?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportbot.adapters.slack import blocks as b
from supportbot.adapters.slack import names
from supportbot.adapters.slack.calls import mentions
from supportbot.adapters.slack.rendering import NAME, TEXT, WORDS, Content, origin
from supportbot.adapters.slack.text import escaped
from supportbot.application.queries import TicketView


def question(view: TicketView, asked: Mapping[str, Any]) -> Content:
    """Who asks for what, and the buttons, while the ticket waits.

    `asked` has `people` to mention, `again` for a reminder, and whether it shows the reporter's
    `words`: what came in private is no channel's business.
    """
    ticket = view.ticket
    first = "⏰ Nobody has answered yet. " if asked["again"] else ""
    what = f"“{escaped(ticket.title, NAME)}”" if asked["words"] else escaped(ticket.kind, NAME)
    text = (
        f"{first}{mentions(asked['people'])}: {escaped(view.reporter, NAME)} asks for something"
        f" that one of you approves ({ticket.reference}): {what}"
    )
    blocks = [b.section(text)]
    if asked["words"] and view.words.strip():
        blocks.append(b.quote(view.words, WORDS))
    blocks.append(b.context(origin(view)))
    if ticket.approval is not None:
        blocks.append(_buttons(names.Seen(ticket.number, ticket.version).as_value()))
        blocks.append(b.context("Only a button decides. What is written in the thread is read."))
    return Content(text, tuple(blocks))


def over(text: str) -> Content:
    """How it ended, in the place of the question."""
    shown = escaped(text, TEXT)
    return Content(shown, (b.section(shown),))


def _buttons(seen: str) -> b.Block:
    labels = names.LABELS
    elements = [
        b.button(labels[names.APPROVE], names.APPROVE, seen, "primary"),
        b.button(labels[names.DECLINE], names.DECLINE, seen),
    ]
    return b.actions("approval-buttons", elements)
