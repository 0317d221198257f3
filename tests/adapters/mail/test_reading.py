"""Headers, charsets, parts and files: what a message says, however it is written."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from supportbot.adapters.mail.reading import read_mail
from tests.adapters.mail.messages import mail, multipart, read


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        (b"Hub is down", "Hub is down"),
        (b"=?utf-8?q?Hub_l=C3=A4uft?=", "Hub läuft"),
        (b"=?UTF-8*de?B?SHViIGzDpHVmdA?=", "Hub läuft"),
        (b"=?utf-8?b?SHViIGzD?=\r\n =?utf-8?b?pHVmdA==?=", "Hub läuft"),
        (b"=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=", "テスト"),
        (b"Re: =?utf-8?q?a?= b =?utf-8?q?c?=", "Re: a b c"),
        ("Hub läuft".encode(), "Hub läuft"),
        ("Hub läuft".encode("latin-1"), "Hub läuft"),
        (b"=?no-such?q?caf=C3=A9?=", "café"),
        (b"=?utf-8?q?caf=E9?=", "café"),
        (b"=?idna?q?abc?= =?zlib?b?eJw=?=", None),
        (b"=?utf-8?q?open", "=?utf-8?q?open"),
        (b"folded\r\n  here", "folded  here"),
        (b"", ""),
    ],
)
def test_a_subject_is_read_in_any_writing(written: bytes, subject: str | None) -> None:
    found = read(b"Subject: " + written).subject
    assert subject is None or found == subject


@pytest.mark.parametrize(
    ("written", "people"),
    [
        ("ada@one.example", [("ada@one.example", "")]),
        ("<ada@one.example>, b@two.example", [("ada@one.example", ""), ("b@two.example", "")]),
        ('"Lovelace, Ada" <ada@one.example>', [("ada@one.example", "Lovelace, Ada")]),
        ("ada@one.example (Ada (the first))", [("ada@one.example", "Ada (the first)")]),
        ("=?utf-8?q?Ad=C3=A4?= <ada@one.example>", [("ada@one.example", "Adä")]),
        ("=?utf-8?q?Ada_=3Cada=40one.example=3E?=", [("ada@one.example", "Ada")]),
        ("Team: ada@one.example, b@two.example;", [("ada@one.example", ""), ("b@two.example", "")]),
        ("Ada <@relay.example:ada@one.example>", [("ada@one.example", "Ada")]),
        ("Ada <ada(home)@one . example>", [("ada@one.example", "Ada")]),
        ("jdoe@one . example", [("jdoe@one.example", "")]),
        ("undisclosed-recipients:;", []),
        ("Ada, Bob", []),
        ('<<<>>>,,;;"(', []),
    ],
)
def test_addresses_are_read_in_any_writing(written: str, people: list[tuple[str, str]]) -> None:
    assert [(one.email, one.name) for one in read(f"To: {written}").to] == people


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("Tue, 24 Nov 2026 15:05:00 +0100", datetime(2026, 11, 24, 14, 5, tzinfo=UTC)),
        ("24 Nov 2026 14:05:00 -0000", datetime(2026, 11, 24, 14, 5, tzinfo=UTC)),
        ("2026-11-24T15:05:00+01:00", datetime(2026, 11, 24, 14, 5, tzinfo=UTC)),
        ("Tue, 24 Nov 0000 25:61:00 +9999", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_an_instant_in_utc_or_nothing(written: str, at: datetime | None) -> None:
    assert read(f"Date: {written}").date == at


@pytest.mark.parametrize(
    ("charset", "raw"),
    [
        ("utf-8", "Grüße".encode()),
        ("iso-8859-1", "Grüße".encode("latin-1")),
        ("utf-8", "Grüße".encode("latin-1")),
        ("no-such-charset", "Grüße".encode()),
        ('"windows-1252"', "Grüße".encode("cp1252")),
        ("us-ascii", "Grüße".encode()),
        ("base64", "Grüße".encode()),
        ("unicode_escape", "Grüße".encode()),
        ("UTF-7", "Grüße".encode("utf-7")),
    ],
)
def test_text_is_read_in_the_charset_named_and_in_the_one_meant(charset: str, raw: bytes) -> None:
    assert read(f"Content-Type: text/plain; charset={charset}", body=raw).text == "Grüße"


def test_the_plain_alternative_is_the_text() -> None:
    raw = multipart(
        "alternative",
        "Content-Type: text/plain\r\n\r\nplain",
        "Content-Type: text/html\r\n\r\n<p>rich",
    )
    assert read_mail(raw).text == "plain"
    assert read_mail(raw).attachments == ()


def test_html_is_the_text_where_the_plain_alternative_is_blank() -> None:
    raw = multipart(
        "alternative",
        "Content-Type: text/plain\r\n\r\n \r\n",
        "Content-Type: text/html\r\n\r\n<p>rich",
    )
    assert read_mail(raw).text == "rich"


def test_html_beside_a_list_s_footer_is_not_lost() -> None:
    raw = multipart("mixed", "Content-Type: text/html\r\n\r\n<p>rich", "\r\nthe list's footer")
    assert "rich" in read_mail(raw).text
    assert "the list's footer" in read_mail(raw).text


def test_a_header_in_utf_8_is_read_so_whatever_the_text_is_in() -> None:
    assert read("Subject: läuft", "Content-Type: text/plain; charset=iso-8859-1").subject == "läuft"


def test_no_zero_byte_comes_through() -> None:
    found = read(b"Subject: a\0b", b"From: A\0 <a@x.example>", body=b"c\0d")
    assert (found.subject, found.text) == ("ab", "cd")
    assert "\0" not in repr(found.sender)


def test_html_reads_as_lines_without_scripts_and_with_quotes_marked() -> None:
    source = (
        "<html><head><title>t</title><style>p {}</style></head><body><p>One&nbsp;&amp; two"
        "<br>three<script>if (a < b) { alert('</p>') }</script><ul><li>first<li>second</ul>"
        "<!-- not > this --><blockquote>old<blockquote>older</blockquote></blockquote></body>"
    )
    text = read("Content-Type: text/html", body=source).text
    assert [line for line in text.splitlines() if line.strip("> ")] == [
        "One & two", "three", "- first", "- second", "> old", "> > older",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "filename"),
    [
        ("Content-Disposition: attachment; filename=log.txt", "log.txt"),
        ('Content-Disposition: attachment; filename="a; b.txt"', "a; b.txt"),
        ("Content-Disposition: attachment; filename*=utf-8''l%C3%B6g.txt", "lög.txt"),
        (
            "Content-Disposition: attachment; filename*0*=utf-8''l%C3%B6; filename*1=g.txt",
            "lög.txt",
        ),
        ('Content-Disposition: attachment; filename="=?utf-8?q?l=C3=B6g.txt?="', "lög.txt"),
        ('Content-Type: application/x-log; name="log.txt"', "log.txt"),
    ],
)
def test_a_file_has_its_name_size_and_hash(head: str, filename: str) -> None:
    raw = multipart(
        "mixed", "\r\nSee there.", f"{head}\r\nContent-Transfer-Encoding: base64\r\n\r\naGk="
    )
    (file,) = read_mail(raw).attachments
    assert (file.filename, file.size, file.content) == (filename, 2, b"hi")
    assert file.sha256 == sha256(b"hi").hexdigest()
    assert not file.inline
    assert read_mail(raw).text == "See there."


def test_a_picture_within_the_text_is_inline() -> None:
    raw = multipart("related", "Content-Type: image/png\r\nContent-ID: <1@x>\r\n\r\npng")
    assert [file.inline for file in read_mail(raw).attachments] == [True]


def test_ids_are_without_brackets_in_their_order() -> None:
    found = read("Message-ID: <c@x>", "In-Reply-To: <b@x>", "References: <a@x>\r\n <b@x>")
    assert (found.message_id, found.in_reply_to, found.references) == (
        "c@x",
        ("b@x",),
        ("a@x", "b@x"),
    )


def test_the_requester_is_whom_an_answer_should_reach() -> None:
    found = read("From: form@site.example", "Reply-To: Mara <mara@northfield.example>")
    assert found.requester is not None
    assert found.requester.email == "mara@northfield.example"
    assert read().requester == read().sender


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"no header at all",
        b"\xff\xfe\x00\x01" * 100,
        b"From: a@b.example\r\nthis is no header\r\n\r\nbody",
        mail("Content-Type: multipart/mixed; boundary=x", body="--y\r\n\r\nhello"),
        mail("Content-Type: multipart/mixed", body="--x\r\n\r\nhello\r\n--x--"),
        mail("Content-Type: multipart/mixed; boundary=x", body="--x\r\n\r\nhello"),
        mail("Content-Type: nonsense", "Content-Transfer-Encoding: base64", body="aGVsbG8"),
    ],
)
def test_broken_messages_are_read_as_far_as_they_go(raw: bytes) -> None:
    text = read_mail(raw).text
    assert b"hello" not in raw or "hello" in text
