"""The layers of a rotation: turns, shifts one by one, or a calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import partial

from supportbot.adapters.playbook_files import words
from supportbot.adapters.playbook_files.calendars import CalendarRefused, read_calendar
from supportbot.adapters.playbook_files.faults import Fault, Unreadable, did_you_mean, quoted
from supportbot.adapters.playbook_files.hours import windows_of
from supportbot.adapters.playbook_files.leave import is_address
from supportbot.adapters.playbook_files.place import At, Faults, NameSet
from supportbot.adapters.playbook_files.rotation_forms import (
    LayerForm,
    ShiftForm,
    SpanForm,
    TurnsForm,
)
from supportbot.domain.on_call.rotation import (
    HandOff,
    Layer,
    OneOffs,
    Period,
    RotationLayer,
    Shift,
    ShiftLayer,
    default_anchor,
)
from supportbot.domain.policy.playbook import Person

_NO_HAND_OFF = HandOff(0, time(9), "UTC")
TURN_KEYS = frozenset(TurnsForm.model_fields)
_SHIFT_KEYS = frozenset({"shifts", "calendar", "time_zone"})


@dataclass(frozen=True, slots=True)
class Sources:
    """What layers are made of: the names of people, the people, and the files of the folder.

    The calendars that were `read` are noted.
    """

    names: NameSet
    people: Mapping[str, Person]
    files: Mapping[str, str]
    read: set[str] = field(default_factory=set)


def link_layers(forms: list[LayerForm], sources: Sources, at: At) -> tuple[RotationLayer, ...]:
    """The layers of a list, without those in which something is wrong."""
    found = [
        link_layer(layer.name, layer, sources, at.to(number)) for number, layer in enumerate(forms)
    ]
    _find_double_names(forms, at)
    return tuple(layer for layer in found if layer)


def link_layer(name: str, form: TurnsForm, sources: Sources, at: At) -> RotationLayer | None:
    """The layer of that name; None where something is wrong, which is noted."""
    if not (form.shifts or form.calendar):
        return _turn_layer(name, form, sources, at)
    if turns := sorted((form.model_fields_set & TURN_KEYS) - _SHIFT_KEYS):
        message = f"a layer has either shifts or turns, and {turns[0]!r} is of turns"
        at.to(turns[0]).fault_in_key(message, "put them into two layers")
        return None
    if form.calendar and form.shifts:
        message = "a layer has either shifts of its own or a calendar"
        at.to("calendar").fault_in_key(message, "put them into two layers")
        return None
    make = _calendar_layer if form.calendar else _shift_layer
    return make(name, form, sources, at)


def _turn_layer(name: str, form: TurnsForm, sources: Sources, at: At) -> Layer | None:
    if not form.people:
        at.fault("nobody is in it", "add `people: [ines, tomasz]`")
        return None
    _check_people(form.people, sources.names, at.to("people"))
    if form.time_zone:
        at.to("time_zone").fault_in_key("turns have the zone of their hand_off", "delete it")
    if len(form.people) > 1 and not (form.swap_every and form.hand_off):
        missing = "hand_off" if form.swap_every else "swap_every"
        example = "Monday 09:00 UTC" if form.swap_every else "1 week"
        at.fault(f"when people take turns, {missing!r} is needed", f"add `{missing}: {example}`")
        return None
    size = at.attempt(partial(_at_a_time, form))
    if size is None:
        return None
    # What is left to go wrong is that the hand-off's day does not fit the first day or the period.
    culprit = at.to("starts" if form.starts else "swap_every")
    return culprit.attempt(partial(_made, name, form, size, at))


def _check_people(teams: list[tuple[str, ...]], people: NameSet, at: At) -> None:
    for number, team in enumerate(teams):
        at.to(number).all_known("person", team, people)


def _made(name: str, form: TurnsForm, size: int, at: At) -> Layer:
    hand_off = form.hand_off or _NO_HAND_OFF
    zone = form.hand_off.zone if form.hand_off else None
    teams = form.people or []
    everybody = [person for team in teams for person in team]
    together = any(len(team) > 1 for team in teams)
    return Layer(
        name=name,
        people=tuple(dict.fromkeys(everybody) if together else everybody),
        swap=form.swap_every or Period(1, "week"),
        hand_off=hand_off,
        anchor=form.starts or default_anchor(hand_off),
        at_a_time=size,
        overlapping=size > 1,
        hours=windows_of(form.hours or (), zone, at.to("hours")),
        teams=tuple(teams) if together else (),
    )


def _at_a_time(form: TurnsForm) -> int:
    if form.two_at_a_time and form.at_a_time is not None:
        raise Unreadable("two_at_a_time and at_a_time say the same", "keep one of the two")
    size = 2 if form.two_at_a_time else 1 if form.at_a_time is None else form.at_a_time
    count = len(form.people or ())
    if not 1 <= size <= count:
        mend = "name more people, or fewer at a time"
        raise Unreadable(f"{size} at a time are wanted, and there are {count}", mend)
    return size


def _shift_layer(name: str, form: TurnsForm, sources: Sources, at: At) -> ShiftLayer:
    found = [
        _shift(shift, form.time_zone, sources.names, at.to("shifts", number))
        for number, shift in enumerate(form.shifts)
    ]
    shifts = tuple(sorted((s for s in found if s), key=lambda shift: shift.start))
    members = tuple(dict.fromkeys(shift.person for shift in shifts))
    return ShiftLayer(name, OneOffs(shifts), members, form.time_zone or "UTC")


def _shift(form: ShiftForm, zone: str | None, people: NameSet, at: At) -> Shift | None:
    at.to("person").knows("person", form.person, people)
    span = at.attempt(partial(span_of, form, zone))
    return Shift(form.person, *span, form.reason) if span else None


def _calendar_layer(name: str, form: TurnsForm, sources: Sources, at: At) -> ShiftLayer | None:
    file, zone = form.calendar or "", form.time_zone or "UTC"
    if is_address(file):  # read while the desk runs
        return ShiftLayer(name, OneOffs(()), (), zone, file)
    sources.read.add(file)
    text = sources.files.get(file)
    if text is None:
        mend = did_you_mean(file, [f for f in sources.files if f.endswith(".ics")])
        at.to("calendar").fault("there is no such file", mend or "put it beside rotations.yaml")
        return None
    if not sources.names.complete:  # then its people cannot be told
        return None
    try:
        roster = read_calendar(text, file, zone, sources.people)
    except CalendarRefused as refused:
        for line, message, mend in refused.faults:
            at.faults.add(Fault(file, line, 1, message, mend))
        return None
    return ShiftLayer(name, roster, roster.people, zone)


def note_unread(sources: Sources, faults: Faults) -> None:
    """A calendar that no rotation reads has its name misspelt there."""
    for file in sources.files:
        if file.endswith(".ics") and file not in sources.read:
            mend = f"add `calendar: {file}` to a rotation"
            faults.add(Fault(file, 1, 1, "nothing reads this file", mend))


def span_of(form: SpanForm, zone: str | None = None) -> tuple[datetime, datetime]:
    """From when until when (UTC); `zone` holds where the form says none. Raises Unreadable."""
    start, end = (_instant(moment, form.time_zone or zone) for moment in (form.from_, form.to))
    if start >= end:
        raise Unreadable("it ends before it begins", "check from and to")
    return start, end


def _instant(moment: datetime, zone: str | None) -> datetime:
    if not moment.tzinfo and not zone:
        raise Unreadable("from and to need a zone", "add `time_zone: Europe/Berlin`")
    return words.instant(moment, zone or "UTC")


def _find_double_names(layers: list[LayerForm], at: At) -> None:
    names = [layer.name for layer in layers]
    for number, name in enumerate(names):
        if name in names[:number]:
            at.to(number, "name").fault(f"there is a layer {quoted(name)} already", "rename one")
