"""What people do in the local Slack beyond writing and pressing, and what the app hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt import Ack, App

from supportbot.sandbox.slack import Human, LocalSlack, Patience, View
from tests.sandbox.slack_app import Heard, client_of, running

Json = dict[str, Any]


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with LocalSlack(patience=Patience(ack=20.0, retries=(0.0, 0.05))) as slack:
        yield slack


@pytest.fixture
def ana(slack: LocalSlack) -> Human:
    ana = slack.human("ana")
    slack.channel("support", [ana])
    return ana


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def modal(title: str, **fields: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain(title),
        "submit": plain("Go"),
        "blocks": [{"type": "divider"}],
        **fields,
    }


def opened(slack: LocalSlack, ana: Human, view: Json) -> View:
    client_of(slack).views_open(trigger_id=slack.trigger(ana), view=view)
    return slack.views(ana)[-1]


def answering(answer: Callable[[Ack], object]) -> Callable[[App], object]:
    def listeners(app: App) -> None:
        @app.view("form")
        def take(ack: Ack) -> None:
            answer(ack)

    return listeners


def test_an_edit_and_a_deletion_are_told_with_what_stood_there_before(
    slack: LocalSlack, ana: Human
) -> None:
    heard = Heard()
    with running(slack, heard):
        asked = ana.say("support", "the hub is dwon")
        ana.edit(asked, "the hub is down")
        ana.delete(asked)
        slack.wait_until(lambda: not slack.unacknowledged())
    events = {body["event"].get("subtype"): body["event"] for body in heard.bodies}
    assert events["message_changed"]["message"]["text"] == "the hub is down"
    assert events["message_changed"]["previous_message"]["text"] == "the hub is dwon"
    assert events["message_deleted"]["deleted_ts"] == asked.ts
    assert slack.messages("support") == []


def test_the_bots_own_messages_come_back_to_it_marked_as_its_own(
    slack: LocalSlack, ana: Human
) -> None:
    client_of(slack).chat_postMessage(channel="support", text="hello")
    event = slack.events("message")[0].event
    assert (event["user"], event["bot_id"]) == (slack.bot_user_id, slack.bot_id)


def test_a_person_walks_into_a_public_channel_to_write_and_not_into_a_private_one(
    slack: LocalSlack, ana: Human
) -> None:
    slack.channel("random")
    slack.channel("secrets", private=True)
    ana.say("random", "hello")
    assert [event.type for event in slack.events()] == ["member_joined_channel", "message"]
    with pytest.raises(LookupError, match="not in secrets"):
        ana.say("secrets", "hello")
    with pytest.raises(LookupError, match="deactivated"):
        slack.human("gone", deactivated=True).say("random", "boo")


def test_one_cannot_press_what_one_does_not_see(slack: LocalSlack, ana: Human) -> None:
    button = {"type": "button", "action_id": "ok", "text": plain("OK")}
    blocks = [{"type": "actions", "elements": [button]}]
    client = client_of(slack)
    support = client.chat_postMessage(channel="support", text="x", blocks=blocks)["channel"]
    client.chat_postEphemeral(channel=support, user=ana.id, text="x", blocks=blocks)
    stranger = slack.human("stranger")
    for message in (slack.messages("support")[0], slack.ephemerals(ana)[0]):
        with pytest.raises(LookupError):
            stranger.press(message, "ok")


def test_a_press_on_an_ephemeral_message_comes_without_the_message(
    slack: LocalSlack, ana: Human
) -> None:
    button = {"type": "button", "action_id": "ok", "text": plain("OK")}
    blocks = [{"type": "actions", "elements": [button]}]
    support = ana.say("support", "x").channel
    client_of(slack).chat_postEphemeral(channel=support, user=ana.id, text="x", blocks=blocks)
    bodies: list[Json] = []

    def listeners(app: App) -> None:
        @app.action("ok")
        def take(ack: Ack, body: Json) -> None:
            bodies.append(body)
            ack()

    with running(slack, listeners):
        assert ana.press(slack.ephemerals(ana)[0], "ok").acked
    assert bodies[0]["container"]["is_ephemeral"] is True
    assert "message" not in bodies[0]


def test_a_menu_reports_the_option_picked(slack: LocalSlack, ana: Human) -> None:
    options = [{"text": plain(each), "value": each} for each in ("P1", "P2")]
    menu = {"type": "static_select", "action_id": "level", "options": options}
    section = {"type": "section", "text": plain("Severity"), "accessory": menu}
    client_of(slack).chat_postMessage(channel="support", text="x", blocks=[section])
    picked: list[str] = []

    def listeners(app: App) -> None:
        @app.action("level")
        def take(ack: Ack, action: Json) -> None:
            picked.append(action["selected_option"]["value"])
            ack()

    with running(slack, listeners):
        assert ana.select(slack.messages("support")[0], "level", "P2").acked
        with pytest.raises(ValueError, match="no option 'P9'"):
            ana.select(slack.messages("support")[0], "level", "P9")
    assert picked == ["P2"]


def test_a_form_is_replaced_by_the_answer(slack: LocalSlack, ana: Human) -> None:
    form = opened(slack, ana, modal("One"))
    answer = answering(lambda ack: ack(response_action="update", view=modal("Two")))
    with running(slack, answer):
        assert ana.submit(form).problem is None
    assert [(view.id, view.title) for view in slack.views(ana)] == [(form.id, "Two")]


def test_a_form_is_stacked_on_another_and_both_are_cleared(slack: LocalSlack, ana: Human) -> None:
    form = opened(slack, ana, modal("One"))
    with running(slack, answering(lambda ack: ack(response_action="push", view=modal("Two")))):
        ana.submit(form)
    titles = [view.title for view in slack.views(ana)]
    with running(slack, answering(lambda ack: ack(response_action="clear"))):
        ana.submit(slack.views(ana)[-1])
    assert titles == ["One", "Two"]
    assert slack.views(ana) == []


def test_a_form_answered_with_one_that_slack_would_not_show_stays_and_says_why(
    slack: LocalSlack, ana: Human
) -> None:
    form = opened(slack, ana, modal("One"))
    too_long = modal("a title that is too long for a form")
    with running(slack, answering(lambda ack: ack(response_action="update", view=too_long))):
        outcome = ana.submit(form)
    assert outcome.problem is not None
    assert "[json-pointer:/view/title/text]" in outcome.problem
    assert [view.title for view in slack.views(ana)] == ["One"]


def test_closing_a_form_is_told_only_to_an_app_that_asked(slack: LocalSlack, ana: Human) -> None:
    closed: list[str] = []

    def listeners(app: App) -> None:
        @app.view_closed("form")
        def take(ack: Ack, view: Json) -> None:
            closed.append(view["title"]["text"])
            ack()

    with running(slack, listeners):
        assert ana.close(opened(slack, ana, modal("Quiet"))) is None
        told = ana.close(opened(slack, ana, modal("Loud", notify_on_close=True)))
    assert told is not None
    assert told.acked
    assert closed == ["Loud"]
    assert slack.views(ana) == []


def test_a_closed_form_cannot_be_sent(slack: LocalSlack, ana: Human) -> None:
    form = opened(slack, ana, modal("One"))
    ana.close(form)
    with pytest.raises(LookupError, match="no such view open"):
        ana.submit(form)


def test_the_home_tab_shows_what_the_app_published_when_it_was_opened(
    slack: LocalSlack, ana: Human
) -> None:
    def listeners(app: App) -> None:
        @app.event("app_home_opened")
        def publish(event: Json, client: Any) -> None:
            text = {"type": "section", "text": plain("Your tickets")}
            client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [text]})

    with running(slack, listeners):
        ana.open_home()
        slack.wait_until(lambda: not slack.unacknowledged())
    home = slack.home(ana)
    assert home is not None
    assert home.full_text == "\nYour tickets"
    assert slack.views(ana) == []


def test_waiting_in_vain_tells_how_things_stand(slack: LocalSlack, ana: Human) -> None:
    ana.say("support", "anyone?")
    with pytest.raises(TimeoutError, match="message after 0 tries"):
        slack.wait_until(lambda: slack.ephemerals(ana), timeout=0.01)
