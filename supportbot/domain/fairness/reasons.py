"""Why a stint is not for whoever usually has it: what would be worse if it were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from supportbot.domain.fairness.arranging import COSTS, Choice, Puzzle, cost
from supportbot.domain.fairness.own_time import OwnTime
from supportbot.domain.fairness.stint import Stint

_TICK = timedelta(microseconds=1)


def reason_of(
    puzzle: Puzzle,
    choice: Choice,
    place: int,
    people: Sequence[str],
    own: Sequence[OwnTime],
    stint: Stint,
) -> str:
    """In words, with the numbers; empty for a stint that is as usual."""
    usual, chosen = puzzle.usual[place], choice[place]
    if usual == chosen:
        return ""
    there, here = people[usual], people[chosen]
    match _worse(puzzle, choice, place):
        case "doubled":
            return f"{there} is on already then"
        case "away":
            return f"{there} is away{_leave(own[usual], stint)}"
        case "in_a_row":
            return f"{there} would be on twice in a row"
        case "turns":
            counts = choice.count(usual), choice.count(chosen)
            return (
                f"{there} has {counts[0]} turns and {here} {counts[1]}:"
                f" one more for {there} would be less fair"
            )
        case "holidays":
            return "so that holidays are spread evenly"
        case "weekends":
            return "so that weekends are spread evenly"
        case _:
            return (
                f"{here} was interrupted {_times(puzzle.past[chosen])} before,"
                f" {there} {_times(puzzle.past[usual])}"
            )


def _worse(puzzle: Puzzle, choice: Choice, place: int) -> str:
    """What would cost more if this stint alone were as usual: there is something, or the search
    would have left it so."""
    reverted = (*choice[:place], puzzle.usual[place], *choice[place + 1 :])
    now, then = cost(puzzle, choice), cost(puzzle, reverted)
    return next((name for name, a, b in zip(COSTS, now, then, strict=True) if b > a), "load")


def _leave(own: OwnTime, stint: Stint) -> str:
    """The first of their leave within the stint."""
    for start, end in sorted(own.leave):
        if start < stint.until and stint.since < end:
            return f" from {own.day(start)} to {own.day(end - _TICK)}"
    return ""


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
