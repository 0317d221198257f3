"""Shifts as a calendar program subscribes to them: of a rotation, or of a person."""

from __future__ import annotations

import hmac
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from supportbot.domain.on_call.rota import Entry, rota
from supportbot.domain.policy.playbook import Playbooks

BACK, AHEAD = timedelta(weeks=8), timedelta(weeks=52)
"""What a feed shows of the past, and of the time to come."""

Kind = Literal["rotation", "person"]

# Who comes on again after a night knows it already.
_PAUSE = timedelta(hours=36)
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "supportbot/rota")
_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class Event:
    """A shift in a calendar, from `since` until `until` (UTC).

    `uid` is that of the rotation, the layer, the person and the begin, so it stays when the end
    moves. `fresh`: the person was not on call there for a while before.
    """

    uid: str
    since: datetime
    until: datetime
    title: str
    text: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Feed:
    title: str
    events: tuple[Event, ...]


def address(kind: Kind, name: str) -> str:
    """The path of a feed."""
    return f"/rota/person/{name}.ics" if kind == "person" else f"/rota/{name}.ics"


def token(secret: str, kind: Kind, name: str) -> str:
    """What must be known to read this feed, and no other: nobody finds it without the secret."""
    digest = hmac.digest(secret.encode(), f"{kind} {name}".encode(), "sha256")
    return urlsafe_b64encode(digest[:_TOKEN_BYTES]).decode()


def feed(playbooks: Playbooks, kind: Kind, name: str, now: datetime) -> Feed | None:
    """The feed of that name as of `now` (aware UTC); None when there is none."""
    if kind == "rotation":
        return _of_rotation(playbooks, name, now) if name in playbooks.rotations else None
    return _of_person(playbooks, name, now) if name in playbooks.people else None


def _of_rotation(playbooks: Playbooks, name: str, now: datetime) -> Feed:
    def title(entry: Entry, person: str) -> str:
        return f"{_name(person, playbooks)}: {name}"

    return Feed(f"On call: {name}", tuple(_events(_entries(playbooks, [name], now), title)))


def _of_person(playbooks: Playbooks, key: str, now: datetime) -> Feed:
    def title(entry: Entry, person: str) -> str:
        return f"On call: {entry.rotation}"

    entries = _entries(playbooks, _with(key, playbooks), now)
    theirs = [entry for entry in entries if entry.person == key]
    theirs.sort(key=lambda entry: entry.since)
    return Feed(f"On call: {_name(key, playbooks)}", tuple(_events(theirs, title)))


def _with(key: str, playbooks: Playbooks) -> Iterator[str]:
    """The rotations in which the person may come on."""
    for name, rotation in playbooks.rotations.items():
        shadows = (person for layer in rotation.shadows for person in layer.people)
        if key in rotation.members() or key in shadows:
            yield name


def _entries(playbooks: Playbooks, names: Iterable[str], now: datetime) -> Iterator[Entry]:
    for name in names:
        yield from rota(playbooks.rotations[name], now - BACK, now + AHEAD)


def _events(entries: Iterable[Entry], title: Callable[[Entry, str], str]) -> Iterator[Event]:
    ended: dict[tuple[str, str], datetime] = {}
    for entry in entries:
        if entry.person is None:
            continue
        last = ended.get((entry.rotation, entry.person))
        ended[entry.rotation, entry.person] = max(entry.until, last or entry.until)
        following = " (following along)" if entry.shadow else ""
        yield Event(
            uid=_uid(entry),
            since=entry.since,
            until=entry.until,
            title=title(entry, entry.person) + following,
            text=f"{entry.layer}: {entry.reason}" if entry.overridden else entry.reason,
            fresh=last is None or entry.since - last > _PAUSE,
        )


def _uid(entry: Entry) -> str:
    said = (entry.rotation, entry.layer, entry.person, entry.since.isoformat(), entry.shadow)
    return str(uuid.uuid5(_NAMESPACE, "\n".join(map(str, said))))


def _name(person: str, playbooks: Playbooks) -> str:
    known = playbooks.people.get(person)
    return known.name if known else person
