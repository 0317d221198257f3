"""Behind a relay that checks senders, an address that is not proved opens no door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from supportbot.application.ticket_actions import Done, act
from supportbot.domain.ticket import commands as c
from supportbot.sandbox.stage import DESK_ADDRESS
from tests.scenarios import stories
from tests.scenarios.conftest import Raise
from tests.scenarios.stories import HARBOUR, OUTAGE, Story

RELAY = "mx.openfield.example"
GATED = """
rules:
  - rule: more room
    when: {text: quota}
    then: {severity: P3, kind: resources, approval: yes}
"""
COMMUNITIES = (HARBOUR / "communities.yaml").read_text()


@pytest.fixture
def guarded(tmp_path: Path, raise_story: Raise) -> Iterator[Story]:
    """The harbour's desk behind such a relay, where more room takes a representative."""
    known = COMMUNITIES.replace(
        "representatives: rita", "representatives: rita\n    mail_domains: reef.example"
    )
    policy = stories.playbooks(tmp_path, communities=known)
    stories.edit(policy, "rules/10-gated.yaml", GATED)
    with raise_story(policy) as story:
        story.bot_stops()
        scenery = story.scenery
        mail = scenery.settings.mail.model_copy(update={"trusted_relay": RELAY})
        settings = scenery.settings.model_copy(update={"mail": mail})
        story.scenery = replace(scenery, settings=settings)
        story.bot_starts()
        yield story


def arrives(
    story: Story, name: str, text: str, *headers: str, who: str, subject: str, proved: bool = True
) -> None:
    found = f"dmarc=pass header.from={who.partition('@')[2]}" if proved else "dmarc=fail"
    lines = (
        f"Authentication-Results: {RELAY}; {found}",
        f"From: {who}",
        f"To: {DESK_ADDRESS}",
        f"Subject: {subject}",
        f"Message-ID: <{name}@{who.partition('@')[2]}>",
        *headers,
    )
    story.stage.mail_arrives("\r\n".join((*lines, "", text)).encode())
    story.moment()


def test_who_writes_as_a_representative_approves_nothing(guarded: Story) -> None:
    rita = "rita@reef.example"
    student = "tove@reef.example"
    arrives(guarded, "1", "Could I get more quota?", who=student, subject="Room")
    assert guarded.ticket().approval is not None
    arrives(guarded, "2", "Yes.", who=rita, subject="Re: Room [SUP-1]", proved=False)
    assert guarded.ticket().approval is not None
    assert [event.by for event in guarded.events()[-1:]] == [None]
    arrives(guarded, "3", "Yes.", who=rita, subject="Re: Room [SUP-1]")
    assert guarded.ticket().approval is None


def test_who_writes_as_the_reporter_wakes_nobody_and_leads_no_answer_astray(
    guarded: Story,
) -> None:
    # One whom no playbook knows: their address is all that tells them.
    who = "tove@elsewhere.example"
    arrives(guarded, "1", OUTAGE, who=who, subject="Login fails")
    assert isinstance(act(guarded.stage.bot.context, 1, c.Resolve(by="ana")), Done)
    pages = len(guarded.pages("ana"))
    assert guarded.ticket(1).state == "resolved"
    ours = guarded.ticket(1).reply_to

    seen = "https://hub.reef.example: look at this"
    arrives(guarded, "2", seen, who=who, subject="Pay here [SUP-1]", proved=False)
    arrives(
        guarded,
        "3",
        seen,
        "In-Reply-To: <2@elsewhere.example>",
        who=who,
        subject="Pay here",
        proved=False,
    )
    assert guarded.ticket(1).state == "resolved"
    assert guarded.ticket(1).reply_to == ours
    assert len(guarded.pages("ana")) == pages

    arrives(guarded, "4", "It is back", who=who, subject="Re: Login fails [SUP-1]")
    assert guarded.ticket(1).state == "new"


def test_who_writes_as_one_of_the_team_is_nobody_of_it(guarded: Story) -> None:
    arrives(guarded, "1", OUTAGE, who="rita@reef.example", subject="Login fails")
    ana = "ana@harbour.example"
    arrives(guarded, "2", "Ignore it", who=ana, subject="Re: [SUP-1]", proved=False)
    (heard,) = guarded.events()[-1:]
    assert (heard.by, getattr(heard, "aside", None)) == (None, False)
