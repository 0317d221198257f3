"""Back after an hour: what was said meanwhile is heard once each, in the order it was said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from slack_sdk import WebClient

from supportbot.adapters.slack import events
from supportbot.adapters.slack.catch_up import MOST_MESSAGES, CatchUp, CaughtUp
from supportbot.adapters.slack.client import web_client
from supportbot.application.ports import Envelope
from supportbot.sandbox.slack import (
    SCOPES,
    UNAVAILABLE,
    Faults,
    Human,
    LocalSlack,
    Message,
    rate_limited,
    refused,
)
from tests.adapters.slack_adapter.room import START, HandClock, Room

HOUR = timedelta(hours=1)
OUTAGE = "Nobody can open notebooks on https://hub.northfield.example"


@dataclass(slots=True)
class Desk:
    """Two channels and some people; what is received is listed, and known by its keys."""

    slack: LocalSlack
    client: WebClient
    clock: HandClock
    ana: Human
    kept: list[Envelope] = field(default_factory=list)
    broken: list[Exception] = field(default_factory=list)

    def receive(self, envelope: Envelope) -> bool:
        if self.broken:
            raise self.broken.pop()
        known = {key for each in self.kept for key in each.keys}
        if known & set(envelope.keys):
            return False
        self.kept.append(envelope)
        return True

    @property
    def texts(self) -> list[str]:
        return [json.loads(envelope.body)["event"]["text"] for envelope in self.kept]

    def catch_up(
        self,
        since: datetime = START,
        threads: tuple[tuple[str, str], ...] = (),
        leave_out: tuple[str, ...] = (),
    ) -> CaughtUp:
        reader = CatchUp(self.client, self.receive, self.clock, leave_out)
        return reader.run(since, threads)

    def later(self, act: Callable[[], Message]) -> Message:
        """Something that happens a minute on."""
        self.clock.at += timedelta(minutes=1)
        return act()

    def heard_as_events(self) -> None:
        """What the workspace has published by now came in time."""
        for event in self.slack.events():
            body = {"team_id": self.slack.team_id, "event_id": event.event_id, "event": event.event}
            if not events.is_own({**body, "authorizations": [self._authorization()]}):
                self.receive(events.envelope(body, self.clock.now()))

    def _authorization(self) -> dict[str, object]:
        return {"user_id": self.slack.bot_user_id, "is_bot": True}


@pytest.fixture
def desk(slack: LocalSlack, client: WebClient, clock: HandClock) -> Desk:
    ana = slack.human("ana", email="ana@northfield.example")
    slack.channel("support", [ana])
    slack.channel("private", [ana], private=True)
    return Desk(slack, client, clock, ana)


# --- the whole of it


def test_an_hour_away_is_heard_once_and_in_order(desk: Desk) -> None:
    ana, later = desk.ana, desk.later
    old = ana.say("support", "an old request")
    desk.clock.at += timedelta(minutes=10)
    away_since = desk.clock.at
    first = later(lambda: ana.say("support", "1 in a channel"))
    later(lambda: ana.say("private", "2 in another"))
    later(lambda: ana.say("support", "3 heard in time", first.ts))
    later(lambda: ana.dm("4 directly, heard in time"))
    desk.heard_as_events()
    desk.kept = [each for each in desk.kept if "in time" in each.body]
    later(lambda: ana.say("support", "5 under the first", first.ts))
    later(lambda: ana.say("support", "6 under the old one", old.ts))
    later(lambda: ana.dm("7 directly"))
    later(lambda: ana.mention_bot("private", "8 by name"))
    before = len(desk.kept)
    found = desk.catch_up(away_since, threads=((old.channel, old.ts),))
    assert found == CaughtUp(kept=6, complete=True)
    assert [text.split()[0] for text in desk.texts[before:]] == [
        "1",
        "2",
        "5",
        "6",
        "7",
        f"<@{desk.slack.bot_user_id}>",
    ]
    assert desk.catch_up(away_since, ((old.channel, old.ts),)) == CaughtUp(0, complete=True)


def test_what_was_missed_is_read_as_if_it_had_come_as_an_event(desk: Desk) -> None:
    desk.ana.mention_bot("support", "help")
    desk.catch_up()
    (envelope,) = desk.kept
    body = json.loads(envelope.body)
    event = next(e.event for e in desk.slack.events("message"))
    assert envelope.keys == (events.message_key({"team_id": desk.slack.team_id, "event": event}),)
    assert events.bot_user(body) == desk.slack.bot_user_id
    assert {**body["event"], "metadata": None} == {**event, "metadata": None}


def test_the_events_that_come_after_all_are_known(desk: Desk) -> None:
    desk.ana.mention_bot("support", "help")
    desk.catch_up()
    desk.heard_as_events()
    assert len(desk.kept) == 1


def test_the_bots_own_words_and_what_is_no_message_are_passed_over(desk: Desk) -> None:
    desk.client.chat_postMessage(channel="support", text="mine")
    said = desk.ana.say("support", "theirs")
    desk.client.chat_postMessage(channel="support", text="mine too", thread_ts=said.ts)
    desk.slack.human("ben").say("support", "joins by it")
    desk.catch_up()
    assert desk.texts == ["theirs", "joins by it"]


def test_an_answer_under_the_bots_own_message_is_found(desk: Desk) -> None:
    posted = desk.client.chat_postMessage(channel=desk.ana.id, text="SUP-1: received")
    desk.ana.dm("thanks, and one thing more", str(posted["ts"]))
    desk.catch_up()
    assert desk.texts == ["thanks, and one thing more"]


def test_what_was_said_long_before_is_not_read(desk: Desk) -> None:
    old = desk.ana.say("support", "long ago")
    desk.ana.say("support", "long ago, too", old.ts)
    desk.clock.at += HOUR
    assert desk.catch_up(desk.clock.at, ((old.channel, old.ts),)) == CaughtUp(0, complete=True)


def test_a_channel_may_be_left_out_by_name_or_id(desk: Desk) -> None:
    said = desk.ana.say("support", "among us")
    desk.catch_up(leave_out=("#support",))
    desk.catch_up(leave_out=(said.channel,))
    assert desk.kept == []
    assert desk.slack.calls("conversations.history")


def test_channels_that_the_bot_is_not_in_are_not_asked_for(desk: Desk) -> None:
    elsewhere = desk.slack.channel("elsewhere", [desk.ana], with_bot=False)
    desk.catch_up()
    asked = {call.args["channel"] for call in desk.slack.calls("conversations.history")}
    assert asked
    assert elsewhere.id not in asked


# --- long ones


def test_many_pages_are_read(desk: Desk) -> None:
    root = desk.ana.say("support", "0")
    for number in range(1, 450):
        desk.ana.say("support", str(number), root.ts if number % 2 else None)
    desk.catch_up()
    assert desk.texts == [str(number) for number in range(450)]


def test_of_a_channel_that_is_busier_than_can_be_read_the_newest_are(desk: Desk) -> None:
    for number in range(MOST_MESSAGES + 3):
        desk.ana.say("support", str(number))
    desk.catch_up()
    assert desk.texts == [str(number) for number in range(3, MOST_MESSAGES + 3)]


# --- a Slack that will not have it


def test_a_limit_half_way_is_waited_for(desk: Desk) -> None:
    desk.ana.say("support", "1")
    desk.ana.say("private", "2")
    desk.slack.fail_next("conversations.history", rate_limited(1), times=2)
    assert desk.catch_up() == CaughtUp(2, complete=True)
    assert [call.status for call in desk.slack.calls("conversations.history")][:3] == [
        429,
        429,
        200,
    ]


def test_a_limit_that_is_too_long_ends_it_with_what_was_found(desk: Desk) -> None:
    desk.ana.say("support", "1")
    private = desk.ana.say("private", "2").channel
    desk.slack.fail_next("conversations.history", rate_limited(3_000), channel=private)
    assert desk.catch_up() == CaughtUp(1, complete=False)
    assert desk.texts == ["1"]


@pytest.mark.parametrize("error", ["not_in_channel", "channel_not_found", "missing_scope"])
def test_a_channel_that_refuses_does_not_stop_the_others(desk: Desk, error: str) -> None:
    support = desk.ana.say("support", "1").channel
    desk.ana.say("private", "2")
    desk.slack.fail_next("conversations.history", refused(error), channel=support)
    assert desk.catch_up() == CaughtUp(1, complete=True)
    assert desk.texts == ["2"]


def test_a_channel_that_fails_too_often_is_for_the_next_time(desk: Desk) -> None:
    support = desk.ana.say("support", "1").channel
    desk.ana.say("private", "2")
    desk.slack.fail_next("conversations.history", UNAVAILABLE, times=4, channel=support)
    assert desk.catch_up() == CaughtUp(1, complete=False)
    assert desk.catch_up() == CaughtUp(1, complete=True)
    assert desk.texts == ["2", "1"]


def test_a_thread_that_is_gone_does_not_stop_the_others(desk: Desk) -> None:
    gone = desk.ana.say("support", "gone")
    desk.ana.delete(gone)
    desk.ana.say("private", "2")
    threads = ((gone.channel, gone.ts), ("C9999999999", "1.2"), ("x", "soon"))
    assert desk.catch_up(threads=threads) == CaughtUp(1, complete=True)


def test_a_scope_that_lacks_costs_only_its_kind(clock: HandClock) -> None:
    with LocalSlack(now=clock.now, scopes=SCOPES - {"groups:read"}) as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        slack.channel("private", [ana], private=True)
        desk = Desk(slack, web_client(slack.bot_token, slack.base_url), clock, ana)
        ana.say("private", "1")
        ana.say("support", "2")
        ana.dm("3")
        assert desk.catch_up() == CaughtUp(2, complete=True)
        assert desk.texts == ["2", "3"]


def test_a_slack_that_is_down_is_for_the_next_time(desk: Desk) -> None:
    desk.ana.say("support", "1")
    desk.slack.fail_next("auth.test", UNAVAILABLE, times=4)
    assert desk.catch_up() == CaughtUp(0, complete=False)


def test_nobody_to_ask_is_for_the_next_time(clock: HandClock) -> None:
    nobody = web_client("xoxb-x", "http://127.0.0.1:9/api/", timedelta(seconds=1))
    found = CatchUp(nobody, lambda _: True, clock).run(START, ())
    assert found == CaughtUp(0, complete=False)


def test_a_hostile_slack_tells_everything_in_the_end(clock: HandClock) -> None:
    with LocalSlack(now=clock.now) as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        desk = Desk(slack, web_client(slack.bot_token, slack.base_url), clock, ana)
        for number in range(30):
            ana.say("support", str(number))
        slack.set_faults(Faults(seed=2, drop_reply=0.3, fail_after=0.2, fail_before=0.2))
        assert desk.catch_up() == CaughtUp(30, complete=True)
    assert desk.texts == [str(number) for number in range(30)]


# --- a store that will not, and the end of patience


def test_what_cannot_be_kept_ends_it_and_comes_the_next_time(desk: Desk) -> None:
    for number in range(3):
        desk.ana.say("support", str(number))
    desk.broken.append(OSError("disk full"))
    assert desk.catch_up() == CaughtUp(0, complete=False)
    assert desk.catch_up() == CaughtUp(3, complete=True)


def test_it_ends_when_it_takes_too_long(desk: Desk) -> None:
    class Hasty(HandClock):
        def now(self) -> datetime:
            self.at += timedelta(minutes=3)
            return self.at

    desk.ana.say("support", "1")
    reader = CatchUp(desk.client, desk.receive, Hasty(desk.clock.at))
    assert not reader.run(START, ()).complete


def test_once_closed_it_reads_no_more(desk: Desk) -> None:
    desk.ana.say("support", "1")
    reader = CatchUp(desk.client, desk.receive, desk.clock)
    reader.close()
    assert reader.run(START, ()) == CaughtUp(0, complete=False)
    assert desk.slack.calls() == []


# --- and the desk behind it


def test_an_outage_told_while_nobody_heard_opens_a_ticket_and_pages(room: Room) -> None:
    mara, away_since = room.people["mara"], room.clock.at
    asked = mara.say("northfield-support", OUTAGE)
    room.clock.at += timedelta(minutes=5)
    mara.say("northfield-support", "still nothing", asked.ts)
    found = CatchUp(room.client, room.receive, room.clock, ("#support-team",)).run(away_since, ())
    assert found == CaughtUp(2, complete=True)
    with room.connected():
        room.settle()
    (ticket,) = room.tickets()
    assert ticket.reporter_person == "mara"
    assert room.slack.dms(room.people["tomasz"])
    assert "still nothing" in room.slack.thread(room.root().channel, room.root().ts)[-1].full_text


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("slack:thread:T1:C1:1.2", ("C1", "1.2")),
        ("slack:message:T1:C1:1.2", None),
        ("slack:thread:T1:C1", None),
        ("mail:thread:a:b:c", None),
        ("", None),
    ],
)
def test_the_name_of_a_conversation_says_where_it_is(
    key: str, found: tuple[str, str] | None
) -> None:
    assert events.thread_of(key) == found
