"""When it is tried whether everybody can be reached, and how long they have to answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from supportbot.domain.on_call.hand_off import HandOff

ANSWER_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Drills:
    """Once a week, `weekly`; whoever does not acknowledge within `answer_within` is named."""

    weekly: HandOff
    answer_within: timedelta = ANSWER_WITHIN
