"""From a raw message to what the desk judges: who, where it belongs, what came with it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from supportbot.adapters.mail.envelope import envelope
from supportbot.adapters.mail.reader import MOST_FILES, MailReader
from supportbot.application.ports import InboxRow, Quarantined
from supportbot.domain.triage.message import File, InboundMessage
from tests.adapters.mail.messages import mail, multipart
from tests.domain.samples import NOON

OWN = "help@openfield.example"
PROVED = "dmarc=pass header.from=northfield.example"


class Kept(dict[str, bytes]):
    def keep(self, sha256: str, content: bytes) -> None:
        self[sha256] = content


def read(raw: bytes, *, released: bool = False) -> InboundMessage | Quarantined:
    row = InboxRow(1, "t", "mail", "{}", NOON, 1, raw, released=released)
    found = MailReader(OWN, Kept().keep).read(row)
    assert isinstance(found, InboundMessage | Quarantined)
    return found


def message(raw: bytes) -> InboundMessage:
    found = read(raw)
    assert isinstance(found, InboundMessage), found
    return found


def test_whoever_wrote_asks_and_the_answer_goes_where_they_want_it() -> None:
    found = message(
        mail(
            "Reply-To: Office <office@northfield.example>",
            "Subject: The hub is down",
            "Message-ID: <3@x.example>",
            "References: <1@x.example> <2@x.example>",
            "In-Reply-To: <2@x.example>",
        )
    )
    assert found.sender.mail == "mara@northfield.example"
    assert found.reply_to is not None
    assert found.reply_to.kind == "mail"
    assert found.reply_to.address == {
        "to": "office@northfield.example",
        "name": "Office",
        "subject": "The hub is down",
        "message_id": "3@x.example",
        "references": "1@x.example 2@x.example",
    }


def test_its_conversations_are_named_the_nearest_first_with_the_header_that_names_them() -> None:
    found = message(
        mail("Message-ID: <4@x>", "In-Reply-To: <3@x>", "References: <1@x> <2@x> <3@x>")
    )
    assert [(key, found.found_by[key]) for key in found.thread_keys] == [
        ("mail:id:3@x", "in-reply-to"),
        ("mail:id:2@x", "references"),
        ("mail:id:1@x", "references"),
        ("mail:answers:4@x", "message-id"),
    ]
    assert found.weak_keys == ("mail:answers:3@x", "mail:answers:2@x", "mail:answers:1@x")
    assert found.known_as == (
        "mail:id:4@x",
        "mail:answers:3@x",
        "mail:answers:1@x",
        "mail:answers:2@x",
    )


def test_an_id_that_no_database_can_keep_as_it_is_is_known_by_its_hash() -> None:
    endless = "\N{CJK UNIFIED IDEOGRAPH-4E00}" * 900
    found = message(mail(f"Message-ID: <{endless}>", f"In-Reply-To: <{endless}b>"))
    keys = (*found.thread_keys, *found.weak_keys, *found.known_as)
    assert max(len(key.encode()) for key in keys) < 600
    assert len(set(found.known_as)) == 2


@pytest.mark.parametrize(
    ("headers", "ticket", "found_by"),
    [
        (["Subject: Re: hub [SUP-42]"], 42, "subject"),
        (["Subject: Re: [sup-42] hub"], 42, "subject"),
        (["Subject: SUP-42"], None, None),
        (["Subject: [OTHER-42] [RT #7] hub"], None, None),
        (["Subject: [SUP-99999999999999999999]"], None, None),
        (["In-Reply-To: <SUP-42.1.reply.receipt@openfield.example>"], 42, "in-reply-to"),
        (["In-Reply-To: <sup-42.1.reply.receipt@OPENFIELD.example>"], 42, "in-reply-to"),
        (["In-Reply-To: <SUP-42.1.reply.receipt@elsewhere.example>"], None, None),
        (["References: <SUP-42.1.reply.receipt@openfield.example> <2@x>"], 42, "references"),
    ],
)
def test_a_reference_of_ours_names_the_ticket(
    headers: list[str], ticket: int | None, found_by: str | None
) -> None:
    found = message(mail(*headers))
    assert found.names_ticket == ticket
    assert found.found_by.get(f"SUP-{ticket}") == found_by


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (["Auto-Submitted: auto-replied"], "automatic-reply"),
        (["Subject: Out of office: away"], "automatic-reply"),
        (["From: Mail Delivery <mailer-daemon@x.example>", "Return-Path: <>"], "bounce"),
        (["From: Support <HELP@openfield.example>"], "own-mail"),
    ],
)
def test_what_programs_wrote_is_kept_aside_until_somebody_releases_it(
    headers: list[str], reason: str
) -> None:
    raw = mail(*headers)
    found = read(raw)
    assert isinstance(found, Quarantined)
    assert found.reason == reason
    released = read(raw, released=True)
    assert isinstance(released, InboundMessage)
    assert not released.automatic_answers or reason == "own-mail"


def test_a_list_s_or_a_provider_s_mail_is_a_request_that_no_program_answers() -> None:
    for header in ("List-Id: <users.x.example>", "Precedence: bulk", "From: noreply@cloud.example"):
        assert not message(mail(header)).automatic_answers


def test_the_new_words_are_judged_and_all_of_them_kept() -> None:
    found = message(mail(body="Still broken.\r\n\r\nOn Monday Ines wrote:\r\n> Is it better?\r\n"))
    assert found.text == "Still broken."
    assert "> Is it better?" in found.whole


def test_a_mail_of_nothing_but_quotes_is_judged_by_them() -> None:
    found = message(mail(body="> Is it better?\r\n"))
    assert found.text == "> Is it better?"


def test_files_are_kept_by_their_hash_and_named_in_the_text() -> None:
    kept = Kept()
    raw = multipart(
        "mixed",
        "Content-Type: text/plain\r\n\r\nSee the picture.",
        "Content-Type: image/png; name=shot.png\r\nContent-Disposition: attachment\r\n\r\nabc",
    )
    found = MailReader(OWN, kept.keep).read(InboxRow(1, "t", "mail", "{}", NOON, 1, raw))
    digest = hashlib.sha256(b"abc").hexdigest()
    assert kept == {digest: b"abc"}
    assert isinstance(found, InboundMessage)
    assert found.files == (File("shot.png", "image/png", 3, digest),)
    assert found.text == "See the picture.\n[file: shot.png]"


def test_too_many_files_are_counted_and_not_kept() -> None:
    part = "Content-Type: image/png\r\nContent-Disposition: attachment\r\n\r\nabc"
    found = message(multipart("mixed", *[part] * (MOST_FILES + 3)))
    assert len(found.files) == MOST_FILES
    assert found.notes == (f"3 of its {MOST_FILES + 3} files were too many or too large",)


def test_without_a_sender_there_is_a_request_and_no_way_back() -> None:
    found = message(b"Subject: help\r\n\r\nhelp")
    assert found.reply_to is None
    assert found.sender.mail is None


def test_nothing_at_all_is_a_request_too() -> None:
    assert message(b"").text == "(no text)"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        pytest.param(lambda raw: b"Received: from a by b\r\n" + raw, True, id="another way"),
        pytest.param(lambda raw: raw.replace(b"Hello", b"Hallo"), False, id="other words"),
        pytest.param(lambda raw: raw.replace(b"mara@", b"maria@"), False, id="another writer"),
        pytest.param(lambda raw: raw.replace(b"<1@x>", b"<2@x>"), False, id="another name"),
    ],
)
def test_a_message_delivered_again_is_known_by_what_its_writer_sent(
    change: Any, same: bool
) -> None:
    raw = mail("Message-ID: <1@x>", "Date: Tue, 24 Nov 2026 14:05:00 +0000")
    assert (envelope(change(raw), NOON).keys == envelope(raw, NOON).keys) is same


@pytest.mark.parametrize(
    "raw", [b"", b"\0", b"\xff" * 100, b"Message-ID: \0\xff\r\n\r\n", b":" * 70_000]
)
def test_any_bytes_make_an_envelope(raw: bytes) -> None:
    found = envelope(raw, NOON)
    assert found.raw == raw
    assert len(found.keys) == 1


@pytest.mark.parametrize(
    ("relay", "authenticated"),
    [("mx.openfield.example", True), ("mx.b.example", False), ("", None)],
)
def test_whether_the_sender_is_proved_is_what_the_trusted_relay_says(
    relay: str, authenticated: bool | None
) -> None:
    raw = mail(f"Authentication-Results: mx.openfield.example;\r\n\t{PROVED}")
    found = MailReader(OWN, Kept().keep, relay).read(InboxRow(1, "t", "mail", "{}", NOON, 1, raw))
    assert isinstance(found, InboundMessage)
    assert found.authenticated is authenticated


def test_what_is_kept_aside_is_shown_on_one_line() -> None:
    lines = "=?utf-8?q?Away=0A=E2=80=A2_7:_ana=40harbour.example:_urgent?="
    found = read(mail("Auto-Submitted: auto-replied", f"Subject: {lines}"))
    assert isinstance(found, Quarantined)
    assert found.subject == "Away \N{BULLET} 7: ana@harbour.example: urgent"


def test_what_a_stranger_encodes_in_their_name_is_no_finding_of_the_relay() -> None:
    word = "=?utf-8?q?=3B_dmarc=3Dpass_header.from=3Dnorthfield.example_=3B?="
    raw = mail(f"Authentication-Results: mx.a.example; spf=none smtp.mailfrom={word}@evil.example")
    row = InboxRow(1, "t", "mail", "{}", NOON, 1, raw)
    found = MailReader(OWN, Kept().keep, "mx.a.example").read(row)
    assert isinstance(found, InboundMessage)
    assert found.authenticated is False


def test_headers_that_a_rule_may_ask_for_are_kept_within_limits_and_without_the_trace() -> None:
    many = [f"X-More-{n}: {n}" for n in range(100)]
    trace = ["Received: from a", "DKIM-Signature: v=1", "ARC-Seal: i=1", "X-Google-Id: 1"]
    flag = "X-Spam-Flag: =?utf-8?q?YES=0AP4:_noise?="
    found = message(mail(flag, "List-Id: " + "a" * 500, *trace, *many))
    assert found.headers["x-spam-flag"] == "YES P4: noise"  # on one line, where it is explained
    assert found.headers["list-id"] == "a" * 300
    assert len(found.headers) == 40
    assert not {"received", "dkim-signature", "arc-seal", "x-google-id", "from"} & set(
        found.headers
    )
