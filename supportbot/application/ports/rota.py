"""What people changed of the rota while the desk runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from supportbot.domain.on_call.cover_request import CoverRequest
from supportbot.domain.on_call.rota_change import RotaChange


class Rota(Protocol):
    def version(self) -> int:
        """A number that is another one after every change, and never comes again; 0 while there
        was none."""

    def changes(self, since: datetime) -> Sequence[RotaChange]:
        """Every change that ends after `since` (aware UTC), withdrawn ones too, as made."""

    def get(self, number: int) -> RotaChange | None: ...

    def alone(self) -> None:
        """Nobody else changes the rota until this transaction ends: who is on call stays so."""

    def add(self, change: RotaChange) -> RotaChange:
        """Keep it; the change with the id it has now."""

    def renew(self) -> None:
        """Something else that the rota depends on is new: the version is another one."""

    def withdraw(self, number: int, by: str, at: datetime) -> bool:
        """It ends at `at`. False when it was withdrawn before, or is none."""


class CoverRequests(Protocol):
    def add(self, request: CoverRequest) -> CoverRequest:
        """Keep it; the request with the id it has now."""

    def get(self, number: int, *, lock: bool = False) -> CoverRequest | None:
        """`lock` keeps others from taking it until the transaction ends."""

    def put(self, request: CoverRequest) -> None:
        """Write it over."""

    def listing(self, since: datetime) -> Sequence[CoverRequest]:
        """Those that end after `since` (aware UTC), the first to begin first."""
