"""What Slack's Web API does for us, held against npm's `emulate` and our own sandbox alike.

Where `emulate` is laxer than Slack (it takes any token, knows no limits and checks no blocks) the
check is in tests/sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from supportbot.sandbox.slack import LocalSlack
from tests.peers.emulate import Emulate


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace with a bot, two channels it is in, and a person."""

    bot: WebClient
    bot_user: str
    team_id: str
    support: str
    team: str
    mara: str
    mara_says: Callable[[str], str]
    """Writes in the support channel and gives back the ts."""
    trigger: Callable[[], str]
    """A fresh trigger id, as of a click of Mara's."""


def _client(base_url: str, token: str) -> WebClient:
    return WebClient(token=token, base_url=base_url, retry_handlers=[], timeout=30)


@pytest.fixture
def sandbox_desk() -> Iterator[Desk]:
    with LocalSlack() as slack:
        mara = slack.human("mara", email="mara@emulate.dev")
        support = slack.channel("support", [mara])
        team = slack.channel("team", [mara])
        yield Desk(
            bot=_client(slack.base_url, slack.bot_token),
            bot_user=slack.bot_user_id,
            team_id=slack.team_id,
            support=support.id,
            team=team.id,
            mara=mara.id,
            mara_says=lambda text: mara.say("support", text).ts,
            trigger=lambda: slack.trigger(mara),
        )


@pytest.fixture
def emulate_desk(emulate: Emulate) -> Desk:
    bot = _client(emulate.slack_base_url, emulate.slack_bot_token)
    mara = _client(emulate.slack_base_url, emulate.slack_user_tokens["mara"])
    support, mara_id = emulate.slack_channels["support"], emulate.slack_users["mara"]
    who = {"user_id": mara_id}
    return Desk(
        bot=bot,
        bot_user=emulate.slack_bot_user_id,
        team_id=emulate.slack_team_id,
        support=support,
        team=emulate.slack_channels["team"],
        mara=mara_id,
        mara_says=lambda text: str(mara.chat_postMessage(channel=support, text=text)["ts"]),
        trigger=lambda: str(bot.api_call("views.generateTriggerId", data=who)["trigger_id"]),
    )


@pytest.fixture(params=["sandbox", "emulate"])
def desk(request: pytest.FixtureRequest) -> Desk:
    found = request.getfixturevalue(f"{request.param}_desk")
    assert isinstance(found, Desk)
    return found


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """The error that a call is refused with."""
    with pytest.raises(SlackApiError) as raised:
        call(**arguments)
    return str(raised.value.response["error"])


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["text"] for message in messages]


# --- who one is


def test_auth_test_names_the_bot_and_the_workspace(desk: Desk) -> None:
    answer = desk.bot.auth_test()
    assert (answer["user_id"], answer["team_id"]) == (desk.bot_user, desk.team_id)
    assert answer["bot_id"].startswith("B")
    assert answer["url"].startswith("https://")


def test_a_call_without_a_token_is_refused(desk: Desk) -> None:
    nobody = WebClient(base_url=desk.bot.base_url, retry_handlers=[], timeout=30)
    assert refusal(nobody.auth_test) == "not_authed"


# --- writing


def test_a_posted_message_stands_in_the_history_newest_first(desk: Desk) -> None:
    first = desk.bot.chat_postMessage(channel=desk.support, text="one")
    desk.bot.chat_postMessage(channel=desk.support, text="two")
    history = desk.bot.conversations_history(channel=desk.support)["messages"]
    assert texts(history)[:2] == ["two", "one"]
    assert (first["channel"], first["message"]["text"]) == (desk.support, "one")
    assert (history[1]["ts"], history[1]["user"]) == (first["ts"], desk.bot_user)


def test_a_channel_may_be_named_and_a_user_stands_for_the_direct_messages(desk: Desk) -> None:
    assert desk.bot.chat_postMessage(channel="support", text="hi")["channel"] == desk.support
    direct = desk.bot.chat_postMessage(channel=desk.mara, text="hi")["channel"]
    assert direct == desk.bot.conversations_open(users=desk.mara)["channel"]["id"]


def test_timestamps_are_unique_and_grow(desk: Desk) -> None:
    stamps = [
        desk.bot.chat_postMessage(channel=desk.support, text=str(number))["ts"]
        for number in range(5)
    ]
    assert stamps == sorted(set(stamps), key=float)


def test_replies_hang_under_their_root_and_not_in_the_history(desk: Desk) -> None:
    root = desk.mara_says("the hub is down")
    for text in ("seen", "fixed"):
        desk.bot.chat_postMessage(channel=desk.support, thread_ts=root, text=text)
    replies = desk.bot.conversations_replies(channel=desk.support, ts=root)["messages"]
    assert texts(replies) == ["the hub is down", "seen", "fixed"]
    assert (replies[0]["reply_count"], replies[0]["reply_users"]) == (2, [desk.bot_user])
    assert {message["thread_ts"] for message in replies[1:]} == {root}
    history = desk.bot.conversations_history(channel=desk.support)["messages"]
    assert texts(history)[0] == "the hub is down"


