"""A request that came by mail is worked like any other, and its writer hears of it by mail."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from supportbot.adapters.slack import names
from supportbot.application import quarantine
from supportbot.application.explain import explain_ticket
from supportbot.application.ticket_actions import Done, act, merge
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import Refused
from supportbot.sandbox.mail import HANG_UP, TAKE_AND_HANG_UP, answer
from supportbot.sandbox.slack import refused
from tests.scenarios import stories
from tests.scenarios.conftest import Raise
from tests.scenarios.mails import arrives, sent
from tests.scenarios.stories import OUTAGE, Story, key_of

RITA = "Rita Vance <rita@reef.example>"


def written(
    name: str, text: str, *headers: str, sender: str = RITA, subject: str = "Login fails"
) -> bytes:
    lines = (
        f"From: {sender}",
        "To: help@openfield.example",
        f"Subject: {subject}",
        f"Message-ID: <{name}@reef.example>",
        *headers,
        "Content-Type: text/plain; charset=utf-8",
    )
    return "\r\n".join((*lines, "", text)).encode()


def answers_by_mail(story: Story, action: str, text: str) -> str:
    """Ana fills in the form, looks at the mail as it will go out, and sends it; what she saw."""
    ana = story.human("ana")
    before = len(sent(story))
    form = story.opens("ana", action)
    assert story.human("ana").submit(form, {names.FIELD_TEXT: text}).acked
    (shown,) = story.slack.views(ana)
    assert len(sent(story)) == before
    assert ana.submit(shown).acked
    story.moment()
    return json.dumps(shown.body["blocks"], ensure_ascii=False)


def no_direct_messages_to(story: Story, who: str) -> None:
    """As when somebody has left the workspace."""
    story.slack.fail_next(
        "chat.postMessage", refused("channel_not_found"), channel=story.human(who).id
    )


def test_a_mail_is_answered_in_its_thread_from_slack_until_it_is_closed(story: Story) -> None:
    arrives(story, written("1", OUTAGE))
    (receipt,) = sent(story)
    assert [to.email for to in receipt.to] == ["rita@reef.example"]
    assert receipt.subject == "Re: Login fails [SUP-1]"
    assert receipt.in_reply_to == ("1@reef.example",)
    assert receipt.signs.is_auto_reply
    assert story.ticket().community == "reef"

    seen = answers_by_mail(story, names.REPLY, "We look.")
    assert "Subject: Re: Login fails [SUP-1]" in seen
    assert "To: Rita Vance <rita@reef.example>" in seen
    reply = sent(story)[-1]
    assert "We look." in reply.text
    assert not reply.signs.is_auto_reply

    answered = written("2", "40 people.\r\n\r\n> We look.", f"In-Reply-To: <{reply.message_id}>")
    arrives(story, answered)
    assert story.tickets() == 1
    heard = next(event for event in story.events() if isinstance(event, e.Heard))
    assert (heard.text, heard.threaded_by) == ("40 people.", "in-reply-to")
    assert any("40 people." in line for line in story.team_thread())

    answers_by_mail(story, names.RESOLVE, "Fixed.")
    resolved = sent(story)[-1]
    assert "Fixed." in resolved.text
    assert resolved.in_reply_to == ("2@reef.example",)
    story.lives(timedelta(days=4))
    assert story.ticket().state == "closed"


@pytest.mark.parametrize(
    ("headers", "subject", "by"),
    [
        (["References: <0@reef.example> <1@reef.example>"], "Re: Login fails", "references"),
        ([], "AW: Login fails [SUP-1]", "subject"),
    ],
)
def test_what_shows_where_a_mail_belongs_is_recorded(
    story: Story, headers: list[str], subject: str, by: str
) -> None:
    arrives(story, written("1", OUTAGE))
    arrives(story, written("2", "Still.", *headers, subject=subject))
    heard = next(event for event in story.events() if isinstance(event, e.Heard))
    assert heard.threaded_by == by


def test_a_colleague_s_answer_that_comes_first_finds_its_ticket_when_the_first_mail_arrives(
    story: Story,
) -> None:
    early = written(
        "2", "Me too, 403.", "In-Reply-To: <1@reef.example>", sender="Rolf <rolf@dune.example>"
    )
    arrives(story, early)
    arrives(story, written("1", OUTAGE))
    assert story.tickets() == 1
    heard = next(event for event in story.events() if isinstance(event, e.Heard))
    assert heard.threaded_by == "message-id"


def test_a_subject_alone_joins_nothing(story: Story) -> None:
    arrives(story, written("1", OUTAGE))
    arrives(story, written("2", "The disk is full", sender="Rolf <rolf@dune.example>"))
    assert story.tickets() == 2


def test_a_message_delivered_twice_changes_nothing(story: Story) -> None:
    raw = written("1", OUTAGE)
    arrives(story, raw)
    before = story.ticket().version
    arrives(story, raw)
    arrives(story, b"Received: from elsewhere by here\r\n" + raw)
    assert (story.tickets(), story.ticket().version) == (1, before)
    assert len(sent(story)) == 1


def test_automatic_mail_is_kept_aside_answered_by_nobody_and_can_be_released(story: Story) -> None:
    arrives(story, written("1", OUTAGE))
    arrives(story, written("2", "I am away.", "Auto-Submitted: auto-replied"))
    arrives(story, written("3", "Other words, same name").replace(b"<3@", b"<1@"))
    rows = quarantine.listing(story.stage.bot.context)
    assert [row.reason for row in rows] == ["same-message-id", "automatic-reply"]
    assert len(sent(story)) == 1

    story.keeps_house()
    assert any(
        "1 same-message-id, 1 automatic-reply" in line for line in story.said_in("#support-desk")
    )
    assert quarantine.release(story.stage.bot.context, rows[1].id)
    story.moment()
    assert story.tickets() == 2
    assert len(sent(story)) == 1


FILTERED = """\
rules:
  - rule: copies of alerts
    when: {text: firing}
    then: {quarantine: yes}
  - rule: everything else
    then: {severity: P3}
