"""`supportbot load`: the desk's pages as load, for people and for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from supportbot.application import timers
from tests.entrypoints.command_line import answer, run, write_playbooks
from tests.entrypoints.desk import HandClock, arrive, desk

# Pavel is on, in Toronto.
SATURDAY_NIGHT = datetime(2025, 11, 22, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage at three on a Saturday morning."""
    monkeypatch.chdir(tmp_path)
    write_playbooks(tmp_path / "playbooks")
    clock = HandClock(SATURDAY_NIGHT)
    with desk(clock) as context:
        arrive(context)
        clock.at += timedelta(minutes=1)
        timers.step(context)


def test_programs_read_what_each_person_carried() -> None:
    told = answer("load", "--quarter", "2025Q4")
    assert (told["from"], told["to"]) == ("2025-10-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00")
    assert (told["interruptions"], told["complete"]) == (2, True)
    first = told["people"][0]
    assert first["pages"] == 1
    assert {key: first[key] for key in ("nights", "weekend_days", "share")} == {
        "nights": 1,
        "weekend_days": 1,
        "share": 1.0,
    }


def test_people_read_a_table_and_what_is_too_much() -> None:
    told = run("load", "--from", "2025-11-01T00:00Z", "--to", "2025-12-01T00:00Z").stdout
    assert told.startswith("2025-11-01 00:00 UTC to 2025-12-01 00:00 UTC: 2 interruptions of ")
    assert (
        "Noor Haddad was on call for 53% of the time, where 25% is the most that people bear."
        in told
    )


@pytest.mark.parametrize(
    ("options", "mend"),
    [
        (("--quarter", "autumn"), "such as 2026Q4"),
        (("--quarter", "2025Q4", "--to", "2025-12-01T00:00Z"), "leave out --quarter"),
        (("--to", "2025-12-01T00:00Z"), "--to needs a --from"),
        (("--quarter", "2099Q1"), "nothing has happened yet"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(options: tuple[str, ...], mend: str) -> None:
    refused = run("load", *options)
    assert refused.exit_code == 2
    assert mend in refused.output
