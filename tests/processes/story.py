"""The story that is told over and over: short, and everything that can be lost is in it.

A representative writes. First line is paged, and again; the bot is away when second line's turn
comes, and pages late. The first answer is overdue. Second line acknowledges, first line answers;
every reminder comes. It is resolved, and closed after a silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from supportbot.adapters.slack import names
from supportbot.sandbox.slack.model import Message
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.processes.play import WHISPERED, Play

START = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
SUPPORT_CHANNEL = "#meadow-support"
REQUEST = "Nobody in class can start, https://hub.meadow.example says 503"
ANSWER = "We are starting the hub again."
RESOLUTION = "The hub is back, its disk was full."

# What there must be in the end.
TOLD = ("your reference is SUP-1", "We are on SUP-1", ANSWER, RESOLUTION)
PAGES = (("nadia", 1, 1), ("nadia", 1, 2), ("omar", 2, 1))
COMMENTS = ("Second line has been called.", "Resolved.")
FIRED = (*("escalate", "escalate", "first_answer", "next_update", "remind_acknowledged", "close"),)
EVENTS = (
    *("Opened", "Reached 1.1", "IssueAsked", "Reached 1.2", "Reached 2.1"),
    *("Reminded first_answer", "Acknowledged", "Replied", "Reminded next_update"),
    *("Reminded remind_acknowledged", "Resolved", "Closed"),
)
CAME_DUE_MEANWHILE = re.compile("SUP-1: escalate, done [3-6] min late")


def tell(play: Play) -> None:
    """Tell it from beginning to end, whatever happens to the bot meanwhile."""
    people = play.scenery.people
    play.start()
    play.say(people["rosa"], SUPPORT_CHANNEL, REQUEST)
    play.live_until(_minute(8))
    play.be_away_until(_minute(16))
    play.live_until(_minute(22))
    page = play.slack.dms(people["omar"])[-1]
    play.press(people["omar"], page, names.ACKNOWLEDGE, WHISPERED)
    play.live_until(_minute(25))
    play.fill_in(people["nadia"], root(play), names.REPLY, ANSWER)
    play.live_until(_minute(70))
    play.fill_in(people["nadia"], root(play), names.RESOLVE, RESOLUTION)
    play.live_until(_minute(24 * 60))
    play.leave()


def root(play: Play) -> Message:
    """The team's message of the ticket."""
    return next(m for m in play.slack.messages(TEAM_CHANNEL) if key_of(m).endswith(".root"))


def key_of(message: Message) -> str:
    """The name of the delivery that a message is; empty where it is none of the bot's."""
    metadata: Mapping[str, Mapping[str, str]] = message.metadata or {}
    return metadata.get("event_payload", {}).get("key", "")


def _minute(minute: int) -> datetime:
    return START + timedelta(minutes=minute)
