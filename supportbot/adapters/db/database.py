"""What the two databases do differently, behind one small protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Engine

from supportbot.adapters.db.unit_of_work import SqlUnitOfWork
from supportbot.application.ports import Role

T = TypeVar("T")


class Database(Protocol):
    """How to read, to write, and to wait."""

    @property
    def reader(self) -> Engine:
        """Its transactions see one consistent view and cannot write."""

    def write(self, job: Callable[[SqlUnitOfWork], T]) -> T:
        """The job's result, once it is durable."""

    def wait(self, role: Role, timeout: float) -> None:
        """Until something was written for the role, or `timeout` seconds are over."""

    def wake(self) -> None:
        """Wake everyone who waits in this process."""

    def close(self) -> None:
        """Finish what was begun; no thread and no connection stays."""
