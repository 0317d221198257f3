"""A rule is a name, a condition and a consequence; judging it also says what was seen.

Word lists and patterns are compiled outside (RE2): a condition holds the numbers of its patterns,
and the facts hold the numbers that hit, so that a thousand rules cost one pass over the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from supportbot.domain.on_call.calendar_period import CalendarPeriod
from supportbot.domain.on_call.working_time import Window

Field = Literal["text", "subject", "body"]
Fact = str | bool | datetime | None


class Matcher(Protocol):
    """Every word list and pattern of the playbooks, compiled together."""

    def hits(self, field: Field, text: str) -> frozenset[int]:
        """The numbers of the patterns on `field` that occur in `text`."""


@dataclass(frozen=True, slots=True)
class Where:
    """The place in the playbooks that a person would open; `file` is relative to their folder."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition held against the facts, as a person reads it."""

    condition: str
    expected: str
    seen: str
    hit: bool


class Seen(Protocol):
    """What a condition may look at."""

    @property
    def patterns(self) -> frozenset[int]: ...
    def value(self, fact: str) -> Fact: ...
    def header(self, name: str) -> str | None:
        """The value of a mail's header, by its name in lower case; None where there is none."""

    def times(self, symptom: str | None, within: timedelta) -> int:
        """How many tickets of this symptom (None: of what fails here) and of the same hub came
        within that time, this message included."""


class Condition(Protocol):
    """Something that is so, or not, of a message."""

    def holds(self, seen: Seen) -> bool: ...
    def verdicts(self, seen: Seen) -> Iterator[Verdict]: ...


@dataclass(frozen=True, slots=True)
class Text:
    """Any of these phrases or patterns occurs: `shown` as written, `numbers` as compiled."""

    field: Field
    shown: tuple[str, ...]
    numbers: tuple[int, ...]

    def holds(self, seen: Seen) -> bool:
        return any(number in seen.patterns for number in self.numbers)

    def verdicts(self, seen: Seen) -> Iterator[Verdict]:
        found = [
            phrase
            for phrase, number in zip(self.shown, self.numbers, strict=True)
            if number in seen.patterns
        ]
        yield Verdict(
            self.field, "any of: " + ", ".join(self.shown), ", ".join(found) or "none", bool(found)
        )


@dataclass(frozen=True, slots=True)
class Is:
    """A fact (`source`, `channel`, `community`, `hub`, `cluster`, …) has one of these values."""

    fact: str
    allowed: frozenset[str | bool]

    def holds(self, seen: Seen) -> bool:
        return seen.value(self.fact) in self.allowed

    def verdicts(self, seen: Seen) -> Iterator[Verdict]:
        value = seen.value(self.fact)
        yield Verdict(
            self.fact,
            " or ".join(sorted(_said(v) for v in self.allowed)),
            _said(value),
            value in self.allowed,
        )


@dataclass(frozen=True, slots=True)
class Header:
    """A header of a mail (its name in lower case) holds any of these texts, whatever their case.

    Without texts it is enough that the header is there, or that it is not where it is `absent`.
    """

    name: str
    wanted: tuple[str, ...] = ()
    absent: bool = False

    def holds(self, seen: Seen) -> bool:
        value = seen.header(self.name)
        if value is None or self.absent:
            return value is None and self.absent
        folded = value.casefold()
        return not self.wanted or any(text.casefold() in folded for text in self.wanted)

    def verdicts(self, seen: Seen) -> Iterator[Verdict]:
        there = "absent" if self.absent else "present"
        expected = " or ".join(self.wanted) or there
        value = seen.header(self.name)
        shown = "absent" if value is None else value[:100]
        yield Verdict(f"header {self.name}", expected, shown, self.holds(seen))


@dataclass(frozen=True, slots=True)
class During:
    """The moment falls into one of these windows, and from `start` to before `end` (aware UTC), and
    into the `period`.

    `shown` is how it was written. Without windows every hour will do, without an end every day.
    """

    shown: str
    windows: tuple[Window, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    period: CalendarPeriod | None = None

    def holds(self, seen: Seen) -> bool:
        at = seen.value("at")
        if not isinstance(at, datetime):
            return False
        if (self.start and at < self.start) or (self.end and at >= self.end):
            return False
        if self.period is not None and not self.period.is_on(at):
            return False
        return not self.windows or any(window.opening_at(at) for window in self.windows)

    def verdicts(self, seen: Seen) -> Iterator[Verdict]:
        yield Verdict("time", self.shown, _said(seen.value("at")), self.holds(seen))


@dataclass(frozen=True, slots=True)
class Recurs:
    """The same symptom of the same hub, for the `times`-th time or more within a time.

    `shown` is that time as it was written. Without `symptom` it is what fails by the message.
    """

    times: int
    within: timedelta
    shown: str
    symptom: str | None = None

    def holds(self, seen: Seen) -> bool:
        return seen.times(self.symptom, self.within) >= self.times

    def verdicts(self, seen: Seen) -> Iterator[Verdict]:
        of = f" of {self.symptom}" if self.symptom else ""
        expected = f"{self.times} or more{of} within {self.shown}"
        count = seen.times(self.symptom, self.within)
        yield Verdict("recurrence", expected, str(count), count >= self.times)


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Condition, ...]

    def holds(self, seen: Seen) -> bool:
        return all(part.holds(seen) for part in self.parts)

    def verdicts(self, seen: Seen) -> Iterator[Verdict]:
        for part in self.parts:
            yield from part.verdicts(seen)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Condition, ...]

    def holds(self, seen: Seen) -> bool:
        return any(part.holds(seen) for part in self.parts)

    def verdicts(self, seen: Seen) -> Iterator[Verdict]:
        expected = "; ".join(_expected(part, seen) for part in self.parts)
        hits = "; ".join(_found(part, seen) for part in self.parts if part.holds(seen))
        yield Verdict("any", expected, hits or "none", self.holds(seen))


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition

    def holds(self, seen: Seen) -> bool:
        return not self.part.holds(seen)

    def verdicts(self, seen: Seen) -> Iterator[Verdict]:
        expected, found = _expected(self.part, seen), _found(self.part, seen)
        yield Verdict("not", expected, found, self.holds(seen))


def _expected(part: Condition, seen: Seen) -> str:
    return " and ".join(f"{v.condition} {v.expected}" for v in part.verdicts(seen))


def _found(part: Condition, seen: Seen) -> str:
    return " and ".join(f"{v.condition}: {v.seen}" for v in part.verdicts(seen))


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a rule decides; None leaves the matter to the rules after it, and to the defaults.

    `incident: "ask"` leaves it to the incident test. `owner` and `second_line` name a rotation, a
    role or a person. `reply` names a template, or is `none`. `ask` are questions to the reporter.
    `tell` is a channel that also hears of it. `quarantine` keeps noise aside, and opens no ticket.
    """

    severity: str | None = None
    kind: str | None = None
    incident: bool | Literal["ask"] | None = None
    symptom: str | None = None
    labels: tuple[str, ...] = ()
    owner: str | None = None
    second_line: str | None = None
    ask: tuple[str, ...] = ()
    reply: str | None = None
    approval: bool | None = None
    """Whether a representative must approve what others ask for. An incident never waits."""
    github_issue: Literal["on_open", "on_second_line", "never"] | None = None
    tell: str | None = None
    quarantine: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Rules run in the order of files and lines; the first hit decides, unless it continues."""

    name: str
    where: Where
    when: Condition
    then: Consequence
    goes_on: bool = False


ALWAYS = All(())


def _said(value: Fact) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return value
