"""The shortest stories of weeks that broke a law once."""

from __future__ import annotations

from datetime import timedelta

from tests.simulation.acts import Does, Writes
from tests.simulation.home import Homes
from tests.simulation.judging import judged
from tests.simulation.letters import Letter

_AT_ONCE = (timedelta(0),)


def test_a_call_for_one_more_acknowledgement_does_not_set_the_policy_back(homes: Homes) -> None:
    """The last step was done; then carl was called again for the one before it, nobody renewed the
    acknowledgement, and the last step was done a second time in the same round."""
    outage = Letter("m1", "slack", "rolf", "#dune", "My server does not start for the whole class")
    story = (
        Writes(timedelta(days=4, hours=10, minutes=27), outage, _AT_ONCE),
        Does(timedelta(days=5, hours=11, minutes=54), "dora", "reply", "m1"),
    )
    assert not judged(story, homes)
