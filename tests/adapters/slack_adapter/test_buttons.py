"""Buttons and forms on the team's message, from a person's finger to the ticket and back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from supportbot.adapters.slack import names
from supportbot.application.ticket_actions import act
from supportbot.domain.ticket import commands as c
from supportbot.sandbox.slack import Human, Message, View, refused
from tests.adapters.slack_adapter.room import HASTY, Room

OUTAGE = "Nobody can open notebooks on https://hub.northfield.example"


@pytest.fixture
def desk(room: Room) -> Iterator[Room]:
    """A ticket SUP-1 of Mara's, whose outage pages Tomasz; the app is connected."""
    with room.connected():
        room.people["mara"].say("northfield-support", OUTAGE)
        room.settle()
        yield room


def opened_form(desk: Room, who: Human) -> View:
    """The form that opens after the press was acknowledged."""
    return desk.slack.wait_until(lambda: desk.slack.views(who))[-1]


def told(desk: Room, who: Human) -> str:
    """What only this person is shown."""
    return desk.slack.wait_until(lambda: desk.slack.ephemerals(who))[-1].text


def thread_of_team(desk: Room) -> list[Message]:
    root = desk.root()
    return desk.slack.thread(root.channel, root.ts)


def thread_of_reporter(desk: Room) -> list[Message]:
    asked = desk.slack.messages("northfield-support")[0]
    return desk.slack.thread(asked.channel, asked.ts)


# --- verbs


def test_acknowledge_stops_the_policy_and_everybody_sees_it(desk: Room) -> None:
    pressed = desk.people["ines"].press(desk.root(), names.ACKNOWLEDGE)
    desk.settle()
    assert pressed.acked
    assert desk.ticket().acknowledged_by == "ines"
    assert "acknowledged by Ines Duarte" in desk.root().full_text
    assert desk.slack.ephemerals(desk.people["ines"]) == []


def test_the_loser_of_a_race_is_told_who_was_first(desk: Room) -> None:
    root = desk.root()
    desk.people["ines"].press(root, names.ACKNOWLEDGE)
    pressed = desk.people["tomasz"].press(root, names.ACKNOWLEDGE)
    assert pressed.acked
    assert "acknowledged by Ines Duarte" in told(desk, desk.people["tomasz"])
    assert desk.ticket().acknowledged_by == "ines"


def test_pressing_twice_acts_once(desk: Room) -> None:
    root = desk.root()
    desk.people["ines"].press(root, names.TAKE)
    version = desk.ticket().version
    desk.people["ines"].press(root, names.TAKE)
    assert "already yours" in told(desk, desk.people["ines"])
    assert desk.ticket().version == version


def test_a_button_that_shows_an_older_ticket_does_not_overwrite_a_newer_owner(desk: Room) -> None:
    old = desk.root()
    desk.people["ines"].press(old, names.TAKE)
    desk.people["tomasz"].press(old, names.TAKE)
    assert "was taken by Ines Duarte" in told(desk, desk.people["tomasz"])


def test_let_go_starts_the_policy_again(desk: Room) -> None:
    desk.people["ines"].press(desk.root(), names.TAKE)
    desk.settle()
    desk.people["ines"].press(desk.root(), names.LET_GO)
    assert desk.ticket().state == "new"
    assert desk.ticket().round == 2


def test_escalate_now_pages_second_line(desk: Room) -> None:
    desk.people["ines"].press(desk.root(), names.ESCALATE)
    desk.settle()
    assert "SUP-1" in desk.slack.dms(desk.people["jonas"])[-1].text


def test_a_stranger_is_refused_with_the_reason_and_nothing_changes(desk: Room) -> None:
    version = desk.ticket().version
    stranger = desk.people["stranger"]
    pressed = stranger.press(desk.root(), names.ACKNOWLEDGE)
    assert pressed.acked
    assert f"slack: {stranger.id}" in told(desk, stranger)
    assert desk.ticket().version == version


@pytest.mark.parametrize("patience", [HASTY])
def test_a_store_that_is_down_leaves_the_press_unacknowledged_and_says_so(desk: Room) -> None:
    root = desk.root()
    desk.store.close()
    pressed = desk.people["ines"].press(root, names.ACKNOWLEDGE)
    assert not pressed.acked
    assert "went wrong on our side" in told(desk, desk.people["ines"])


def test_a_slack_that_takes_no_whispers_does_not_undo_what_was_decided(desk: Room) -> None:
    desk.slack.fail_next("response_url", refused("expired_url"))
    root = desk.root()
    assert desk.people["ines"].press(root, names.ACKNOWLEDGE).acked
    assert desk.people["tomasz"].press(root, names.ACKNOWLEDGE).acked
    desk.slack.wait_until(lambda: desk.slack.calls("response_url"))
    assert desk.ticket().acknowledged_by == "ines"


def test_a_page_can_be_acknowledged_where_it_rings(desk: Room) -> None:
    tomasz = desk.people["tomasz"]
    assert tomasz.press(desk.slack.dms(tomasz)[-1], names.ACKNOWLEDGE).acked
    assert desk.ticket().acknowledged_by == "tomasz"
    assert told(desk, tomasz) == "Acknowledge: SUP-1, done."


def test_the_link_in_a_page_is_acknowledged_and_does_nothing(desk: Room) -> None:
    desk.people["ines"].press(desk.root(), names.ESCALATE)
    desk.settle()
    version, jonas = desk.ticket().version, desk.people["jonas"]
    assert jonas.press(desk.slack.dms(jonas)[-1], names.OPEN).acked
    assert desk.ticket().version == version


