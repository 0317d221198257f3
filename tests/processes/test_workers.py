"""Three workers on one Postgres share the work, whoever of them dies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from supportbot.adapters.mail.envelope import SOURCE, envelope
from supportbot.application import intake
from supportbot.application.context import Context
from supportbot.bootstrap import mail_reader, open_context
from supportbot.sandbox.slack import LocalSlack
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.conftest import FreshDatabase
from tests.processes.storm import HOMES, Said, open_storm, written
from tests.processes.storm_aftermath import faults
from tests.processes.story import SUPPORT_CHANNEL
from tests.processes.workers import NEVER_POLLS, wait_until

SEEDS = (1,)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
def test_three_workers_killed_and_started_at_random_lose_and_double_nothing(
    tmp_path: Path, fresh_postgres: FreshDatabase, seed: int
) -> None:
    with open_storm(tmp_path, fresh_postgres(tmp_path), seed) as storm:
        try:
            storm.rage()
            storm.calm_down()
            wrong = faults(storm)
            left = storm.leave()
        except (AssertionError, LookupError, TimeoutError) as broken:
            wrong, left = [f"broke off: {broken!r}"], []
        told = "\n".join(
            [f"seed {seed}, logs in {tmp_path}", *wrong, "what happened:", *storm.happened]
        )
        assert not wrong, told
        assert left == [0] * len(HOMES), told


@pytest.mark.timeout(300)
def test_what_one_process_writes_wakes_the_next_although_none_of_them_ever_polls(
    tmp_path: Path, fresh_postgres: FreshDatabase
) -> None:
    with open_storm(tmp_path, fresh_postgres(tmp_path), seed=0) as storm:
        for slot, role in enumerate(("listen", "intake", "deliveries")):
            storm.start(slot, [role], NEVER_POLLS)
        slack, relay = storm.scenery.slack, storm.scenery.relay
        wait_until(lambda: bool(slack.connections()), "a worker hears Slack")

        def all_asleep() -> bool:
            names = [worker.name for worker in storm.workers[1:] if worker is not None]
            return storm.notebook.undone() == 0 and all(map(storm.notebook.is_asleep, names))

        # From Slack to one of them, which wakes the second, which wakes the third.
        for tickets in (1, 2):
            wait_until(all_asleep, "nobody has anything to do")
            storm.scenery.people["rosa"].say(SUPPORT_CHANNEL, "About my notebook")
            wait_until(partial(_shows, slack, tickets), "it is shown")
        # From a process that ends as soon as it has written.
        wait_until(all_asleep, "nobody has anything to do")
        storm.pipe("piped", written("piped", "About my notebook"))
        wait_until(lambda: bool(relay.mails), "the receipt goes out")


@pytest.mark.timeout(300)
def test_two_mails_of_a_conversation_taken_in_at_the_same_moment_make_one_ticket(
    tmp_path: Path, fresh_postgres: FreshDatabase
) -> None:
    with open_storm(tmp_path, fresh_postgres(tmp_path), seed=0) as storm:
        settings = storm.scenery.settings
        readers = {SOURCE: mail_reader(settings)}

        def taken(context: Context, raw: bytes) -> int | None:
            (admitted,) = intake.take(context, [envelope(raw, context.clock.now())], readers)
            return admitted.ticket

        assert taken(storm.context, written("other", "About my notebook")) == 1
        asked = Said("asked", "taken", "asked@meadow.example", None)
        mails = (written("asked", "My notebook"), written("too", "Mine, too: my notebook", asked))
        with open_context(settings) as other, ThreadPoolExecutor(2) as processes:
            # Neither can open a ticket before both have looked for the conversation.
            with storm.notebook.holding_back_new_tickets():
                both = [
                    processes.submit(taken, context, raw)
                    for context, raw in zip((storm.context, other), mails, strict=True)
                ]
                wait_until(lambda: storm.notebook.waiting() == 2, "both wait")
            first, second = (each.result() for each in both)
        assert first == second


def _shows(slack: LocalSlack, tickets: int) -> bool:
    return len(slack.messages(TEAM_CHANNEL)) == tickets
