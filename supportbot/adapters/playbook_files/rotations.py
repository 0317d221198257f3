"""rotations.yaml: who is on call when."""

from __future__ import annotations

from datetime import datetime, time
from functools import partial

from pydantic import Field

from supportbot.adapters.playbook_files import words
from supportbot.adapters.playbook_files.faults import Unreadable, quoted
from supportbot.adapters.playbook_files.filling import Filled
from supportbot.adapters.playbook_files.forms import (
    Day,
    Form,
    HandOffWords,
    Hours,
    Moment,
    Name,
    Names,
    PeriodWords,
    Text,
    Whole,
    YesNo,
    Zone,
)
from supportbot.adapters.playbook_files.hours import windows_of
from supportbot.adapters.playbook_files.people import RESERVED
from supportbot.adapters.playbook_files.periods import PeriodForm, link_period
from supportbot.adapters.playbook_files.place import At, NameSet
from supportbot.domain.on_call.calendar_period import CalendarPeriod
from supportbot.domain.on_call.rotation import (
    HandOff,
    Layer,
    Override,
    Period,
    Rotation,
    default_anchor,
)

_NO_HAND_OFF = HandOff(0, time(9), "UTC")


class TurnsForm(Form):
    """People who take turns: a layer, or a whole rotation that has just one."""

    people: Names | None = Field(
        None, examples=["[ines, tomasz]"], description="who take turns, in this order"
    )
    swap_every: PeriodWords | None = Field(
        None, examples=["2 weeks"], description="how long each turn lasts"
    )
    hand_off: HandOffWords | None = Field(
        None, examples=["Monday 09:00 UTC"], description="when turns change"
    )
    two_at_a_time: YesNo = Field(False, description="yes is the same as at_a_time: 2")
    at_a_time: Whole | None = Field(
        None, description="how many are on at once; the longest on leaves and the next joins"
    )
    starts: Day | None = Field(
        None, description="a day on which the first of the people begins a turn"
    )
    hours: Hours | None = Field(
        None, description="when it is on, such as Mon-Fri 08:00-17:00 Europe/Berlin; else always"
    )


class LayerForm(TurnsForm):
    name: Name = Field(examples=["europe"], description="how the layer is called in explanations")


class OverrideForm(Form):
    from_: Moment = Field(alias="from", examples=["2026-12-24T00:00"], description="when it begins")
    to: Moment = Field(examples=["2026-12-27T00:00"], description="when it is over")
    time_zone: Zone | None = Field(
        None, description="the zone of these times, unless they have an offset"
    )
    replace: Name | None = Field(None, description="who is away; goes with `with`")
    with_: Name | None = Field(None, alias="with", description="who stands in")
    add: Name | None = Field(None, description="who is on as well")
    remove: Name | None = Field(None, description="who is away, with nobody in their place")
    reason: Text = Field("", description="why, for those who look")


class RotationForm(TurnsForm):
    layers: list[LayerForm] = Field(
        [],
        examples=["[]"],
        description="several groups, each with turns and hours of its own, such as one a continent",
    )
    overrides: list[OverrideForm] = Field(
        [], examples=["[]"], description="exceptions: leave, swaps, help"
    )


class RotationsFile(Form):
    rotations: dict[Name, RotationForm] = Field(
        examples=["{first-line: {people: [ines]}}"],
        description="who is on call when, by the name of the rotation",
    )
    periods: dict[Name, PeriodForm] = Field(
        {},
        examples=["{reduced-capacity: {every_year: 12-18 to 01-03}}"],
        description="times with a name, such as weekends and the turn of the year",
    )


def link_periods(file: Filled[RotationsFile]) -> dict[str, CalendarPeriod]:
    """The periods by their names."""
    at = file.at.to("periods")
    return {name: link_period(form, at.to(name)) for name, form in file.form.periods.items()}


def link_rotations(
    file: Filled[RotationsFile], people: NameSet, roles: NameSet
) -> dict[str, Rotation]:
    """The rotations by their names, in the order of the file."""
    form, at = file.form, file.at
    for name in form.rotations:
        if name in people.names | roles.names | RESERVED:
            place = at.to("rotations", name)
            place.fault_in_key(f"{name!r} is taken already", "a rotation needs a name of its own")
    return {
        name: _rotation(name, one, people, at.to("rotations", name))
        for name, one in form.rotations.items()
    }