# --- which buttons there are


def elements(message: Message) -> list[dict[str, str]]:
    return [e for block in message.blocks if block["type"] == "actions" for e in block["elements"]]


def labels(message: Message) -> list[str]:
    return [names.LABELS[element["action_id"]] for element in elements(message)]


def test_buttons_follow_the_state(desk: Room) -> None:
    asking = ["Severity…", "Reply…", "Why?", "Resolve…"]
    assert labels(desk.root()) == ["Acknowledge", "Take", "Hand over", "Escalate now", *asking]
    desk.people["ines"].press(desk.root(), names.ACKNOWLEDGE)
    desk.settle()
    held = [*asking, "Temporary change…", "Snooze…", "Wait…"]
    assert labels(desk.root()) == ["Take", "Let go", "Hand over", "Escalate now", *held]
    act(desk.context, 1, c.HandOver(by="ines"))
    desk.settle()
    assert "Hand over" not in labels(desk.root())
    act(desk.context, 1, c.Resolve(by="ines"))
    desk.settle()
    assert labels(desk.root()) == ["Reply…", "Why?", "Reopen"]
    desk.people["ines"].press(desk.root(), names.REOPEN)
    assert desk.ticket().state == "new"


# --- forms


def test_a_reply_shows_where_it_goes_and_reaches_the_reporter(desk: Room) -> None:
    ines = desk.people["ines"]
    desk.people["ines"].press(desk.root(), names.REPLY)
    form = opened_form(desk, ines)
    assert "Mara Okafor" in form.full_text
    assert re.search(r"<#C\w+>", form.full_text)
    sent = ines.submit(form, {names.FIELD_TEXT: "We are <on> it & will write by 15:00."})
    desk.settle()
    assert sent.acked
    assert desk.slack.views(ines) == []
    answer = thread_of_reporter(desk)[-1].text
    assert "We are &lt;on&gt; it &amp; will write by 15:00." in answer


def test_a_change_of_severity_needs_a_reason_and_another_severity(desk: Room) -> None:
    ines = desk.people["ines"]
    ines.press(desk.root(), names.SEVERITY)
    form = opened_form(desk, ines)
    blank = ines.submit(form, {names.FIELD_SEVERITY: "P3", names.FIELD_REASON: "  "})
    assert list(blank.errors) == [names.FIELD_REASON]
    same = ines.submit(form, {names.FIELD_SEVERITY: "P1", names.FIELD_REASON: "sure"})
    assert same.errors == {names.FIELD_SEVERITY: "SUP-1 is P1 already."}
    assert len(desk.slack.views(ines)) == 1
    done = ines.submit(form, {names.FIELD_SEVERITY: "P3", names.FIELD_REASON: "one user only"})
    assert not done.errors
    assert desk.ticket().terms.key == "P3"
    assert desk.slack.views(ines) == []


def test_resolve_tells_the_reporter(desk: Room) -> None:
    ines = desk.people["ines"]
    ines.press(desk.root(), names.RESOLVE)
    ines.submit(opened_form(desk, ines), {names.FIELD_TEXT: "The proxy was full."})
    desk.settle()
    assert desk.ticket().state == "resolved"
    assert "The proxy was full." in thread_of_reporter(desk)[-1].text


def test_hand_over_takes_a_note_along_and_needs_none(desk: Room) -> None:
    ines = desk.people["ines"]
    ines.press(desk.root(), names.HAND_OVER)
    ines.submit(opened_form(desk, ines), {names.FIELD_NOTE: "tried a restart"})
    desk.settle()
    assert desk.ticket().line == "second"
    assert any("tried a restart" in message.text for message in thread_of_team(desk))


def test_why_shows_the_rule_that_decided(desk: Room) -> None:
    ines = desk.people["ines"]
    ines.press(desk.root(), names.WHY)
    form = opened_form(desk, ines)
    assert "an outage" in form.full_text
    assert form.title == "Why · SUP-1"


def test_a_stranger_gets_no_form(desk: Room) -> None:
    stranger = desk.people["stranger"]
    stranger.press(desk.root(), names.REPLY)
    assert "not in them" in told(desk, stranger)
    assert desk.slack.views(stranger) == []


def test_one_of_the_playbooks_who_is_not_on_the_team_gets_no_form(desk: Room) -> None:
    mara = desk.people["mara"]
    mara.say("support-team", "hello")  # joins the public channel
    mara.press(desk.root(), names.RESOLVE)
    assert "in no rotation and no role" in told(desk, mara)


def test_a_form_that_slack_does_not_open_is_explained(desk: Room) -> None:
    desk.slack.fail_next("views.open", refused("expired_trigger_id"))
    ines = desk.people["ines"]
    assert ines.press(desk.root(), names.REPLY).acked
    assert "press again" in told(desk, ines)


def test_a_form_keeps_the_words_when_the_store_is_down(desk: Room) -> None:
    ines = desk.people["ines"]
    ines.press(desk.root(), names.REPLY)
    form = opened_form(desk, ines)
    desk.store.close()
    sent = ines.submit(form, {names.FIELD_TEXT: "words that took an hour"})
    assert "went wrong" in sent.errors[names.FIELD_TEXT]
    assert len(desk.slack.views(ines)) == 1
