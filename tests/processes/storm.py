"""Messages keep coming while three workers die and come back at random.

What happens, in which order, and after how many moments on the wire, is drawn from a seed; how
quick the processes are is not, so that the same seed is never quite the same storm.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from time import monotonic
from typing import Literal

from supportbot.adapters.mail.envelope import SOURCE, envelope
from supportbot.application import intake
from supportbot.application.context import Context
from supportbot.bootstrap import mail_reader, open_context
from supportbot.sandbox.github import LocalGitHub
from supportbot.sandbox.mail import LocalRelay
from supportbot.sandbox.slack import LocalSlack, Patience
from supportbot.sandbox.stage import Scenery, open_scenery
from tests.processes.child import PLAYBOOKS
from tests.processes.story import SUPPORT_CHANNEL
from tests.processes.workers import (
    CLI,
    PATIENCE,
    Notebook,
    Program,
    Worker,
    environment,
    wait_until,
)

MESSAGES, KILLS = 22, 14
HOMES = (("listen", "intake"), ("intake", "timers", "deliveries"), ("timers", "deliveries"))
"""The roles of the three at first and in the end."""
MIXES = (*HOMES, ("listen", "deliveries"), ("listen", "intake", "timers", "deliveries"))

Way = Literal["slack", "mailbox", "taken", "piped"]


@dataclass(frozen=True, slots=True)
class Said:
    """A message that somebody wrote. `mark` stands in it and in no other; `answers` is the mark of
    the one that it goes on from; `place` is a ts in Slack, or a Message-ID."""

    mark: str
    way: Way
    place: str
    answers: str | None


@dataclass(slots=True)
class Storm:
    """The outside, the workers, and whatever was said so far."""

    scenery: Scenery
    context: Context
    notebook: Notebook
    folder: Path
    random: random.Random
    wire: Wire
    said: list[Said] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)
    lives: int = 0
    struck: int = 0
    """How many died when a reply was on the wire, with a row in hand for all that anybody saw."""
    workers: list[Worker | None] = field(default_factory=lambda: [None] * len(HOMES))

    def rage(self) -> None:
        """From the first start to the last kill."""
        for slot, roles in enumerate(HOMES):
            self.start(slot, roles)
        wait_until(lambda: bool(self.scenery.slack.connections()), "a worker hears Slack")
        dies = [number < KILLS for number in range(MESSAGES)]
        self.random.shuffle(dies)
        for somebody_dies in dies:
            self._goes_on(somebody_dies)
        # On a machine so slow that all of them died in silence, nothing was tried yet.
        deadline = monotonic() + PATIENCE
        while self.struck == 0 and monotonic() < deadline:
            self._goes_on(somebody_dies=True)

    def _goes_on(self, somebody_dies: bool) -> None:
        self._somebody_writes()
        if somebody_dies:
            self._somebody_dies()
        self._somebody_comes_back()
        self.wire.passes(self.random.randint(2, 10), within=self.random.uniform(0.3, 1.2))

    def calm_down(self) -> None:
        """All three are up, with all roles between them, until nothing is left to do."""
        for slot, roles in enumerate(HOMES):
            worker = self.workers[slot]
            if worker is None or worker.roles != roles:
                self._kill(slot)
                self.start(slot, roles)
        slack = self.scenery.slack
        wait_until(lambda: bool(slack.connections()), "a worker hears Slack")
        wait_until(lambda: not slack.unacknowledged(), "Slack got rid of its events")
        wait_until(lambda: self.notebook.undone() == 0, "everything is done")

    def leave(self) -> list[int]:
        """Stop all in good order; their exit statuses."""
        up = [worker for worker in self.workers if worker is not None]
        self.workers = [None] * len(HOMES)
        return [worker.leave() for worker in up]

    def bury(self) -> None:
        """Leave no process behind."""
        for worker in self.workers:
            if worker is not None:
                worker.kill()

    # --- the workers

    def start(self, slot: int, roles: Sequence[str], program: Program = CLI) -> None:
        self.lives += 1
        env = environment(self.scenery, self.folder)
        worker = Worker(f"worker-{slot}-{self.lives}", roles, self.folder, env, program)
        self.workers[slot] = worker
        self.happened.append(f"{worker.name} starts: {' '.join(roles)}")

    def _somebody_dies(self) -> None:
        """In the middle of something, if anything is done soon: whoever has just claimed a row, or
        works on one when a reply is on the wire."""
        how = self.random.choice(("inbox", "deliveries", "wire", "wire"))
        if how == "wire":
            busy = self.wire.strikes(self._strike, self.random.randint(1, 4), within=1.5)
        else:
            busy = self.notebook.next_claim(how, within=1.5)
        name = busy or self.random.choice([each.name for each in self.workers if each] or [""])
        self.happened.append(f"a kill: {how if busy else 'in silence'}")
        self.struck += how == "wire" and busy is not None
        for slot, worker in enumerate(self.workers):
            if worker is not None and worker.name == name:
                self._kill(slot)

    def _strike(self) -> str | None:
        """Kill one of those that hold rows; its name."""
        names = sorted(self.notebook.busy())
        for worker in self.workers:
            if worker is not None and worker.name in names:
                worker.process.kill()
                return worker.name
        return None

    def _kill(self, slot: int) -> None:
        worker = self.workers[slot]
        if worker is not None:
            worker.kill()
            self.workers[slot] = None
            self.notebook.end_leases(worker.name)
            self.happened.append(f"{worker.name} is dead")

    def _somebody_comes_back(self) -> None:
        """Two of three times one of those that are down; mostly somebody listens."""
        down = [slot for slot, worker in enumerate(self.workers) if worker is None]
        if not down or self.random.random() < 1 / 3:
            return
        deaf = not any("listen" in worker.roles for worker in self.workers if worker)
        mixes = [mix for mix in MIXES if "listen" in mix] if deaf else MIXES
        self.start(self.random.choice(down), self.random.choice(mixes))

    # --- the people

    def _somebody_writes(self) -> None:
        mark = f"case-{len(self.said) + 1:02}"
        earlier = [one for one in self.said if one.answers is None]
        parent = self.random.choice(earlier) if earlier and self.random.random() < 1 / 3 else None
        outage = parent is None and self.random.random() < 1 / 4
        text = f"{mark} the hub says 503" if outage else f"{mark} about my notebook"
        by_mail = parent.way != "slack" if parent else self.random.random() < 1 / 2
        mail_ways: Sequence[Way] = ("mailbox", "taken", "piped")
        way = self.random.choice(mail_ways) if by_mail else "slack"
        send = self._by_mail if by_mail else self._by_slack
        place = send(way, mark, text, parent)
        self.said.append(Said(mark, way, place, parent.mark if parent else None))
        self.happened.append(f"{mark} by {way}, answers {parent.mark if parent else 'nothing'}")

    def _by_slack(self, way: Way, mark: str, text: str, parent: Said | None) -> str:
        rosa = self.scenery.people["rosa"]
        return rosa.say(SUPPORT_CHANNEL, text, parent.place if parent else None).ts

    def _by_mail(self, way: Way, mark: str, text: str, parent: Said | None) -> str:
        raw = written(mark, text, parent)
        if way == "piped":
            self.pipe(mark, raw)
            return f"{mark}@meadow.example"
        letter = envelope(raw, self.context.clock.now())
        if way == "mailbox":
            intake.receive(self.context, letter)
        else:
            intake.take(self.context, [letter], {SOURCE: mail_reader(self.scenery.settings)})
        return f"{mark}@meadow.example"

    def pipe(self, mark: str, raw: bytes) -> None:
        """`supportbot mail deliver`, killed once where it takes too long, and tried again."""
        file = self.folder / f"{mark}.eml"
        file.write_bytes(raw)
        process = self._piping(file)
        try:
            process.wait(self.random.uniform(0.5, 1.5))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            process = self._piping(file)
        assert process.wait(PATIENCE) == 0

    def _piping(self, file: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "supportbot.entrypoints.cli", "mail", "deliver", str(file)],
            cwd=self.folder,
            env=environment(self.scenery, self.folder),
            stdout=subprocess.DEVNULL,
        )


class Wire:
    """Counts the replies on the wire, and lets somebody die at one of them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._strike_at: int | None = None
        self._strike: Callable[[], str | None] = lambda: None
        self._struck: str | None = None

    def come(self, stage: str) -> None:
        """A moment on the wire; what comes next there waits for the return."""
        if not stage.endswith("-reply"):
            return
        with self._changed:
            self._count += 1
            if self._strike_at is not None and self._count >= self._strike_at:
                self._struck = self._strike()
                self._strike_at = None if self._struck else self._strike_at
            self._changed.notify_all()

    def passes(self, moments: int, within: float) -> None:
        """Wait until so many moments have come, for so many seconds at most."""
        with self._changed:
            goal = self._count + moments
            self._changed.wait_for(lambda: self._count >= goal, within)

    def strikes(self, strike: Callable[[], str | None], moments: int, within: float) -> str | None:
        """The like, and then call `strike` at every moment until it says whom it struck."""
        with self._changed:
            self._struck, self._strike = None, strike
            self._strike_at = self._count + moments
            self._changed.wait_for(lambda: self._struck is not None, within)
            self._strike_at = None
            return self._struck


