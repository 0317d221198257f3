"""Tells a story as often as it takes, each time on a fresh stage, and says what was wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tests.processes.mistakes import Fault
from tests.processes.moments import Moment
from tests.processes.play import Play, open_play


class Story(Protocol):
    """A module that tells a story from `START` on."""

    START: datetime

    def tell(self, play: Play, /) -> None:
        """From beginning to end, whatever is killed meanwhile."""


@dataclass(frozen=True, slots=True)
class Theatre:
    """Tells `story`, each time on a fresh database from `database`, in a folder of its own.

    `faults` says what is wrong in the end, of a play and its database.
    """

    story: Story
    faults: Callable[[Play, str], list[str]]
    folder: Path
    database: Callable[[Path], str]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def tell(
        self, strike: Moment | None = None, fault: Fault | None = None
    ) -> tuple[list[Moment], list[str]]:
        """The moments that came, and what was wrong in the end."""
        folder = self.folder / str(next(self._numbers))
        folder.mkdir()
        url = self.database(folder)
        with open_play(folder, url, self.story.START, strike=strike, fault=fault) as play:
            try:
                self.story.tell(play)
                wrong = self.faults(play, url)
            except (AssertionError, LookupError, TimeoutError, ValueError) as broken:
                wrong = [f"the story broke off: {broken!r}"]
        if strike is not None and not play.moments.struck:
            wrong.append(f"it never came to {strike}")
        return play.moments.recorded, [f"{each} (see {folder}/log)" for each in wrong]

    def wrong_after(self, strikes: Iterable[Moment]) -> dict[str, list[str]]:
        """What was wrong after a kill at each of these moments; empty when nothing was."""
        found = {str(strike): self.tell(strike)[1] for strike in strikes}
        return {strike: wrong for strike, wrong in found.items() if wrong}


# Nothing that the story is about changes by these, neither here nor at the other side: the same
# thing a second time leaves whoever dies there where the moment before it did.
_QUIET = frozenset(
    {
        "insert chores",
        "insert marks",
        "update chores",
        "slack apps.connections.open",
        "slack auth.test",
        "slack chat.getPermalink",
        "slack conversations.history",
        "slack conversations.info",
        "slack conversations.list",
        "slack conversations.replies",
        "slack users.conversations",
        "slack users.info",
    }
)


_DELIVERIES_ALONE = frozenset({"update deliveries", "insert lanes", "update lanes"})


def worth_a_strike(recorded: Sequence[Moment]) -> list[Moment]:
    """The first moment of every kind, and of the others each that leaves something else behind than
    the moment before it."""
    return [moment for moment in recorded if moment.nth == 1 or _leaves_more_behind(moment)]


def _leaves_more_behind(moment: Moment) -> bool:
    """Than the moment before it: in the database, or at the other side.

    The other side did its part before its reply, so whoever dies after that reply, or with a COMMIT
    about it still to come, leaves what whoever dies before it does. And a claim that is not
    committed leaves what the end of the delivery before it did.
    """
    if moment.what in _QUIET or moment.stage == "after-reply":
        return False
    return moment.stage != "before-commit" or not _DELIVERIES_ALONE.issuperset(
        moment.what.split(", ")
    )


def pick(
    moments: Sequence[Moment], commits: Mapping[str, set[str]], stage: str, kind: str
) -> Moment:
    """One that is of this kind and of no other, if it can be: a kind of COMMIT, or what is on the
    wire."""
    least = commits.get(kind, {kind})
    found = [m for m in moments if m.stage == stage and least <= set(m.what.split(", "))]
    return min(found, key=lambda moment: moment.what.count(", "))
