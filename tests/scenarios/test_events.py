"""An event asked for by mail, late: accepted, prepared, held on tighter terms, and cleared up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from supportbot.adapters.slack import names
from supportbot.application import events as planned
from supportbot.application.explain import as_text, explain_ticket
from supportbot.application.ticket_actions import act
from supportbot.domain.ticket.commands import Resolve
from supportbot.sandbox.slack import Message
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.scenarios import stories
from tests.scenarios.stories import HARBOUR, OUTAGE, START, Story

# In the week of the exam ben is on first line, carl on second; dora is named for it.
EXAM: dict[str, Any] = {
    names.FIELD_NAME: "Statistics exam",
    names.FIELD_HUB: "reef/prod",
    names.FIELD_WINDOWS: "2026-12-04T09:00 to 12:00",
    names.FIELD_PEOPLE: "about 300",
    names.FIELD_READY: "yes",
    names.FIELD_ENGINEERS: "dora",
}
BEGINS, ENDS = datetime(2026, 12, 4, 14, tzinfo=UTC), datetime(2026, 12, 4, 17, tzinfo=UTC)
READY = """
    in_ready_mode:
      first_answer: 10 minutes
      escalate:
        - page: first-line
        - {page: second-line, after: 3 minutes}

  P2:
"""
ASKED = """rules:
  - rule: an event is coming
    when: {text: exam}
    then: {kind: event notice, severity: P3}
"""
FIELD_WEEK = """
    events:
      - {name: Field week, hub: prod, from: 2026-12-01T09:00Z, to: 2026-12-02T09:00Z, freeze: yes}
"""
MAIL = b"""From: Rita Vance <rita@reef.example>\r
To: help@openfield.example\r
Subject: An exam\r
Message-ID: <exam@reef.example>\r
Content-Type: text/plain; charset=utf-8\r
\r
On Friday next week we hold an exam on https://hub.reef.example for 300 students.\r
"""


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Iterator[Story]:
    folder = stories.playbooks(tmp_path)
    rules = (HARBOUR / "rules" / "10-rules.yaml").read_text()
    stories.edit(folder, "rules/10-rules.yaml", rules.replace("rules:\n", ASKED, 1))
    severities = (HARBOUR / "severities.yaml").read_text()
    stories.edit(folder, "severities.yaml", severities.replace("\n  P2:\n", READY, 1))
    communities = (HARBOUR / "communities.yaml").read_text()
    stories.edit(folder, "communities.yaml", communities.rstrip() + FIELD_WEEK)
    with stories.raised(tmp_path, folder, database) as told:
        yield told
        stories.check_explanations(told)
        assert stories.repeated_unmarked(told) == []


def last_offer(story: Story, action: str) -> Message:
    """The newest message of the ticket's thread with this button."""
    thread = story.slack.thread(TEAM_CHANNEL, story.root().ts)
    return [m for m in thread if action in str(m.blocks)][-1]


def lives_until(story: Story, at: datetime) -> None:
    story.lives(at - story.clock.now())


def test_a_late_event_is_accepted_prepared_held_and_cleared_up(desk: Story) -> None:
    desk.stage.mail_arrives(MAIL)
    desk.lives(timedelta(hours=2))
    desk.presses("ana", names.TAKE)
    assert desk.fills("ana", names.EVENT, **EXAM) == {}
    offer = last_offer(desk, names.EVENT_ACCEPT)
    assert "Notice given: 9 days; lag until tracked: 2 h." in offer.full_text
    assert desk.human("carl").press(offer, names.EVENT_ACCEPT).acked
    desk.moment()
    told = desk.scenery.relay.mails[-1].raw.decode()
    assert "Your event is on our calendar: Statistics exam, Friday 2026-12-04 09:00" in told
    wanted: dict[str, Any] = {
        names.FIELD_TEXT: "ten nodes more",
        names.FIELD_UNTIL: "2026-12-05T12:00",
    }
    assert desk.fills("ana", names.CHANGE, **wanted) == {}
    act(desk.stage.bot.context, 1, Resolve(by="ana"))
    desk.moment()
    assert any(line.startswith("Not undone yet: 1) ten nodes more") for line in desk.team_thread())

    lives_until(desk, BEGINS - timedelta(days=7, minutes=-1))
    assert "A week before Statistics exam, on reef/prod" in desk.team_thread()[-1]
    assert desk.human("dora").press(last_offer(desk, names.EVENT_DONE), names.EVENT_DONE).acked
    lives_until(desk, BEGINS - timedelta(days=1, minutes=-1))
    assert "No changes to reef/prod until Friday 2026-12-04 12:00" in desk.team_thread()[-1]
    assert (desk.ticket().state, desk.ticket().request.done) == ("closed", ("event_week",))  # type: ignore[union-attr] # it is there
    context = desk.stage.bot.context
    assert [p.name for p in planned.freeze(context, "reef/prod", BEGINS)] == ["Statistics exam"]
    assert planned.freeze(context, "reef/prod", ENDS) == []

    lives_until(desk, BEGINS + timedelta(minutes=30))
    desk.writes("rita", OUTAGE)
    assert [len(desk.pages(who)) for who in ("ben", "dora", "carl")] == [1, 1, 0]
    desk.lives(timedelta(minutes=3))
    assert [len(desk.pages(who)) for who in ("ben", "dora", "carl")] == [1, 1, 1]
    incident = desk.ticket(2)
    assert (incident.during, incident.ready_mode) == ("Statistics exam", True)
    assert incident.next_word_at == incident.opened_at + timedelta(minutes=10)
    why = as_text(explain_ticket(context, 2))
    assert "Event: Statistics exam is on, in ready mode.\nNamed for the time: dora." in why
    desk.fills("dora", names.RESOLVE, 2, text="Mended.")

    lives_until(desk, ENDS + timedelta(days=1, minutes=1))
    later = desk.team_thread()[-2:]
    assert "To be undone now, and it still stands: 1) ten nodes more" in later[0]
    assert "A day after Statistics exam, on reef/prod." in later[1]
    undone = last_offer(desk, names.CHANGE_REVERTED)
    assert desk.human("ana").press(undone, names.CHANGE_REVERTED).acked
    assert planned.changes(context, standing=True) == []
    assert desk.timers() == {}


def test_an_event_of_the_playbooks_is_prompted_for_in_the_teams_channel_once(desk: Story) -> None:
    desk.keeps_house()
    desk.keeps_house()
    prompts = [text for text in desk.said_in(TEAM_CHANNEL) if "Field week" in text]
    assert len(prompts) == 1
    assert "A week before Field week, on dune/prod" in prompts[0]
    context = desk.stage.bot.context
    (event,) = planned.listing(context, START)
    assert (event.state, event.request) == ("in the playbooks", None)
    assert not planned.freeze(context, None, START)
    assert planned.freeze(context, None, START + timedelta(days=6))
