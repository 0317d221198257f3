"""The load of people as JSON, and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from supportbot.application.load import MOST_ROWS, Load
from supportbot.domain.fairness.load import MOST_INCIDENTS, MOST_ON_CALL, PersonLoad
from supportbot.domain.policy.playbook import Person
from supportbot.entrypoints.cli.output import Json, table, utc_words

_HEAD = (
    *("PERSON", "PAGES", "OUTSIDE HOURS", "NIGHTS", "WEEKEND DAYS", "HOLIDAYS", "INTERRUPTED"),
    *("SHARE", "FAIR", "MORE THAN FAIR", "ON CALL", "ACKNOWLEDGED", "HANDED OVER"),
)


def load_json(load: Load, people: Mapping[str, Person]) -> Json:
    return {
        "from": load.start.isoformat(),
        "to": load.end.isoformat(),
        "complete": load.complete,
        "interruptions": sum(one.interruptions for one in load.people),
        "people": [_person_json(one, people) for one in load.people],
    }


def _person_json(one: PersonLoad, people: Mapping[str, Person]) -> Json:
    return {
        "person": one.person,
        "name": _name(one.person, people),
        "pages": one.pages,
        "outside_hours": one.outside_hours,
        "nights": one.nights,
        "weekend_days": one.weekend_days,
        "holidays": one.holidays,
        "interruptions": one.interruptions,
        "share": round(one.share, 4),
        "fair_share": round(one.fair_share, 4),
        "deviation": round(one.deviation, 2),
        "on_call_hours": round(_hours(one.on_call), 2),
        "on_call_share": round(one.on_call_share, 4),
        "acknowledged": one.acknowledged,
        "hand_overs": one.hand_overs,
        "most_incidents_in_12_hours": one.busiest,
        "flags": list(one.flags),
    }


def load_text(load: Load, people: Mapping[str, Person]) -> str:
    total = sum(one.interruptions for one in load.people)
    between = f"{utc_words(load.start)} to {utc_words(load.end)}"
    interruptions = "1 interruption" if total == 1 else f"{total:,} interruptions"
    lines = [f"{between}: {interruptions} of {len(load.people)} people."]
    if load.people:
        lines += ["", table([_HEAD, *(_row(one, people) for one in load.people)])]
    warnings = [line for one in load.people for line in _warnings(one, people)]
    if warnings:
        lines += ["", *warnings]
    if not load.complete:
        lines += ["", f"Only the newest {MOST_ROWS:,} events were read: ask for a shorter time."]
    return "\n".join(lines)


def _row(one: PersonLoad, people: Mapping[str, Person]) -> tuple[str, ...]:
    counts = (one.pages, one.outside_hours, one.nights, one.weekend_days, one.holidays)
    return (
        _name(one.person, people),
        *map(str, (*counts, one.interruptions)),
        f"{one.share:.0%}",
        f"{one.fair_share:.0%}",
        f"{one.deviation:+.1f}",
        f"{_hours(one.on_call):.0f} h ({one.on_call_share:.0%})",
        str(one.acknowledged),
        str(one.hand_overs),
    )


def _warnings(one: PersonLoad, people: Mapping[str, Person]) -> list[str]:
    said = {
        "on_call": f"on call for {one.on_call_share:.0%} of the time,"
        f" where {MOST_ON_CALL:.0%} is the most that people bear",
        "incidents": f"paged for {one.busiest} tickets within 12 hours,"
        f" where {MOST_INCIDENTS} are the most that people bear",
    }
    return [f"{_name(one.person, people)} was {said[flag]}." for flag in one.flags]


def _name(key: str, people: Mapping[str, Person]) -> str:
    person = people.get(key)
    return person.name if person else key


def _hours(time: timedelta) -> float:
    return time / timedelta(hours=1)
