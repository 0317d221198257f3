"""Killed by -9 at any moment, the bot loses no mail, and sends none twice without saying so.

As in `test_kills`, with a story of mail: the process that dies is the bot, or the one by which a
relay hands mail in. The timers' note that they are alive, and the like, is struck there alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.conftest import FreshDatabase
from tests.processes import mail_story
from tests.processes.mail_aftermath import faults
from tests.processes.mistakes import Fault
from tests.processes.moments import Moment
from tests.processes.theatre import Theatre, pick, worth_a_strike

CHUNKS = 6

COMMITS: dict[str, set[str]] = {
    "a mail is kept": {"insert inbox", "insert inbox_keys"},
    "a mail is claimed": {"update inbox"},
    "a mail opens a ticket": {"insert tickets", "insert files", "insert threads", "update inbox"},
    "a mail joins a ticket": {"insert events", "insert files", "insert threads", "update inbox"},
    "mails are piped in": {"insert inbox", "insert files", "insert events", "insert deliveries"},
    "a person answers": {"update tickets", "insert events", "insert deliveries"},
    "deliveries are claimed": {"update deliveries", "update lanes"},
    "a delivery is sent": {"update deliveries"},
}
"""What each kind of COMMIT writes at least."""

HANDFUL = (
    ("after-commit", "a mail is kept"),
    ("after-commit", "a mail is claimed"),
    ("before-commit", "mails are piped in"),
    ("after-commit", "mails are piped in"),
    ("before-reply", "relay mail"),
    ("after-reply", "relay mail"),
)
"""The moments struck on Postgres."""


@pytest.fixture(scope="session")
def sqlite(fresh_sqlite: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    return Theatre(mail_story, faults, tmp_path_factory.mktemp("mail-kills"), fresh_sqlite)


@pytest.fixture
def postgres(fresh_postgres: FreshDatabase, tmp_path: Path) -> Theatre:
    return Theatre(mail_story, faults, tmp_path, fresh_postgres)


@pytest.fixture(scope="session")
def recorded(sqlite: Theatre) -> Sequence[Moment]:
    """Every moment of the story, in the order in which they came."""
    return sqlite.tell()[0]


@pytest.mark.timeout(300)
def test_told_without_a_kill_the_story_goes_well_and_always_the_same(sqlite: Theatre) -> None:
    (first, wrong), (second, _) = sqlite.tell(), sqlite.tell()
    assert wrong == []
    assert sorted(first) == sorted(second)


@pytest.mark.timeout(300)
def test_the_moments_are_of_every_kind(recorded: Sequence[Moment]) -> None:
    written = [set(m.what.split(", ")) for m in recorded if m.stage == "before-commit"]
    missing = [kind for kind, least in COMMITS.items() if not any(least <= w for w in written)]
    assert missing == []
    wire = [m for m in recorded if m.what == "relay mail"]
    assert len(wire) == 2 * len(mail_story.TOLD)
    assert len(set(recorded)) == len(recorded) > 120


@pytest.mark.timeout(900)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_killed_at_every_moment_of_a_mail_on_sqlite_no_mail_is_lost_and_none_sent_twice_unmarked(
    sqlite: Theatre, recorded: Sequence[Moment], chunk: int
) -> None:
    strikes = _about_mail(worth_a_strike(recorded))
    assert sqlite.wrong_after(strikes[chunk::CHUNKS]) == {}


def _about_mail(moments: Sequence[Moment]) -> list[Moment]:
    """All that comes in and goes out; of what every story has, the first of each."""
    return [m for m in moments if m.nth == 1 or "inbox" in m.what or "mail" in m.what]


@pytest.mark.timeout(900)
def test_killed_at_a_handful_of_moments_on_postgres_no_mail_is_lost_and_none_sent_twice_unmarked(
    postgres: Theatre,
) -> None:
    came, wrong = postgres.tell()
    assert wrong == []
    strikes = {pick(came, COMMITS, stage, kind) for stage, kind in HANDFUL}
    assert len(strikes) == len(HANDFUL)
    assert postgres.wrong_after(strikes) == {}


Came = Sequence[Moment]


def _mail_opened_a_ticket(came: Came) -> Moment:
    return pick(came, COMMITS, "after-commit", "a mail opens a ticket")


def _last_mail_is_answered(came: Came) -> Moment:
    return [m for m in came if (m.stage, m.what) == ("before-reply", "relay mail")][-1]


def _last_mail_is_about_to_go(came: Came) -> Moment:
    return came[came.index(_last_mail_is_answered(came)) - 1]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("fault", "when", "complaint"),
    [
        ("keeps rows before contents", _mail_opened_a_ticket, "no content for shot.png"),
        (
            "marks mail before it goes",
            _last_mail_is_about_to_go,
            "never mailed: SUP-1.6.reply.resolved",
        ),
        (
            "forgets that it mailed",
            _last_mail_is_answered,
            "SUP-1.6.reply.resolved@openfield.example was mailed twice, unmarked",
        ),
    ],
)
def test_a_bot_that_is_wrong_is_found_out_by_a_kill_alone(
    sqlite: Theatre, fault: Fault, when: Callable[[Came], Moment], complaint: str
) -> None:
    came, wrong = sqlite.tell(fault=fault)
    assert wrong == []
    _, wrong = sqlite.tell(when(came), fault=fault)
    assert any(each.startswith(complaint) for each in wrong), wrong
