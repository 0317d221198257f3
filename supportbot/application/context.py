"""What every use case works with, handed over once by the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

from supportbot.application.ports import Clock, PlaybookShelf, Store
from supportbot.domain.notices.ticket_notices import Desk


@dataclass(frozen=True, slots=True)
class Context:
    store: Store
    clock: Clock
    shelf: PlaybookShelf
    desk: Desk
