"""The whole way through a Slack that does everything wrong at once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from supportbot.adapters.slack import names
from supportbot.sandbox.slack import Faults, LocalSlack, Message, Patience
from tests.adapters.slack_adapter.room import TEAM, HandClock, Room, Transport, open_room

PATIENCE = Patience(ack=20.0, retries=(0.0, 0.05))


def settled(room: Room) -> Room:
    for _ in range(5):  # a delivery that failed often waits for minutes
        room.settle()
    return room


def keys(messages: list[Message]) -> Counter[str]:
    """How often each delivery stands there."""
    return Counter(m.metadata["event_payload"]["key"] for m in messages if m.bot_id and m.metadata)


@pytest.mark.parametrize(
    ("transport", "seed"), [("sockets", 1), ("sockets", 2), ("sockets", 3), ("http", 1)]
)
def test_every_message_stands_once_and_the_reporter_is_answered(
    tmp_path: Path, clock: HandClock, transport: Transport, seed: int
) -> None:
    faults = Faults.hostile(seed)
    with (
        LocalSlack(now=clock.now, faults=faults, patience=PATIENCE, refresh_grace=0.3) as slack,
        open_room(tmp_path, slack, clock, transport) as room,
        room.connected(2),
    ):
        mara, ines = room.people["mara"], room.people["ines"]
        asked = mara.mention_bot("northfield-support", "Nobody can open hub.northfield.example")
        settled(room)
        while not ines.press(room.root(), names.ACKNOWLEDGE).acked:
            pass
        settled(room)
        while not ines.press(room.root(), names.LET_GO).acked:
            pass
        settled(room)
        mara.say("northfield-support", "any news?", asked.ts)
        settled(room)
        everywhere = [
            *slack.thread("northfield-support", asked.ts),
            *slack.messages(TEAM),
            *slack.thread(TEAM, room.root().ts)[1:],
            *(message for human in room.people.values() for message in slack.dms(human)),
        ]
        unmarked = [m for m in everywhere if "(maybe repeated)" not in m.text]
        assert len(room.tickets()) == 1
        assert set(keys(unmarked).values()) == {1}
        assert "SUP-1" in slack.thread("northfield-support", asked.ts)[1].text
        assert any("any news?" in m.full_text for m in slack.thread(TEAM, room.root().ts))
        assert room.store.read(lambda uow: uow.deliveries.listing("dead")) == []
