"""What is said of cover, of shifts that change hands, and of leave that nobody covers yet.

`slack.cover` is a question that can be answered where it stands; its payload is a request's `id`,
the text, and the stretches of time that are open. It goes to a channel, or to one person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from supportbot.domain.notices.delivery import NewDelivery, plain_post
from supportbot.domain.on_call.cover_request import CoverRequest, Span
from supportbot.domain.on_call.rota_change import RotaChange
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.policy.presence import absence_of
from supportbot.domain.rota.standing_in import candidates, said
from supportbot.domain.ticket.commands import name_of

MANAGER = "manager"
"""The role that hears of cover which nobody takes."""


def asked(request: CoverRequest, playbooks: Playbooks, channel: str) -> Iterator[NewDelivery]:
    """The question, in the team's channel and to each who could say yes."""
    key = f"cover.{request.id}"
    yield question(request, key, {"channel": channel}, playbooks)
    yield from to_candidates(request, key, playbooks)


def to_candidates(request: CoverRequest, key: str, playbooks: Playbooks) -> Iterator[NewDelivery]:
    """To those who could take it within their hours; where there is none, to all who could."""
    rotation = playbooks.rotations.get(request.rotation)
    if rotation is None:
        return
    could = candidates(rotation, request.start, request.end, playbooks)
    could = tuple(one for one in could if one.person != request.person)
    for one in [one for one in could if one.within_hours] or could:
        target = person_target(one.person, playbooks)
        yield question(request, f"{key}.to.{one.person}", target, playbooks, zone_of=one.person)


def question(
    request: CoverRequest,
    key: str,
    target: dict[str, str],
    playbooks: Playbooks,
    *,
    lead: str = "",
    zone_of: str | None = None,
) -> NewDelivery:
    """Whether somebody can; times are on the clocks of `zone_of`, else of who asks."""
    zone = _zone(zone_of or request.person, playbooks)
    spans = list(request.open_spans())
    times = "; ".join(said(start, end, zone) for start, end in spans)
    name = name_of(request.person, playbooks)
    why = f" ({request.reason})" if request.reason else ""
    asks = f"{name} needs cover in {request.rotation}: {times}{why}."
    how = f"Who takes it first has it: `supportbot cover take {request.id} --by YOU`."
    open_spans = [[start.isoformat(), end.isoformat()] for start, end in spans]
    return NewDelivery(
        key=key,
        kind="slack.cover",
        ticket=None,
        target=target,
        payload={
            "request": request.id,
            "text": " ".join(part for part in (lead, asks, how) if part),
            "open": open_spans,
        },
    )


def person_target(person: str, playbooks: Playbooks) -> dict[str, str]:
    """Where a direct message to somebody goes."""
    known = playbooks.people.get(person)
    return {
        "person": person,
        "user": (known.slack if known else None) or "",
        "mail": (known.mail if known else None) or "",
    }


def _zone(person: str, playbooks: Playbooks) -> str:
    """Whose clocks; of somebody who is gone since, nobody's."""
    known = playbooks.people.get(person)
    return known.zone if known else "UTC"


def tell(key: str, person: str, text: str, playbooks: Playbooks) -> NewDelivery:
    """A direct message that asks nothing."""
    return NewDelivery(
        key=f"{key}.to.{person}",
        kind="slack.tell",
        ticket=None,
        target=person_target(person, playbooks),
        payload={"text": text},
    )


def taken(
    request: CoverRequest, changes: Iterable[RotaChange], playbooks: Playbooks, channel: str
) -> Iterator[NewDelivery]:
    """Who took what: for the team, and for whoever asked."""
    zone = _zone(request.person, playbooks)
    name = name_of(request.person, playbooks)
    rest = "; ".join(said(*span, zone) for span in request.open_spans())
    left = f" Still open: {rest}." if rest else ""
    for change in changes:
        who = name_of(change.people[0], playbooks)
        times = said(change.start, change.end, zone)
        text = f"{who} covers for {name} in {request.rotation}: {times}.{left}"
        key = f"cover.{request.id}.taken.{change.id}"
        yield plain_post(key, channel, f"✅ {text}")
        yield tell(key, request.person, text, playbooks)


def withdrawn(request: CoverRequest, playbooks: Playbooks, channel: str) -> NewDelivery:
    who = name_of(request.withdrawn_by, playbooks)
    name = name_of(request.person, playbooks)
    text = f"{who} withdrew the request for cover of {name} in {request.rotation}."
    return plain_post(f"cover.{request.id}.withdrawn", channel, text)


def reminded(
    request: CoverRequest, key: str, playbooks: Playbooks, channel: str, *, pressing: bool
) -> Iterator[NewDelivery]:
    """Still nobody; where it is `pressing`, the manager hears of it, too."""
    lead = "❗ Still nobody." if pressing else "Still nobody."
    yield question(request, key, {"channel": channel}, playbooks, lead=lead)
    yield from to_candidates(request, key, playbooks)
    if pressing:
        for manager in playbooks.roles.get(MANAGER, ()):
            target = person_target(manager, playbooks)
            yield question(
                request, f"{key}.role.{manager}", target, playbooks, lead=lead, zone_of=manager
            )


def unfilled(
    request: CoverRequest, span: Span, key: str, playbooks: Playbooks, channel: str
) -> Iterator[NewDelivery]:
    """Nobody took it, and it begins: whoever asked is on call, unless they are away."""
    name = name_of(request.person, playbooks)
    away = absence_of(request.person, playbooks, span[0])
    rest = f"{name} is away, and nobody stands in" if away else f"{name} stays on call"
    text = f"Nobody took the cover for {name} in {request.rotation}: {rest}."
    yield plain_post(key, channel, f"❗ {text}")
    for person_key in dict.fromkeys((request.person, *playbooks.roles.get(MANAGER, ()))):
        yield tell(key, person_key, text, playbooks)


def changed(change: RotaChange, playbooks: Playbooks, channel: str) -> Iterator[NewDelivery]:
    """A shift changes hands, or a schedule holds: for the team, and for those it is about."""
    who = ", ".join(name_of(person, playbooks) for person in change.people)
    times = said(change.start, change.end, _zone(change.by, playbooks))
    for_whom = f" for {name_of(change.away, playbooks)}" if change.away else ""
    alone = " alone" if change.kind == "schedule" else ""
    why = f" ({change.reason})" if change.kind == "schedule" and change.reason else ""
    text = f"In {change.rotation}, {who}{alone} on call{for_whom}: {times}{why}."
    key = f"shift.{change.id}"
    yield plain_post(key, channel, f"🔁 {text} Changed by {name_of(change.by, playbooks)}.")
    concerned = (*change.people, *((change.away,) if change.away else ()))
    for person in dict.fromkeys(concerned):
        if person != change.by:
            yield tell(key, person, text, playbooks)


def undone(change: RotaChange, playbooks: Playbooks, channel: str) -> Iterator[NewDelivery]:
    who = ", ".join(name_of(person, playbooks) for person in change.people)
    by = name_of(change.withdrawn_by, playbooks)
    text = f"{by} ended it: {who} in {change.rotation}. The rota holds again."
    key = f"shift.{change.id}.withdrawn"
    yield plain_post(key, channel, f"↩️ {text}")
    concerned = (*change.people, *((change.away,) if change.away else ()))
    for person in dict.fromkeys(concerned):
        if person != change.withdrawn_by:
            yield tell(key, person, text, playbooks)
