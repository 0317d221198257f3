"""`supportbot mail parse`."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.command_line import run

_MAIL = b"""\
From: Mara Lindqvist <mara@northfield.example>
To: help@support.example
Cc: Noor <noor@support.example>
Subject: =?utf-8?q?Hub_l=C3=A4uft_nicht?=
Date: Tue, 24 Nov 2026 15:05:00 +0100
Message-ID: <1@northfield.example>
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8

Nobody can log in.

On 23/11/2026 Noor wrote:
> All is well.
--x
Content-Type: application/x-log
Content-Disposition: attachment; filename=hub.log

hi
--x--
"""


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one.eml").write_bytes(_MAIL)


def rows(*arguments: str, stdin: bytes | None = None, status: int = 0) -> list[Any]:
    result = run("mail", "parse", "--jsonl", *arguments, stdin=stdin)
    assert result.exit_code == status
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_message_is_a_row_in_the_shape_that_programs_know() -> None:
    assert rows("one.eml") == [
        {
            "file": "one.eml",
            "error": None,
            "subject": "Hub läuft nicht",
            "from_email": "mara@northfield.example",
            "from_name": "Mara Lindqvist",
            "to": ["help@support.example"],
            "cc": ["noor@support.example"],
            "reply_to": [],
            "date": "2026-11-24T14:05:00+00:00",
            "message_id": "1@northfield.example",
            "text": "Nobody can log in.\n\nOn 23/11/2026 Noor wrote:\n> All is well.",
            "reply": "Nobody can log in.",
            "attachments": [
                {
                    "filename": "hub.log",
                    "content_type": "application/x-log",
                    "size": 2,
                    "sha256": sha256(b"hi").hexdigest(),
                    "inline": False,
                }
            ],
            "is_auto_reply": False,
            "is_bounce": False,
            "auto_reply_allowed": True,
            "requester_email": "mara@northfield.example",
        }
    ]


def test_standard_input_is_a_message() -> None:
    (row,) = rows("-", stdin=_MAIL)
    assert (row["file"], row["reply"]) == ("-", "Nobody can log in.")


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_shown() -> None:
    first, second = rows("absent.eml", "one.eml", status=1)
    assert first == {"file": "absent.eml", "error": "cannot be read: No such file or directory"}
    assert second["subject"] == "Hub läuft nicht"


def test_what_a_limit_left_out_is_the_row_s_error() -> None:
    Path("many.eml").write_bytes(b"X-A: b\r\n" * 2_000 + b"\r\nhello")
    (row,) = rows("many.eml")
    assert "headers" in row["error"]
    assert row["text"] == "hello"


def test_people_see_facts_and_new_words_without_control_characters() -> None:
    Path("odd.eml").write_bytes(b"From: a@b.example\nSubject: red \x1b[31m\n\nhello \x1b[2J\n")
    result = run("mail", "parse", "one.eml", "odd.eml")
    assert result.exit_code == 0
    assert "attachments         hub.log (application/x-log, 2 bytes)" in result.stdout
    assert "Nobody can log in." in result.stdout
    assert "All is well." not in result.stdout
    assert "\x1b" not in result.stdout
