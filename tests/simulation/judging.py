"""Lives through stories, and tells the shortest of one that breaks a law."""

from __future__ import annotations

from collections.abc import Sequence

from tests.simulation.acts import Act
from tests.simulation.desk import Outcome, play
from tests.simulation.home import Homes
from tests.simulation.mistakes import RIGHT, Mistake
from tests.simulation.shrinking import shortest

_LINES = 60


def lived(acts: Sequence[Act], homes: Homes, mistake: Mistake = RIGHT) -> Outcome:
    with homes() as home:
        return play(acts, home, mistake)


def judged(acts: Sequence[Act], homes: Homes, mistake: Mistake = RIGHT) -> str:
    """Nothing where every law holds; else what is broken, and the shortest story that breaks it."""
    broken = {one.law for one in lived(acts, homes, mistake).broken}
    if not broken:
        return ""
    fewest = shortest(acts, lambda rest: bool(broken & _laws(rest, homes, mistake)))
    return told(fewest, lived(fewest, homes, mistake))


def _laws(acts: Sequence[Act], homes: Homes, mistake: Mistake) -> set[str]:
    return {one.law for one in lived(acts, homes, mistake).broken}


def told(acts: Sequence[Act], outcome: Outcome) -> str:
    """The acts, how it went, and which laws were broken."""
    lines = [
        "The shortest story:",
        *(f"  {act!r}," for act in acts),
        "How it went:",
        *(f"  {line}" for line in outcome.transcript[-_LINES:]),
        "What it breaks:",
        *(f"  {broken}" for broken in outcome.broken),
    ]
    return "\n".join(lines)
