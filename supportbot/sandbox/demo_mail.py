"""The demo's second story: a field campaign has no Slack, only a narrow satellite link and mail."""

from __future__ import annotations

from datetime import timedelta

from supportbot.adapters.mail.reading import read_mail
from supportbot.adapters.slack import names
from supportbot.application import quarantine
from supportbot.domain.triage.decision import on_call_for
from supportbot.sandbox.slack.human import Human
from supportbot.sandbox.stage import DESK_ADDRESS, Stage
from supportbot.sandbox.telling import Telling
from supportbot.sandbox.transcript import Transcript

_SUNITA = "Sunita Gurung <sunita@highice.example>"
_SUBJECT = "Results of last night are gone"


def tell(stage: Stage, transcript: Transcript) -> None:
    """A mail becomes a ticket, is answered from Slack, and goes on in its own thread."""
    told = Telling(stage, transcript, 2)
    say = transcript.heading
    say("Elsewhere, a field campaign without Slack writes a mail.")
    _mails(
        told,
        _SUBJECT,
        "Since this morning I cannot find my results of last night on"
        " https://hub.highice.example. It is only me, the others are fine.",
        name="first",
    )
    told.why()
    say("First line answers from Slack, and sees the mail before it goes.")
    first = _first_line(stage)
    _answers(told, first, names.REPLY, "Which folder was it, please? We have last night's copy.")
    say("She answers as one does, quoting the mail below.")
    asked = read_mail(stage.relay.mails[-1].raw)
    quoted = "\n".join(f"> {line}" for line in asked.text.strip().splitlines())
    _mails(
        told,
        asked.subject,
        f"It is ~/campaign/night-12.\n\n{quoted}",
        f"In-Reply-To: <{asked.message_id}>",
        name="second",
    )
    _answers(told, first, names.RESOLVE, "It is back in ~/campaign/night-12, from the copy.")
    say("An automatic reply comes back. Nobody is woken and nothing is answered, but it is kept.")
    _mails(
        told,
        "Out of the office",
        "I am on the ice until Friday.",
        "Auto-Submitted: auto-replied",
        name="away",
    )
    kept = quarantine.listing(stage.bot.context)
    transcript.acted("supportbot quarantine", f"{kept[0].reason}: {kept[0].subject}")
    told.wait(timedelta(days=4))
    told.ends_closed()


def _mails(told: Telling, subject: str, text: str, *headers: str, name: str) -> None:
    told.transcript.mailed("Sunita Gurung", subject, text)
    lines = (
        f"From: {_SUNITA}",
        f"To: {DESK_ADDRESS}",
        f"Subject: {subject}",
        f"Message-ID: <{name}@highice.example>",
        "Content-Type: text/plain; charset=utf-8",
        *headers,
    )
    told.stage.mail_arrives("\r\n".join((*lines, "", text)).encode())
    told.moment()


def _answers(told: Telling, human: Human, action: str, text: str) -> None:
    """Write, look at the mail, send it."""
    label = names.LABELS[action]
    told.transcript.acted(human.user.real_name, f"presses {label}, writes, and looks at the mail")
    human.submit(told.opens(human, action), {names.FIELD_TEXT: text})
    human.submit(told.stage.slack.views(human)[0])
    told.moment()


def _first_line(stage: Stage) -> Human:
    """Whoever is on first line now."""
    context = stage.bot.context
    owner = on_call_for("first-line", context.shelf.current, context.clock.now())[0]
    return stage.people[owner.person]
