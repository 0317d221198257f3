"""A week, as a seed tells it: a list of acts, drawn from one source of chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import get_args

from tests.simulation.acts import (
    Act,
    Covers,
    CutsOff,
    Dies,
    Does,
    Edits,
    Hinders,
    Suspends,
    TakesShift,
    Verb,
    Writes,
)
from tests.simulation.letters import Letter
from tests.simulation.shelf import EDITIONS
from tests.simulation.troubles import How, Medium

WEEK = timedelta(days=7)

_ROTATIONS = ("first-line", "second-line")
_TEAM = ("ana", "ben", "carl", "dora")
_COMMUNITIES = {"#reef": ("rita", "sam", "hub.reef"), "#dune": ("rolf", "kim", "hub.dune")}
_WORDS = (
    "Nobody can work, we cannot log in: https://{hub}.example says 403",
    "My server does not start on https://{hub}.example for the whole class",
    "It is slow on https://{hub}.example",
    "May I have more memory on https://{hub}.example?",
    "How do I share a notebook?",
)
_MORE_WORDS = ("It is still so", "Any news?", "Thanks, it works again", "Now we cannot log in")
_VERBS: tuple[Verb, ...] = get_args(Verb)
_HOWS: tuple[How, ...] = get_args(How)
_MEDIA: tuple[Medium, ...] = get_args(Medium)
_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class _Teller:
    """Draws one act after the other, each at its time, about what was written until then."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.letters: list[Letter] = []
        self.at = timedelta(0)

    def within(self, shortest: timedelta, longest: timedelta) -> timedelta:
        return shortest + int(self.random.random() * ((longest - shortest) / _SECOND)) * _SECOND

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def about(self) -> Letter:
        """The newest letters are those that something is done about."""
        back = int(self.random.expovariate(0.7))
        return self.letters[max(0, len(self.letters) - 1 - back)]


def week(seed: int) -> tuple[Act, ...]:
    """The acts of a week, in their order."""
    teller = _Teller(seed)
    acts = [*_writes(teller)]
    beginnings = teller.random.randint(4, 9)
    happenings = teller.random.randint(15, 50)
    kinds = [_writes] * beginnings + teller.random.choices(
        [kind for kind, _ in _KINDS], [weight for _, weight in _KINDS], k=happenings
    )
    teller.random.shuffle(kinds)
    times = sorted(_times(teller, len(kinds)))
    for at, kind in zip(times, kinds, strict=True):
        teller.at = at
        acts += kind(teller)
    return tuple(acts)


def _times(teller: _Teller, count: int) -> list[timedelta]:
    """What belongs together happens close together: minutes decide, not days."""
    times: list[timedelta] = []
    for _ in range(count):
        if times and teller.maybe(0.75):
            near = teller.within(
                timedelta(0), teller.random.choice((_MINUTE, _HOUR / 2, 4 * _HOUR))
            )
            times.append(min(teller.random.choice(times[-3:]) + near, WEEK))
        else:
            times.append(teller.within(timedelta(0), WEEK))
    return times


def _writes(teller: _Teller) -> tuple[Act, ...]:
    channel = teller.random.choice(sorted(_COMMUNITIES))
    speaks_for, other, hub = _COMMUNITIES[channel]
    name = f"m{len(teller.letters) + 1}"
    by_mail = teller.maybe(0.4)
    letter = Letter(
        name,
        "mail" if by_mail else "slack",
        speaks_for if teller.maybe(0.6) else other,
        channel,
        f"{teller.random.choice(_WORDS).format(hub=hub)} ({name})",
        piped=by_mail and teller.maybe(0.5),
    )
    teller.letters.append(letter)
    return (Writes(teller.at, letter, _arrivals(teller)),)


def _writes_again(teller: _Teller) -> tuple[Act, ...]:
    first = teller.about()
    name = f"{first.name}.{teller.at // _SECOND}"
    words = teller.random.choice(_MORE_WORDS)
    who = teller.random.choice(_TEAM) if teller.maybe(0.2) else first.who
    letter = Letter(name, first.source, who, first.channel, words, under=first.name)
    return (Writes(teller.at, letter, _arrivals(teller)),)


def _arrivals(teller: _Teller) -> tuple[timedelta, ...]:
    """At once, mostly; or late, or more than once, and then maybe after what came later."""
    count = teller.random.choice((1, 1, 1, 2, 3))
    late = (timedelta(0), timedelta(0), _MINUTE, 2 * _HOUR)
    return tuple(teller.within(timedelta(0), teller.random.choice(late)) for _ in range(count))


def _does(teller: _Teller) -> tuple[Act, ...]:
    verb = teller.random.choice(_VERBS)
    who = teller.random.choice(_TEAM)
    if verb in ("approve", "decline") and teller.maybe(0.7):
        who = teller.random.choice(("rita", "rolf"))
    return (Does(teller.at, who, verb, teller.about().name, teller.about().name),)


def _hinders(teller: _Teller) -> tuple[Act, ...]:
    medium = teller.random.choice(_MEDIA)
    return (Hinders(teller.at, medium, teller.random.choice(_HOWS), teller.random.randint(1, 4)),)


def _cuts_off(teller: _Teller) -> tuple[Act, ...]:
    longest = teller.random.choice((2 * _MINUTE, _HOUR / 4, 2 * _HOUR))
    return (CutsOff(teller.at, teller.random.choice(_MEDIA), teller.within(_SECOND, longest)),)


def _dies(teller: _Teller) -> tuple[Act, ...]:
    away = teller.within(timedelta(0), teller.random.choice((_SECOND, _HOUR, 9 * _HOUR)))
    return (Dies(teller.at, teller.random.randint(1, 12), teller.maybe(0.5), away),)


def _dies_meanwhile(teller: _Teller) -> tuple[Act, ...]:
    """Killed while somebody presses, who does not learn whether it was done."""
    return (
        Dies(teller.at, 1, teller.maybe(0.7), teller.within(timedelta(0), _MINUTE)),
        *_does(teller),
    )


def _suspends(teller: _Teller) -> tuple[Act, ...]:
    return (Suspends(teller.at, teller.within(_MINUTE, 10 * _HOUR)),)


def _edits(teller: _Teller) -> tuple[Act, ...]:
    return (Edits(teller.at, teller.random.randrange(EDITIONS)),)


def _takes_shift(teller: _Teller) -> tuple[Act, ...]:
    who, rotation = teller.random.choice(_TEAM), teller.random.choice(_ROTATIONS)
    return (TakesShift(teller.at, who, rotation, teller.maybe(0.4)),)


def _covers(teller: _Teller) -> tuple[Act, ...]:
    who, rotation = teller.random.choice(_TEAM), teller.random.choice(_ROTATIONS)
    return (Covers(teller.at, who, rotation, teller.within(_MINUTE, WEEK / 2), teller.maybe(0.5)),)


_KINDS: Sequence[tuple[Callable[[_Teller], tuple[Act, ...]], int]] = (
    (_writes_again, 6),
    (_does, 16),
    (_hinders, 8),
    (_cuts_off, 2),
    (_dies, 6),
    (_dies_meanwhile, 2),
    (_suspends, 1),
    (_edits, 1),
    (_takes_shift, 1),
    (_covers, 2),
)
