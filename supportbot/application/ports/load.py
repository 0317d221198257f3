"""What kept people from their own time, as the figures of load read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from supportbot.domain.fairness.interruption import Deed, PageEvent


class LoadSource(Protocol):
    """What happened to people; of the time asked for the newest `limit`, in the order of time."""

    def pages(
        self, since: datetime, until: datetime, limit: int
    ) -> Sequence[tuple[int, PageEvent]]:
        """Steps that went out, and pages that failed, each with its ticket."""

    def deeds(self, since: datetime, until: datetime, limit: int) -> Sequence[Deed]:
        """What people did to tickets."""
