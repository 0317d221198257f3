"""The running desk: a step for every role, whoever listens, and what is done now and then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from supportbot.adapters import heartbeat
from supportbot.adapters.db.store import SqlStore
from supportbot.adapters.playbook_files.running import Rejected
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.application import announce, chores, events, quarantine, restart, timers
from supportbot.application.context import Context
from supportbot.application.ports import Role
from supportbot.application.steps import Stepped
from supportbot.bootstrap.chores import standing

log = structlog.get_logger()

HEARTBEAT_EVERY = timedelta(minutes=1)


class Listener(Protocol):
    """Whoever hears the outside: connects in the background, and drains when it is closed."""

    @property
    def connected(self) -> bool: ...
    def start(self) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Listeners:
    """All who listen, by name, as one."""

    by_name: Mapping[str, Listener]

    @property
    def connected(self) -> bool:
        return all(listener.connected for listener in self.by_name.values())

    def start(self) -> None:
        """Raises what one of them raises that cannot start; the others are closed again."""
        started: list[Listener] = []
        try:
            for listener in self.by_name.values():
                listener.start()
                started.append(listener)
        except Exception:
            for listener in reversed(started):
                listener.close()
            raise

    def close(self) -> None:
        """The last to start is the first to leave."""
        for listener in reversed(list(self.by_name.values())):
            listener.close()


@dataclass(slots=True)
class Bot:
    """`upkeep` is done now and then, each on its own: one that fails does not hold up the others.

    `alone`: no other process may work on the same database.
    """

    context: Context
    steps: Mapping[Role, Callable[[], Stepped]]
    listener: Listeners
    store: SqlStore
    playbooks: FolderShelf
    upkeep: Sequence[Callable[[], object]] = ()
    heartbeat_url: str | None = None
    alone: bool = False
    _downtime: restart.Downtime | None = field(default=None, init=False)
    _last_beat: datetime | None = field(default=None, init=False)

    def begin(self) -> None:
        """Call once before the first step: what an earlier process held is free again.

        Where others may be at work it stays theirs, until their leases run out.
        """
        if self.alone:
            self.store.release_leases(self.context.clock.now())
        if "timers" in self.steps:
            self._downtime = restart.begin(self.context, alone=self.alone)
        if "chores" in self.steps:
            chores.begin(self.context, standing(self.context.clock.now()))
        announce.playbooks_at_start(self.context)
        since = self._downtime.since.isoformat() if self._downtime else None
        log.info("starting", roles=list(self.steps), away_since=since)

    def keep_house(self) -> None:
        """New playbooks, the restart account, what was set aside, the heartbeat, the upkeep."""
        self._look_at_playbooks(anyway=False)
        if self._downtime is not None and restart.account(self.context, self._downtime):
            self._downtime = None
        announce.say_parked(self.context)
        quarantine.say_quarantined(self.context)
        if "timers" in self.steps:
            events.prompt(self.context)
        self._beat()
        for duty in self.upkeep:
            try:
                duty()
            except Exception:
                log.exception("upkeep_failed")

    def reread(self) -> None:
        """Read the playbooks now, edited or not. What is in force then stands in the log."""
        self._look_at_playbooks(anyway=True)
        playbooks, faults = self.context.shelf.current, self.playbooks.faults
        stands = {"version": playbooks.version, "commit": playbooks.commit}
        log.info("playbooks_reread", **stands, faults=[str(fault) for fault in faults])

    def _look_at_playbooks(self, *, anyway: bool) -> None:
        found = self.playbooks.refresh(anyway=anyway)
        if isinstance(found, Rejected):
            faults = [str(fault) for fault in found.faults]
            log.warning("playbooks_faulty", faults=faults)
            announce.faulty_playbooks(self.context, faults)
        elif found is not None:
            log.info("playbooks_in_force", version=found.version, mended=found.mended)
            announce.new_playbooks(self.context, mended=found.mended)

    def _beat(self) -> None:
        """Only while the timers are being fired: a bot that cannot escalate must look dead."""
        now = self.context.clock.now()
        if self.heartbeat_url is None or not timers.are_current(self.context, now):
            return
        if self._last_beat is not None and now - self._last_beat < HEARTBEAT_EVERY:
            return
        try:
            heartbeat.beat(self.heartbeat_url)
            self._last_beat = now
        except (OSError, ValueError) as error:
            log.warning("heartbeat_failed", reason=type(error).__name__)
