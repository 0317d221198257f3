"""What the team must hear that belongs to no ticket: faulty playbooks, things set aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from supportbot.application import calendar_feeds
from supportbot.application.chores import rota_changed
from supportbot.application.context import Context
from supportbot.application.latest_news import news_key
from supportbot.application.ports import Parked, UnitOfWork
from supportbot.domain.notices.delivery import NewDelivery, plain_post
from supportbot.domain.ticket.ticket import reference

WATCH_EVERY = timedelta(seconds=15)
_SHOWN = 10
_PLAYBOOKS = "playbooks"


def say(context: Context, key: str, text: str) -> None:
    """Post `text` in the team's channel, once for this `key`."""
    now = context.clock.now()
    note = _note(context, key, text)
    context.store.write(lambda uow: uow.deliveries.add([note], now))


def _note(context: Context, key: str, text: str) -> NewDelivery:
    return plain_post(key, context.desk.team_channel, text)


def faulty_playbooks(context: Context, faults: Sequence[str]) -> None:
    """An edit was refused: the version in force stays, and here is what to mend."""
    shown = "\n".join(f"• {fault}" for fault in faults[:_SHOWN])
    more = f"\n… and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    playbooks = context.shelf.current
    text = f"The edited playbooks have faults; {playbooks.named} stays in force:\n{shown}{more}"
    _say_of_playbooks(context, "\n".join((playbooks.version, *faults)), text)


def new_playbooks(context: Context, *, mended: bool) -> None:
    """An edit is in force from now on; what is running keeps the terms it began with."""
    playbooks, now = context.shelf.current, context.clock.now()
    files = context.shelf.files(playbooks.version)

    def job(uow: UnitOfWork) -> None:
        uow.versions.keep(playbooks.version, files, now)
        rota_changed(uow, now)
        uow.chores.set(calendar_feeds.CHORE, now)

    context.store.write(job)
    news = f"Playbooks {playbooks.named} are in force."
    text = f"The faults in the playbooks are mended. {news}" if mended else news
    _say_of_playbooks(context, playbooks.version, text)


def playbooks_at_start(context: Context) -> None:
    """That these are in force, where the last that the team heard was something else."""
    playbooks = context.shelf.current
    if context.store.read(lambda uow: uow.deliveries.newest_key(f"{_PLAYBOOKS}.")) is not None:
        text = f"Playbooks {playbooks.named} are in force."
        _say_of_playbooks(context, playbooks.version, text)


def _say_of_playbooks(context: Context, news: str, text: str) -> None:
    """Post `text`, unless the last that was said of the playbooks is the same `news` already.

    Several processes see one edit, each in its own time: the team hears of it once.
    """
    now = context.clock.now()

    def job(uow: UnitOfWork) -> None:
        key = news_key(uow, _PLAYBOOKS, news)
        if key is not None:
            uow.deliveries.add([_note(context, key, text)], now)

    context.store.write(job)


def parked(context: Context) -> Sequence[Parked]:
    """Whatever was set aside after three tries."""
    return context.store.read(lambda uow: uow.parked())


def say_parked(context: Context) -> None:
    """Tell the team of everything set aside, each once."""
    for item in parked(context):
        about = f" of {reference(item.ticket)}" if item.ticket else ""
        text = (
            f"Set aside after three tries: {item.what} {item.id}{about}: {item.error}\n"
            f"Look at it with `supportbot parked`, try again with `supportbot parked retry`."
        )
        say(context, f"parked.{item.what}.{item.id}.{item.since.isoformat()}", text)


def try_again(context: Context, what: str, row: int) -> bool:
    """A person wants a parked row tried again. False when it is not parked."""
    now = context.clock.now()

    def job(uow: UnitOfWork) -> bool:
        return uow.unpark(what, row, now)

    return context.store.write(job)