"""


def test_what_a_rule_filters_is_shown_with_the_rule_and_a_person_can_let_it_through(
    story: Story,
) -> None:
    stories.edit(story.policy, "rules/10-rules.yaml", FILTERED)
    story.keeps_house()
    odd = '=?utf-8?q?"rita=0A=E2=80=A2_7"@reef.example?='
    arrives(story, written("1", "the hub is down", subject="FIRING <!channel>", sender=odd))
    story.human("rita").say("#reef", "firing: again")
    story.moment()
    mail, slack = sorted(quarantine.listing(story.stage.bot.context), key=lambda row: row.id)
    assert (story.tickets(), len(sent(story))) == (0, 0)
    assert (mail.reason, slack.reason) == ("rule: copies of alerts", "rule: copies of alerts")
    assert (mail.subject, slack.subject) == ("FIRING <!channel>", "firing: again")

    story.keeps_house()
    (said,) = [line for line in story.said_in("#support-desk") if "In quarantine" in line]
    assert "2 rule: copies of alerts" in said
    assert f'• {mail.id}: "rita • 7"@reef.example: FIRING' in said
    assert "<!channel>" not in said

    for row in (mail, slack):
        assert quarantine.release(story.stage.bot.context, row.id)
    story.moment()
    assert story.tickets() == 2
    told = [explain_ticket(story.stage.bot.context, number) for number in (1, 2)]
    assert [(one["matches"], one["decision"]["rule"]) for one in told] == [
        (True, "everything else"),
        (True, "everything else"),
    ]


def test_noise_that_answers_what_is_long_closed_opens_nothing_until_a_person_lets_it_through(
    raise_story: Raise,
) -> None:
    with raise_story() as story:
        stories.edit(story.policy, "rules/10-rules.yaml", FILTERED)
        story.keeps_house()
        arrives(story, written("1", "May I ask you something?"))
        context = story.stage.bot.context
        assert isinstance(act(context, 1, c.Resolve(by="ana")), Done)
        story.lives(timedelta(days=5))
        assert story.ticket().state == "closed"
        story.passes(timedelta(days=15))
        arrives(story, written("2", "x", "In-Reply-To: <1@reef.example>", subject="FIRING"))
        (row,) = quarantine.listing(context)
        assert (row.reason, story.tickets()) == ("rule: copies of alerts", 1)
        assert quarantine.release(context, row.id)
        story.moment()
        assert story.ticket(2).previous == 1
        told = explain_ticket(context, 2)
        assert (told["decision"]["rule"], told["decision"]["quarantine"]) == (
            "everything else",
            False,
        )


def test_a_mail_full_of_rubbish_is_a_ticket_that_says_so(story: Story) -> None:
    everybody = ", ".join(f"a{n}@x.example" for n in range(1_100))
    arrives(story, f"To: {everybody}\r\n\r\nhelp".encode() + b"\xff\x00")
    assert story.tickets() == 1
    assert any("Not all of the mail" in line for line in story.team_thread())


def test_the_reporter_hears_again_after_the_relay_was_away_and_nothing_is_lost(
    story: Story,
) -> None:
    relay = story.scenery.relay
    relay.refuse_connections()
    arrives(story, written("1", OUTAGE))
    assert sent(story) == []
    relay.listen_again()
    relay.fail_next("rcpt", answer(451))
    relay.fail_next("data", HANG_UP)
    story.lives(timedelta(minutes=30))
    (receipt,) = sent(story)
    assert receipt.subject.endswith("[SUP-1]")


def test_a_mail_that_may_have_gone_out_is_sent_again_under_the_same_name(story: Story) -> None:
    story.scenery.relay.fail_next("content", TAKE_AND_HANG_UP)
    arrives(story, written("1", OUTAGE))
    story.lives(timedelta(minutes=5))
    first, second = sent(story)
    assert first.message_id == second.message_id
    assert b"X-Supportbot-Maybe-Repeated: yes" in story.scenery.relay.mails[-1].raw


def test_an_address_that_is_refused_is_told_to_the_team(story: Story) -> None:
    story.scenery.relay.fail_always("rcpt", answer(550, "no such user"))
    arrives(story, written("1", OUTAGE))
    assert any("could not be sent" in line and "550" in line for line in story.team_thread())


def test_a_page_that_slack_does_not_take_goes_by_mail_and_the_policy_moves_on(story: Story) -> None:
    no_direct_messages_to(story, "ana")
    story.writes("rita", OUTAGE)
    page = sent(story)[-1]
    assert [to.email for to in page.to] == ["ana@harbour.example"]
    assert "SUP-1" in page.text
    assert any("it goes by mail" in line for line in story.team_thread())
    assert story.pages("carl") != []


def test_a_page_that_nobody_takes_is_told_to_the_team(story: Story) -> None:
    no_direct_messages_to(story, "ana")
    story.scenery.relay.fail_always("rcpt", answer(550, "no such user"))
    story.writes("rita", OUTAGE)
    assert any("The page by mail could not be sent" in line for line in story.team_thread())
    assert story.pages("carl") != []


def test_who_writes_in_slack_and_then_by_mail_is_offered_as_one(story: Story) -> None:
    asked = story.writes("rita", OUTAGE)
    arrives(story, written("1", "As I wrote in Slack: nobody gets in"))
    assert story.tickets() == 2
    assert any("SUP-1" in line and "same" in line for line in story.team_thread(2))

    root = story.root(2)
    offer = next(
        message
        for message in story.slack.thread(root.channel, root.ts)
        if key_of(message).endswith(".offer")
    )
    assert story.human("ana").press(offer, names.MERGE).acked
    story.moment()
    assert story.ticket(2).merged_into == 1
    assert "goes on" in sent(story)[-1].text

    arrives(story, written("2", "And one more thing", "In-Reply-To: <1@reef.example>"))
    assert story.tickets() == 2
    assert any("one more thing" in line for line in story.team_thread(1))
    story.fills("ana", names.REPLY, 1, text="Thank you.")
    assert story.said_to(asked)[-1] == "Thank you."


def test_two_people_s_tickets_are_never_offered_as_one(story: Story) -> None:
    story.writes("rita", OUTAGE)
    arrives(story, written("1", "403 here, too", sender="Rolf <rolf@dune.example>"))
    assert not any("SUP-1" in line and "same" in line for line in story.team_thread(2))


def test_files_come_with_their_ticket(story: Story) -> None:
    raw = (
        f"From: {RITA}\r\nSubject: see\r\nMessage-ID: <1@x>\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        f"--b\r\n\r\n{OUTAGE}\r\n--b\r\nContent-Type: image/png\r\n"
        "Content-Disposition: attachment; filename=shot.png\r\n\r\nabc\r\n--b--\r\n"
    )
    arrives(story, raw.encode())
    (kept,) = story.stage.bot.store.read(lambda uow: uow.files.of(1))
    assert (kept.file.filename, kept.file.size) == ("shot.png", 3)
    folder = story.scenery.settings.files
    assert [path.read_bytes() for path in folder.glob("??/*")] == [b"abc"]


def test_two_who_answer_the_same_announcement_have_a_ticket_each(story: Story) -> None:
    news = "In-Reply-To: <news-77@elsewhere.example>"
    arrives(story, written("1", OUTAGE, news, subject="Re: News"))
    arrives(
        story,
        written("2", "Our disk is full", news, sender="Rolf <rolf@dune.example>"),
    )
    assert story.tickets() == 2
    assert [mail.to[0].email for mail in sent(story)] == ["rita@reef.example", "rolf@dune.example"]


def test_a_guessed_reference_is_shown_to_the_team_and_wakes_nobody(story: Story) -> None:
    arrives(story, written("1", OUTAGE))
    answers_by_mail(story, names.RESOLVE, "Fixed.")
    pages = len(story.pages("ana"))
    stranger = "Spam <spam@elsewhere.example>"
    arrives(story, written("2", "Buy!", sender=stranger, subject="offer [SUP-1]"))
    assert story.ticket().state == "resolved"
    assert len(story.pages("ana")) == pages
    assert any("Buy!" in line for line in story.team_thread())
    arrives(story, written("3", "It is back", subject="Re: Login fails [SUP-1]"))
    assert story.ticket().state == "new"


def test_a_robot_that_does_not_say_so_is_not_answered_for_ever(story: Story) -> None:
    robot = "Tickets <desk@robot.example>"
    for number in range(8):
        raw = written(str(number), "We got your mail", sender=robot, subject=f"[R-{number}]")
        arrives(story, raw)
    assert story.tickets() == 8
    assert len(sent(story)) == 5
    assert any("nothing is answered automatically" in line for line in story.team_thread(6))


def test_a_word_of_the_team_by_mail_is_no_answer_to_the_reporter(story: Story) -> None:
    arrives(story, written("1", OUTAGE))
    ana = "Ana Sola <ana@harbour.example>"
    arrives(story, written("2", "On my way", "In-Reply-To: <1@reef.example>", sender=ana))
    assert story.ticket().first_answer_at is None
    assert "first_answer" in story.timers()


def test_resolving_without_a_word_sends_no_robot_a_mail(story: Story) -> None:
    provider = "Cloud <no-reply@cloud.example>"
    arrives(story, written("1", OUTAGE, "Precedence: bulk", sender=provider))
    story.fills("ana", names.RESOLVE)
    assert story.ticket().state == "resolved"
    assert sent(story) == []


def test_a_merged_conversation_stays_where_it_went(story: Story) -> None:
    asked = story.writes("rita", OUTAGE)
    assert story.human("rita").slash("/support", "As I wrote: nobody gets in").acked
    arrives(story, written("1", "And by mail: nobody gets in"))
    context = story.stage.bot.context
    for number in (2, 3):
        assert isinstance(merge(context, number, c.Merge(by="ana", into=1)), Done)
    story.moment()
    receipts = [m for m in story.slack.dms(story.human("rita")) if "SUP-2" in m.full_text]
    for receipt in receipts:
        story.answers("rita", f"One more thing, {receipt.ts}", receipt)
    arrives(story, written("2", "And another", "In-Reply-To: <1@reef.example>"))
    assert [story.ticket(number).state for number in (2, 3)] == ["closed", "closed"]
    heard = [event.text for event in story.events() if isinstance(event, e.Heard)]
    assert len(heard) == len(receipts) + 1 > 1
    assert isinstance(act(context, 2, c.Reopen(by="ana")), Refused)
    assert story.said_to(asked)


def test_the_files_of_a_merged_ticket_go_with_it(story: Story) -> None:
    story.writes("rita", OUTAGE)
    attached = (
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee\r\n"
        "--b\r\nContent-Type: image/png; name=a.png\r\n\r\nabc\r\n--b--\r\n"
    )
    arrives(story, f"From: {RITA}\r\nMessage-ID: <1@x>\r\n{attached}".encode())
    assert isinstance(merge(story.stage.bot.context, 2, c.Merge(by="ana", into=1)), Done)
    kept = story.stage.bot.store.read(lambda uow: uow.files.of(1))
    assert [one.file.filename for one in kept] == ["a.png"]
