"""What Slack shows of the rota: a request for cover, the question before a shift; and their forms.

Times in forms are on the clocks of whoever looks at them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from supportbot.adapters.slack import blocks as b
from supportbot.adapters.slack import names
from supportbot.adapters.slack.rendering import TEXT, Content
from supportbot.adapters.slack.text import escaped
from supportbot.domain.on_call.cover_request import Span
from supportbot.domain.on_call.wall_clock import zone

_HINT = "A day and a time such as {example}, on your own clocks ({zone})"


@dataclass(frozen=True, slots=True)
class Shift:
    """The shift that a button or a form is about; `since` and `until` are aware."""

    rotation: str
    since: datetime
    until: datetime

    def as_value(self) -> str:
        return json.dumps([self.rotation, self.since.isoformat(), self.until.isoformat()])


def shift_in(value: str) -> Shift:
    """What a button carries. Raises ValueError for anything else."""
    try:
        rotation, since, until = json.loads(value)
        shift = Shift(rotation, datetime.fromisoformat(since), datetime.fromisoformat(until))
    except TypeError as error:
        raise ValueError(f"not a shift: {value[:100]!r}") from error
    return shift


def cover(payload: Mapping[str, Any]) -> Content:
    """Who can take a shift, or a part of it? `payload` has the `request`'s number and the text."""
    text, number = escaped(payload["text"], TEXT), str(payload["request"])
    labels = names.LABELS
    buttons = [
        b.button(labels[names.COVER_TAKE], names.COVER_TAKE, number, "primary"),
        b.button(labels[names.COVER_PART], names.COVER_PART, number),
    ]
    return Content(text, (b.section(text), b.actions("cover", buttons)))


def shift(payload: Mapping[str, Any]) -> Content:
    """Is it fine that you are on call from tomorrow on?"""
    text = escaped(payload["text"], TEXT)
    since, until = (datetime.fromisoformat(payload[name]) for name in ("since", "until"))
    about = Shift(payload["rotation"], since, until).as_value()
    labels = names.LABELS
    buttons = [
        b.button(labels[names.SHIFT_OK], names.SHIFT_OK, payload["name"], "primary"),
        b.button(labels[names.COVER_ASK], names.COVER_ASK, about),
    ]
    return Content(text, (b.section(text), b.actions("shift", buttons)))


def cover_form(about: Shift, zone_name: str) -> b.Block:
    """Find somebody for a shift, or for some hours of it."""
    why = b.text_input(
        names.FIELD_REASON,
        "Why",
        required=False,
        long=False,
        hint="Everybody in the team's channel reads it",
    )
    fields = [*_span_fields(about.since, about.until, zone_name), why]
    return b.modal(names.COVER_ASK, "Find cover", about.rotation, fields, "Ask")


def part_form(number: int, span: Span, zone_name: str) -> b.Block:
    """Take some hours of it."""
    fields = _span_fields(*span, zone_name)
    return b.modal(names.COVER_PART, f"Cover {number}", str(number), fields, "Take it")


def _span_fields(since: datetime, until: datetime, zone_name: str) -> list[b.Block]:
    named = ((names.FIELD_FROM, "From", since), (names.FIELD_UNTIL, "Until", until))
    return [_moment(field, label, at, zone_name) for field, label, at in named]


def _moment(field: str, label: str, at: datetime, zone_name: str) -> b.Block:
    shown = at.astimezone(zone(zone_name)).strftime("%Y-%m-%dT%H:%M")
    hint = _HINT.format(example=shown, zone=zone_name)
    return b.text_input(field, label, required=True, long=False, hint=hint, value=shown)
