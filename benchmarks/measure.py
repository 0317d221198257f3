"""What the benchmarks share: numbers from samples, and an interpreter of its own for each."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from statistics import median
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# Sets itself up, then yields the figures of a round as often as it is asked, then clears up.
Contestant = Callable[[], Generator[T]]


@dataclass(frozen=True, slots=True)
class Round:
    """How one round went: seconds of each of its samples, and how many were done a second."""

    p50: float
    p99: float
    rate: float


def round_of(seconds: Sequence[float], took: float) -> Round:
    """Of these samples, all done within `took` seconds."""
    return Round(quantile(seconds, 0.50), quantile(seconds, 0.99), len(seconds) / took)


def middle(rounds: Sequence[Round]) -> Round:
    """The median of each figure, so that a round in which the machine was busy tips nothing."""
    return Round(
        median(each.p50 for each in rounds),
        median(each.p99 for each in rounds),
        median(each.rate for each in rounds),
    )


def quantile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that this share of all does not exceed."""
    return sorted(samples)[math.ceil(share * len(samples)) - 1]


def apart(job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The job's result, from a fresh interpreter: nothing of another measurement is in it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(job, *args, **kwargs).result()


def in_turn(rounds: int, *contestants: Contestant[T]) -> list[list[T]]:
    """The figures of each, round by round one after the other, so that all see the same machine.

    Each runs in an interpreter of its own; a round before the first warms up.
    """
    with ExitStack() as stack:
        each = [stack.enter_context(_own_interpreter(contestant)) for contestant in contestants]
        found = [[next_round() for next_round in each] for _ in range(rounds + 1)]
    return [list(figures) for figures in zip(*found[1:], strict=True)]


@contextmanager
def _own_interpreter(contestant: Contestant[T]) -> Iterator[Callable[[], T]]:
    context = get_context("spawn")
    with ProcessPoolExecutor(1, context, initializer=_begin, initargs=(contestant,)) as pool:
        yield lambda: pool.submit(_next_round).result()
        pool.submit(_end).result()


_running: list[Generator[Any]] = []


def _begin(contestant: Contestant[Any]) -> None:
    _running.append(contestant())


def _next_round() -> Any:
    return next(_running[0])


def _end() -> None:
    _running.pop().close()


def utc_now() -> datetime:
    return datetime.now(UTC)


def children_time() -> float:
    """Seconds that processes which this one started, and which have ended, had of the processor."""
    found = os.times()
    return found.children_user + found.children_system
