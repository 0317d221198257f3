"""`supportbot tickets` and `supportbot explain SUP-…`, on a real SQLite file."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.entrypoints.command_line import ALWAYS_ON, SEVERITIES, answer, run, write_playbooks
from tests.entrypoints.desk import WORDS, arrive, desk


@pytest.fixture(autouse=True)
def _with_one_ticket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # Both of first line are on, whatever day it is.
    both = ALWAYS_ON.replace("swap_every", "two_at_a_time: yes\n    swap_every")
    write_playbooks(Path("playbooks"), rotations=both)
    with desk() as context:
        arrive(context)


def state() -> str:
    return str(answer("tickets", "show", "SUP-1")["state"])


def kinds(events: list[dict[str, Any]]) -> list[str]:
    """What happened; whether noor is off shift, which is `kept`, depends on the week."""
    return [event["event"] for event in events if event["event"] != "kept"]


def refusal(*arguments: str) -> Result:
    result = run("tickets", *arguments)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result


def test_open_tickets_are_listed_for_programs() -> None:
    (ticket,) = answer("tickets", "list")
    assert ticket["ticket"] == "SUP-1"
    assert ticket["state"] == "new"
    assert ticket["severity"] == "P1"
    assert ticket["community"] == "northfield"
    assert ticket["hub"] == "prod"
    assert ticket["owners"] == {"first_line": None, "second_line": None}
    opened, next_word = (datetime.fromisoformat(ticket[k]) for k in ("opened_at", "next_word_at"))
    assert opened.utcoffset() == timedelta(0)
    assert next_word - opened == timedelta(minutes=30)


def test_open_tickets_are_listed_for_people() -> None:
    header, line = run("tickets", "list").stdout.splitlines()
    assert header.split()[:4] == ["TICKET", "SEVERITY", "STATE", "COMMUNITY"]
    assert line.split()[:5] == ["SUP-1", "P1", "new", "northfield", "nobody"]
    assert WORDS in line


def test_resolved_tickets_are_listed_when_asked_for() -> None:
    run("tickets", "resolve", "SUP-1", "--as", "noor")
    assert answer("tickets", "list") == []
    assert run("tickets", "list").stdout == "No tickets.\n"
    assert [t["ticket"] for t in answer("tickets", "list", "--state", "resolved")] == ["SUP-1"]


def test_a_ticket_is_shown_with_all_that_happened_to_it() -> None:
    run("tickets", "take", "SUP-1", "--as", "noor")
    told = answer("tickets", "show", "sup-1")
    assert told["words"] == WORDS
    assert told["owners"]["first_line"] == "noor"
    assert kinds(told["events"])[0] == "opened"
    assert kinds(told["events"])[-2:] == ["taken", "acknowledged"]
    assert told["events"][0]["terms"] == "P1"
    assert told["events"][-1]["by"] == "noor"
    assert told["places"]["reporter"] == {"channel": "C1", "thread": "1"}


def test_people_read_the_ticket_the_words_and_the_story() -> None:
    run("tickets", "take", "SUP-1", "--as", "noor")
    shown = run("tickets", "show", "SUP-1").stdout
    assert shown.startswith(f"SUP-1 is acknowledged, P1, with first line: {WORDS}\n")
    assert "Mara Lindqvist, Northfield University" in shown
    assert f"\n  {WORDS}\n" in shown
    assert "taken by Noor Haddad" in shown


def test_what_reporters_write_cannot_command_the_terminal() -> None:
    with desk() as context:
        arrive(context, "\x1b]0;owned\x07 \x9b31m \u202e login fails", key="2")
    for command in (("tickets", "list"), ("tickets", "show", "SUP-2"), ("explain", "SUP-2")):
        out = run(*command).stdout
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out), command


def test_a_hold_is_shown_with_its_end_and_its_reason() -> None:
    day = datetime.now(UTC) + timedelta(days=3)
    within = f"only_within: {day:%a} 00:00-24:00 UTC, if_nobody: hold"
    write_playbooks(
        Path("playbooks"),
        rotations=ALWAYS_ON,
        severities=SEVERITIES.replace("- page: first-line", f"- {{page: first-line, {within}}}"),
    )
    run("tickets", "resolve", "SUP-1", "--as", "noor")
    with desk() as context:
        arrive(context, "login fails for all of us", key="2")
    held = answer("tickets", "show", "SUP-2")["held"]
    assert (held["step"], held["until"][:10]) == (1, f"{day:%Y-%m-%d}")
    assert held["reason"] == f"this step is only for {day:%a} 00:00-24:00 UTC"
    assert (
        f"held until {day:%Y-%m-%d} 00:00 UTC: this step" in run("tickets", "show", "SUP-2").stdout
    )


def test_each_who_is_asked_for_acknowledges_for_themselves() -> None:
    each = "- {page: [noor, quinn], acknowledged_by: each}"
    write_playbooks(
        Path("playbooks"),
        rotations=ALWAYS_ON,
        severities=SEVERITIES.replace("- page: first-line", each),
    )
    run("tickets", "resolve", "SUP-1", "--as", "noor")
    with desk() as context:
        arrive(context, "login fails for all of us", key="2")
    told = answer("tickets", "ack", "SUP-2", "--as", "noor")
    assert (told["state"], told["still_to_acknowledge"]) == ("acknowledged", ["quinn"])
    assert "Not acknowledged by  Quinn Abara" in run("tickets", "show", "SUP-2").stdout
    told = answer("tickets", "ack", "SUP-2", "--as", "quinn")
    assert [event["event"] for event in told["events"]] == ["acknowledged_too"]
    assert told["still_to_acknowledge"] == []


def test_a_person_acknowledges() -> None:
    told = answer("tickets", "ack", "SUP-1", "--as", "noor")
    assert told["state"] == "acknowledged"
    assert told["acknowledged_by"] == "noor"
    assert kinds(told["events"]) == ["acknowledged"]


def test_people_read_what_was_done() -> None:
    result = run("tickets", "ack", "SUP-1", "--as", "noor")
    assert result.stdout.startswith(
        "SUP-1 is acknowledged, P1, with first line, owned by Noor Haddad\n"
        "  acknowledged by Noor Haddad (line: first)\n"
    )


def test_letting_go_starts_the_policy_again() -> None:
    run("tickets", "take", "SUP-1", "--as", "noor")
    told = answer("tickets", "release", "SUP-1", "--as", "noor")
    assert (told["state"], told["owners"]["first_line"]) == ("new", None)


def test_handing_over_makes_it_second_lines_with_the_note() -> None:
    told = answer("tickets", "handover", "SUP-1", "--as", "noor", "--note", "restarted twice")
    assert told["line"] == "second"
    assert told["events"][0]["note"] == "restarted twice"


def test_escalating_goes_on_with_the_policy() -> None:
    answer("tickets", "escalate", "SUP-1", "--as", "noor")
    reached = answer("tickets", "show", "SUP-1")["events"][-1]
    assert (reached["event"], reached["people"]) == ("reached", ["quinn"])
    assert reached["asked_by_hand"] is True
    assert reached["by"] == "noor"


def test_the_severity_is_changed_with_a_reason() -> None:
    told = answer("tickets", "severity", "SUP-1", "P3", "--reason", "one person", "--as", "noor")
    assert told["severity"] == "P3"
    assert told["events"][0]["reason"] == "one person"


@pytest.mark.parametrize("verb", ["reply", "resolve"])
def test_an_answer_comes_from_the_argument_or_from_standard_input(verb: str) -> None:
    given = answer("tickets", verb, "SUP-1", "We are on it.", "--as", "noor")
    assert given["events"][-1]["text"] == "We are on it."
    run("tickets", "reopen", "SUP-1", "--as", "noor")
    piped = answer("tickets", verb, "SUP-1", "-", "--as", "noor", stdin="Line one\nLine twö\n")
    assert piped["events"][-1]["text"] == "Line one\nLine twö"


def test_an_answer_too_large_is_refused() -> None:
    result = run("tickets", "reply", "SUP-1", "-", "--as", "noor", stdin="x" * (1024 * 1024 + 1))
    assert result.exit_code == 2
    assert "larger than 1 MB" in result.stderr
    assert state() == "new"


def test_resolved_and_reopened() -> None:
    assert answer("tickets", "resolve", "SUP-1", "--as", "noor")["state"] == "resolved"
    told = answer("tickets", "reopen", "SUP-1", "--as", "noor", "--reason", "down again")
    assert told["state"] == "new"
    assert told["events"][0]["reason"] == "down again"


@pytest.mark.parametrize("person", ["mara", "nobody", "Noor Haddad"])
def test_only_the_team_acts(person: str) -> None:
    result = refusal("ack", "SUP-1", "--as", person)
    assert "only the team works tickets" in result.stderr
    assert state() == "new"


def test_whoever_is_late_is_told_who_was_first() -> None:
    run("tickets", "ack", "SUP-1", "--as", "noor")
    assert "was acknowledged by Noor Haddad" in refusal("ack", "SUP-1", "--as", "pavel").stderr


def test_a_refusal_in_json_says_so_where_programs_look() -> None:
    result = run("tickets", "ack", "SUP-1", "--as", "mara", "--json")
    assert result.exit_code == 1
    assert set(json.loads(result.stdout)) == {"refused"}
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("ack", "SUP-99", "--as", "noor"), "There is no ticket SUP-99"),
        (("escalate", "SUP-99", "--as", "noor"), "There is no ticket SUP-99"),
        (("show", "SUP-99"), "there is no ticket SUP-99"),
        (("severity", "SUP-1", "P9", "--reason", "x", "--as", "noor"), "no severity P9: P1, P3"),
        (("severity", "SUP-1", "P3", "--reason", " ", "--as", "noor"), "needs a reason"),
        (("reply", "SUP-1", " ", "--as", "noor"), "empty answer"),
        (("reopen", "SUP-1", "--as", "noor"), "is open"),
    ],
)
def test_a_no_has_a_reason_in_one_line(arguments: tuple[str, ...], why: str) -> None:
    assert why in refusal(*arguments).stderr


@pytest.mark.parametrize("reference", ["42", "SUP-x", "SUP-" + "9" * 5_000, "SUP-٣", "SUP--1", ""])
def test_what_is_no_reference_is_refused_with_an_example(reference: str) -> None:
    result = run("tickets", "show", reference)
    assert result.exit_code == 2
    assert "such as SUP-42" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (("ack", "SUP-1"), "--as"),
        (("severity", "SUP-1", "P3", "--as", "noor"), "--reason"),
        (("reply", "SUP-1", "--as", "noor"), "TEXT"),
    ],
)
def test_what_is_missing_is_named(arguments: tuple[str, ...], missing: str) -> None:
    result = run("tickets", *arguments)
    assert result.exit_code == 2
    assert missing in result.stderr


def test_a_ticket_is_explained_as_it_was_decided_whatever_the_playbooks_say_now() -> None:
    rules = "rules:\n  - {rule: all is calm, then: {severity: P3}}\n"
    write_playbooks(Path("playbooks"), rules=rules)
    told = answer("explain", "SUP-1")
    assert told["decision"]["severity"] == "P1"
    assert told["ticket"] == "SUP-1"
    assert told["matches"] is True
    assert "because of the rule “people cannot log in”" in run("explain", "sup-1").stdout


def test_a_ticket_without_a_record_is_told() -> None:
    result = run("explain", "SUP-99")
    assert result.exit_code == 1
    assert result.stderr == "Error: there is no record of a decision for SUP-99.\n"


def test_faulty_playbooks_stop_the_verbs_with_the_place() -> None:
    write_playbooks(Path("playbooks"), rules="rules: 5\n")
    result = run("tickets", "ack", "SUP-1", "--as", "noor")
    assert result.exit_code == 1
    assert "rules/10-rules.yaml:1:" in result.stderr