def written(mark: str, text: str, parent: Said | None = None) -> bytes:
    """A mail of Rune's."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Rune Berg <rune@meadow.example>"
    mail["To"] = "help@openfield.example"
    mail["Subject"] = "Help"
    mail["Message-ID"] = f"<{mark}@meadow.example>"
    if parent is not None:
        mail["In-Reply-To"] = f"<{parent.place}>"
    mail.set_content(text)
    return bytes(mail)


@contextmanager
def open_storm(folder: Path, database: str, seed: int) -> Iterator[Storm]:
    """Everything but the workers, on a fresh and migrated Postgres."""
    wire = Wire()
    patience = Patience(ack=5.0, retries=(0.0, 0.5))
    slack = LocalSlack(on_wire=lambda stage, _: wire.come(stage), patience=patience)
    github = LocalGitHub(on_wire=lambda stage, _: wire.come(stage))
    relay = LocalRelay(on_wire=lambda stage, _: wire.come(stage))
    notebook = Notebook(database)
    with (
        open_scenery(
            folder,
            PLAYBOOKS,
            datetime.now(UTC),
            slack=slack,
            github=github,
            relay=relay,
            database=database,
        ) as scenery,
        open_context(scenery.settings) as context,
    ):
        storm = Storm(scenery, context, notebook, folder, random.Random(seed), wire)
        try:
            yield storm
        finally:
            storm.bury()
            notebook.close()


def family(said: Sequence[Said]) -> Mapping[str, str]:
    """For each message the mark of the first one of its conversation."""
    return {one.mark: one.answers or one.mark for one in said}
