"""From a story that breaks a law to the shortest that still does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

_MOST_TRIES = 300


def shortest(acts: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> tuple[T, ...]:
    """As few of `acts`, in their order, as still fail; none of them can be left out then.

    Delta debugging: ever smaller pieces are left out, as long as it fails without them (Zeller and
    Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002). Gives up looking after
    some hundred tries, with the shortest until then.
    """
    left, pieces, tries = tuple(acts), 2, 0
    while len(left) > 1 and tries < _MOST_TRIES:
        size = -(-len(left) // pieces)
        for start in range(0, len(left), size):
            rest = left[:start] + left[start + size :]
            tries += 1
            if fails(rest):
                left, pieces = rest, max(pieces - 1, 2)
                break
        else:
            if size == 1:
                break
            pieces = min(pieces * 2, len(left))
    return left
