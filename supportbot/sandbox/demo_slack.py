"""The demo's first story: a class cannot work; nobody wakes up in time; second line does."""

from __future__ import annotations

from datetime import timedelta

from supportbot.adapters.slack import names
from supportbot.sandbox.slack.human import Human
from supportbot.sandbox.stage import Stage
from supportbot.sandbox.telling import Telling
from supportbot.sandbox.transcript import Transcript

_CHANNEL = "#northfield-support"


def tell(stage: Stage, transcript: Transcript) -> None:
    """From a teacher's message in Slack to a ticket that closes itself."""
    told = Telling(stage, transcript, 1)
    say = transcript.heading
    say("A class cannot open its notebooks. Its teacher writes in the community's channel.")
    _writes(
        told,
        "Nobody in the 9am class can open their notebooks: https://hub.northfield.example says 503",
    )
    told.why()
    say("First line does not answer. The policy goes on by itself.")
    told.wait(timedelta(minutes=16))
    say("Second line has it.")
    second = _called_last(stage)
    told.presses(second, names.ACKNOWLEDGE)
    _writes(told, "It is the whole class, 40 people. We have until 10:30.", thread=True)
    told.fills(
        second,
        names.REPLY,
        "The node pool was full; new nodes start now. Ten minutes, please.",
    )
    told.wait(timedelta(minutes=10))
    told.fills(second, names.RESOLVE, "Servers start again. Sorry for the lost half hour.")
    say("Two working days of silence, and the ticket closes itself.")
    told.wait(timedelta(days=3))
    told.ends_closed()


def _writes(told: Telling, text: str, *, thread: bool = False) -> None:
    slack = told.stage.slack
    root = slack.messages(_CHANNEL)[0].ts if thread else None
    told.stage.people["mara"].say(_CHANNEL, text, root)
    slack.wait_until(lambda: not slack.unacknowledged())
    told.moment()


def _called_last(stage: Stage) -> Human:
    """Whoever was paged last."""
    pages = [
        (message.ts, human) for human in stage.people.values() for message in stage.slack.dms(human)
    ]
    return max(pages, key=lambda page: page[0])[1]