def _rotation(name: str, form: RotationForm, people: NameSet, at: At) -> Rotation:
    if form.layers:
        if form.model_fields_set & TurnsForm.model_fields.keys():
            message = "a rotation has either layers or people of its own"
            at.to("layers").fault_in_key(message, "move the people into a layer")
        layers = [
            _layer(layer.name, layer, people, at.to("layers", number))
            for number, layer in enumerate(form.layers)
        ]
        _find_double_names(form.layers, at.to("layers"))
    else:
        layers = [_layer(name, form, people, at)]
    linked = tuple(layer for layer in layers if layer)
    return Rotation(name, linked, _overrides(form.overrides, linked, people, at.to("overrides")))


def _layer(name: str, form: TurnsForm, people: NameSet, at: At) -> Layer | None:
    if not form.people:
        at.fault("nobody is in it", "add `people: [ines, tomasz]`")
        return None
    at.to("people").all_known("person", form.people, people)
    if len(form.people) > 1 and not (form.swap_every and form.hand_off):
        missing = "hand_off" if form.swap_every else "swap_every"
        example = "Monday 09:00 UTC" if form.swap_every else "1 week"
        at.fault(f"when people take turns, {missing!r} is needed", f"add `{missing}: {example}`")
        return None
    size = at.attempt(partial(_at_a_time, form))
    if size is None:
        return None
    # What is left to go wrong is that the hand-off's weekday does not fit the day or the period.
    culprit = at.to("starts" if form.starts else "swap_every")
    return culprit.attempt(partial(_made, name, form, size, at))


def _made(name: str, form: TurnsForm, size: int, at: At) -> Layer:
    hand_off = form.hand_off or _NO_HAND_OFF
    zone = form.hand_off.zone if form.hand_off else None
    return Layer(
        name=name,
        people=tuple(form.people or ()),
        swap=form.swap_every or Period(1, "week"),
        hand_off=hand_off,
        anchor=form.starts or default_anchor(hand_off),
        at_a_time=size,
        overlapping=size > 1,
        hours=windows_of(form.hours or (), zone, at.to("hours")),
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


def _find_double_names(layers: list[LayerForm], at: At) -> None:
    names = [layer.name for layer in layers]
    for number, name in enumerate(names):
        if name in names[:number]:
            at.to(number, "name").fault(f"there is a layer {quoted(name)} already", "rename one")


def _overrides(
    forms: list[OverrideForm], layers: tuple[Layer, ...], people: NameSet, at: At
) -> tuple[Override, ...]:
    stand_ins = {one.with_ or one.add for one in forms} - {None}
    members = {person for layer in layers for person in layer.people} | stand_ins
    found = []
    for number, form in enumerate(forms):
        place = at.to(number)
        _check_people(form, people, frozenset(m for m in members if m), place)
        found.append(place.attempt(partial(_override, form)))
    return tuple(override for override in found if override)


def _check_people(form: OverrideForm, people: NameSet, members: frozenset[str], at: At) -> None:
    named = {"replace": form.replace, "with": form.with_, "add": form.add, "remove": form.remove}
    for key, person in named.items():
        if not person or not at.to(key).knows("person", person, people):
            continue
        if key in ("replace", "remove") and person not in members:
            at.to(key).fault(f"{person} is not in this rotation", "this override would do nothing")


def _override(form: OverrideForm) -> Override:
    away = form.replace or form.remove
    on = form.with_ or form.add
    given = tuple(bool(key) for key in (form.replace, form.with_, form.add, form.remove))
    if given not in {(1, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)} or away == on:
        mend = "write `replace: A` and `with: B`, or `add: A`, or `remove: A`"
        raise Unreadable("an override does one thing", mend)
    start, end = _instant(form, form.from_), _instant(form, form.to)
    if start >= end:
        raise Unreadable("it ends before it begins", "check from and to")
    return Override(start, end, away, on, form.reason)


def _instant(form: OverrideForm, moment: datetime) -> datetime:
    if not moment.tzinfo and not form.time_zone:
        raise Unreadable("from and to need a zone", "add `time_zone: Europe/Berlin`")
    return words.instant(moment, form.time_zone or "UTC")
