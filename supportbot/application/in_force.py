"""The playbooks as they hold now: the files', with what people changed while the desk runs.

Every decision that depends on who is on call takes these, inside the transaction that writes what
it decided: what another process changed and committed before is in them.
"""

from __future__ import annotations

from datetime import timedelta

from supportbot.application.context import Context
from supportbot.application.ports import UnitOfWork
from supportbot.domain.on_call.absence import Absence
from supportbot.domain.on_call.rotation import Shift
from supportbot.domain.policy.in_force import (
    calendars_elsewhere,
    with_changes,
    with_leave,
    with_shifts,
)
from supportbot.domain.policy.playbook import Playbooks

# What is over is of no more use than to say who was on lately.
_LOOKS_BACK = timedelta(days=100)

# The last that were put together, beside what they came from. A version is never given twice, not
# even by another database, and who is on call is remembered by the identity of its rotation.
_kept: tuple[Playbooks, int, Playbooks] | None = None


def in_force(context: Context, uow: UnitOfWork) -> Playbooks:
    """The playbooks of the files, with every change of a rota that was made by now.

    The same object until a file or a change is new; it costs one small query a transaction.
    """
    global _kept
    files, version = context.shelf.current, uow.rota.version()
    if version == 0:
        return files
    kept = _kept
    if kept is not None and kept[0] is files and kept[1] == version:
        return kept[2]
    since = context.clock.now() - _LOOKS_BACK
    rostered = with_shifts(files, _shifts(files, uow))
    fed = with_leave(rostered, _leave(files, uow))
    found = with_changes(fed, uow.rota.changes(since))
    _kept = files, version, found
    return found


def _leave(files: Playbooks, uow: UnitOfWork) -> dict[str, tuple[Absence, ...]]:
    """What was last read in the calendars that these files name."""
    if not any(person.leave_feeds for person in files.people.values()):
        return {}
    feeds = uow.calendar_feeds.all()
    return {
        key: tuple(a for url in person.leave_feeds if url in feeds for a in feeds[url].absences)
        for key, person in files.people.items()
    }


def _shifts(files: Playbooks, uow: UnitOfWork) -> dict[str, tuple[Shift, ...]]:
    wanted = calendars_elsewhere(files)
    feeds = uow.calendar_feeds.all() if wanted else {}
    return {url: feeds[url].shifts for url in wanted if url in feeds}


def current(context: Context) -> Playbooks:
    """The same for those who only look."""
    return context.store.read(lambda uow: in_force(context, uow))
