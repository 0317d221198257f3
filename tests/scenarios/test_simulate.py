"""Scenarios: the production steps on a virtual clock, and the timeline that comes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from supportbot.adapters.playbook_files.faults import PlaybookFaults
from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.source import read_folder
from supportbot.sandbox.simulate.playing import play
from supportbot.sandbox.simulate.scenario_file import read_scenario
from supportbot.sandbox.simulate.timeline import Row, as_json
from tests.entrypoints.command_line import ALWAYS_ON, write_playbooks

HEAD = "start: 2026-11-24T14:05Z\nuntil: 4 hours\nevents:\n"
OUTAGE = "  - {at: 5 minutes, message: {from: mara, text: login fails on hub.northfield.example}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_playbooks(tmp_path / "playbooks", rotations=ALWAYS_ON)


def played(folder: Path, events: str, head: str = HEAD) -> list[Row]:
    return play(read_scenario("s.yaml", head + events, parse(read_folder(folder))), folder)


def told(rows: list[Row], kind: str) -> list[tuple[str, str | None]]:
    """The time of day and the addressee of every row of a kind."""
    return [(f"{row.at:%H:%M}", row.to) for row in rows if row.kind == kind]


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(PlaybookFaults) as refused:
        read_scenario("s.yaml", text, parse(read_folder(folder)))
    return [str(fault) for fault in refused.value.faults]


def test_an_outage_nobody_answers_pages_the_first_and_then_the_second_line(folder: Path) -> None:
    rows = played(folder, OUTAGE)
    assert told(rows, "page")[:2] == [("14:10", "noor"), ("14:20", "quinn")]
    pages = [row for row in rows if row.kind == "page"]
    assert [row.step for row in pages[:2]] == [1, 2]
    assert all(row.ticket == "SUP-1" and row.channel == "slack" and row.reason for row in pages)
    assert next((f"{r.at:%H:%M}", r.step) for r in rows if r.kind == "escalate") == ("14:20", 2)


def test_who_acknowledges_is_left_in_peace(folder: Path) -> None:
    rows = played(folder, OUTAGE + "  - {at: 9 minutes, acknowledge: {by: noor}}\n")
    assert told(rows, "page") == [("14:10", "noor")]
    assert ("14:10", "mara") in told(rows, "reply")


def test_who_lets_go_begins_the_policy_again(folder: Path) -> None:
    acts = (
        "  - {at: 9 minutes, acknowledge: {by: noor}}\n"
        "  - {at: 60 minutes, let_go: {by: noor, ticket: SUP-1}}\n"
    )
    rows = played(folder, OUTAGE + acts)
    assert told(rows, "page")[1:3] == [("15:05", "noor"), ("15:15", "quinn")]


def test_the_page_to_who_is_out_of_reach_dies_and_the_next_is_paged_at_once(folder: Path) -> None:
    rows = played(
        folder,
        OUTAGE
        + "  - unreachable: {person: noor, from: 0001, to: x}\n".replace(
            "0001", "1 minute"
        ).replace("x", "2 hours"),
    )
    assert told(rows, "page_failed")[0] == ("14:10", "noor")
    assert told(rows, "page")[0] == ("14:10", "quinn")


def test_what_came_due_while_nothing_ran_is_done_at_the_start_and_accounted_for(
    folder: Path,
) -> None:
    rows = played(folder, OUTAGE + "  - down: {from: 10 minutes, to: 70 minutes}\n")
    assert told(rows, "page")[:2] == [("14:10", "noor"), ("15:15", "quinn")]
    (account,) = (row for row in rows if row.kind == "say")
    assert account.reason.startswith("supportbot was away for 1 h; ")
    assert "SUP-1: escalate, done 55 min late" in account.reason


def test_what_is_written_while_nothing_runs_is_read_up(folder: Path) -> None:
    down = "  - down: {from: 1 minute, to: 30 minutes}\n"
    rows = played(folder, OUTAGE + down)
    assert told(rows, "root") == [("14:35", "#support-desk")]


def test_a_button_pressed_while_nothing_runs_is_refused(folder: Path) -> None:
    events = "  - down: {from: 6 minutes, to: 9 minutes}\n"
    rows = played(folder, OUTAGE + events + "  - {at: 7 minutes, acknowledge: {by: noor}}\n")
    (refused,) = (row for row in rows if row.kind == "refused")
    assert (refused.to, refused.ticket) == ("noor", "SUP-1")
    assert "down" in refused.reason


@pytest.mark.parametrize(
    ("act", "kind", "when"),
    [
        ("take: {by: quinn}", "note", "15:05"),
        ("hand_over: {by: noor, note: disks}", "page", "15:05"),
        ("reply: {by: noor, text: We look.}", "reply", "15:05"),
        ("resolve: {by: noor, text: Done.}", "reply", "15:05"),
        ("severity: {by: noor, to: P3, reason: one person}", "note", "15:05"),
        ("escalate: {by: noor}", "page", "15:05"),
        ("snooze: {by: noor, until: 2026-11-24T17:00Z}", "reminder", "17:00"),
    ],
)
def test_every_verb_does_at_its_time_what_its_button_does(
    folder: Path, act: str, kind: str, when: str
) -> None:
    acts = f"  - {{at: 6 minutes, acknowledge: {{by: noor}}}}\n  - {{at: 1 hour, {act}}}\n"
    rows = played(folder, OUTAGE + acts)
    assert when in [at for at, _ in told(rows, kind)]
    assert told(rows, "refused") == []


def test_what_waits_for_approval_goes_on_when_a_representative_approves(folder: Path) -> None:
    rules = folder / "rules" / "05-access.yaml"
    rules.write_text(
        "rules: [{rule: access, when: {text: new user}, then: {severity: P1, approval: yes}}]\n"
    )
    asked = (
        "  - {at: 5 minutes, message: {from: x@northfield.example, text: a new user}}\n"
        "  - {at: 1 hour, approve: {by: mara}}\n"
    )
    rows = played(folder, asked)
    assert told(rows, "approval")[0][0] == "14:10"
    assert told(rows, "page")[0][0] == "15:05"
    assert told(rows, "refused") == []


def test_a_ticket_that_is_reopened_pages_again(folder: Path) -> None:
    acts = "  - {at: 1 hour, resolve: {by: noor}}\n  - {at: 2 hours, reopen: {by: noor}}\n"
    assert ("16:05", "noor") in told(played(folder, OUTAGE + acts), "page")


def test_a_further_message_goes_into_its_ticket(folder: Path) -> None:
    more = "  - {at: 8 minutes, message: {from: mara, text: still so, ticket: SUP-1}}\n"
    rows = played(folder, OUTAGE + more)
    assert {row.ticket for row in rows} == {"SUP-1"}
    assert [row.reason for row in rows if row.kind == "heard"] == ["still so"]


def test_a_mail_is_answered_by_mail(folder: Path) -> None:
    mail = "  - {at: 0010, message: {from: stranger@far.example, subject: Hello, text: Hi}}\n"
    rows = played(folder, mail.replace("0010", "10 minutes"))
    assert ("stranger@far.example", "mail") in [(row.to, row.channel) for row in rows]


def test_what_is_no_request_is_shown_with_the_reason(folder: Path) -> None:
    events = (
        '  - {at: 5 minutes, message: {from: quinn, text: lunch, channel: "#northfield-support"}}\n'
    )
    (row,) = played(folder, events)
    assert (row.kind, row.reason) == ("ignored", "ignored: one of the team wrote it")


def test_the_rows_for_programs_have_the_stable_shape(folder: Path) -> None:
    rows = as_json(played(folder, OUTAGE))
    assert {tuple(row) for row in rows} == {
        ("at", "to", "channel", "kind", "ticket", "step", "reason")
    }
    assert rows[0]["at"] == "2026-11-24T14:10:00+00:00"
    assert [datetime.fromisoformat(row["at"]) for row in rows] == sorted(
        datetime.fromisoformat(row["at"]) for row in rows
    )
    assert datetime.fromisoformat(rows[0]["at"]).tzinfo == UTC


def test_the_same_scenario_has_the_same_timeline(folder: Path) -> None:
    assert played(folder, OUTAGE) == played(folder, OUTAGE)


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        ("{at: 5 minutes, acknowlege: {by: noor}}", "did you mean 'acknowledge'?"),
        ("{at: 5 minutes, acknowledge: {by: nor}}", "s.yaml:4:39: unknown person 'nor'"),
        ("{at: 5 minutes, message: {from: marra, text: x}}", "did you mean 'mara'?"),
        ("{at: 5 minutes, severity: {by: noor, to: P9, reason: x}}", "unknown severity 'P9'"),
        ("{at: 5 minutes, snooze: {by: noor}}", "the key 'until' is missing"),
        ("{at: 5 hours, acknowledge: {by: noor}}", "not between `start` and `until`"),
        ("{at: 1000 minutes, acknowledge: {by: noor}}", "not between `start` and `until`"),
        ("{at: soon, acknowledge: {by: noor}}", "'soon' is no time"),
        ("{at: 2026-11-24T14:06, acknowledge: {by: noor}}", "does not say in which zone"),
        ("{acknowledge: {by: noor}}", "the key 'at' is missing"),
        ("{at: 5 minutes}", "one thing happens in an event, here nothing"),
        ("{at: 5 minutes, take: {by: noor}, resolve: {by: noor}}", "here take and resolve"),
        ("{at: 5 minutes, take: {by: noor, ticket: 1}}", "'1' is no ticket"),
        ("unreachable: {person: noor, from: 2 hours, to: 1 hour}", "is not after `from`"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_nearest_right_name(
    folder: Path, event: str, fault: str
) -> None:
    (found,) = faults(folder, f"{HEAD}  - {event}\n")
    assert found.startswith("s.yaml:4:")
    assert fault in found
