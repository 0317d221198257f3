"""What the team must hear that belongs to no ticket: faulty playbooks, things set aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from supportbot.application.context import Context
from supportbot.application.ports import Parked, UnitOfWork
from supportbot.domain.delivery import NewDelivery
from supportbot.domain.ticket import reference

WATCH_EVERY = timedelta(seconds=15)
_SHOWN = 10


def say(context: Context, key: str, text: str) -> None:
    """Post `text` in the team's channel, once for this `key`."""
    now = context.clock.now()
    delivery = NewDelivery(
        key=key,
        kind="slack.say",
        ticket=None,
        target={"channel": context.desk.team_channel},
        payload={"text": text},
    )
    context.store.write(lambda uow: uow.deliveries.add([delivery], now))


def faulty_playbooks(context: Context, faults: Sequence[str]) -> None:
    """An edit was refused: the version in force stays, and here is what to mend."""
    shown = "\n".join(f"• {fault}" for fault in faults[:_SHOWN])
    more = f"\n… and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    version = context.shelf.current.version
    text = f"The edited playbooks have faults; version {version} stays in force:\n{shown}{more}"
    say(context, f"playbooks.faulty.{context.clock.now().isoformat()}", text)


def new_playbooks(context: Context) -> None:
    """An edit is in force from now on; what is running keeps the terms it began with."""
    version = context.shelf.current.version
    now = context.clock.now()
    files = context.shelf.files
    context.store.write(lambda uow: uow.versions.keep(version, files, now))
    say(context, f"playbooks.{version}.{now.isoformat()}", f"Playbooks {version} are in force.")


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
