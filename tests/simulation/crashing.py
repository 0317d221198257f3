"""A store that dies with its process: before a commit, so that it is undone, or just after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from supportbot.application.ports import Role, Store, UnitOfWork

T = TypeVar("T")


class Crash(BaseException):
    """The process is gone: nothing catches it but whoever starts the next one."""


class MortalStore:
    """A `Store` around the real one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._left: int | None = None
        self._after = False

    def doom(self, commits: int, *, after: bool) -> None:
        """Die at that commit, counted from 1 from now on: before it, or right after it."""
        self._left, self._after = commits, after

    def spare(self) -> None:
        self._left = None

    def write(self, job: Callable[[UnitOfWork], T]) -> T:
        dies = self._is_last()

        def mortal(uow: UnitOfWork) -> T:
            done = job(uow)
            if dies and not self._after:
                raise Crash("before a commit")
            return done

        done = self._store.write(mortal)
        if dies:
            raise Crash("after a commit")
        return done

    def read(self, job: Callable[[UnitOfWork], T]) -> T:
        return self._store.read(job)

    def wait(self, role: Role, timeout: float) -> None:
        self._store.wait(role, timeout)

    def wake(self) -> None:
        self._store.wake()

    def _is_last(self) -> bool:
        if self._left is None:
            return False
        self._left -= 1
        if self._left:
            return False
        self._left = None
        return True
