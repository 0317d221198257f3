"""What all forms on a ticket have in common: their frame, and reading what was entered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportbot.adapters.slack import blocks as b
from supportbot.adapters.slack import names
from supportbot.application.queries import TicketView


def modal(
    view: TicketView, action: str, title: str, blocks: list[b.Block], submit: str | None
) -> b.Block:
    """A form on a ticket: it carries the version of it that the person sees."""
    seen = names.Seen(view.ticket.number, view.ticket.version)
    shown = f"{title} · {view.ticket.reference}"
    return b.modal(action, shown, seen.as_metadata(), blocks, submit)


def entered(values: Mapping[str, Any], block: str) -> str:
    """What stands in a field of `view.state.values`: typed text, or the picked option."""
    state = (values.get(block) or {}).get(block) or {}
    picked = state.get("selected_option") or {}
    return str(state.get("value") or picked.get("value") or "")
