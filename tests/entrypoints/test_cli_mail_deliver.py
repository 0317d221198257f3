"""`supportbot mail deliver`, as a relay calls it, and `quarantine`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.command_line import answer, run, write_playbooks

NOWHERE = "postgresql://u:secret@127.0.0.1:1/nothing"


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_playbooks(Path("playbooks"))


def mail(name: str, *headers: str, text: str = "login fails") -> str:
    lines = ("From: Mara <mara@northfield.example>", f"Message-ID: <{name}@x>", "Subject: hub")
    return "\n".join((*lines, *headers, "", text))


def written(name: str, *headers: str, text: str = "login fails") -> str:
    file = f"{name}.eml"
    Path(file).write_text(mail(name, *headers, text=text), encoding="utf-8")
    return file


def delivered(*files: str, stdin: str | None = None) -> list[dict[str, Any]]:
    result = run("mail", "deliver", "--json", *files, stdin=stdin)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_mail_on_standard_input_opens_a_ticket_and_its_answer_joins_it() -> None:
    assert delivered(stdin=mail("1")) == [
        {"file": "-", "ticket": "SUP-1", "new": True, "threaded_by": None, "quarantined": None}
    ]
    (joined,) = delivered(stdin=mail("2", "References: <0@x> <1@x>"))
    assert (joined["ticket"], joined["new"], joined["threaded_by"]) == (
        "SUP-1",
        False,
        "references",
    )
    assert delivered(stdin=mail("1"))[0]["new"] is False
    assert len(answer("tickets", "list")) == 1


def test_what_programs_wrote_is_told_with_its_reason() -> None:
    (row,) = delivered(stdin=mail("1", "Auto-Submitted: auto-replied"))
    assert (row["ticket"], row["quarantined"]) == (None, "automatic-reply")
    (kept,) = answer("quarantine")
    assert (kept["reason"], kept["from"]) == ("automatic-reply", "mara@northfield.example")
    assert run("quarantine", "show", str(kept["id"])).stdout == mail(
        "1", "Auto-Submitted: auto-replied"
    )
    assert answer("quarantine", "release", str(kept["id"])) == {"released": kept["id"]}
    assert run("quarantine", "release", str(kept["id"])).exit_code == 1
    assert run("quarantine", "show", "999").exit_code == 1


def test_more_files_than_share_a_transaction_become_a_ticket_each_in_their_order() -> None:
    rows = delivered(*(written(str(n), text=f"the disk of {n} is full") for n in range(45)))
    assert [row["ticket"] for row in rows] == [f"SUP-{n}" for n in range(1, 46)]


def test_a_file_that_is_not_there_is_named_and_the_others_are_taken() -> None:
    result = run("mail", "deliver", "absent.eml", written("1"))
    assert result.exit_code == 2
    assert "absent.eml cannot be read: No such file" in result.stderr
    assert result.stdout == "1.eml: opened SUP-1\n"


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"DATABASE": NOWHERE}, id="the database is away"),
        pytest.param({"DATABASE": "mysql://u:secret@h/d"}, id="no such kind of database"),
        pytest.param({"SLAKC__BOT_TOKEN": "secret"}, id="a misspelt setting"),
        pytest.param({"PLAYBOOKS": "nowhere"}, id="no playbooks"),
    ],
)
def test_what_cannot_be_kept_now_the_relay_keeps(settings: dict[str, str]) -> None:
    result = run("mail", "deliver", stdin=mail("1"), **settings)
    assert result.exit_code == 75, result.output
    assert result.stderr.startswith("Error: ")
    assert "secret" not in result.output
    assert delivered(stdin=mail("1"))[0]["ticket"] == "SUP-1"


def test_faulty_playbooks_lose_no_mail() -> None:
    rules = Path("playbooks/rules/10-rules.yaml")
    sound = rules.read_text()
    rules.write_text("rules: 5\n")
    assert run("mail", "deliver", stdin=mail("1")).exit_code == 75
    rules.write_text(sound)
    assert delivered(stdin=mail("1"))[0]["new"] is True


def test_a_place_for_files_that_cannot_be_written_puts_the_judging_off_and_keeps_the_mail() -> None:
    Path("full").write_text("this is no folder")
    attached = (
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        "--b\n\nlogin fails\n--b\nContent-Type: image/png; name=a.png\n\nabc\n--b--\n"
    )
    raw = f"From: mara@northfield.example\nMessage-ID: <1@x>\n{attached}"
    result = run("mail", "deliver", stdin=raw, FILES="full/files")
    assert result.exit_code == 0, result.output
    assert result.stdout == "-: kept, to be read later\n"


def test_a_message_is_shown_as_it_came() -> None:
    delivered(stdin=mail("1"))
    assert run("mail", "raw", "SUP-1").stdout == mail("1")
    result = run("mail", "raw", "SUP-1", "--nth", "2")
    assert result.exit_code == 1
    assert "SUP-1 has 1 mails that are still kept" in result.stderr
