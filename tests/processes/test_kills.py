"""Killed by -9 at any moment, and started again, the bot loses nothing and does nothing twice.

A story is told once to record its moments: before and after each COMMIT that changes something,
before and after each reply on the wire, before an envelope is delivered and after it is
acknowledged. Then it is told once for the first of every kind, and once for each that leaves
something else behind than the moment before it, and the bot dies there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import FreshDatabase
from tests.processes import story
from tests.processes.aftermath import faults
from tests.processes.mistakes import Fault
from tests.processes.moments import Moment
from tests.processes.theatre import Theatre, pick, worth_a_strike

CHUNKS = 16
"""The moments of SQLite are shared out so evenly that workers can divide them."""

WIRE = {
    "slack apps.connections.open",
    "slack auth.test",
    "slack users.conversations",
    "slack users.info",
    "slack conversations.info",
    "slack conversations.list",
    "slack conversations.history",
    "slack conversations.replies",
    "slack chat.postMessage",
    "slack chat.getPermalink",
    "slack chat.update",
    "slack views.open",
    "slack response_url",
    "github POST /repos/openfield/incidents/issues",
    "github POST /repos/openfield/incidents/issues/1/comments",
    "github GET /repos/openfield/incidents/issues/1",
    "github PATCH /repos/openfield/incidents/issues/1",
}
ENVELOPES = {
    "slack events_api:message",
    "slack interactive:block_actions",
    "slack interactive:view_submission",
}
COMMITS: dict[str, set[str]] = {
    "an envelope is kept": {"insert inbox", "insert inbox_keys"},
    "an envelope is claimed": {"update inbox"},
    "a ticket is opened": {"insert tickets", "insert timers", "insert deliveries", "update inbox"},
    "a timer fires": {"insert marks", "update timers", "insert deliveries"},
    "a person acts": {"update tickets", "insert timers", "insert deliveries"},
    "deliveries are claimed": {"update deliveries", "update lanes"},
    "a delivery is sent": {"update deliveries"},
    "a delivery makes a place": {"insert places", "update deliveries"},
    "a restart account is given": {"insert marks", "insert deliveries"},
    "the timers are looked after": {"insert marks"},
}
"""What each kind of COMMIT writes at least."""

DOZEN = (
    ("after-commit", "an envelope is kept"),
    ("before-commit", "a ticket is opened"),
    ("after-commit", "a ticket is opened"),
    ("before-commit", "a timer fires"),
    ("after-commit", "a timer fires"),
    ("after-commit", "a person acts"),
    ("after-commit", "deliveries are claimed"),
    ("before-commit", "a delivery is sent"),
    ("before-reply", "slack chat.postMessage"),
    ("after-reply", "slack chat.postMessage"),
    ("before-reply", "github POST /repos/openfield/incidents/issues"),
    ("before-reply", "github PATCH /repos/openfield/incidents/issues/1"),
)
"""The moments struck on Postgres: by stage, and by the kind of COMMIT or what is on the wire."""


@pytest.fixture(scope="session")
def sqlite(fresh_sqlite: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    return Theatre(story, faults, tmp_path_factory.mktemp("kills"), fresh_sqlite)


@pytest.fixture
def postgres(fresh_postgres: FreshDatabase, tmp_path: Path) -> Theatre:
    return Theatre(story, faults, tmp_path, fresh_postgres)


@pytest.fixture(scope="session")
def recorded(sqlite: Theatre) -> Sequence[Moment]:
    """Every moment of the story, in the order in which they came."""
    return sqlite.tell()[0]


@pytest.mark.timeout(300)
def test_told_without_a_kill_the_story_goes_well(sqlite: Theatre) -> None:
    assert sqlite.tell()[1] == []


@pytest.mark.timeout(300)
def test_told_again_the_story_has_the_same_moments(
    sqlite: Theatre, recorded: Sequence[Moment]
) -> None:
    assert sorted(sqlite.tell()[0]) == sorted(recorded)


@pytest.mark.timeout(300)
def test_the_moments_are_of_every_kind(recorded: Sequence[Moment]) -> None:
    by_stage = {stage: {m.what for m in recorded if m.stage == stage} for stage in _STAGES}
    assert by_stage["before-reply"] == by_stage["after-reply"] == WIRE
    assert by_stage["before-deliver"] == by_stage["after-ack"] == ENVELOPES
    assert by_stage["before-commit"] == by_stage["after-commit"]
    written = [set(what.split(", ")) for what in by_stage["before-commit"]]
    missing = [kind for kind, least in COMMITS.items() if not any(least <= w for w in written)]
    assert missing == []
    assert len(set(recorded)) == len(recorded) > 200


_STAGES = (
    *("before-commit", "after-commit", "before-reply", "after-reply"),
    *("before-deliver", "after-ack"),
)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_killed_at_every_moment_on_sqlite_nothing_is_lost_and_nothing_done_twice(
    sqlite: Theatre, recorded: Sequence[Moment], chunk: int
) -> None:
    assert sqlite.wrong_after(worth_a_strike(recorded)[chunk::CHUNKS]) == {}


@pytest.mark.timeout(900)
def test_killed_at_a_dozen_moments_on_postgres_nothing_is_lost_and_nothing_done_twice(
    postgres: Theatre,
) -> None:
    came, wrong = postgres.tell()
    assert wrong == []
    strikes = {pick(came, COMMITS, stage, kind) for stage, kind in DOZEN}
    assert len(strikes) == 12
    assert postgres.wrong_after(strikes) == {}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("pages twice", "SUP-1.2.page.nadia was sent twice, unmarked"),
        ("skips a page", "never paged: ('nadia', 1, 1)"),
    ],
)
def test_a_bot_that_sends_wrongly_is_found_out(
    sqlite: Theatre, fault: Fault, complaint: str
) -> None:
    assert any(wrong.startswith(complaint) for wrong in sqlite.tell(fault=fault)[1])


@pytest.mark.timeout(300)
def test_a_bot_that_sends_again_without_looking_is_found_out_by_a_kill_alone(
    sqlite: Theatre,
) -> None:
    assert sqlite.tell(fault="never looks")[1] == []
    strike = Moment("before-reply", "slack chat.postMessage", 1)
    wrong = sqlite.tell(strike, fault="never looks")[1]
    assert any("SUP-1.2.page.nadia was sent twice, unmarked" in each for each in wrong)
