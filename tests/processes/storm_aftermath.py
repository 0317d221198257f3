"""What must be true when the storm is over, whoever died in it, and whenever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from supportbot.adapters.db.columns import microseconds
from supportbot.adapters.mail.message_ids import message_id_of
from supportbot.adapters.mail.reading import read_mail
from supportbot.application.ports import DeliveryRow
from supportbot.domain.notices.delivery import limit_of
from supportbot.domain.ticket import events as e
from supportbot.sandbox.slack import LocalSlack, Message
from supportbot.sandbox.stage import REPOSITORY, TEAM_CHANNEL
from tests.processes.aftermath import all_in, twice
from tests.processes.mail_aftermath import mailed_twice
from tests.processes.storm import Storm, family
from tests.processes.story import SUPPORT_CHANNEL, key_of

_MOST = 10_000
_POSTS = ("chat.postMessage", "chat.update")


def faults(storm: Storm) -> list[str]:
    """Everything that is not as it must be, in words; nothing when all is well."""
    deliveries = storm.context.store.read(lambda uow: uow.deliveries.listing(None, _MOST))
    return [
        *_inbox(storm),
        *_tickets(storm),
        *_timers(storm),
        *_rows(storm, deliveries),
        *_said(storm, deliveries),
        *_mailed(storm, deliveries),
        *_issues(storm, deliveries),
        *_lanes(storm),
    ]


def _inbox(storm: Storm) -> Iterator[str]:
    """Each message is there once, in the ticket of its conversation."""
    query = "SELECT state, outcome, ticket, coalesce(convert_from(raw, 'UTF8'), body) FROM inbox"
    rows = storm.notebook.rows(query)
    where: dict[str, list[tuple[str, int | None]]] = {one.mark: [] for one in storm.said}
    for state, outcome, ticket, content in rows:
        if state != "done":
            yield f"a row of the inbox is {state}"
        for mark in (one.mark for one in storm.said if f"{one.mark} " in content):
            where[mark].append((outcome, ticket))
    first = family(storm.said)
    for mark, found in where.items():
        if len(found) != 1 or found[0][0] not in ("opened", "joined"):
            yield f"{mark} was taken in {len(found)} times: {found}"
        elif found[0][1] != (where[first[mark]] or [("", None)])[0][1]:
            yield f"{mark} is in ticket {found[0][1]}, and not with {first[mark]}"
    outcomes = Counter(outcome for found in where.values() for outcome, _ in found)
    if outcomes["opened"] != len(set(first.values())):
        yield f"{outcomes['opened']} tickets for {len(set(first.values()))} conversations"


def _tickets(storm: Storm) -> Iterator[str]:
    """As many as conversations; each was opened once, and called for people once a step."""
    numbers = [number for (number,) in storm.notebook.rows("SELECT number FROM tickets")]
    if sorted(numbers) != list(range(1, len(set(family(storm.said).values())) + 1)):
        yield f"the tickets are {sorted(numbers)}"
    for number in numbers:
        happened: Sequence[e.Event] = storm.context.store.read(
            lambda uow, number=number: uow.tickets.events(number)  # type: ignore[misc]
        )
        if sum(isinstance(event, e.Opened) for event in happened) != 1:
            yield f"SUP-{number} was opened more than once"
        steps = Counter((ev.step, ev.attempt) for ev in happened if isinstance(ev, e.Reached))
        yield from (f"SUP-{number} did {step} twice" for step, n in steps.items() if n > 1)


def _timers(storm: Storm) -> Iterator[str]:
    """Whatever nobody acknowledged waits for something, or is attached to what does."""
    forgotten = """
        SELECT number FROM tickets WHERE state = 'new' AND attached_to IS NULL AND NOT EXISTS (
            SELECT 1 FROM timers WHERE ticket = number AND kind = 'escalate'
            AND state = 'pending' AND due > %(now)s)
        """
    now = microseconds(datetime.now(UTC))
    yield from (f"SUP-{n} is forgotten" for (n,) in storm.notebook.rows(forgotten, now=now))
    urgent = """
        SELECT number FROM tickets WHERE severity = 'P1' AND attached_to IS NULL AND NOT EXISTS (
            SELECT 1 FROM events WHERE ticket = number AND kind = 'Reached')
        """
    yield from (f"nobody was called for SUP-{n}" for (n,) in storm.notebook.rows(urgent))


def _rows(storm: Storm, deliveries: Sequence[DeliveryRow]) -> Iterator[str]:
    if storm.notebook.claimed_again() == 0:
        yield "it was no storm: whoever died had nothing in hand"
    parked = storm.context.store.read(lambda uow: uow.parked())
    yield from (f"set aside: {item}" for item in parked)
    yield from (f"{d.key} is {d.state}: {d.error}" for d in deliveries if d.state != "sent")


def _said(storm: Storm, deliveries: Sequence[DeliveryRow]) -> Iterator[str]:
    """What was to be said in Slack stands there, and nowhere twice without saying so."""
    stands = _everything(storm)
    keys = {key_of(message) for message in stands}
    # An update changes a message that stands already.
    wanted = {d.key for d in deliveries if d.kind.startswith("slack.") and d.kind != "slack.update"}
    yield from (f"never said: {key}" for key in wanted - keys)
    yield from (f"said, and nobody asked for it: {key}" for key in keys - wanted)
    yield from twice(stands)


def _everything(storm: Storm) -> list[Message]:
    """All that the bot wrote, anywhere."""
    slack = storm.scenery.slack
    direct = [m for human in storm.scenery.people.values() for m in slack.dms(human) if m.bot_id]
    return [*all_in(slack, TEAM_CHANNEL), *all_in(slack, SUPPORT_CHANNEL), *direct]


def _mailed(storm: Storm, deliveries: Sequence[DeliveryRow]) -> Iterator[str]:
    mails = storm.scenery.relay.mails
    names = [read_mail(mail.raw).message_id or "" for mail in mails]
    wanted = {message_id_of(d.key, "openfield.example") for d in deliveries if _is_mail(d)}
    yield from (f"never mailed: {name}" for name in wanted - set(names))
    yield from (f"mailed, and nobody asked for it: {name}" for name in set(names) - wanted)
    yield from mailed_twice(mails, names)


def _is_mail(delivery: DeliveryRow) -> bool:
    return delivery.kind.startswith("mail.")


def _issues(storm: Storm, deliveries: Sequence[DeliveryRow]) -> Iterator[str]:
    wanted = [d.key for d in deliveries if d.kind == "github.issue"]
    bodies = [issue.body or "" for issue in storm.scenery.github.issues(REPOSITORY)]
    for key in wanted:
        found = sum(f"supportbot:{key}" in body for body in bodies)
        if found != 1:
            yield f"{found} issues for {key}"
    if len(bodies) != len(wanted):
        yield f"{len(bodies)} issues instead of {len(wanted)}"


def _lanes(storm: Storm) -> Iterator[str]:
    """No window of a limit's length has more draws than it allows, over all workers; and nothing
    was posted before it was drawn for.

    When it then reaches Slack depends on how busy this machine is. So the posts are held against
    the draws: the n-th to a channel comes after the n-th draw of its lane.
    """
    drawn = storm.notebook.draws()
    for lane, draws in drawn.items():
        limit = limit_of(lane)
        pairs = zip(draws, draws[limit.count :], strict=False)
        close = [after - before for before, after in pairs if after - before < limit.per]
        if close:
            yield f"{lane} was drawn on too often: {limit.count + 1} within {min(close)}"
    yield from _posts_without_draws(storm.scenery.slack, drawn)


def _posts_without_draws(
    slack: LocalSlack, drawn: Mapping[str, Sequence[datetime]]
) -> Iterator[str]:
    team = f"slack/channel/{TEAM_CHANNEL}"
    room = slack.messages(TEAM_CHANNEL)[0].channel
    posted: dict[str, list[datetime]] = {}
    for call in slack.calls():
        if call.method in _POSTS:
            channel = call.args["channel"]
            lane = team if channel == room else f"slack/channel/{channel}"
            posted.setdefault(lane, []).append(call.at)
    for lane, times in posted.items():
        draws = drawn.get(lane, [])
        if len(times) > len(draws):
            yield f"{len(times)} posts and {len(draws)} draws: {lane}"
        early = [at for draw, at in zip(draws, sorted(times), strict=False) if at < draw]
        yield from (f"a post before its turn at {at}: {lane}" for at in early)
