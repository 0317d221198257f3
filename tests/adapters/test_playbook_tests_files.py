"""tests/*.yaml: what the entries mean, and what is said of those that mean nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportbot.adapters.playbook_files.faults import PlaybookFaults
from supportbot.adapters.playbook_files.tests import read_cases
from supportbot.application.expectations import Case, keys
from supportbot.domain.triage.background import Earlier
from supportbot.domain.triage.message import InboundMessage, Sender
from supportbot.domain.triage.rule import Where
from tests.adapters.playbook_files_base import loaded

PLAYBOOKS = loaded(
    people="people:\n  ines: {slack: U0INES, mail: ines@desk.example, name: Inés}\n"
    "  tomasz: {slack: U0TOMASZ, name: Tomasz}\n  mara: {mail: mara@northfield.example, name: Mara}"
    "\n"
    "roles: {manager: ines}\n"
)
OUTAGE = (
    '- {message: {from: mara, text: "hub down"}, at: 2026-11-24T15:05+01:00,'
    " expect: {severity: P1}}"
)


def read(tmp_path: Path, text: str | bytes, **mails: bytes) -> tuple[Case, ...]:
    folder = tmp_path / "tests"
    folder.mkdir(exist_ok=True)
    content = text if isinstance(text, bytes) else text.encode()
    (folder / "a.yaml").write_bytes(content)
    for name, mail in mails.items():
        (folder / f"{name}.eml").write_bytes(mail)
    return read_cases(tmp_path, PLAYBOOKS, keys(PLAYBOOKS))


def faults(tmp_path: Path, text: str | bytes, **mails: bytes) -> list[str]:
    with pytest.raises(PlaybookFaults) as found:
        read(tmp_path, text, **mails)
    return [str(fault) for fault in found.value.faults]


def one(tmp_path: Path, message: str) -> InboundMessage:
    (case,) = read(
        tmp_path, f"- message: {message}\n  at: 2026-11-24T14:05Z\n  expect: {{severity: P1}}"
    )
    assert isinstance(case.message, InboundMessage)
    return case.message


def test_an_entry_is_a_message_a_time_and_what_is_expected(tmp_path: Path) -> None:
    (case,) = read(tmp_path, "# outages\n" + OUTAGE)
    assert case.where == Where("tests/a.yaml", 2)
    assert case.name == "hub down"
    assert case.at == datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
    assert case.expect == {"severity": ("P1",)}
    assert isinstance(case.message, InboundMessage)
    assert (case.message.text, case.message.at) == ("hub down", case.at)


@pytest.mark.parametrize(
    ("message", "source", "sender"),
    [
        ("{from: ines, text: x}", "slack", Sender(slack="U0INES", name="Inés")),
        (
            "{from: ines, source: mail, text: x}",
            "mail",
            Sender(mail="ines@desk.example", name="Inés"),
        ),
        (
            "{from: ines, subject: s, text: x}",
            "mail",
            Sender(mail="ines@desk.example", name="Inés"),
        ),
        ("{from: mara, text: x}", "mail", Sender(mail="mara@northfield.example", name="Mara")),
        ("{from: mara, source: slack, text: x}", "slack", Sender(name="Mara", person="mara")),
        ("{from: tomasz, source: mail, text: x}", "mail", Sender(name="Tomasz", person="tomasz")),
        ("{from: a@b.example, text: x}", "mail", Sender(mail="a@b.example")),
        (
            '{from: "Mara L. <a@b.example>", text: x}',
            "mail",
            Sender(mail="a@b.example", name="Mara L."),
        ),
        ('{from: a@b.example, channel: "#x", text: x}', "slack", Sender(mail="a@b.example")),
        ("{from: U0STRANGER, text: x}", "slack", Sender(slack="U0STRANGER")),
        ("{text: x}", "slack", Sender()),
    ],
)
def test_the_writer_is_known_by_what_the_source_vouches_for(
    tmp_path: Path, message: str, source: str, sender: Sender
) -> None:
    found = one(tmp_path, message)
    assert (found.source, found.sender) == (source, sender)


def test_a_message_has_a_channel_or_a_subject(tmp_path: Path) -> None:
    assert one(tmp_path, '{channel: "#Support", text: x}').channel == "#support"
    assert one(tmp_path, "{subject: help, text: x}").subject == "help"


def test_values_may_be_several_and_a_test_has_a_name(tmp_path: Path) -> None:
    (case,) = read(
        tmp_path,
        "- {name: it, message: {text: x}, at: 2026-11-24T14:05Z, expect: {severity: [P1, P2], "
        "first_line: ines, github_issue: no, labels: none}}",
    )
    assert case.name == "it"
    assert case.expect == {
        "severity": ("P1", "P2"),
        "first_line": ("ines",),
        "github_issue": ("no",),
        "labels": ("none",),
    }


def test_a_long_message_is_named_by_how_it_begins(tmp_path: Path) -> None:
    text = "- {message: {text: 'LONG\n\n  next'}, at: 2026-11-24T14:05Z, expect: {severity: P1}}"
    (case,) = read(tmp_path, text.replace("LONG", "x" * 100))
    assert case.name == "x" * 69 + "…"


def test_a_mail_stands_beside_and_needs_no_time(tmp_path: Path) -> None:
    (case,) = read(tmp_path, "- {message: m.eml, expect: {severity: P1}}", m=b"Subject: \xff\n\nx")
    assert (case.message, case.at, case.name) == (b"Subject: \xff\n\nx", None, "m.eml")


def test_a_mail_is_looked_for_beside_the_file_that_names_it(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "mails"
    folder.mkdir(parents=True)
    (folder / "b.yaml").write_text("- {message: m.eml, expect: {severity: P1}}")
    (folder / "m.eml").write_bytes(b"x")
    (case,) = read_cases(tmp_path, PLAYBOOKS, keys(PLAYBOOKS))
    assert (case.message, case.where.file) == (b"x", "tests/mails/b.yaml")


def test_a_folder_of_tests_elsewhere_is_not_looked_into(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    folder = tmp_path / "playbooks"
    folder.mkdir()
    (folder / "tests").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PlaybookFaults, match="tests:1:1: a link that leads out of the folder"):
        read_cases(folder, PLAYBOOKS, keys(PLAYBOOKS))


def test_no_folder_and_an_empty_list_hold_no_tests(tmp_path: Path) -> None:
    assert read_cases(tmp_path, PLAYBOOKS, keys(PLAYBOOKS)) == ()
    assert read(tmp_path, "[]") == ()


AT = "at: 2026-11-24T14:05Z"
EXPECT_REFUSED = [
    ("{sevrity: P1}", "1:56: unknown key 'sevrity' — did you mean 'severity'?"),
    ("{severity: P9}", "1:66: unknown severity 'P9' — known are P1, P2"),
    ("{severity: [P1, Q2]}", "1:71: unknown severity 'Q2' — known are P1, P2"),
    ("{community: northfeld}", "did you mean 'northfield'?"),
    ("{hub: northfield/prd}", "did you mean 'northfield/prod'?"),
    ("{symptom: logon}", "did you mean 'login'?"),
    ("{rule: everything els}", "did you mean 'everything else'?"),
    ("{first_line: inse}", "did you mean 'ines'?"),
    ("{incident: perhaps}", "known are ask, no, yes"),
    ("{}", "nothing is expected"),
    ("{severity: }", "nothing is written here"),
    ("P1", "keys and values are wanted here"),
]
MESSAGE_REFUSED = [
    ("{text: x, form: ines}", "1:22: unknown key 'form' — did you mean 'from'?"),
    ("{from: inse, text: x}", "1:19: unknown person 'inse' — did you mean 'ines'?"),
    ("{from: ines}", "1:12: the key 'text' is missing — add `text: "),
    ("{text: x, source: fax}", "write slack or mail"),
    ("{text: x, channel: help}", 'write it as in Slack, in quotes: "#help"'),
    ("M.eml", "'M.eml': No such file or directory — did you mean 'm.eml'?"),
    ("../m.eml", "No such file"),
    ("../../x.eml", "is no file in the folder of the tests"),
    ("hello", "1:12: 'hello' is no message — write `{text: …}`, or the name of a file"),
    ("{mail: m.eml, from: ines}", "leave the other keys out"),
]
EXPECT = "expect: {severity: P1}"
FILE_REFUSED = [
    ("- {message: {text: x}, EXPECT}", "1:3: the key 'at' is missing — add `at: 2026-"),
    ("- {message: {text: x}, at: 2026-11-24T14:05, EXPECT}", "1:28: this does not say in which"),
    ("- {message: {text: x}, at: today, EXPECT}", "'today' is not a day and time"),
    ("- {massage: {text: x}, AT, EXPECT}", "unknown key 'massage' — did you mean 'message'?"),
    ("- {message: {text: x}, AT}", "1:3: the key 'expect' is missing — add `expect: {sever"),
    ("tests: []", "1:1: a list of tests is wanted here — write each test as an entry of its"),
    ("", "nothing is written here"),
    ("- ]", "1:3: "),
]


@pytest.mark.parametrize(("expect", "said"), EXPECT_REFUSED)
def test_what_cannot_be_expected_is_told_with_the_nearest_name(
    tmp_path: Path, expect: str, said: str
) -> None:
    text = f"- {{message: {{text: x}}, {AT}, expect: {expect}}}"
    assert any(said in fault for fault in faults(tmp_path, text))


@pytest.mark.parametrize(("message", "said"), MESSAGE_REFUSED)
def test_what_is_no_message_is_told_with_its_mend(tmp_path: Path, message: str, said: str) -> None:
    (tmp_path.parent / "x.eml").write_bytes(b"not yours")
    text = f"- message: {message}\n  {AT}\n  {EXPECT}"
    assert any(said in fault for fault in faults(tmp_path, text, m=b"x"))


@pytest.mark.parametrize(("text", "said"), FILE_REFUSED)
def test_what_is_no_test_is_told_with_its_place_and_its_mend(
    tmp_path: Path, text: str, said: str
) -> None:
    found = faults(tmp_path, text.replace("EXPECT", EXPECT).replace("AT", AT))
    assert all(fault.startswith("tests/a.yaml:") for fault in found)
    assert any(said in fault for fault in found)


def test_faults_of_all_entries_are_told_at_once(tmp_path: Path) -> None:
    bad = OUTAGE.replace("P1", "P7")
    found = faults(tmp_path, "\n".join((bad, OUTAGE, bad)))
    assert [fault.split(":")[1] for fault in found] == ["1", "3"]


def test_a_file_that_is_no_text_and_a_mail_too_large_are_refused(tmp_path: Path) -> None:
    assert "tests/a.yaml:1:1: not UTF-8 text" in faults(tmp_path, b"\xff")[0]
    text = "- {message: m.eml, expect: {severity: P1}}"
    assert "larger than 1024 KiB" in faults(tmp_path, text, m=b"x" * (1024 * 1024 + 1))[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_to_a_file_raises_anything_but_faults(
    tmp_path: Path, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(OUTAGE)))
    end = data.draw(st.integers(start, len(OUTAGE)))
    middle = data.draw(st.text(alphabet="abP1 \n:-[]{}#&*!'\"|>,?%@`", max_size=12))
    try:
        read(tmp_path, OUTAGE[:start] + middle + OUTAGE[end:])
    except PlaybookFaults:
        return


def test_what_was_there_before_is_part_of_a_test(tmp_path: Path) -> None:
    (case,) = read(
        tmp_path,
        "- message: {text: x, header: {X-Spam-Flag: 'yes'}, authenticated: no}\n"
        "  at: 2026-11-24T14:05Z\n"
        "  earlier: [{hub: lab, symptom: login, before: 2 days, open_incident: yes}]\n"
        "  expect: {severity: P1}",
    )
    before = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
    assert case.background.earlier == (Earlier(1, "lakeside/lab", "login", before, True),)
    assert isinstance(case.message, InboundMessage)
    assert (case.message.source, case.message.headers) == ("mail", {"x-spam-flag": "yes"})
    assert case.message.authenticated is False


@pytest.mark.parametrize(
    ("earlier", "fault"),
    [
        ("{hub: prod, before: 2 days}", "unknown hub 'prod'"),
        ("{hub: lakeside/lap, before: 2 days}", "did you mean 'lakeside/lab'?"),
        ("{hub: lab, before: soon}", "'soon'"),
        ("{hub: lab}", "the key 'before' is missing"),
    ],
)
def test_a_ticket_that_cannot_have_been_is_told_with_its_mend(
    tmp_path: Path, earlier: str, fault: str
) -> None:
    entry = OUTAGE[:-1] + f", earlier: [{earlier}]}}"
    (found,) = faults(tmp_path, entry)
    assert fault in found


def test_before_a_mail_without_a_time_nothing_can_have_been(tmp_path: Path) -> None:
    entry = "- {message: m.eml, earlier: [{hub: lab, before: 1 day}], expect: {severity: P1}}"
    (found,) = faults(tmp_path, entry, m=b"Date: Tue, 24 Nov 2026 14:05:00 +0000\n\nhelp")
    assert "the key 'at' is missing" in found