def test_blocks_and_metadata_are_kept(desk: Desk) -> None:
    blocks = [{"type": "section", "block_id": "b", "text": {"type": "mrkdwn", "text": "*hi*"}}]
    metadata = {"event_type": "delivery", "event_payload": {"key": "d-1"}}
    desk.bot.chat_postMessage(channel=desk.team, text="hi", blocks=blocks, metadata=metadata)
    found = desk.bot.conversations_history(channel=desk.team, include_all_metadata=True)
    assert found["messages"][0]["blocks"] == blocks
    assert found["messages"][0]["metadata"] == metadata


def test_an_update_replaces_the_text_and_marks_the_edit(desk: Desk) -> None:
    posted = desk.bot.chat_postMessage(channel=desk.team, text="new")
    updated = desk.bot.chat_update(channel=desk.team, ts=posted["ts"], text="taken")
    assert (updated["ts"], updated["text"]) == (posted["ts"], "taken")
    found = desk.bot.conversations_history(channel=desk.team)["messages"][0]
    assert found["text"] == "taken"
    assert found["edited"]["user"] == desk.bot_user


def test_an_update_by_text_alone_takes_the_blocks_away(desk: Desk) -> None:
    blocks = [{"type": "divider", "block_id": "b"}]
    posted = desk.bot.chat_postMessage(channel=desk.team, text="new", blocks=blocks)
    desk.bot.chat_update(channel=desk.team, ts=posted["ts"], text="taken")
    found = desk.bot.conversations_history(channel=desk.team)["messages"][0]
    assert "blocks" not in found


def test_what_is_not_ones_own_cannot_be_changed(desk: Desk) -> None:
    theirs = desk.mara_says("mine")
    change = {"channel": desk.support, "ts": theirs}
    assert refusal(desk.bot.chat_update, **change, text="x") == "cant_update_message"
    assert refusal(desk.bot.chat_delete, **change) == "cant_delete_message"


def test_a_deleted_message_is_gone(desk: Desk) -> None:
    posted = desk.bot.chat_postMessage(channel=desk.team, text="oops")
    desk.bot.chat_delete(channel=desk.team, ts=posted["ts"])
    assert "oops" not in texts(desk.bot.conversations_history(channel=desk.team)["messages"])


def test_a_message_that_is_not_there_is_refused(desk: Desk) -> None:
    nowhere = {"channel": desk.team, "ts": "1.000001"}
    assert refusal(desk.bot.chat_update, **nowhere, text="x") == "message_not_found"
    assert refusal(desk.bot.chat_delete, **nowhere) == "message_not_found"
    link = {"channel": desk.team, "message_ts": "1.000001"}
    assert refusal(desk.bot.chat_getPermalink, **link) == "message_not_found"


def test_a_channel_that_is_not_there_is_refused(desk: Desk) -> None:
    nowhere = {"channel": "C0NOWHERE"}
    assert refusal(desk.bot.chat_postMessage, **nowhere, text="x") == "channel_not_found"
    assert refusal(desk.bot.conversations_history, **nowhere) == "channel_not_found"
    assert refusal(desk.bot.conversations_replies, **nowhere, ts="1.1") == "channel_not_found"
    assert refusal(desk.bot.conversations_info, **nowhere) == "channel_not_found"
    assert refusal(desk.bot.conversations_join, **nowhere) == "channel_not_found"


def test_a_message_needs_something_in_it(desk: Desk) -> None:
    # By hand: the client's own method warns before it sends.
    empty = {"channel": desk.team, "text": ""}
    assert refusal(desk.bot.api_call, api_method="chat.postMessage", json=empty) == "no_text"


def test_an_ephemeral_message_is_shown_to_a_member_and_kept_out_of_the_history(desk: Desk) -> None:
    shown = desk.bot.chat_postEphemeral(channel=desk.team, user=desk.mara, text="psst")
    assert float(shown["message_ts"]) > 0
    assert "psst" not in texts(desk.bot.conversations_history(channel=desk.team)["messages"])
    nobody = {"channel": desk.team, "user": "U0NOBODY", "text": "psst"}
    assert refusal(desk.bot.chat_postEphemeral, **nobody) == "user_not_found"


def test_a_permalink_names_the_channel_and_the_message(desk: Desk) -> None:
    posted = desk.bot.chat_postMessage(channel=desk.team, text="here")
    link = desk.bot.chat_getPermalink(channel=desk.team, message_ts=posted["ts"])["permalink"]
    assert f"/archives/{desk.team}/p{posted['ts'].replace('.', '')}" in link


