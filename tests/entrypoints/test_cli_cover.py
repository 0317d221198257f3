"""`supportbot cover` and `supportbot shift`: asked, taken once, given back; on a SQLite file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from supportbot.application import rota_changes
from supportbot.application.context import Context
from tests.entrypoints.command_line import ROTATIONS, answer, run, write_playbooks
from tests.entrypoints.desk import HandClock, desk

THREE = ROTATIONS.replace("[noor, pavel]", "[noor, pavel, quinn]")
# In the first turn of noor, who is in Berlin; pavel is in Toronto.
NOW = datetime(2035, 1, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _playbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_playbooks(Path("playbooks"), rotations=THREE)


def on_call_at(when: str) -> tuple[str, datetime, datetime]:
    (one,) = answer("oncall", "first-line", "--at", when)["on_call"]
    return one["person"], *(datetime.fromisoformat(one[key]) for key in ("from", "until"))


def test_cover_is_asked_taken_in_parts_and_withdrawn_by_people_on_their_own_clocks() -> None:
    person, since, until = on_call_at("2035-01-03T12:00Z")
    others = [key for key in ("noor", "pavel", "quinn") if key != person]
    start = f"{until:%Y-%m-%d}T00:00Z"
    words = ("--rotation", "first-line", "--from", start, "--to", until.isoformat())
    made = answer("cover", "ask", *words, "--by", person, "--reason", "a wedding")
    assert (made["request"], made["state"], made["by"]) == (1, "open", person)
    assert since < datetime.fromisoformat(made["from"])

    part = (until.replace(hour=2)).isoformat()
    took = answer("cover", "take", "1", "--to", part, "--by", others[0])
    (change,) = took["changes"]
    assert (change["for"], change["people"], change["to"]) == (person, [others[0]], part)
    assert took["open"] == [{"from": part, "to": until.isoformat()}]

    late = run("cover", "take", "1", "--from", start, "--to", part, "--by", others[1])
    assert late.exit_code == 1
    assert "was first, " in late.stderr
    assert "is withdrawn" in run("cover", "withdraw", "1", "--by", person).stdout
    assert answer("cover", "list") == []
    (listed,) = answer("cover", "list", "--all")
    assert (listed["state"], len(listed["taken"])) == ("withdrawn", 1)
    assert run("cover", "take", "1", "--by", others[1]).exit_code == 1
    assert "no request for cover 9" in run("cover", "take", "9", "--by", person).stderr


def test_what_people_mistype_is_mended() -> None:
    words = ("cover", "ask", "--rotation", "first-line", "--to", "2035-01-03T12:00Z", "--by")
    assert "noor" in run(*words, "nor", "--from", "2035-01-02T12:00Z").stderr
    assert "is not a day and time" in run(*words, "noor", "--from", "tomorrow").stderr


def test_a_shift_is_taken_and_given_back_and_the_team_hears_of_it() -> None:
    clock = HandClock(NOW)
    with desk(clock) as context:
        taken = rota_changes.take_shift(context, rotation="second-line", by="noor")
        assert isinstance(taken, rota_changes.Done)
        assert taken.change.away is None
        back = rota_changes.give_back(context, rotation="second-line", by="noor")
        assert isinstance(back, rota_changes.Done)
        told, ended = said(context), said(context, clock.at + timedelta(minutes=1))
    assert "In second-line, Noor Haddad on call" in told[0]
    assert "Noor Haddad ended it" in ended[0]


def said(context: Context, now: datetime = NOW) -> list[str]:
    """What goes to the team's channel next, which takes one message a second."""
    lease = timedelta(hours=1)
    tasks = context.store.write(lambda uow: uow.deliveries.claim(now, 50, lease))
    return [task.payload["text"] for task in tasks if task.kind == "slack.say"]


def test_a_schedule_is_set_listed_and_withdrawn() -> None:
    words = ("--rotation", "first-line", "--person", "quinn", "--by", "noor")
    times = ("--from", "2035-12-24T09:00", "--to", "2035-12-27T09:00")
    made = answer("shift", "set", *words, *times, "--reason", "holidays")
    assert (made["from"], made["people"]) == ("2035-12-24T08:00:00+00:00", ["quinn"])
    assert "Quinn Abara alone" in run("shift", "changes").stdout
    assert "holds no longer" in run("shift", "withdraw", "1", "--by", "pavel").stdout
    assert run("shift", "changes").stdout == "Nobody changed the rota.\n"
    (gone,) = answer("shift", "changes", "--all")
    assert gone["withdrawn_by"] == "pavel"
    assert "Pavel Horak withdrew it" in run("shift", "withdraw", "1", "--by", "noor").stderr


@pytest.mark.parametrize("words", [("cover", "take"), ("cover", "withdraw"), ("shift", "withdraw")])
def test_a_number_that_nothing_can_have_is_refused(words: tuple[str, str]) -> None:
    found = run(*words, "9" * 20, "--by", "noor")
    assert found.exit_code == 2
    assert "is not in the range" in found.stderr
