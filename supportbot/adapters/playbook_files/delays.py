"""Delays that count in somebody's own working hours: `4 working hours of ines`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated

from pydantic import PlainValidator

from supportbot.adapters.playbook_files import shapes, words
from supportbot.adapters.playbook_files.faults import Unreadable, quoted
from supportbot.adapters.playbook_files.place import At, NameSet
from supportbot.domain.on_call.working_time import Delay, WorkingHours

THE_TEAM = "the team"
_OF = " of "


@dataclass(frozen=True, slots=True)
class DelayOf:
    """A delay, and whose hours it counts in: a person's key, THE_TEAM, or nobody's."""

    delay: Delay
    whose: str = ""


NOW = DelayOf(Delay(timedelta(0)))


def read_delay(value: object) -> DelayOf:
    """`30 minutes`, `24 working hours`, `4 working hours of ines`, or `… of the team`."""
    said = words.text(value)
    length, of, whose = said.partition(_OF)
    delay = words.delay(length)
    if not of:
        return DelayOf(delay)
    if delay.kind != "working" or "day" in length.casefold():
        mend = f"write hours, such as 4 working hours of {whose.strip()}"
        raise Unreadable(f"{quoted(said)} is not working time of somebody's own hours", mend)
    return DelayOf(delay, whose.strip())


DelayOfWords = Annotated[
    DelayOf,
    PlainValidator(read_delay),
    shapes.pattern(
        "DelayOf",
        "how long after, on the clock or in working time, be it of a person or of the team",
        shapes.DELAY_OF,
        *("now", "30 minutes", "24 working hours", "4 working hours of ines"),
    ),
]


@dataclass(frozen=True, slots=True)
class WhoseHours:
    """Everybody's working hours, as far as they are known."""

    people: NameSet
    hours: Mapping[str, WorkingHours]
    team: WorkingHours | None = None

    def delay(self, said: DelayOf, at: At) -> Delay:
        """The delay with its hours; where there are none, that is noted."""
        if not said.whose:
            return said.delay
        hours = self.team if said.whose == THE_TEAM else self.hours.get(said.whose)
        if hours is not None:
            return replace(said.delay, hours=hours)
        if not self.people.complete:
            return said.delay
        if said.whose == THE_TEAM:
            mend = "add `team_hours: Mon-Fri 09:00-17:00 Europe/Berlin` in people.yaml"
            at.fault("the hours of the team are not known", mend)
        elif at.knows("person", said.whose, self.people):
            mend = "add their `hours` in people.yaml"
            at.fault(f"the hours of {said.whose} are not known", mend)
        return said.delay
