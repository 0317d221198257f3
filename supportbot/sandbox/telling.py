"""How a story of the demo is told: people act, time passes, and all is shown as it happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from supportbot.adapters.slack import names
from supportbot.application.explain import explain_ticket
from supportbot.domain.ticket.ticket import Ticket, reference
from supportbot.sandbox.slack.human import Human
from supportbot.sandbox.slack.model import Message, View
from supportbot.sandbox.stage import TEAM_CHANNEL, Stage
from supportbot.sandbox.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Telling:
    """The story of ticket `number`."""

    stage: Stage
    transcript: Transcript
    number: int

    def wait(self, span: timedelta) -> None:
        """Live through `span`, and show each thing when it happens."""
        end = self.stage.clock.now() + span
        driver = self.stage.driver
        driver.settle()
        while (due := driver.next_due()) is not None and due <= end:
            driver.run_to(max(due, self.stage.clock.now() + timedelta(seconds=1)))
            self.transcript.catch_up()
        driver.run_to(max(end, self.stage.clock.now()))
        self.transcript.catch_up()

    def moment(self) -> None:
        self.wait(timedelta(seconds=10))

    def why(self) -> None:
        """The rule that decided, and the words that it saw."""
        explained = explain_ticket(self.stage.bot.context, self.number)
        rule = next(r for r in explained["rules"] if r["rule"] == explained["decision"]["rule"])
        seen = next((c["seen"] for c in rule["conditions"] if c["hit"]), "")
        because = f", because it says: {seen}" if seen else ""
        place = f"playbooks/{rule['file']}:{rule['line']}"
        self.transcript.acted("the rule that decided", f"“{rule['rule']}” ({place}){because}")

    def presses(self, human: Human, action: str) -> None:
        self.transcript.acted(human.user.real_name, f"presses {names.LABELS[action]}")
        human.press(self._root(), action)
        self.moment()

    def opens(self, human: Human, action: str) -> View:
        """The form behind a button."""
        human.press(self._root(), action)
        slack = self.stage.slack
        return slack.wait_until(lambda: slack.views(human))[0]

    def fills(self, human: Human, action: str, text: str) -> None:
        self.transcript.acted(human.user.real_name, f"presses {names.LABELS[action]} and writes")
        human.submit(self.opens(human, action), {names.FIELD_TEXT: text})
        self.moment()

    def ends_closed(self) -> None:
        """Raises RuntimeError when the story did not end as it should."""
        store = self.stage.bot.context.store
        ticket: Ticket | None = store.read(lambda uow: uow.tickets.get(self.number))
        if ticket is None or ticket.state != "closed":
            raise RuntimeError(f"the story did not end as it should: {ticket}")
        count = store.read(lambda uow: len(uow.tickets.events(self.number)))
        self.transcript.heading(
            f"{ticket.reference} is closed; its {count} events are its timeline, and every one of"
            " them says who and why."
        )

    def _root(self) -> Message:
        start = f"{reference(self.number)}."
        return next(m for m in self.stage.slack.messages(TEAM_CHANNEL) if _key(m).startswith(start))


def _key(message: Message) -> str:
    """The key of the delivery that a message is, or nothing."""
    payload = (message.metadata or {}).get("event_payload") or {}
    return str(payload.get("key", ""))
