"""Real processes of ours on one Postgres, and what their database tells of them.

A worker is `supportbot run --role …`, killed by -9. Its leases would run out two minutes later (45
seconds in the inbox), which is longer than a test may take. So the database notes under which
worker's name a row was claimed, and once a worker is dead its leases end in `LEFT` instead: long
after whatever it had sent has arrived, and while the others are at work.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import psycopg

from supportbot.adapters.db.columns import microseconds
from supportbot.sandbox.stage import REPOSITORY, TEAM_CHANNEL, Scenery

PATIENCE = 120.0
"""Seconds of real time for whatever is waited for."""
LEFT = timedelta(seconds=4)

Program = Sequence[str]
"""What Python runs."""
CLI: Program = ("-m", "supportbot.entrypoints.cli")
_NEVER_POLLS = """
from datetime import timedelta
from supportbot.entrypoints import run
assert run.LONGEST_SLEEP < timedelta(hours=1)
run.LONGEST_SLEEP = timedelta(hours=1)
from supportbot.entrypoints.cli import main
main()
"""
NEVER_POLLS: Program = ("-c", _NEVER_POLLS)
"""The same program, which sleeps for an hour where nobody wakes it and nothing comes due."""

_ASK_EVERY = 0.05
_NOTES = """
CREATE TABLE noted_claims (token text, worker text);
CREATE FUNCTION note_claim() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO noted_claims VALUES (NEW.token, current_setting('application_name'));
    PERFORM pg_notify('claimed ' || TG_TABLE_NAME, current_setting('application_name'));
    RETURN NEW;
END $$;
CREATE TRIGGER note_claim AFTER UPDATE ON deliveries FOR EACH ROW
    WHEN (NEW.state = 'claimed') EXECUTE FUNCTION note_claim();
CREATE TRIGGER note_claim AFTER UPDATE ON inbox FOR EACH ROW
    WHEN (NEW.state = 'claimed') EXECUTE FUNCTION note_claim();
CREATE TABLE noted_draws (lane text, before text, after text);
CREATE FUNCTION note_draw() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO noted_draws VALUES (NEW.name, OLD.taken, NEW.taken);
    RETURN NEW;
END $$;
CREATE TRIGGER note_draw AFTER UPDATE ON lanes FOR EACH ROW EXECUTE FUNCTION note_draw();
"""
_END_LEASES = """
UPDATE {table} SET due = least(due, %(due)s) WHERE state = 'claimed'
AND token IN (SELECT token FROM noted_claims WHERE worker = %(worker)s)
"""
_ASLEEP = """
SELECT bool_and(state = 'idle' AND state_change < clock_timestamp() - interval '0.5 seconds')
FROM pg_stat_activity WHERE application_name = %(worker)s
"""
_BUSY = """
SELECT worker FROM noted_claims JOIN deliveries USING (token) WHERE state = 'claimed'
UNION SELECT worker FROM noted_claims JOIN inbox USING (token) WHERE state = 'claimed'
"""
_AGAIN = """
SELECT (SELECT count(*) FROM inbox WHERE tries > 1)
     + (SELECT count(*) FROM deliveries WHERE attempts > 1)
"""
_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
_UNDONE = """
SELECT (SELECT count(*) FROM inbox WHERE state IN ('waiting', 'claimed'))
     + (SELECT count(*) FROM deliveries WHERE state IN ('waiting', 'claimed'))
     + (SELECT count(*) FROM timers WHERE state = 'pending' AND due <= %(now)s)
