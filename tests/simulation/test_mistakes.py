"""Every law can be broken: a desk that makes the mistake is found out within a few weeks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.simulation.acts import Dies, Does, Writes
from tests.simulation.home import Homes
from tests.simulation.judging import lived
from tests.simulation.letters import Letter
from tests.simulation.mistakes import BLIND, MISTAKES, Mistake
from tests.simulation.shrinking import shortest
from tests.simulation.telling import week

_WEEKS = 20


@pytest.mark.parametrize("law", MISTAKES)
def test_whoever_makes_a_mistake_breaks_its_law(law: str, homes: Homes) -> None:
    assert any(law in _broken(seed, homes, MISTAKES[law]) for seed in range(_WEEKS))


def test_whoever_does_not_know_what_was_seen_answers_twice(homes: Homes) -> None:
    letter = Letter("m1", "slack", "rita", "#reef", "How do I share a notebook?")
    story = (
        Writes(timedelta(0), letter, (timedelta(0),)),
        Dies(timedelta(hours=3), 1, after=True, away=timedelta(0)),
        Does(timedelta(hours=3), "ana", "reply", "m1"),
    )
    assert lived(story, homes).broken == ()
    assert [one.law for one in lived(story, homes, BLIND).broken] == ["answered once"]


def _broken(seed: int, homes: Homes, mistake: Mistake) -> set[str]:
    return {one.law for one in lived(week(seed), homes, mistake).broken}


@pytest.mark.parametrize(
    ("wanted", "left"),
    [({3}, (3,)), ({0, 19}, (0, 19)), ({4, 5, 11}, (4, 5, 11)), (set(range(20)), tuple(range(20)))],
)
def test_a_story_is_shrunk_to_what_it_needs(wanted: set[int], left: tuple[int, ...]) -> None:
    assert shortest(range(20), lambda rest: wanted <= set(rest)) == left
