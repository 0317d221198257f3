"""Fifty tickets at once: the outside's limits hold, and pages go out before news."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.slack import Faults
from tests.scenarios import stories
from tests.scenarios.conftest import Raise
from tests.scenarios.stories import START, Story
from tests.scenarios.story_slack import StorySlack

COUNT = 50
SECOND = timedelta(seconds=1)


def test_a_storm_of_tickets_keeps_to_a_message_a_second_and_pages_before_news(
    tmp_path: Path, raise_story: Raise
) -> None:
    clock = VirtualClock(START)
    slack = StorySlack(clock, Faults(channel_interval=SECOND))
    with raise_story(_many_hubs(tmp_path), slack=slack, clock=clock) as story:
        for hub in range(COUNT):
            story.human("rita").say("#reef", f"We cannot log in: https://h{hub}.reef.example")
        story.lives(timedelta(minutes=10))

        assert story.tickets() == COUNT
        hubs = {story.ticket(number + 1).hub for number in range(COUNT)}
        assert hubs == {f"reef/h{hub}" for hub in range(COUNT)}
        assert len(story.pages("ana")) == COUNT
        assert len(story.roots()) == COUNT
        posted = _posted(story)
        assert min(_gaps(posted)) >= SECOND
        assert [call.status for call in slack.calls("chat.postMessage") if call.status != 200] == []
        # A page a second is all that Slack allows: nothing else held one of them back.
        pages = posted[story.human("ana").id]
        assert [at - pages[0] for at in pages] == [SECOND * n for n in range(COUNT)]
        assert pages[0] == START


def _many_hubs(tmp_path: Path) -> Path:
    hubs = "\n".join(
        f"      h{n}: {{url: 'https://h{n}.reef.example', cluster: east-1}}" for n in range(COUNT)
    )
    return stories.playbooks(
        tmp_path,
        communities=f"""\
communities:
  dune: {{name: Dune Institute, slack_channels: "#dune"}}
  reef:
    name: Reef College
    representatives: rita
    slack_channels: "#reef"
    hubs:
{hubs}
""",
    )


def _posted(story: Story) -> dict[str, list[datetime]]:
    """When the bot posted, by channel: a name and an id stand for the same one."""
    ids = {"#support-desk": story.roots()[0].channel}
    moments: defaultdict[str, list[datetime]] = defaultdict(list)
    for call in story.slack.calls("chat.postMessage"):
        named = str(call.args["channel"])
        moments[ids.get(named, named)].append(call.at)
    return moments


def _gaps(posted: dict[str, list[datetime]]) -> list[timedelta]:
    return [later - earlier for moments in posted.values() for earlier, later in pairwise(moments)]
