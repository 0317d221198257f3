"""The timeline of a rotation in SVG: a line for each person, at most eight weeks a figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html import escape
from math import ceil

from supportbot.domain.on_call.rota import Entry, Series
from supportbot.domain.on_call.wall_clock import first_instant, spoken, zone
from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli.rota_output import Asked, shown_name

_MOST_WEEKS = 8
_NAMES, _WIDTH, _ROW, _HEAD = 190.0, 1060.0, 30.0, 26.0
_COLOURS = 6
_NARROWEST = 1.5
_DATE_ROOM = 45.0
_FRIDAY, _SATURDAY = 4, 5
# About what a letter of 12 px takes.
_LETTER = 7.2
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Frame:
    """What one figure shows: from `start` to `end` (UTC)."""

    start: datetime
    end: datetime

    def x(self, at: datetime) -> float:
        """Where a moment stands; what is outside stands at the edge."""
        part = (min(max(at, self.start), self.end) - self.start) / (self.end - self.start)
        return _NAMES + part * (_WIDTH - _NAMES)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is the same in all figures of a rotation: its zone, and the colour of each layer."""

    asked: Asked
    playbooks: Playbooks
    colours: Mapping[str, str]
    people: tuple[str | None, ...]

    def name(self, person: str | None) -> str:
        known = self.playbooks.people.get(person or "")
        return known.name if known else person or "nobody"

    def look(self, entry: Entry) -> str:
        if entry.person is None:
            return "gap" if entry.overridden else "gap usual"
        override = " override" if entry.overridden else ""
        shadow = " usual" if entry.shadow else ""
        return self.colours[entry.layer] + override + shadow

    def label(self, entry: Entry) -> str:
        """What stands in a bar: its layer where there are several, else its days."""
        if entry.person is None:
            return "nobody"
        if entry.shadow:
            return "shadow"
        if len(self.colours) > 1:
            return entry.layer
        return f"{self.day_of(entry.since)} – {self.day_of(entry.until)}"

    def day_of(self, at: datetime) -> str:
        local = at.astimezone(zone(self.asked.zone))
        return f"{local.day} {local:%b}"

    def midnight(self, day: date) -> datetime:
        return first_instant(datetime.combine(day, time()), self.asked.zone)


def figures(asked: Asked, playbooks: Playbooks, table: str) -> Iterator[str]:
    """A legend and the figures; `table` is the id of the table that says the same in words."""
    entries = tuple(entry for series in asked.series for entry in series.shifts)
    drawing = Drawing(asked, playbooks, _colours(entries), _in_order(entries))
    if entries:
        yield _legend(entries, drawing.colours)
    for frame in _frames(drawing):
        inside = [
            one
            for one in asked.series
            if one.first.since < frame.end and one.last.until > frame.start
        ]
        if inside:
            yield _figure(frame, inside, drawing, table)


def _figure(frame: Frame, series: Sequence[Series], drawing: Drawing, table: str) -> str:
    shown = {one.first.person for one in series}
    people = [person for person in drawing.people if person in shown]
    height = _HEAD + len(people) * _ROW
    parts = list(_days(frame, drawing, height))
    for number, person in enumerate(people):
        theirs = [one for one in series if one.first.person == person]
        parts += _row(frame, person, theirs, drawing, _HEAD + number * _ROW)
    asked = drawing.asked
    label = f"{asked.rotation.name}, {spoken(frame.start, asked.zone)} and on"
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH:.0f} {height:.0f}" role="img"'
        f' aria-label="{escape(label)}" aria-describedby="{table}">{"".join(parts)}</svg></figure>'
    )


def _frames(drawing: Drawing) -> Iterator[Frame]:
    asked = drawing.asked
    day, start = asked.start.astimezone(zone(asked.zone)).date(), asked.start
    weeks = round((asked.end - asked.start) / _WEEK)
    count = ceil(weeks / _MOST_WEEKS)
    while start < asked.end:
        day += ceil(weeks / count) * _WEEK
        end = min(drawing.midnight(day), asked.end)
        yield Frame(start, end)
        start = end


def _colours(entries: Sequence[Entry]) -> dict[str, str]:
    layers = dict.fromkeys(entry.layer for entry in entries if entry.person)
    return {layer: f"l{number % _COLOURS}" for number, layer in enumerate(layers)}


