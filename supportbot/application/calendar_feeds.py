"""Leave in calendars elsewhere: looked at every half hour, the last good content is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from supportbot.application.chores import Handler, Job, rota_changed
from supportbot.application.context import Context
from supportbot.application.ports import Chore, Feed, FetchCalendar, ReadLeave, UnitOfWork
from supportbot.domain.notices.delivery import NewDelivery
from supportbot.domain.policy.playbook import Playbooks

log = structlog.get_logger()

CHORE = "calendars"
EVERY = timedelta(minutes=30)
_TOLD_AFTER = timedelta(days=1)


def following(fetch: FetchCalendar | None, read: ReadLeave) -> Handler:
    """The handler of the chore that looks at every calendar of the playbooks; with no way to fetch
    one, where the desk is simulated, at none."""

    def follow(context: Context, chore: Chore, now: datetime) -> Job:
        wanted = _wanted(context.shelf.current)
        found: list[Feed] = []
        if fetch is not None and wanted:
            known = context.store.read(lambda uow: uow.calendar_feeds.all())
            each = ((url, zone, known.get(url)) for url, zone in wanted.items())
            found = [_looked(*one, fetch, read, now) for one in each]

        def job(uow: UnitOfWork) -> datetime:
            for feed in found:
                _write(context, uow, feed, now)
            return now + EVERY

        return job

    return follow


def _wanted(playbooks: Playbooks) -> Mapping[str, str]:
    """The addresses, each with the zone of whose leave it is."""
    people = playbooks.people.values()
    return {url: person.zone for person in people for url in person.leave_feeds}


def _looked(
    url: str,
    zone: str,
    known: Feed | None,
    fetch: FetchCalendar,
    read: ReadLeave,
    now: datetime,
) -> Feed:
    """What is known of it after another look."""
    known = known if known is not None and known.zone == zone else Feed(url, zone, now, error="new")
    try:
        answer = fetch(url, known.etag)
        if answer.body is None:
            return replace(known, read_at=now, error=None)
        # Why somebody is away is theirs: of a calendar elsewhere nothing but the times is kept.
        read_now = read(answer.body, "of leave", zone)
        absences = tuple(replace(absence, reason="leave") for absence in read_now)
    except (OSError, ValueError) as error:
        log.warning("calendar_failed", host=url.split("/")[2], reason=str(error)[:200])
        return replace(known, error=str(error)[:500] or type(error).__name__)
    return Feed(url, zone, now, absences, answer.etag)


def _write(context: Context, uow: UnitOfWork, feed: Feed, now: datetime) -> None:
    known = uow.calendar_feeds.all().get(feed.url)
    uow.calendar_feeds.put(feed)
    if (known.absences if known else ()) != feed.absences:
        uow.rota.renew()
        rota_changed(uow, now)
    if feed.error and now - feed.read_at >= _TOLD_AFTER:
        uow.deliveries.add([_note(context, feed)], now)


def _note(context: Context, feed: Feed) -> NewDelivery:
    """Once for each time that it fails. Of the address only the host: the rest may be a secret."""
    digest = hashlib.sha256(feed.url.encode()).hexdigest()[:12]
    host = feed.url.split("/")[2]
    since = f"{feed.read_at:%Y-%m-%d %H:%M} UTC"
    text = (
        f"⚠️ A calendar of leave at {host} cannot be read since {since}: {feed.error}."
        " What it said last holds until it can."
    )
    return NewDelivery(
        key=f"calendar.{digest}.{feed.read_at:%Y%m%dT%H%M}",
        kind="slack.say",
        ticket=None,
        target={"channel": context.desk.team_channel},
        payload={"text": text},
    )
