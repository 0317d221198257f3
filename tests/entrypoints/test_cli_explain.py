"""`supportbot explain` of messages; tickets are in test_cli_tickets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.command_line import OUTAGE, answer, run, write_message, write_playbooks


@pytest.fixture(autouse=True)
def _in_a_folder_with_playbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_playbooks(Path("playbooks"))


def explained(**changed: str | None) -> Any:
    return answer("explain", write_message(Path(), {**OUTAGE, **changed}))


def refusal(content: object) -> str:
    """The one line that a message is refused with."""
    file = Path("message.json")
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = run("explain", file)
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    return result.stderr


def test_an_outage_is_explained_in_the_shape_that_programs_know() -> None:
    told = explained()
    assert set(told) == {
        "facts",
        "decision",
        "rules",
        "owners",
        "timers",
        "playbooks",
        "commit",
        "decided_by",
    }
    assert told["facts"]["community"] == "northfield"
    assert told["facts"]["hub"] == "prod"
    assert told["facts"]["sender"]["person"] == "mara"
    assert told["facts"]["capability"] == "login"
    assert told["facts"]["users_affected"] in {"one", "several", "all", "unknown"}
    assert told["decision"]["severity"] == "P1"
    assert told["decision"]["incident"] is True
    first, last = told["rules"]
    assert (first["rule"], first["file"], first["line"]) == (
        "people cannot log in",
        "rules/10-rules.yaml",
        2,
    )
    assert first["hit"] is True
    assert set(first["conditions"][0]) == {"condition", "expected", "seen", "hit"}
    assert last["rule"] == "everything else"
    assert [one["person"] for one in told["owners"]["first_line"]] == ["noor"]
    assert told["timers"][0] == {"kind": "page", "at": "2026-11-24T14:05:00+00:00", "step": 1}


@pytest.mark.parametrize(
    ("user", "kind", "person"),
    [
        ("mara", "representative", "mara"),
        ("U0MARA", "representative", "mara"),
        ("mara@northfield.example", "representative", "mara"),
        ("MARA@Northfield.example", "representative", "mara"),
        ("noor", "team", "noor"),
        ("student@northfield.example", "known", None),
        ("U0STRANGER", "stranger", None),
        (None, "stranger", None),
    ],
)
def test_the_writer_is_known_by_key_slack_id_or_mail(
    user: str | None, kind: str, person: str | None
) -> None:
    sender = explained(user=user)["facts"]["sender"]
    assert (sender["kind"], sender["person"]) == (kind, person)


def test_a_channel_may_be_named_without_its_sign() -> None:
    told = explained(user="U0STRANGER", channel="northfield-support", text="hello")
    assert told["facts"]["channel"] == "#northfield-support"
    assert told["facts"]["community"] == "northfield"


def test_the_time_is_that_of_the_command_else_of_the_message_else_now() -> None:
    file = write_message(Path(), OUTAGE)
    later = answer("explain", file, "--at", "2026-12-01T12:00Z")
    assert [one["person"] for one in later["owners"]["first_line"]] == ["pavel"]
    assert later["timers"][0]["at"] == "2026-12-01T12:00:00+00:00"
    timeless = {key: value for key, value in OUTAGE.items() if key != "at"}
    assert answer("explain", write_message(Path(), timeless))["timers"][0]["at"] > "2026-11"


def test_standard_input_is_a_dash() -> None:
    told = answer("explain", "-", stdin=json.dumps(OUTAGE))
    assert told["decision"]["severity"] == "P1"


def test_people_read_the_rule_its_place_and_who_is_called_when() -> None:
    result = run("explain", write_message(Path(), {**OUTAGE, "text": "hello"}))
    assert result.exit_code == 0
    assert "Severity P3, because of the rule “everything else”." in result.stdout
    assert "First line: noor" in result.stdout
    assert "✘ people cannot log in (rules/10-rules.yaml:2)" in result.stdout
    assert "wanted any of: cannot log in, login fails; saw none" in result.stdout


def test_the_misses_may_be_left_out() -> None:
    file = write_message(Path(), {**OUTAGE, "text": "hello"})
    assert "✘" not in run("explain", file, "--no-misses").stdout
    told = answer("explain", file, "--no-misses")
    assert [rule["rule"] for rule in told["rules"]] == ["everything else"]


def test_what_was_written_cannot_command_the_terminal() -> None:
    file = write_message(Path(), {**OUTAGE, "user": "evil\x1b]0;x\x07@e.example"})
    assert "\x1b" not in run("explain", file).stdout


@pytest.mark.parametrize(
    ("content", "mend"),
    [
        ("", "write {"),
        ("{", "line 1"),
        ("[]", "is not a message: write {"),
        ("[" * 100_000, "is not JSON"),
        ("1" * 5_000, "is not"),
        (b'{"text": "\xff"}', "save it as UTF-8"),
        (" " * (1024 * 1024 + 1), "larger than 1 MB"),
        ({**OUTAGE, "chanel": "#x"}, "did you mean channel?"),
        ({**OUTAGE, "text": 5}, "`text` is to be a text"),
        ({**OUTAGE, "text": "  "}, "`text` is missing"),
        ({**OUTAGE, "text": "\ud800"}, "half a character"),
        ({"channel": "#northfield-support"}, "`text` is missing"),
        ({**OUTAGE, "source": "fax"}, "slack, mail, cli"),
        (
            {**OUTAGE, "at": "2026-11-24T14:05"},
            "`at`: '2026-11-24T14:05' does not say in which zone",
        ),
    ],
    ids=range(14),
)
def test_a_message_that_is_none_is_refused_in_one_line_with_the_mend(
    content: object, mend: str
) -> None:
    assert mend in refusal(content)


def test_files_that_are_none_are_named() -> None:
    Path("folder").mkdir()
    for name, why in (("nowhere.json", "No such file"), ("folder", "not a file")):
        result = run("explain", name)
        assert result.exit_code == 2
        assert name in result.stderr
        assert why in result.stderr


def test_a_mail_is_judged_as_the_desk_would_read_it() -> None:
    Path("request.eml").write_text(
        "From: mara@northfield.example\nSubject: help\n"
        "Date: Tue, 24 Nov 2026 15:05:00 +0100\n\nNobody can log in"
    )
    result = run("explain", "request.eml", "--json")
    assert result.exit_code == 0, result.stderr
    facts = json.loads(result.stdout)["facts"]
    assert (facts["source"], facts["sender"]["person"]) == ("mail", "mara")


def test_a_mail_that_would_go_into_quarantine_is_judged_and_that_is_said() -> None:
    Path("away.eml").write_text(
        "From: mara@northfield.example\nSubject: away\nAuto-Submitted: auto-replied\n\nI am away"
    )
    result = run("explain", "away.eml", "--json")
    assert result.exit_code == 0
    assert result.stderr == "away.eml would go into quarantine: automatic-reply.\n"


def test_a_ticket_takes_neither_a_time_nor_other_playbooks() -> None:
    for option, value in (("--at", "2026-11-24T14:05Z"), ("--playbooks", "playbooks")):
        result = run("explain", "SUP-42", option, value)
        assert result.exit_code == 2
        assert f"leave out {option}" in result.stderr


def test_a_name_nobody_has_is_a_stranger_and_the_nearest_name_is_told() -> None:
    file = write_message(Path(), {**OUTAGE, "user": "marra"})
    result = run("explain", file, "--json")
    assert json.loads(result.stdout)["facts"]["sender"]["kind"] == "stranger"
    assert "did you mean mara?" in result.stderr


def test_a_person_without_any_address_is_known_by_their_key() -> None:
    assert explained(user="ghost")["facts"]["sender"]["person"] == "ghost"