def _in_order(entries: Sequence[Entry]) -> tuple[str | None, ...]:
    """Everyone by their first shift; nobody is the line at the bottom."""
    people = dict.fromkeys(entry.person for entry in entries)
    return tuple(sorted(people, key=lambda person: person is None))


def _legend(entries: Sequence[Entry], colours: Mapping[str, str]) -> str:
    keys = [(colour, layer) for layer, colour in colours.items()]
    if any(entry.overridden and entry.person for entry in entries):
        keys.append(("override rest", "by an override"))
    gaps = {entry.overridden for entry in entries if entry.person is None}
    if False in gaps:
        keys.append(("gap usual", "nobody"))
    if True in gaps:
        keys.append(("gap", "nobody, by an override"))
    if len(keys) < 2:
        return ""
    drawn = (
        '<span class="key"><svg viewBox="0 0 14 14" aria-hidden="true"><rect x="1" y="1"'
        f' width="12" height="12" rx="2" class="{look}"/></svg>{escape(name)}</span>'
        for look, name in keys
    )
    return f"<p>{''.join(drawn)}</p>"


def _days(frame: Frame, drawing: Drawing, height: float) -> Iterator[str]:
    """Weekends, and a line and the date where a week begins."""
    first = day = frame.start.astimezone(zone(drawing.asked.zone)).date()
    bottom = f"{height:.0f}"
    while (begin := drawing.midnight(day)) < frame.end:
        x = frame.x(begin)
        if day.weekday() >= _SATURDAY:
            width = frame.x(drawing.midnight(day + _DAY)) - x
            yield f'<rect class="rest" x="{x:.1f}" y="0" width="{width:.1f}" height="{bottom}"/>'
        if day.weekday() == 0:
            yield f'<line class="line" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{bottom}"/>'
        dated = day.weekday() == 0 or (day == first and day.weekday() < _FRIDAY)
        if dated and _WIDTH - x > _DATE_ROOM:
            yield f'<text class="week" x="{x + 5:.1f}" y="17">{drawing.day_of(begin)}</text>'
        day += _DAY


def _row(
    frame: Frame, person: str | None, series: Sequence[Series], drawing: Drawing, top: float
) -> Iterator[str]:
    yield f'<line class="line" x1="0" x2="{_WIDTH:.0f}" y1="{top:.0f}" y2="{top:.0f}"/>'
    yield f'<text x="0" y="{top + 19:.0f}">{escape(_short(drawing.name(person)))}</text>'
    for one in series:
        if len(one.shifts) > 1 and person is not None:
            span = (one.first.since, one.last.until)
            yield _rect(frame, span, top, f"stay {drawing.look(one.first)}") + "</rect>"
    for one in series:
        for entry in one.shifts:
            if entry.since < frame.end and entry.until > frame.start:
                yield _bar(frame, entry, drawing, top)


def _bar(frame: Frame, entry: Entry, drawing: Drawing, top: float) -> str:
    here = drawing.asked.zone
    words = (
        f"{shown_name(entry.person, drawing.playbooks)}: {spoken(entry.since, here)} to"
        f" {spoken(entry.until, here)}. {entry.reason}"
    )
    rect = _rect(frame, (entry.since, entry.until), top, drawing.look(entry))
    bar = f"{rect}<title>{escape(words)}</title></rect>"
    x, label = frame.x(entry.since), drawing.label(entry)
    if len(label) * _LETTER + 10 > frame.x(entry.until) - x:
        return bar
    paper = "on" if entry.person and not entry.shadow else "week"
    return f'{bar}<text class="{paper}" x="{x + 6:.1f}" y="{top + 19:.0f}">{escape(label)}</text>'


def _rect(frame: Frame, span: tuple[datetime, datetime], top: float, look: str) -> str:
    x, end = frame.x(span[0]), frame.x(span[1])
    # A hair less than its time, so that neighbours can be told apart.
    width = max(end - x - 1, _NARROWEST)
    return (
        f'<rect class="{look}" x="{x:.1f}" y="{top + 5:.0f}" width="{width:.1f}"'
        f' height="{_ROW - 10:.0f}" rx="2">'
    )


def _short(name: str) -> str:
    most = int(_NAMES / _LETTER)
    return name if len(name) <= most else f"{name[: most - 1]}…"
