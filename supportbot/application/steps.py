"""Every role is a loop around a step; this is what a step says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Stepped:
    """`busy`: there may be more right away. `wake_at` (aware UTC): nothing is due before then."""

    busy: bool
    wake_at: datetime | None = None
