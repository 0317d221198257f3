"""One outage from the first word to the last, over both transports."""

from __future__ import annotations

from supportbot.adapters.slack import names
from supportbot.adapters.slack.catch_up import CatchUp, CaughtUp
from tests.adapters.slack_adapter.room import TEAM, Room


def test_an_outage_is_told_paged_answered_and_resolved(room: Room) -> None:
    mara, ines, tomasz = (room.people[name] for name in ("mara", "ines", "tomasz"))
    support = "northfield-support"
    with room.connected():
        asked = mara.mention_bot(support, "Nobody can open notebooks on hub.northfield.example")
        room.settle()
        (page,) = room.slack.dms(tomasz)
        assert tomasz.press(page, names.ACKNOWLEDGE).acked
        room.settle()
        assert "acknowledged by Tomasz Król" in room.root().full_text

        assert ines.press(room.root(), names.REPLY).acked
        form = room.slack.wait_until(lambda: room.slack.views(ines))[-1]
        assert ines.submit(form, {names.FIELD_TEXT: "The proxy is full; 20 minutes."}).acked
        room.settle()
        assert "The proxy is full" in room.slack.thread(support, asked.ts)[-1].text

        mara.say(support, "thank you, it is back", asked.ts)
        room.settle()
        assert "it is back" in room.slack.thread(TEAM, room.root().ts)[-1].full_text

        assert ines.press(room.root(), names.RESOLVE).acked
        form = room.slack.wait_until(lambda: room.slack.views(ines))[-1]
        assert ines.submit(form, {names.FIELD_TEXT: "It has more room now."}).acked
        room.settle()
    assert room.ticket().state == "resolved"
    assert "more room" in room.slack.thread(support, asked.ts)[-1].text


def test_who_went_away_in_the_middle_misses_nothing(room: Room) -> None:
    mara, support = room.people["mara"], "northfield-support"
    with room.connected():
        asked = mara.say(support, "Nobody can log in to hub.northfield.example")
        room.settle()
    away_since = room.clock.at
    mara.say(support, "it is the whole campus", asked.ts)
    mara.dm("are you there?")
    found = CatchUp(room.client, room.receive, room.clock).run(
        away_since, ((asked.channel, asked.ts),)
    )
    assert found == CaughtUp(kept=2, complete=True)
    with room.connected():
        room.settle()
    assert len(room.tickets()) == 2
    assert room.received.count(True) == 3
    assert "whole campus" in room.slack.thread(TEAM, room.slack.messages(TEAM)[0].ts)[-1].full_text
