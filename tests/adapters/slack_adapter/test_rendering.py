"""Everything shown in Slack, held against Slack's limits and against hostile words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from supportbot.adapters.slack import calls, choices, forms, names, rendering
from supportbot.adapters.slack.rendering import Content
from supportbot.application.queries import TicketView
from supportbot.domain.ticket.events import StepPassed
from supportbot.domain.triage.message import Place
from supportbot.sandbox.slack.block_kit import check_message_blocks, check_view
from tests.adapters.slack_adapter import views
from tests.adapters.slack_adapter.views import HOSTILE, NOW, a_ticket, a_view

PAYLOAD = {
    "number": 42,
    "severity": "P1",
    "means": "several people cannot work",
    "title": "Nobody can open notebooks",
    "community": "Northfield University",
    "hub": "northfield/prod",
    "symptom": None,
    "step": 2,
    "attempt": 1,
    "late_minutes": 0,
    "by": None,
    "people": [{"person": "ines", "name": "Ines", "slack": "U0000000001"}],
    "reasons": ["on call in first-line"],
    "urgent": True,
    "reason": "on call in first-line",
    "position": 1,
    "text": "The next word is due.",
}

CHOICES: list[list[dict[str, str]]] = [
    [],
    [{"do": "accept"}, {"do": "decline"}],
    [{"do": "done", "of": "event_day"}],
    [{"do": "reverted", "of": "50"}],
]


def mrkdwn(value: Any) -> Iterator[str]:
    """Every text that Slack reads for mentions and links: the rest is shown as it is."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        for inner in value.values():
            yield from mrkdwn(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from mrkdwn(inner)


def hold(content: Content) -> None:
    """What a message must be, whatever is in it."""
    blocks = list(content.blocks)
    check_message_blocks(blocks)
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.to_dict()  # slack_sdk checks lengths when it writes
    assert 0 < len(content.text) <= 40_000
    content.text.encode()


def brackets(text: str) -> list[str]:
    return re.findall(r"<[^>]*>?", text)


# --- limits


@given(views.ticket_views)
def test_any_root_message_is_one_that_slack_takes(view: TicketView) -> None:
    shown = rendering.root(view)
    hold(shown)
    assert len(shown.text) <= 4_000
    hold(rendering.maybe_repeated(shown))


@given(views.calls, views.ticket_views)
def test_any_call_is_one_that_slack_takes(facts: dict[str, Any], view: TicketView) -> None:
    hold(calls.called(facts))
    hold(calls.reminder(facts))
    hold(calls.notice(facts))
    hold(calls.page(facts, view))
    hold(calls.page(facts, None))


@given(views.people, views.words, st.sampled_from(CHOICES))
def test_any_choice_is_one_that_slack_takes(
    people: list[dict[str, Any]], text: str, offered: list[dict[str, str]]
) -> None:
    facts = {"number": 1, "version": 2, "people": people, "text": text, "choices": offered}
    hold(choices.choice(facts))


@given(views.words, views.words)
def test_any_words_are_shown_within_slacks_limits(author: str, text: str) -> None:
    hold(rendering.heard(author, text))
    for content in (rendering.note(text or "x"), rendering.reply(text or "x")):
        hold(content)


FORMS = [
    *(names.SEVERITY, names.REPLY, names.RESOLVE, names.HAND_OVER),
    *(names.EVENT, names.EVENT_DECLINE, names.CHANGE, names.SNOOZE, names.DECLINE),
]


@pytest.mark.parametrize("action", FORMS)
@given(view=views.ticket_views)
def test_any_form_is_one_that_slack_takes(action: str, view: TicketView) -> None:
    shown = forms.form(action, view)
    check_view(shown)
    View(**shown).to_dict()


@given(views.ticket_views, views.words)
def test_any_explanation_is_one_that_slack_takes(view: TicketView, text: str) -> None:
    check_view(forms.why(view, text))


def test_a_long_explanation_says_where_the_rest_is() -> None:
    text = "\n".join(f"rule {n} did not hit" for n in range(2_000))
    shown = json.dumps(forms.why(a_view(), text))
    assert "rule 100 did not hit" in shown
    assert "supportbot explain SUP-42" in shown


def test_an_answer_of_thirty_thousand_characters_is_not_cut() -> None:
    assert rendering.reply("x" * 30_000).text == "x" * 30_000


# --- hostile words

HOSTILE_VIEW = a_view(
    a_ticket(title=HOSTILE, hub=HOSTILE),
    words=HOSTILE,
    reporter=HOSTILE,
    community=HOSTILE,
    first_owner=HOSTILE,
    reached=(HOSTILE,),
    places={"issue": {"repo": HOSTILE, "number": "1", "url": "https://x.example/<!here>"}},
)
HOSTILE_PAYLOAD = {
    **PAYLOAD,
    **dict.fromkeys(("severity", "means", "title", "community", "hub", "reason", "text"), HOSTILE),
    "by": HOSTILE,
    "people": [{"person": "x", "name": HOSTILE, "slack": "U1> <!channel"}],
    "reasons": [HOSTILE],
    "groups": [{"handle": HOSTILE, "id": "S1> <!channel"}],
    "called": [HOSTILE],
}


@pytest.mark.parametrize(
    "content",
    [
        rendering.root(HOSTILE_VIEW),
        rendering.note(HOSTILE),
        rendering.reply(HOSTILE),
        rendering.heard(HOSTILE, HOSTILE),
        calls.called(HOSTILE_PAYLOAD),
        calls.page(HOSTILE_PAYLOAD, HOSTILE_VIEW),
        calls.reminder(HOSTILE_PAYLOAD),
        calls.notice(HOSTILE_PAYLOAD),
        calls.copy(HOSTILE_PAYLOAD),
    ],
)
def test_nobodys_words_ring_or_link(content: Content) -> None:
    ours = re.compile(r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>]*>|<#C0000000009>")
    for text in (content.text, *mrkdwn(content.blocks)):
        assert brackets(ours.sub("", text)) == []
    assert '"emoji": true' not in json.dumps(content.blocks)


@pytest.mark.parametrize(
    "build", [lambda v: forms.form(names.REPLY, v), lambda v: forms.why(v, HOSTILE)]
)
def test_nobodys_words_ring_in_a_form(build: Callable[[TicketView], dict[str, Any]]) -> None:
    for text in mrkdwn(build(HOSTILE_VIEW)):
        assert brackets(text) in ([], ["<#C0000000009>"])


# --- what is said


def shown(view: TicketView) -> str:
    return json.dumps(rendering.root(view).blocks, ensure_ascii=False)


def test_a_root_message_says_who_what_where_and_when() -> None:
    text = shown(a_view())
    for part in (
        "🔴 P1 · SUP-42 · Nobody can open notebooks",
        "Nobody in the 9am class",
        "Northfield University",
        "northfield/prod",
        "*First line*\\nnobody yet",
        "*Called*\\nInes Duarte",
        f"<!date^{int(NOW.timestamp()) + 600}^",
        "From Mara Okafor in <#C0000000009>",
    ):
        assert part in text


def test_a_root_message_links_the_issue_and_the_tickets_it_belongs_to() -> None:
    issue = {"repo": "org/hubs", "number": "7", "url": "https://github.example/org/hubs/issues/7"}
    text = shown(a_view(a_ticket(attached_to=40, previous=12), places={"issue": issue}))
    assert "<https://github.example/org/hubs/issues/7|org/hubs#7>" in text
    assert "the same fault as SUP-40" in text
    assert "goes on from SUP-12" in text


@pytest.mark.parametrize(
    ("ticket", "view", "part"),
    [
        ({"state": "acknowledged"}, {"acknowledged_by": "Ines"}, "acknowledged by Ines"),
        ({"state": "resolved"}, {}, "✅ P1"),
        ({"line": "second"}, {"second_owner": "Jonas"}, "*Second line*\\nJonas"),
        ({"reply_to": Place("slack", {"channel": "D000000001"})}, {}, "by direct message"),
    ],
)
def test_a_root_message_follows_the_ticket(
    ticket: dict[str, Any], view: dict[str, Any], part: str
) -> None:
    assert part in shown(a_view(a_ticket(**ticket), **view))


def test_a_root_message_says_until_when_the_policy_is_held_and_why() -> None:
    until = NOW + timedelta(hours=3)
    held = StepPassed(
        at=NOW, position=1, step=1, how="held", reason="Ines is outside their hours", until=until
    )
    text = shown(a_view(held=held))
    assert f"*Held*\\nstep 2 until <!date^{int(until.timestamp())}^" in text
    assert "Ines is outside their hours" in text
    assert "Next step" not in text


def test_a_root_message_says_who_is_still_to_acknowledge_and_lets_them() -> None:
    ticket = a_ticket(state="acknowledged", awaited=("jonas", "amina"))
    text = shown(a_view(ticket, awaited=("Jonas", "Amina")))
    assert "*Still to acknowledge*\\nJonas and Amina" in text
    assert names.ACKNOWLEDGE in text


def test_a_page_says_why_it_rings_and_what_was_unusual() -> None:
    facts = {**PAYLOAD, "attempt": 3, "late_minutes": 12, "by": "Jonas"}
    page = calls.page(facts, None)
    text = json.dumps(page.blocks)
    assert "You are called because: on call in first-line" in text
    assert "Step 2, try 3, 12 min late: supportbot was away, asked for by Jonas." in text
    assert page.text == "🚨 P1 SUP-42: Nobody can open notebooks"


def test_a_step_for_a_user_group_calls_it_by_its_name_beside_the_people() -> None:
    group = {"handle": "second-line-people", "id": "S0SECOND"}
    facts = {**PAYLOAD, "people": [], "reasons": [], "groups": [group]}
    assert calls.called(facts).text.startswith("🚨 <!subteam^S0SECOND>: P1 SUP-42")
    beside = calls.called({**PAYLOAD, "groups": [group]}).text
    assert ", <!subteam^S0SECOND>: " in beside.split("\n")[0]


def test_the_last_resort_is_called_so() -> None:
    assert "The last resort." in calls.called({**PAYLOAD, "last_resort": True}).text


def test_whoever_shadows_reads_so_and_who_was_called() -> None:
    text = calls.copy({**PAYLOAD, "called": ["Ines Duarte"]}).text
    assert text.startswith("👤 You shadow: P1 SUP-42")
    assert "Called: Ines Duarte. Step 2." in text


def test_a_page_carries_the_words_and_their_place_once_there_is_a_ticket() -> None:
    text = json.dumps(calls.page(PAYLOAD, a_view()).blocks)
    assert "Nobody in the 9am class" in text
    assert "From Mara Okafor in <#C0000000009>" in text


def test_those_called_are_mentioned_where_they_have_an_id() -> None:
    both = [*PAYLOAD["people"], {"person": "jo", "name": "Jo", "slack": None}]  # type: ignore[misc]
    called = calls.called({**PAYLOAD, "people": both, "reasons": ["a", "b"]})
    assert called.text.startswith("🚨 <@U0000000001> and *Jo*: P1 SUP-42")


@pytest.mark.parametrize(
    ("place", "part"),
    [
        (None, "no way to reach"),
        (Place("slack", {"channel": "C0000000009"}), "in their thread in <#C0000000009>"),
        (Place("slack", {"channel": "D0000000009"}), "by direct message"),
        (Place("mail", {"to": "x"}), "by mail"),
    ],
)
def test_a_reply_form_says_where_it_goes(place: Place | None, part: str) -> None:
    assert part in json.dumps(forms.form(names.REPLY, a_view(a_ticket(reply_to=place))))


def test_what_a_button_and_a_form_carry_comes_back() -> None:
    seen = names.Seen(42, 7)
    assert names.seen_in_value(seen.as_value()) == seen
    assert names.seen_in_metadata(seen.as_metadata()) == seen


@pytest.mark.parametrize("value", ["", "42", "x:y", "42:7:x", "1:"])
def test_a_button_that_is_not_ours_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        names.seen_in_value(value)


@pytest.mark.parametrize("metadata", ["", "[]", "null", "{}", '{"number": 1}', '{"number": []}'])
def test_a_form_that_is_not_ours_is_refused(metadata: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        names.seen_in_metadata(metadata)
