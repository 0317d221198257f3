"""The question to the representatives, as Slack shows it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.adapters.slack import approvals, names, rendering
from supportbot.application.queries import TicketView
from supportbot.domain.ticket.events import Approval
from supportbot.domain.triage.message import Place
from tests.adapters.slack_adapter import views
from tests.adapters.slack_adapter.test_rendering import brackets, hold, mrkdwn
from tests.adapters.slack_adapter.views import HOSTILE, NOW, a_ticket, a_view

WAITS = Approval(("rita",), NOW + timedelta(days=1), NOW + timedelta(days=2))
RITA = {"person": "rita", "name": "Rita Vance", "slack": "U0000000001"}
ASKED = {"people": [RITA], "again": False, "words": True}
WAITING = a_view(a_ticket(state="waiting", approval=WAITS), waits_for=("Rita Vance",))


def shown(view: TicketView, **asked: Any) -> str:
    question = approvals.question(view, {**ASKED, **asked})
    return json.dumps(question.blocks, ensure_ascii=False)


@given(views.ticket_views, views.people, st.booleans(), st.booleans())
def test_any_question_is_one_that_slack_takes(
    view: TicketView, people: list[dict[str, Any]], again: bool, words: bool
) -> None:
    hold(approvals.question(view, {"people": people, "again": again, "words": words}))


@given(views.words.map("SUP-1: {}".format))
def test_any_outcome_is_one_that_slack_takes(text: str) -> None:
    hold(approvals.over(text))


def test_a_question_calls_the_representatives_and_has_both_buttons() -> None:
    text = shown(WAITING)
    assert "<@U0000000001>: Mara Okafor asks for something" in text
    assert "Nobody in the 9am class can open their notebooks" in text
    assert names.APPROVE in text
    assert names.DECLINE in text
    assert "Nobody has answered yet" in shown(WAITING, again=True)


def test_what_came_in_private_is_shown_by_its_kind_alone() -> None:
    text = shown(WAITING, words=False)
    assert "request" in text
    assert "Nobody in the 9am class" not in text
    assert "Nobody can open notebooks" not in text


def test_a_question_that_is_late_has_no_buttons() -> None:
    assert names.APPROVE not in shown(a_view())


def test_nobodys_words_ring_in_a_question() -> None:
    ticket = a_ticket(title=HOSTILE, kind=HOSTILE, approval=WAITS, reply_to=Place("mail", {}))
    view = a_view(ticket, words=HOSTILE, reporter=HOSTILE)
    asked = {**ASKED, "people": [{"person": "x", "name": HOSTILE, "slack": "U1> <!channel"}]}
    for words in (True, False):
        question = approvals.question(view, {**asked, "words": words})
        for text in (question.text, *mrkdwn(question.blocks)):
            assert [one for one in brackets(text) if not one.startswith("<!date^")] == []


@pytest.mark.parametrize("action", [names.APPROVE, names.DECLINE])
def test_the_team_may_answer_under_the_ticket_while_it_waits(action: str) -> None:
    waiting, other = (json.dumps(rendering.root(view).blocks) for view in (WAITING, a_view()))
    assert action in waiting
    assert action not in other
    assert "waiting for approval by Rita Vance" in waiting