"""


class Notebook:
    """A connection of the test's own to the database at `url`, a fresh and migrated one."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(
            url.replace("postgresql+psycopg", "postgresql"), autocommit=True
        )
        self._connection.execute(_NOTES)

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values).fetchall()

    def end_leases(self, worker: str) -> None:
        """Of a worker that is dead. Waits until the database has noticed that, too."""
        gone = "SELECT 1 FROM pg_stat_activity WHERE application_name = %(worker)s"
        wait_until(lambda: not self.rows(gone, worker=worker), f"{worker} is gone")
        due = microseconds(datetime.now(UTC) + LEFT)
        for table in ("inbox", "deliveries"):
            query = _END_LEASES.format(table=table)
            self._connection.execute(query, {"due": due, "worker": worker})

    def is_asleep(self, worker: str) -> bool:
        """Whether it has asked the database nothing for a while, and is at nothing now."""
        return self.rows(_ASLEEP, worker=worker)[0] == (True,)

    def busy(self) -> set[str]:
        """The workers that hold rows."""
        return {str(worker) for (worker,) in self.rows(_BUSY)}

    def next_claim(self, table: str, within: float) -> str | None:
        """The next worker that claims rows of a table, as soon as it has; None if none does within
        so many seconds."""
        self._connection.execute(f'LISTEN "claimed {table}"')
        told = [each.payload for each in self._connection.notifies(timeout=within, stop_after=1)]
        self._connection.execute("UNLISTEN *")
        return told[0] if told else None

    def claimed_again(self) -> int:
        """How many rows were claimed more than once: whoever had them died, mostly."""
        return int(self.rows(_AGAIN)[0][0])

    @contextmanager
    def holding_back_new_tickets(self) -> Iterator[None]:
        """Meanwhile whoever opens a ticket waits. There must have been one before."""
        with self._connection.transaction():
            self._connection.execute("SELECT 1 FROM counters WHERE name = 'ticket' FOR UPDATE")
            yield

    def waiting(self) -> int:
        """How many transactions wait for another one."""
        # Within a transaction the first look is kept.
        self._connection.execute("SELECT pg_stat_clear_snapshot()")
        return int(self.rows(_WAITING)[0][0])

    def undone(self) -> int:
        """How many rows want something done now, or wait for their turn to be sent."""
        return int(self.rows(_UNDONE, now=microseconds(datetime.now(UTC)))[0][0])

    def draws(self) -> dict[str, list[datetime]]:
        """When each lane was drawn on, by whichever worker, oldest first."""
        found: dict[str, list[datetime]] = {}
        for lane, before, after in self.rows("SELECT lane, before, after FROM noted_draws"):
            new = Counter(json.loads(after)) - Counter(json.loads(before))
            instants = [datetime.fromtimestamp(at / 1e6, UTC) for at in new.elements()]
            found.setdefault(lane, []).extend(instants)
        return {lane: sorted(instants) for lane, instants in found.items()}


class Worker:
    """One life of a worker. `folder` is where it lives and logs."""

    def __init__(
        self,
        name: str,
        roles: Sequence[str],
        folder: Path,
        env: Mapping[str, str],
        program: Program = CLI,
    ) -> None:
        self.name = name
        self.roles = roles
        self._log = (folder / f"{name}.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, *program, "run", *(f"--role={role}" for role in roles)],
            cwd=folder,
            # By this name Postgres knows its connections.
            env={**env, "PGAPPNAME": name},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def kill(self) -> None:
        """kill -9. Returns when it is dead."""
        self.process.kill()
        self.process.wait()
        self._log.close()

    def leave(self) -> int:
        """SIGTERM; the exit status."""
        self.process.terminate()
        status = self.process.wait(PATIENCE)
        self._log.close()
        return status


def environment(scenery: Scenery, folder: Path) -> dict[str, str]:
    """The settings of a deployment, and nothing else of ours."""
    token = scenery.settings.github.token
    assert token is not None
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "SUPPORTBOT_SECRETS_DIR": str(folder / "secrets"),
        "SUPPORTBOT_PLAYBOOKS": str(scenery.settings.playbooks),
        "SUPPORTBOT_DATABASE": scenery.settings.database.get_secret_value(),
        "SUPPORTBOT_FILES": str(scenery.settings.files),
        "SUPPORTBOT_SLACK__BOT_TOKEN": scenery.slack.bot_token,
        "SUPPORTBOT_SLACK__APP_TOKEN": scenery.slack.app_token,
        "SUPPORTBOT_SLACK__API_URL": scenery.slack.base_url,
        "SUPPORTBOT_SLACK__TEAM_CHANNEL": TEAM_CHANNEL,
        "SUPPORTBOT_GITHUB__REPOSITORY": REPOSITORY,
        "SUPPORTBOT_GITHUB__TOKEN": token.get_secret_value(),
        "SUPPORTBOT_GITHUB__API_URL": scenery.github.base_url,
        "SUPPORTBOT_MAIL__ADDRESS": str(scenery.settings.mail.address),
        "SUPPORTBOT_MAIL__SMTP__HOST": scenery.relay.host,
        "SUPPORTBOT_MAIL__SMTP__PORT": str(scenery.relay.port),
        "SUPPORTBOT_MAIL__SMTP__SECURITY": "none",
    }


def wait_until(reached: Callable[[], bool], what: str) -> None:
    """Ask again and again. Raises TimeoutError."""
    deadline, never = monotonic() + PATIENCE, Event()
    while not reached():
        if monotonic() > deadline:
            raise TimeoutError(f"never: {what}")
        never.wait(_ASK_EVERY)
