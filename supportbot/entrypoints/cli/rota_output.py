"""How a rota is told: tables for people on the clocks of a zone, JSON for programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from supportbot.domain.on_call.rota import Entry, Series, in_series, rota, stretches
from supportbot.domain.on_call.rotation import Rotation
from supportbot.domain.on_call.wall_clock import WEEKDAYS, spoken, zone
from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli.output import Json, table

HEAD = ("FROM", "UNTIL", "WHEN", "WHO", "LAYER", "WHY")
_MOST_PATTERNS = 2
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

Clocks = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    """A rotation from `start` to `end` (UTC), told on the clocks of `zone`; of `person` alone where
    one is named."""

    rotation: Rotation
    start: datetime
    end: datetime
    zone: str
    person: str | None = None

    def turns(self) -> tuple[Entry, ...]:
        return self._theirs(rota(self.rotation, self.start, self.end))

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """What the table and the pictures show."""
        found = self._theirs(stretches(self.rotation, self.start, self.end))
        return in_series(found, self.zone)

    def _theirs(self, found: Iterable[Entry]) -> tuple[Entry, ...]:
        return tuple(entry for entry in found if self.person in (None, entry.person))


def rota_json(asked: Asked) -> Json:
    """Every turn and every gap (`person` is null), whole."""
    here = zone(asked.zone)
    return {
        "rotation": asked.rotation.name,
        "time_zone": asked.zone,
        "from": asked.start.astimezone(here).isoformat(),
        "to": asked.end.astimezone(here).isoformat(),
        "shifts": [
            {
                "person": shift.person,
                "from": shift.since.astimezone(here).isoformat(),
                "until": shift.until.astimezone(here).isoformat(),
                "layer": shift.layer or None,
                "reason": shift.reason,
                "override": shift.overridden,
                "shadow": shift.shadow,
            }
            for shift in asked.turns()
        ],
    }


def as_text(asked: Asked, playbooks: Playbooks) -> str:
    """The rotation's name and zone, and a table."""
    rows = list(rows_of(asked, playbooks))
    head = f"{asked.rotation.name}, times of {asked.zone}"
    return f"{head}\n\n{table([HEAD, *rows]) if rows else 'Nothing in these weeks.'}"


def rows_of(asked: Asked, playbooks: Playbooks) -> Iterator[tuple[str, ...]]:
    """A row for each series of shifts, cells as in HEAD."""
    for series in asked.series:
        first = series.first
        yield (
            brief(first.since, asked.zone),
            brief(series.last.until, asked.zone),
            hours_of(series, asked.zone),
            shown_name(first.person, playbooks) + (", shadow" if first.shadow else ""),
            first.layer,
            first.reason if first.overridden or first.person is None else "",
        )


def shown_name(person: str | None, playbooks: Playbooks) -> str:
    known = playbooks.people.get(person) if person else None
    return f"{known.name} ({known.key})" if known else person or "nobody"


def brief(at: datetime, name: str) -> str:
    """`Mon 2026-11-23 09:00` on the clocks of the zone."""
    day, *rest = spoken(at, name).split(" ")
    return " ".join((day[:3], *rest[:2]))


def hours_of(series: Series, name: str) -> str:
    """`Mon–Fri 08:00–17:00`: when somebody is on in between; or nothing for one shift."""
    if len(series.shifts) == 1:
        return ""
    patterns = _patterns(series.shifts, name)
    if len(patterns) > _MOST_PATTERNS:
        return f"{len(series.shifts)} times, {round(series.length / _HOUR)} h"
    return ", ".join(f"{_days(days)} {'–'.join(clocks)}" for clocks, days in patterns.items())


def _patterns(shifts: Sequence[Entry], name: str) -> dict[Clocks, set[int]]:
    """By the clocks at which shifts begin and end, the weekdays on which they begin."""
    found: dict[Clocks, set[int]] = {}
    for shift in shifts[1:-1] or shifts:
        found.setdefault(_clocks(shift, name), set()).add(_weekday(shift.since, name))
    if len(shifts) > 2:
        # Hand-offs cut the first and the last one short; FROM and UNTIL tell of that.
        first, last = _clocks(shifts[0], name), _clocks(shifts[-1], name)
        like_first = next((one for one in found if one[1] == first[1]), first)
        like_last = next((one for one in found if one[0] == last[0]), last)
        found.setdefault(like_first, set()).add(_weekday(shifts[0].since, name))
        found.setdefault(like_last, set()).add(_weekday(shifts[-1].since, name))
    return found


def _clocks(shift: Entry, name: str) -> Clocks:
    since, until = (at.astimezone(zone(name)) for at in (shift.since, shift.until))
    day = "" if shift.until - shift.since <= _DAY else f"{WEEKDAYS[until.weekday()][:3]} "
    return f"{since:%H:%M}", f"{day}{until:%H:%M}"


def _weekday(at: datetime, name: str) -> int:
    return at.astimezone(zone(name)).weekday()


def _days(numbers: Collection[int]) -> str:
    """`Mon–Fri`, `Mon, Wed`; runs of three and more are joined."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    names = (_run([WEEKDAYS[number][:3] for number in run]) for run in runs)
    return ", ".join(names)


def _run(names: Sequence[str]) -> str:
    return f"{names[0]}–{names[-1]}" if len(names) > 2 else ", ".join(names)
