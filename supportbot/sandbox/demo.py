"""`supportbot demo`: one request goes through the whole desk, told as it happens.

The bot is the real one; Slack and GitHub are local servers that speak their protocols. The clock
jumps from one due row to the next, so that two days pass in seconds.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from supportbot import logs
from supportbot.adapters.slack import names
from supportbot.application.explain import explain_ticket
from supportbot.sandbox.slack.human import Human
from supportbot.sandbox.slack.model import Message
from supportbot.sandbox.stage import TEAM_CHANNEL, Stage, open_stage
from supportbot.sandbox.transcript import Transcript

# A Tuesday, in the middle of a morning class in Toronto.
START = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
PLAYBOOKS = Path("playbooks")


def main(*, keep: bool, colour: bool) -> int:
    """Tell the story on standard output; 0 when it ended as it should.

    `keep` leaves the sandbox running until Ctrl-C. `colour` is used on a terminal only.
    """
    if not PLAYBOOKS.is_dir():
        sys.stderr.write("The demo plays by the example in playbooks/: run it in the checkout.\n")
        return 2
    logs.configure("text", "error")
    with (
        tempfile.TemporaryDirectory(prefix="supportbot-demo-") as folder,
        open_stage(Path(folder), PLAYBOOKS, START) as stage,
    ):
        transcript = Transcript(stage, _write, colour and sys.stdout.isatty())
        Story(stage, transcript).tell()
        if keep:
            _wait_for_ctrl_c(stage)
    return 0


@dataclass(frozen=True, slots=True)
class Story:
    """A class cannot work; nobody wakes up in time; second line does."""

    stage: Stage
    transcript: Transcript

    def tell(self) -> None:
        say = self.transcript.heading
        say("A class cannot open its notebooks. Its teacher writes in the community's channel.")
        self._writes(
            "mara",
            "Nobody in the 9am class can open their notebooks:"
            " https://hub.northfield.example says 503",
        )
        self._why()
        say("First line does not answer. The policy goes on by itself.")
        self._wait(timedelta(minutes=16))
        say("Second line has it.")
        second = self._called_last()
        self._presses(second, names.ACKNOWLEDGE)
        self._writes("mara", "It is the whole class, 40 people. We have until 10:30.", thread=True)
        self._fills(
            second,
            names.REPLY,
            {names.FIELD_TEXT: "The node pool was full; new nodes start now. Ten minutes, please."},
        )
        self._wait(timedelta(minutes=10))
        self._fills(
            second,
            names.RESOLVE,
            {names.FIELD_TEXT: "Servers start again. Sorry for the lost half hour."},
        )
        say("Two working days of silence, and the ticket closes itself.")
        self._wait(timedelta(days=3))
        self._check()

    def _writes(self, who: str, text: str, *, thread: bool = False) -> None:
        human, slack = self.stage.people[who], self.stage.slack
        root = slack.messages("#northfield-support")[0].ts if thread else None
        human.say("#northfield-support", text, root)
        slack.wait_until(lambda: not slack.unacknowledged())
        self._wait(timedelta(seconds=10))

    def _why(self) -> None:
        explained = explain_ticket(self.stage.bot.context, 1)
        rule = next(r for r in explained["rules"] if r["rule"] == explained["decision"]["rule"])
        seen = next(c["seen"] for c in rule["conditions"] if c["hit"])
        place = f"playbooks/{rule['file']}:{rule['line']}"
        self.transcript.acted(
            "the rule that decided", f"“{rule['rule']}” ({place}), because it says: {seen}"
        )

    def _wait(self, span: timedelta) -> None:
        """Live through `span`, and show each thing when it happens."""
        end = self.stage.clock.now() + span
        driver = self.stage.driver
        driver.settle()
        while (due := driver.next_due()) is not None and due <= end:
            driver.run_to(max(due, self.stage.clock.now() + timedelta(seconds=1)))
            self.transcript.catch_up()
        driver.run_to(max(end, self.stage.clock.now()))
        self.transcript.catch_up()

    def _root(self) -> Message:
        return self.stage.slack.messages(TEAM_CHANNEL)[0]

    def _called_last(self) -> Human:
        """Whoever was paged last."""
        pages = [
            (message.ts, human)
            for human in self.stage.people.values()
            for message in self.stage.slack.dms(human)
        ]
        return max(pages, key=lambda page: page[0])[1]

    def _presses(self, human: Human, action: str) -> None:
        self.transcript.acted(human.user.real_name, f"presses {names.LABELS[action]}")
        human.press(self._root(), action)
        self._wait(timedelta(seconds=10))

    def _fills(self, human: Human, action: str, values: dict[str, str]) -> None:
        self.transcript.acted(human.user.real_name, f"presses {names.LABELS[action]} and writes")
        human.press(self._root(), action)
        slack = self.stage.slack
        form = slack.wait_until(lambda: slack.views(human))[0]
        human.submit(form, values)
        self._wait(timedelta(seconds=10))

    def _check(self) -> None:
        context = self.stage.bot.context
        ticket = context.store.read(lambda uow: uow.tickets.get(1))
        if ticket is None or ticket.state != "closed":
            raise RuntimeError(f"the story did not end as it should: {ticket}")
        count = context.store.read(lambda uow: len(uow.tickets.events(1)))
        self.transcript.heading(
            f"{ticket.reference} is closed; its {count} events are its timeline, and every one of"
            " them says who and why."
        )


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _wait_for_ctrl_c(stage: Stage) -> None:
    _write(
        f"Slack's Web API: {stage.slack.base_url}  GitHub's: {stage.github.base_url}\n"
        "Both stay until Ctrl-C.\n"
    )
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
