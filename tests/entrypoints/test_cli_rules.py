"""`supportbot rules stats`: the rules as they fared, most overridden first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.entrypoints.command_line import answer, run, write_playbooks
from tests.entrypoints.desk import HandClock, arrive, desk

SINCE = ("--since", "2026-11-01T00:00Z")


@pytest.fixture(autouse=True)
def _past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tickets of a Tuesday, of which somebody knew better about the second."""
    monkeypatch.chdir(tmp_path)
    write_playbooks(tmp_path / "playbooks")
    with desk(HandClock(datetime(2026, 11, 24, 14, 5, tzinfo=UTC))) as context:
        arrive(context, "How do I install a package?", "1")
        arrive(context, "My package is gone", "2")
    why = ("--reason", "a class\x1b[2J waits\nfor it", "--as", "noor")
    assert run("tickets", "severity", "SUP-2", "P1", *why).exit_code == 0


def test_programs_read_every_rule_with_its_place_its_hits_and_what_people_made_of_it() -> None:
    told = answer("rules", "stats", *SINCE)
    assert (told["since"], told["tickets"], told["commit"]) == (
        "2026-11-01T00:00:00+00:00",
        2,
        None,
    )
    overridden, never = told["rules"]
    (override,) = overridden.pop("overrides")
    assert overridden == {
        "rule": "everything else",
        "file": "rules/10-rules.yaml",
        "line": 5,
        "in_force": True,
        "continues": False,
        "hits": 2,
        "decided": 2,
        "added": 0,
        "last_hit": "2026-11-24T14:05:00+00:00",
        "overridden": 1,
    }
    assert {key: override[key] for key in ("ticket", "by", "from", "to", "reason")} == {
        "ticket": "SUP-2",
        "by": "noor",
        "from": "P3",
        "to": "P1",
        "reason": "a class\x1b[2J waits\nfor it",
    }
    assert (never["rule"], never["hits"], never["last_hit"]) == ("people cannot log in", 0, None)


def test_people_read_a_table_the_reasons_and_what_never_hit() -> None:
    told = run("rules", "stats", *SINCE).stdout
    assert told.startswith("2 tickets since 2026-11-01: 1 of 2 rules hit, 1 overridden.\n")
    row = "everything else rules/10-rules.yaml:5 2 2 0 1 2026-11-24 14:05 UTC"
    assert row in " ".join(told.split())
    assert (
        "“everything else” was overridden:\n  P3 → P1: a class[2J waits for it (SUP-2 by noor, "
        in told
    )
    assert told.endswith("Never hit:\n  people cannot log in (rules/10-rules.yaml:2)\n")


def test_where_nothing_was_decided_no_rule_has_hit() -> None:
    told = run("rules", "stats", "--since", "2026-11-25T00:00Z").stdout
    assert told.startswith("0 tickets since ")
    assert "Never hit:\n  people cannot log in" in told
