"""What only representatives may ask for: others wait until one of theirs approves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from supportbot.adapters.slack import names
from supportbot.domain.ticket import events
from supportbot.sandbox.slack import Message
from tests.scenarios import stories
from tests.scenarios.mails import arrives, sent
from tests.scenarios.stories import HARBOUR, Story, key_of

GATED = """
rules:
  - rule: more room
    when: {text: quota}
    then: {severity: P3, kind: resources, approval: yes}
"""
# A camp without a channel: one of its representatives has an address alone.
MESA = """
  mesa:
    name: Mesa Camp
    representatives: [mona, rolf]
    mail_domains: mesa.example
    hubs:
      prod: {url: "https://hub.mesa.example", cluster: east-3}
"""
MONA = "  mona: {name: Mona Reyes, mail: mona@mesa.example}\n"


@pytest.fixture
def gated(tmp_path: Path, database: str) -> Iterator[Story]:
    """The harbour's desk, where more room takes a representative."""
    policy = stories.playbooks(
        tmp_path,
        communities=(HARBOUR / "communities.yaml").read_text() + MESA,
        people=(HARBOUR / "people.yaml").read_text().replace("\nroles:", f"{MONA}\nroles:"),
    )
    stories.edit(policy, "rules/10-gated.yaml", GATED)
    with stories.raised(tmp_path, policy, database) as story:
        yield story
        stories.check_explanations(story)
        assert stories.repeated_unmarked(story) == []


def questions(story: Story) -> list[Message]:
    return [m for m in story.slack.messages("#reef") if ".approval." in key_of(m)]


def test_a_student_waits_until_a_representative_who_was_reminded_approves(gated: Story) -> None:
    nils = gated.slack.human("nils")
    asked = nils.say("#reef", "May I have more quota for my thesis?")
    gated.moment()

    assert (gated.ticket().state, set(gated.timers())) == ("waiting", {"approval"})
    (receipt,) = gated.said_to(asked)
    assert "we have asked them: Rita Vance" in receipt
    assert "Ana Sola" not in receipt
    assert "waiting for approval by Rita Vance" in gated.root().full_text
    (question,) = questions(gated)
    assert "<@U0RITA0000>: nils asks for something" in question.full_text
    assert "more quota for my thesis" in question.full_text
    gated.lives(timedelta(hours=23))
    assert gated.pages("ana") == []

    # A day later Rita is reminded; what is said under the question belongs to the ticket.
    gated.lives(timedelta(hours=2))
    question, reminder = questions(gated)
    assert "Nobody has answered yet" in reminder.full_text
    gated.answers("rita", "yes, I think so", under=reminder)
    assert gated.tickets() == 1
    assert gated.ticket().state == "waiting"

    # Nils may not press for himself; Rita may.
    assert nils.press(reminder, names.APPROVE).acked
    shown = gated.slack.wait_until(lambda: gated.slack.ephemerals(nils), timeout=60)
    assert "Only people in the playbooks may do this" in shown[0].text
    assert gated.human("rolf").press(reminder, names.DECLINE).acked
    assert gated.whispered("rolf")[0].startswith("Rolf Aas is no representative of Reef College")
    assert gated.human("rita").press(reminder, names.APPROVE).acked
    gated.moment()

    given = [event.by for event in gated.events() if isinstance(event, events.ApprovalGiven)]
    assert given == ["rita"]
    assert gated.ticket().state == "new"
    assert "Rita Vance approved it." in gated.team_thread()
    assert any("Ana Sola" in line for line in gated.team_thread())
    assert gated.said_to(asked)[-1].startswith(
        "What you asked for in SUP-1 is approved.\nRita Vance"
    )
    assert questions(gated)[-1].full_text.count("Rita Vance approved it.") >= 1
    assert not any(block["type"] == "actions" for block in questions(gated)[-1].blocks)
    assert set(gated.timers()) == {"escalate", "first_answer"}

    # Too late: she hears it, and nothing changes.
    version = gated.ticket().version
    assert gated.human("rita").press(question, names.APPROVE).acked
    assert gated.whispered("rita") == ["SUP-1 waits for no approval: it is new."]
    assert gated.ticket().version == version

    # What she declines is resolved, and Nils reads why.
    again = nils.say("#reef", "And a quota for my films?")
    gated.moment()
    rita = gated.human("rita")
    assert rita.press(questions(gated)[-1], names.DECLINE).acked
    form = gated.slack.wait_until(lambda: gated.slack.views(rita), timeout=60)[-1]
    assert rita.submit(form, {names.FIELD_REASON: "Films go elsewhere."}).acked
    gated.moment()
    assert gated.ticket(2).state == "resolved"
    assert "Films go elsewhere." in gated.said_to(again)[-1]
    assert "Rita Vance declined it: Films go elsewhere." in questions(gated)[-1].full_text


