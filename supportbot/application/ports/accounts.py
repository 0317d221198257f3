"""Whether people still have their accounts where they are paged."""

from __future__ import annotations

from typing import Protocol


class Accounts(Protocol):
    def is_active(self, user: str) -> bool:
        """Whether somebody has this Slack id. Raises what the network raises."""
