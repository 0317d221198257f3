"""rotations.yaml: who is on call when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from supportbot.adapters.playbook_files.faults import Unreadable
from supportbot.adapters.playbook_files.filling import Filled
from supportbot.adapters.playbook_files.layers import (
    TURN_KEYS,
    Sources,
    link_layer,
    link_layers,
    note_unread,
    span_of,
)
from supportbot.adapters.playbook_files.people import RESERVED
from supportbot.adapters.playbook_files.periods import link_period
from supportbot.adapters.playbook_files.place import At, NameSet
from supportbot.adapters.playbook_files.rotation_forms import (
    OverrideForm,
    RotationForm,
    RotationsFile,
)
from supportbot.domain.on_call.calendar_period import CalendarPeriod
from supportbot.domain.on_call.hand_off import HandOff
from supportbot.domain.on_call.rotation import Layer, Override, Rotation, RotationLayer
from supportbot.domain.policy.drills import Drills

T = TypeVar("T")
_SHORTEST_DRILL, _LONGEST_DRILL = timedelta(minutes=5), timedelta(hours=4)


def link_outlook(file: Filled[RotationsFile]) -> HandOff | None:
    """When the team hears of the week to come."""
    outlook = file.form.outlook
    if outlook is not None and (outlook.weekday is None or outlook.week is not None):
        file.at.to("outlook").fault("it comes once a week", "name the day: Monday 08:00 UTC")
    return outlook


def link_drills(file: Filled[RotationsFile]) -> Drills | None:
    """When it is tried whether everybody can be reached."""
    form = file.form.drills
    if form is None:
        return None
    if form.weekly.weekday is None or form.weekly.week is not None:
        place = file.at.to("drills").to("weekly")
        place.fault("drills come once a week", "name the day: Wednesday 14:00 UTC")
    if not _SHORTEST_DRILL <= form.answer_within <= _LONGEST_DRILL:
        place = file.at.to("drills").to("answer_within")
        place.fault("that is no time to answer a page in", "write 5 minutes to 4 hours")
    return Drills(form.weekly, form.answer_within)


def link_periods(file: Filled[RotationsFile]) -> dict[str, CalendarPeriod]:
    """The periods by their names."""
    at = file.at.to("periods")
    return {name: link_period(form, at.to(name)) for name, form in file.form.periods.items()}


def link_rotations(
    file: Filled[RotationsFile], sources: Sources, roles: NameSet
) -> dict[str, Rotation]:
    """The rotations by their names, in the order of the file."""
    forms, at = file.form.rotations, file.at.to("rotations")
    for name in forms:
        if name in sources.names.names | roles.names | RESERVED:
            message = f"{name!r} is taken already"
            at.to(name).fault_in_key(message, "a rotation needs a name of its own")
    names = NameSet(frozenset(forms), complete=file.whole)
    # Those that follow another come after it, wherever they stand.
    found: dict[str, Rotation] = {}
    for name in sorted(forms, key=lambda name: bool(forms[name].follows)):
        form, place = forms[name], at.to(name)
        if form.follows:
            layers = _followed(name, forms, found, names, place)
        else:
            layers = _layers(name, form, sources, place)
        found[name] = _rotation(name, form, layers, sources, place)
    if file.whole:
        note_unread(sources, at.faults)
    return {name: found[name] for name in forms}


def _rotation(
    name: str, form: RotationForm, layers: tuple[RotationLayer, ...], sources: Sources, at: At
) -> Rotation:
    shadows = link_layers(form.shadows, sources, at.to("shadows"))
    if form.all_layers and not form.layers:
        at.to("all_layers").fault_in_key("this rotation has no layers", "delete it")
    known = frozenset(person for layer in (*layers, *shadows) for person in layer.people)
    overrides = _overrides(form.overrides, known, sources.names, at.to("overrides"))
    return Rotation(name, layers, overrides, shadows, form.all_layers, form.grace)


def _layers(name: str, form: RotationForm, sources: Sources, at: At) -> tuple[RotationLayer, ...]:
    if form.after:
        at.to("after").fault_in_key("after which rotation?", "add `follows: first-line`")
    if not form.layers:
        single = link_layer(name, form, sources, at)
        return (single,) if single else ()
    if form.model_fields_set & TURN_KEYS:
        message = "a rotation has either layers or people of its own"
        at.to("layers").fault_in_key(message, "move the people into a layer")
    return link_layers(form.layers, sources, at.to("layers"))


def _followed(
    name: str,
    forms: dict[str, RotationForm],
    linked: dict[str, Rotation],
    names: NameSet,
    at: At,
) -> tuple[RotationLayer, ...]:
    """The layer of the rotation that this one follows, each turn somewhat later."""
    form, place = forms[name], at.to("follows")
    own = form.model_fields_set & (TURN_KEYS | {"layers"})
    if own:
        message = f"its turns are those of {form.follows}"
        at.to(min(own)).fault_in_key(message, "delete this, or `follows`")
    followed = form.follows or ""
    if not place.knows("rotation", followed, names) or followed not in forms:
        return ()
    if forms[followed].follows or not forms[followed].people:
        mend = "follow one with `people`, which may be as many turns later as you like"
        place.fault(f"{followed} takes no turns of its own", mend)
        return ()
    turns = form.after or 1
    return tuple(
        _later(layer, name, turns, f"{turns} turn{'s' * (turns > 1)} after {followed}")
        for layer in linked[followed].layers
        if isinstance(layer, Layer)
    )


def _later(layer: Layer, name: str, turns: int, told: str) -> Layer:
    """The same turns, each person so many turns later."""
    back = turns * layer.step % layer.places
    people = layer.people if layer.teams else _turned(layer.people, back)
    teams = _turned(layer.teams, back)
    return replace(layer, name=name, people=people, teams=teams, follows=told)


def _turned(values: tuple[T, ...], back: int) -> tuple[T, ...]:
    cut = len(values) - back
    return values[cut:] + values[:cut]


def _overrides(
    forms: list[OverrideForm], members: frozenset[str], people: NameSet, at: At
) -> tuple[Override, ...]:
    known = members | {person for one in forms for person in (one.with_, one.add) if person}
    found = []
    for number, form in enumerate(forms):
        place = at.to(number)
        _check_people(form, people, known, place)
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
    return Override(*span_of(form), away, on, form.reason)
