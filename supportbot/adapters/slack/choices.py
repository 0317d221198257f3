"""A message in the team's thread that asks for a decision, with a button for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportbot.adapters.slack import blocks as b
from supportbot.adapters.slack import calls, names
from supportbot.adapters.slack.calls import mentions
from supportbot.adapters.slack.rendering import Content
from supportbot.adapters.slack.text import clean, escaped
from supportbot.domain.notices import clock_notices as clocks
from supportbot.domain.notices.planned_notices import ACCEPT, DECLINE, DONE, REVERTED
from supportbot.domain.planned.event_prompts import PROMPTS

_ACTIONS = {
    ACCEPT: names.EVENT_ACCEPT,
    DECLINE: names.EVENT_DECLINE,
    DONE: names.EVENT_DONE,
    REVERTED: names.CHANGE_REVERTED,
    clocks.STILL: names.STILL,
    clocks.LET_GO: names.LET_GO,
    clocks.SOLVED: names.RESOLVE,
    clocks.EXTEND: names.EXTEND,
    clocks.HAND_OVER: names.HAND_OVER,
    clocks.GO_ON: names.GO_ON,
}
_LABELS = {clocks.SOLVED: "Solved…", clocks.HAND_OVER: "Hand over…"}
_TEXT = 2_500


def choice(facts: Mapping[str, Any]) -> Content:
    """The text, whom it is for, and what they may choose: each thing once."""
    who = f"{mentions(facts['people'])}: " if facts["people"] else ""
    shown = f"{who}{escaped(clean(facts['text']).strip() or '–', _TEXT)}"
    buttons = [_button(facts["number"], facts["version"], each) for each in facts["choices"]]
    row = [b.actions("choices", buttons)] if buttons else []
    return Content(shown, (b.section(shown), *row))


def reminder(facts: Mapping[str, Any]) -> Content:
    """A clock that ran out, with a button for each thing that they may do about it now."""
    content = calls.reminder(facts)
    buttons = [
        _button(facts["number"], facts["version"], each) for each in facts.get("choices", ())
    ]
    row = [b.actions("choices", buttons)] if buttons else []
    return Content(content.text, (*content.blocks, *row))


def _button(number: int, version: int, chosen: Mapping[str, str]) -> b.Block:
    action, of = _ACTIONS[chosen["do"]], chosen.get("of")
    which = PROMPTS.index(of) if of in PROMPTS else int(of) if of else None
    value = names.Seen(number, version, which).as_value()
    style: b.Style | None = "primary" if action == names.EVENT_ACCEPT else None
    label = chosen.get("label") or _LABELS.get(chosen["do"]) or names.LABELS[action]
    return b.button(label, action, value, style)