def test_a_reaction_is_added_once(desk: Desk) -> None:
    asked = {"channel": desk.support, "timestamp": desk.mara_says("please"), "name": "eyes"}
    desk.bot.reactions_add(**asked)
    assert refusal(desk.bot.reactions_add, **asked) == "already_reacted"
    found = desk.bot.conversations_history(channel=desk.support)["messages"][0]
    assert found["reactions"] == [{"name": "eyes", "users": [desk.bot_user], "count": 1}]


# --- places and people


def test_direct_messages_open_once(desk: Desk) -> None:
    opened = desk.bot.conversations_open(users=desk.mara)["channel"]["id"]
    again = desk.bot.conversations_open(users=desk.mara)
    assert opened.startswith("D")
    assert (again["channel"]["id"], again["already_open"]) == (opened, True)
    assert refusal(desk.bot.conversations_open, users="U0NOBODY") == "user_not_found"
    assert refusal(desk.bot.conversations_open, users="") == "users_list_not_supplied"


def test_history_comes_in_pages(desk: Desk) -> None:
    for number in range(5):
        desk.bot.chat_postMessage(channel=desk.team, text=str(number))
    seen: list[str] = []
    cursor = ""
    while len(seen) < 5:
        page = desk.bot.conversations_history(channel=desk.team, limit=2, cursor=cursor)
        seen += texts(page["messages"])
        cursor = page["response_metadata"]["next_cursor"] if page["has_more"] else ""
    assert seen[:5] == ["4", "3", "2", "1", "0"]


def test_channels_are_listed_in_pages_and_looked_up(desk: Desk) -> None:
    found: set[str] = set()
    cursor = ""
    for _ in range(20):
        page = desk.bot.conversations_list(limit=1, cursor=cursor)
        found |= {channel["id"] for channel in page["channels"]}
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert {desk.support, desk.team} <= found
    channel = desk.bot.conversations_info(channel=desk.support)["channel"]
    assert (channel["name"], channel["is_private"], channel["is_member"]) == (
        "support",
        False,
        True,
    )


def test_joining_where_one_is_already_is_no_fault(desk: Desk) -> None:
    assert desk.bot.conversations_join(channel=desk.team)["channel"]["id"] == desk.team


def test_people_are_found_by_id_and_by_address(desk: Desk) -> None:
    mara = desk.bot.users_info(user=desk.mara)["user"]
    assert (mara["name"], mara["deleted"], mara["is_bot"]) == ("mara", False, False)
    by_mail = desk.bot.users_lookupByEmail(email="mara@emulate.dev")["user"]
    assert by_mail["id"] == desk.mara
    assert by_mail["profile"]["email"] == "mara@emulate.dev"
    assert refusal(desk.bot.users_info, user="U0NOBODY") == "user_not_found"
    assert refusal(desk.bot.users_lookupByEmail, email="no@body.example") == "users_not_found"
    assert desk.mara in [user["id"] for user in desk.bot.users_list()["members"]]


# --- views


def modal(title: str) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "form",
        "private_metadata": "SUP-1",
        "title": {"type": "plain_text", "text": title},
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}],
    }


def test_a_trigger_opens_a_form_once(desk: Desk) -> None:
    trigger = desk.trigger()
    view = desk.bot.views_open(trigger_id=trigger, view=modal("Reply"))["view"]
    assert (view["callback_id"], view["private_metadata"]) == ("form", "SUP-1")
    assert (view["title"]["text"], view["root_view_id"]) == ("Reply", view["id"])
    again = {"trigger_id": trigger, "view": modal("Reply")}
    assert refusal(desk.bot.views_open, **again) == "exchanged_trigger_id"


def test_a_trigger_nobody_gave_out_is_refused(desk: Desk) -> None:
    made_up = {"trigger_id": "1.2.made-up", "view": modal("Reply")}
    assert refusal(desk.bot.views_open, **made_up) == "invalid_trigger_id"


def test_an_update_of_a_view_wants_the_hash_it_has_now(desk: Desk) -> None:
    view = desk.bot.views_open(trigger_id=desk.trigger(), view=modal("Reply"))["view"]
    changed = desk.bot.views_update(view_id=view["id"], hash=view["hash"], view=modal("Other"))
    assert changed["view"]["title"]["text"] == "Other"
    stale = {"view_id": view["id"], "hash": view["hash"], "view": modal("Third")}
    assert refusal(desk.bot.views_update, **stale) == "hash_conflict"
    unknown = {"view_id": "V0NOWHERE", "view": modal("Third")}
    assert refusal(desk.bot.views_update, **unknown) == "not_found"


def test_a_home_tab_is_published_again_under_the_same_id(desk: Desk) -> None:
    home = {"type": "home", "blocks": modal("")["blocks"]}
    first = desk.bot.views_publish(user_id=desk.mara, view=home)["view"]
    second = desk.bot.views_publish(user_id=desk.mara, view=home)["view"]
    assert first["id"] == second["id"]
    assert refusal(desk.bot.views_publish, user_id="U0NOBODY", view=home) == "user_not_found"
