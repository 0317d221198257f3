"""Leave and shifts in calendars elsewhere: looked at every half hour; the last good one is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Self

import structlog

from supportbot.application.chores import Handler, Job, rota_changed
from supportbot.application.context import Context
from supportbot.application.ports import (
    Chore,
    Feed,
    FetchCalendar,
    ReadLeave,
    ReadShifts,
    UnitOfWork,
)
from supportbot.domain.notices.delivery import NewDelivery, plain_post
from supportbot.domain.policy.in_force import calendars_elsewhere
from supportbot.domain.policy.playbook import Person, Playbooks

log = structlog.get_logger()

CHORE = "calendars"
EVERY = timedelta(minutes=30)
_LOOK_AGAIN = timedelta(days=1)
_TOLD_AFTER = timedelta(days=1)
_UNREADABLE = "it has no times of leave that can be read"
# Of shifts, from the beginning of last year to the end of the next.
_KEPT_YEARS = (-1, 2)


def following(fetch: FetchCalendar | None, leave: ReadLeave, shifts: ReadShifts) -> Handler:
    """The handler of the chore that looks at every calendar of the playbooks; with no way to fetch
    one, where the desk is simulated, at none."""

    def follow(context: Context, chore: Chore, now: datetime) -> Job:
        wanted = _Wanted.of(context.shelf.current)
        found: list[Feed] = []
        if fetch is not None and wanted.zones:
            known = context.store.read(lambda uow: uow.calendar_feeds.all())
            read = partial(_read, wanted, leave, shifts)
            found = [_looked(url, wanted, known.get(url), fetch, read, now) for url in wanted.zones]

        def job(uow: UnitOfWork) -> datetime:
            for feed in found:
                _write(context, uow, feed, now)
            # An edit of the playbooks asks at once; until then nobody waits for what is not there.
            return now + (EVERY if wanted.zones else _LOOK_AGAIN)

        return job

    return follow


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The zone of each address, those of leave, and those of shifts of these people."""

    zones: Mapping[str, str]
    leave: frozenset[str]
    shifts: frozenset[str]
    people: Mapping[str, Person]

    @classmethod
    def of(cls, playbooks: Playbooks) -> Self:
        layers, people = calendars_elsewhere(playbooks), playbooks.people
        leave = {url: person.zone for person in people.values() for url in person.leave_feeds}
        zones = {**{url: layer.zone for url, layer in layers.items()}, **leave}
        return cls(zones, frozenset(leave), frozenset(layers), people)


def _looked(
    url: str,
    wanted: _Wanted,
    known: Feed | None,
    fetch: FetchCalendar,
    read: Callable[[str, bytes, datetime], Feed],
    now: datetime,
) -> Feed:
    """What is known of it after another look."""
    zone = wanted.zones[url]
    known = known if known is not None and known.zone == zone else Feed(url, zone, now, error="new")
    try:
        # Whose shifts they are may change while the calendar does not.
        answer = fetch(url, None if url in wanted.shifts else known.etag)
        if answer.body is None:
            return replace(known, read_at=now, error=None)
        return replace(read(url, answer.body, now), etag=answer.etag)
    except (OSError, ValueError) as error:
        # What is wrong is told in the words of the calendar, and of leave they are nobody's.
        private = url in wanted.leave and not isinstance(error, OSError)
        said = _UNREADABLE if private else str(error)[:500] or type(error).__name__
        log.warning("calendar_failed", host=_host(url), reason=said[:200])
        return replace(known, error=said)


def _read(
    wanted: _Wanted, leave: ReadLeave, shifts: ReadShifts, url: str, body: bytes, now: datetime
) -> Feed:
    feed = Feed(url, wanted.zones[url], now)
    if url in wanted.leave:
        # Why somebody is away is theirs: of a calendar elsewhere nothing but the times is kept.
        found = leave(body, "of leave", feed.zone)
        feed = replace(feed, absences=tuple(replace(one, reason="leave") for one in found))
    if url in wanted.shifts:
        roster = shifts(body, _host(url), feed.zone, wanted.people)
        begin, end = (datetime(now.year + years, 1, 1, tzinfo=UTC) for years in _KEPT_YEARS)
        feed = replace(feed, shifts=tuple(roster.shifts_between(begin, end)))
    return feed


def _host(url: str) -> str:
    """What may be told of an address: the rest may be a secret."""
    return url.split("/")[2]


def _write(context: Context, uow: UnitOfWork, feed: Feed, now: datetime) -> None:
    known = uow.calendar_feeds.all().get(feed.url)
    uow.calendar_feeds.put(feed)
    if known is None or (known.absences, known.shifts) != (feed.absences, feed.shifts):
        uow.rota.renew()
        rota_changed(uow, now)
    if feed.error and now - feed.read_at >= _TOLD_AFTER:
        uow.deliveries.add([_note(context, feed)], now)


def _note(context: Context, feed: Feed) -> NewDelivery:
    """Once for each time that it fails."""
    digest = hashlib.sha256(feed.url.encode()).hexdigest()[:12]
    since = f"{feed.read_at:%Y-%m-%d %H:%M} UTC"
    text = (
        f"⚠️ A calendar at {_host(feed.url)} cannot be read since {since}: {feed.error}."
        " What it said last holds until it can."
    )
    return plain_post(
        f"calendar.{digest}.{feed.read_at:%Y%m%dT%H%M}", context.desk.team_channel, text
    )
