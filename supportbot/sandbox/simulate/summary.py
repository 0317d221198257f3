"""A season in figures: how soon tickets were acknowledged, who was paged, and what was late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from statistics import quantiles
from zoneinfo import ZoneInfo

from supportbot.domain.policy.playbook import Playbooks
from supportbot.sandbox.simulate.season import Lived
from supportbot.sandbox.simulate.timeline import Row

# Whoever is paged between these times, on their own clocks, had a broken night.
NIGHT_FROM, NIGHT_TO = time(23), time(7)


@dataclass(frozen=True, slots=True)
class SeverityFigures:
    """Of the tickets that ended in a severity. Times in minutes; None where nobody acknowledged.

    `attached` tickets page with another one, and are left out of what is `acknowledged`.
    `late_first_answers` and `late_updates` count the times a promise to the reporter was broken.
    """

    severity: str
    tickets: int
    attached: int
    acknowledged: int
    median: float | None
    ninth_decile: float | None
    late_first_answers: int
    late_updates: int
    waits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """Pages that somebody got, and the nights in which there was at least one."""

    person: str
    pages: int
    broken_nights: int


@dataclass(frozen=True, slots=True)
class Summary:
    """`months` are the tickets opened in each month, such as `2026-01`."""

    severities: tuple[SeverityFigures, ...]
    people: tuple[PersonFigures, ...]
    months: tuple[tuple[str, int], ...]


def summed_up(lived: Lived, playbooks: Playbooks) -> Summary:
    """The figures of a season."""
    months = Counter(f"{ticket.opened_at:%Y-%m}" for ticket in lived.tickets)
    severities = tuple(_severity(key, lived) for key in playbooks.severities)
    pages = [row for row in lived.rows if row.kind == "page" and row.to is not None]
    return Summary(severities, _people(pages, playbooks), tuple(sorted(months.items())))


def _severity(key: str, lived: Lived) -> SeverityFigures:
    tickets = {t.reference: t for t in lived.tickets if t.terms.key == key}
    waits = sorted(
        (ticket.acknowledged_at - ticket.opened_at) / timedelta(minutes=1)
        for ticket in tickets.values()
        if ticket.acknowledged_at is not None and ticket.attached_to is None
    )
    fired = Counter(
        row.kind for row in lived.timers if row.ticket in tickets and row.reason == "fired"
    )
    deciles = quantiles(waits, n=10, method="inclusive") if len(waits) > 1 else waits * 9
    return SeverityFigures(
        severity=key,
        tickets=len(tickets),
        attached=sum(ticket.attached_to is not None for ticket in tickets.values()),
        acknowledged=len(waits),
        median=round(deciles[4], 1) if deciles else None,
        ninth_decile=round(deciles[8], 1) if deciles else None,
        late_first_answers=fired["first_answer"],
        late_updates=fired["next_update"],
        waits=tuple(waits),
    )


def _people(pages: Sequence[Row], playbooks: Playbooks) -> tuple[PersonFigures, ...]:
    times: dict[str, list[datetime]] = {person: [] for person in sorted(playbooks.team())}
    for row in pages:
        times.setdefault(str(row.to), []).append(row.at)
    return tuple(
        PersonFigures(person, len(theirs), _nights(theirs, playbooks.people[person].zone))
        for person, theirs in times.items()
    )


def _nights(times: Iterable[datetime], zone: str) -> int:
    """A night counts once, and belongs to the day on which it began."""
    local = [at.astimezone(ZoneInfo(zone)) for at in times]
    at_night = [at for at in local if at.time() >= NIGHT_FROM or at.time() < NIGHT_TO]
    return len({(at - timedelta(hours=NIGHT_TO.hour)).date() for at in at_night})
