"""What will go wrong with the rota in the time to come, as far as that can be seen now.

Hours in which nobody was ever meant to be on are no news; what comes of them, `escalation/cover`
proves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from supportbot.domain.escalation.availability import has_address
from supportbot.domain.on_call.layer import Layer
from supportbot.domain.on_call.override import Override
from supportbot.domain.on_call.rota import Entry, stretches, zone_of
from supportbot.domain.on_call.rotation import Rotation
from supportbot.domain.on_call.wall_clock import spoken, utc
from supportbot.domain.policy.playbook import Person, Playbooks

AHEAD = timedelta(days=14)
"""How far the desk looks each day."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """`what` is the same each time the same is found; `when` adds times. After `until` (UTC) it is
    over by itself."""

    what: str
    when: str
    rotation: str
    until: datetime

    def __str__(self) -> str:
        return f"{self.what} ({self.when})"


def troubles(
    playbooks: Playbooks, start: datetime, end: datetime, active: Mapping[str, bool]
) -> tuple[Trouble, ...]:
    """Gaps, and people on call whom nothing reaches, from `start` to `end` (aware).

    `active` has whether a Slack id still belongs to somebody; those not in it are taken to.
    """
    found: dict[str, Trouble] = {}
    for rotation in playbooks.rotations.values():
        entries = stretches(rotation, start, end)
        for one in (*_holes(rotation, entries), *_unheard(rotation, entries, playbooks, active)):
            found.setdefault(one.what, one)
    return tuple(found.values())


def holes(playbooks: Playbooks, start: datetime, end: datetime) -> tuple[Trouble, ...]:
    """The gaps alone."""
    return tuple(
        hole
        for rotation in playbooks.rotations.values()
        for hole in _holes(rotation, stretches(rotation, start, end))
    )


def rostered(playbooks: Playbooks, start: datetime, end: datetime) -> frozenset[str]:
    """Everybody who is on call at some time from `start` to `end` (aware)."""
    return frozenset(
        entry.person
        for rotation in playbooks.rotations.values()
        for entry in stretches(rotation, start, end)
        if entry.person is not None and not entry.shadow
    )


def _holes(rotation: Rotation, entries: Sequence[Entry]) -> Iterator[Trouble]:
    """The gaps that were not meant to be: of those with one cause the first, and how many."""
    by_cause: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.person is None and (entry.overridden or not _has_hours(rotation)):
            by_cause.setdefault(_cause(rotation, entry), []).append(entry)
    for cause, gaps in by_cause.items():
        first, last = gaps[0], gaps[-1]
        begin = spoken(first.since, zone_of(rotation))
        when = f"until {spoken(first.until, zone_of(rotation))}"
        more = f"; {len(gaps)} times in all" if len(gaps) > 1 else ""
        what = f"Nobody is on call in {rotation.name}: {cause}"
        yield Trouble(what, f"from {begin} {when}{more}", rotation.name, last.until)


def _has_hours(rotation: Rotation) -> bool:
    """Whether somebody said when it is on, and so when it is not."""
    layers = rotation.layers
    return all(isinstance(layer, Layer) and layer.hours for layer in layers) and bool(layers)


def _cause(rotation: Rotation, gap: Entry) -> str:
    away = {
        _told(override)
        for override in rotation.overrides
        if override.replace and not override.with_ and override.start <= gap.since < override.end
    }
    return "; ".join(sorted(away)) or "no layer has anybody"


def _told(override: Override) -> str:
    why = f", {override.reason}" if override.reason else ""
    return f"{override.replace} is away until {utc(override.end):%Y-%m-%d %H:%M} UTC{why}"


def _unheard(
    rotation: Rotation,
    entries: Sequence[Entry],
    playbooks: Playbooks,
    active: Mapping[str, bool],
) -> Iterator[Trouble]:
    shifts: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.person and entry.person in playbooks.people and not entry.shadow:
            shifts.setdefault(entry.person, []).append(entry)
    for key, theirs in shifts.items():
        person = playbooks.people[key]
        if why := _unreachable(person, active):
            what = f"{person.name} ({key}) is on call in {rotation.name} and {why}"
            begin = spoken(theirs[0].since, zone_of(rotation))
            yield Trouble(what, f"from {begin}", rotation.name, theirs[-1].until)


def _unreachable(person: Person, active: Mapping[str, bool]) -> str:
    if not has_address(person):
        return "has neither a Slack id nor a mail address"
    if person.slack and not active.get(person.slack, True):
        return f"is deactivated in Slack ({person.slack})"
    return ""
