"""Who should have which stint: a search that begins with the usual order.

What counts first is never given up for what counts after it (see `COSTS`). The search takes the
best of all small changes, again and again, until none is for the better, so that the same question
has the same answer, and what need not change does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations, product

from supportbot.domain.fairness.stint import Burden

COSTS = ("doubled", "away", "in_a_row", "turns", "holidays", "weekends", "load", "changes")
"""In the order of their weight: stints of one person at the same time, minutes in somebody's leave,
stints of one person in a row, turns beside what is fair, uneven holidays, uneven weekends, turns of
those who were interrupted most, changes of the usual order."""

Cost = tuple[int, ...]
Choice = tuple[int, ...]
"""For each stint the number of its person."""

# A search is over long before: it takes about as many steps as there are changes.
_MOST_STEPS = 300


@dataclass(frozen=True, slots=True)
class Puzzle:
    """People are numbered in the order of their layer.

    `before` has who began the `together` stints before the first, None for somebody else; `after`
    who is to begin as many after the last;
    `burdens` what each stint means for each person; `worth` how many turns are fair, relative to
    the others; `past` how often each was interrupted before.
    """

    usual: Choice
    before: tuple[int | None, ...]
    after: Choice
    together: int
    burdens: tuple[tuple[Burden, ...], ...]
    worth: tuple[int, ...]
    past: tuple[int, ...]


def arranged(puzzle: Puzzle) -> Choice:
    """The stints' people after the search."""
    choice, least = puzzle.usual, cost(puzzle, puzzle.usual)
    for _ in range(_MOST_STEPS):
        found = _best(puzzle, _small_steps(puzzle, choice), least) or _best(
            puzzle, _trades(puzzle, choice), least
        )
        if found is None:
            break
        least, choice = found
    return choice


def cost(puzzle: Puzzle, choice: Choice) -> Cost:
    """One number for each of COSTS; tuples compare as the costs weigh."""
    people = range(len(puzzle.worth))
    turns, holidays, weekends = ([0] * len(people) for _ in range(3))
    away = 0
    for burdens, person in zip(puzzle.burdens, choice, strict=True):
        burden = burdens[person]
        turns[person] += 1
        away += burden.away
        holidays[person] += burden.holidays
        weekends[person] += burden.weekend_days
    whole = (*puzzle.before, *choice, *puzzle.after)
    worth, past = sum(puzzle.worth), sum(puzzle.past)
    count = len(choice)
    return (
        sum(_repeated(whole, distance) for distance in range(1, puzzle.together)),
        away,
        _repeated(puzzle.before + choice, puzzle.together),
        sum((turns[n] * worth - count * puzzle.worth[n]) ** 2 for n in people),
        sum(days * days for days in holidays),
        sum(days * days for days in weekends),
        sum((puzzle.past[n] * count + turns[n] * past) ** 2 for n in people),
        sum(person != usual for person, usual in zip(choice, puzzle.usual, strict=True)),
    )


def _repeated(whole: Sequence[int | None], distance: int) -> int:
    """How many stints have the person of the one so many before them."""
    pairs = zip(whole, whole[distance:], strict=False)
    return sum(one == other and one is not None for one, other in pairs)


def _best(puzzle: Puzzle, steps: Iterator[Choice], least: Cost) -> tuple[Cost, Choice] | None:
    """The first of the steps that cost least, if that is less than `least`."""
    best = None
    for choice in steps:
        found = cost(puzzle, choice)
        if found < least:
            best, least = (found, choice), found
    return best


def _small_steps(puzzle: Puzzle, choice: Choice) -> Iterator[Choice]:
    """A stint given to somebody else, and two stints near each other traded."""
    people = range(len(puzzle.worth))
    for place, person in enumerate(choice):
        for other in people:
            if other != person:
                yield _with(choice, {place: other})
        for later in range(place + 1, min(place + len(people) + 1, len(choice))):
            if choice[later] != person:
                yield _with(choice, {place: choice[later], later: person})


def _trades(puzzle: Puzzle, choice: Choice) -> Iterator[Choice]:
    """Two people trade stints of theirs that follow each other closely, or all after one that is
    given to the first of them.

    The former puts nobody on twice in a row. So of two people who are there as often, one never
    keeps two turns more than the other.
    """
    people = range(len(puzzle.worth))
    for one, other in combinations(people, 2):
        theirs = [place for place, person in enumerate(choice) if person in (one, other)]
        for run in _runs(theirs, choice, puzzle.together):
            yield _with(choice, _swapped(choice, run, one, other))
    for place, (one, other) in product(range(len(choice)), permutations(people, 2)):
        if choice[place] != one:
            later = range(place + 1, len(choice))
            yield _with(choice, {place: one, **_swapped(choice, later, one, other)})


def _swapped(choice: Choice, places: Iterable[int], one: int, other: int) -> dict[int, int]:
    to = {one: other, other: one}
    return {place: to[choice[place]] for place in places if choice[place] in to}


def _runs(places: Sequence[int], choice: Choice, together: int) -> Iterator[list[int]]:
    run: list[int] = []
    for place in places:
        if run and (place - run[-1] > together or choice[place] == choice[run[-1]]):
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _with(choice: Choice, changes: dict[int, int]) -> Choice:
    changed = list(choice)
    for place, person in changes.items():
        changed[place] = person
    return tuple(changed)
