"""A stage whose bot can be killed: the outside and the people stay, and the bot comes back.

Everything goes on after a kill as it would in life: somebody starts the bot again, and who got no
answer to a click tries once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from supportbot.adapters.slack.socket_mode import CONNECTIONS
from supportbot.sandbox.github import LocalGitHub
from supportbot.sandbox.mail import LocalRelay
from supportbot.sandbox.slack import LocalSlack, Patience
from supportbot.sandbox.slack.human import Human
from supportbot.sandbox.slack.model import Interaction, Message, View
from supportbot.sandbox.stage import Scenery, open_scenery
from tests.processes.child import PLAYBOOKS, Life, Main, Order, hand_in, live
from tests.processes.harness import Child, Died, new_clock
from tests.processes.mistakes import Fault
from tests.processes.moments import Moment, Moments

RESTART_TAKES = timedelta(seconds=20)
"""How long, in the story, until whoever looks after the process has started it again."""

WROTE = "slack events_api:message"
PRESSED = "slack interactive:block_actions"
SENT = "slack interactive:view_submission"
FORM_OPENED = "slack views.open"
WHISPERED = "slack response_url"

# Real seconds: slow machines must not look like a bot that does not answer.
_PATIENCE = Patience(ack=20.0, retries=(0.0, 0.1))
_TRIES = 3


class Play:
    """The outside, the people in it, and the processes of ours, which `bear` brings forth."""

    def __init__(
        self,
        scenery: Scenery,
        moments: Moments,
        bear: Callable[[Main], Child],
        hands: ThreadPoolExecutor,
    ) -> None:
        self.scenery = scenery
        self.moments = moments
        self.restarts = 0
        self._bear = bear
        self._hands = hands
        self._child: Child | None = None
        self._pipe: Child | None = None

    @property
    def slack(self) -> LocalSlack:
        return self.scenery.slack

    @property
    def now(self) -> datetime:
        return self.scenery.clock.now()

    # --- the bot

    def start(self) -> None:
        """Start the bot."""
        try:
            self._start()
        except Died:
            self._come_back()

    def live_until(self, at: datetime) -> None:
        """Let the bot do everything that comes due until `at`."""
        self._order(at)

    def leave(self) -> None:
        """Stop the bot in good order."""
        self._be_quiet()
        self._order(None)
        self.bury()

    def be_away_until(self, at: datetime) -> None:
        """Stop the bot in good order, and start it when it is `at`."""
        self.leave()
        self.scenery.clock.move_to(max(at, self.now))
        self.start()

    def kill(self) -> None:
        """kill -9, now: whoever hands mail in, if anybody does; else the bot."""
        struck = self._pipe or self._child
        if struck is not None:
            struck.kill()

    def bury(self) -> None:
        """Leave no process behind."""
        if self._child is not None:
            self._child.bury()
            self._child = None

    # --- the mail

    def lies_in_the_mailbox(self, raw: bytes) -> None:
        """A mail that the bot sees until it has said that it took it in."""
        self._be_quiet()
        self._order(raw)

    def is_piped_in(self, *mails: bytes) -> None:
        """A relay hands mails over, and does so again while whoever takes them dies of it."""
        self._be_quiet()
        for _ in range(_TRIES):
            self._pipe = self._bear(hand_in)
            try:
                self._pipe.do(mails)
                return
            except Died:
                continue
            finally:
                self._pipe.bury()
                self._pipe = None
        raise AssertionError("the relay got rid of its mails never")

    # --- the people

    def say(self, who: Human, channel: str, text: str) -> None:
        """Write, and wait until the bot has it."""
        with self._in_quiet():
            before = self._count("after-ack", WROTE)
            who.say(channel, text)
            self._wait(lambda: self._count("after-ack", WROTE) > before)
        if self._is_dead():
            self._come_back()
            self._wait(lambda: not self.slack.unacknowledged())

    def press(self, who: Human, message: Message, action: str, shows: str) -> None:
        """Press until the bot took it, and wait for what it `shows` the person thereupon."""
        for _ in range(_TRIES):
            restarts, shown = self.restarts, self._count("after-reply", shows)
            took = self._act(partial(who.press, message, action), PRESSED)
            if took and restarts == self.restarts:
                self._wait(partial(self._has_passed, "after-reply", shows, shown))
                if self._is_dead():
                    self._come_back()
            if took:
                return
        raise AssertionError(f"nothing came of {who.user.name}'s {action}")

    def fill_in(self, who: Human, message: Message, action: str, text: str) -> None:
        """Open a form, write into it, and send it until the bot took it or will not do it twice."""
        for _ in range(_TRIES):
            if not self.slack.views(who):
                self.press(who, message, action, FORM_OPENED)
        self._send(who, self.slack.views(who)[-1], {"text": text})

    def fill_in_and_look(self, who: Human, message: Message, action: str, text: str) -> None:
        """The like, where the form then shows the mail that goes out once it is sent again."""
        self.fill_in(who, message, action, text)
        (shown,) = self.slack.views(who)
        assert text in shown.full_text
        self._send(who, shown, {})

    def _send(self, who: Human, form: View, values: Mapping[str, str]) -> None:
        for _ in range(_TRIES):
            sent = self._act(partial(who.submit, form, values), SENT)
            if sent is not None:
                if sent.errors:
                    who.close(form)
                return
        raise AssertionError(f"nobody took {who.user.name}'s form")

    def _act(self, act: Callable[[], Interaction], kind: str) -> Interaction | None:
        """What came of it; None when that was no acknowledgement. The bot is there afterwards."""
        with self._in_quiet():
            before = self._count("after-ack", kind)
            acting = self._hands.submit(act)

            def over() -> bool:
                if not acting.done():
                    return False
                return not acting.result().acked or self._count("after-ack", kind) > before

            self._wait(over)
        outcome = acting.result() if acting.done() else None
        if self._is_dead():
            self._come_back()
        return outcome if outcome is not None and outcome.acked else None

    # --- within

    def _start(self) -> None:
        self._child = self._bear(live)
        self._child.do(self.now)
        self._wait(lambda: len(self.slack.connections()) == CONNECTIONS)
        if self._is_dead():
            raise Died

    def _come_back(self) -> None:
        """Start the bot after it was killed."""
        self.bury()
        self.restarts += 1
        self.scenery.clock.move_to(self.now + RESTART_TAKES)
        self._start()

    def _order(self, order: Order) -> None:
        assert self._child is not None
        try:
            self._child.do(order)
        except Died:
            self._come_back()
            self._child.do(order)

    def _is_dead(self) -> bool:
        return self._child is None or self._child.is_dead

    @contextmanager
    def _in_quiet(self) -> Iterator[None]:
        """While a person acts: nothing else is under way then, so that moments come in order."""
        self._be_quiet()
        with self.moments.person_acts():
            yield

    def _be_quiet(self) -> None:
        """Wait until the bot has acknowledged all that Slack told it."""
        self._wait(lambda: not self.slack.unacknowledged())
        if not self.moments.struck:
            self._wait(lambda: self._count("before-deliver") == self._count("after-ack"))

    def _wait(self, reached: Callable[[], bool]) -> None:
        """Until `reached`, or the bot is dead."""
        self.moments.wait_until(lambda: reached() or self._is_dead())

    def _has_passed(self, stage: str, what: str, before: int) -> bool:
        return self._count(stage, what) > before

    def _count(self, stage: str, what: str | None = None) -> int:
        return self.moments.passed(stage, what)


@contextmanager
def open_play(
    folder: Path,
    database: str,
    start: datetime,
    *,
    strike: Moment | None = None,
    fault: Fault | None = None,
) -> Iterator[Play]:
    """Everything but the bot, which is yet to start. `strike` is when to kill it, `fault` what it
    gets wrong on purpose.

    The `database` is a migrated one.
    """
    cell, clock = new_clock(start)
    moments = Moments(strike, lambda: play.kill())
    slack = LocalSlack(
        now=clock.now,
        on_wire=lambda stage, what: moments.come(stage, f"slack {what}"),
        patience=_PATIENCE,
        trigger_lifetime=_PATIENCE.ack,
    )
    github = LocalGitHub(
        now=clock.now, on_wire=lambda stage, what: moments.come(stage, f"github {what}")
    )
    relay = LocalRelay(
        now=clock.now, on_wire=lambda stage, what: moments.come(stage, f"relay {what}")
    )
    with (
        ThreadPoolExecutor(_TRIES, "person") as hands,
        open_scenery(
            folder,
            PLAYBOOKS,
            start,
            slack=slack,
            github=github,
            relay=relay,
            clock=clock,
            database=database,
        ) as scenery,
    ):
        life = Life(scenery.settings, folder / "log", fault)
        play = Play(scenery, moments, lambda main: Child(main, life, cell, moments), hands)
        try:
            yield play
        finally:
            play.bury()