def test_a_representative_with_an_address_alone_answers_by_mail(gated: Story) -> None:
    student = "Tove <tove@mesa.example>"
    arrives(gated, mail("1", "Could I get a larger quota?", student))
    question, receipt = sorted(sent(gated), key=lambda m: m.to[0].email)
    assert question.to[0].email == "mona@mesa.example"
    assert "Tove asks for something" in question.text
    assert "Could I get a larger quota?" in question.text
    assert receipt.to[0].email == "tove@mesa.example"
    assert "Mona Reyes and Rolf Aas" in receipt.text

    # Others may say yes as often as they like, and she may ask back.
    under = f"In-Reply-To: <{question.message_id}>"
    arrives(gated, mail("2", "Yes.", student, under))
    arrives(gated, mail("3", "Ok for whom?", "Mona <mona@mesa.example>", under))
    assert gated.ticket().state == "waiting"
    arrives(gated, mail("4", "No.\r\n\r\nWe have no money.", "Mona <MONA@mesa.example>", under))

    assert gated.tickets() == 1
    (declined,) = [event for event in gated.events() if isinstance(event, events.ApprovalDeclined)]
    assert (declined.by, declined.reason) == ("mona", "We have no money.")
    assert gated.ticket().state == "resolved"
    told = sent(gated)[-1]
    assert told.to[0].email == "tove@mesa.example"
    assert "We have no money." in told.text

    # What she says of it afterwards calls nobody, unless it is an outage.
    arrives(gated, mail("4a", "Sorry, Tove!", "Mona <mona@mesa.example>", under))
    arrives(gated, mail("4b", "No, no room.", "Mona <mona@mesa.example>", under))
    assert gated.ticket().state == "resolved"

    # What fails for everybody never waits, and ends the wait of what does.
    arrives(gated, mail("5", "More quota, please", student))
    arrives(gated, mail("6", "Nobody cannot log in!", student, "In-Reply-To: <5@mesa.example>"))
    assert gated.ticket(2).state == "new"
    assert any("reads as an outage" in line for line in gated.team_thread(2))
    arrives(gated, mail("7", "quota? We cannot log in: https://hub.mesa.example", student))
    assert (gated.ticket(3).state, gated.ticket(3).approval) == ("new", None)

    # Rolf, who has Slack, is asked there, and sees what was asked.
    arrives(gated, mail("8", "May I have some quota for maps?", student))
    rolf = gated.human("rolf")
    asked = gated.slack.dms(rolf)[-1]
    assert "May I have some quota for maps?" in asked.full_text
    assert rolf.press(asked, names.APPROVE).acked
    assert gated.whispered("rolf") == ["Approve: SUP-4, done."]
    assert [e.by for e in gated.events(4) if isinstance(e, events.ApprovalGiven)] == ["rolf"]


def mail(name: str, text: str, sender: str, *headers: str) -> bytes:
    lines = (
        f"From: {sender}",
        "To: help@openfield.example",
        "Subject: Room",
        f"Message-ID: <{name}@mesa.example>",
        *headers,
        "Content-Type: text/plain; charset=utf-8",
    )
    return "\r\n".join((*lines, "", text)).encode()
