"""Hostile messages end in a note, not in a crash, and in no time worth speaking of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.adapters.mail.reading import read_mail
from supportbot.adapters.mail.reply import new_words
from tests.adapters.mail.messages import mail, read


def _nested(levels: int) -> bytes:
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(levels)
    )
    return b"From: a@b.example\r\n" + head + b"\r\nhello"


def test_five_thousand_levels_are_one_attachment_below_the_deepest_that_is_read() -> None:
    found = read_mail(_nested(5_000))
    assert len(found.attachments) == 1
    assert any("nested deeper" in note for note in found.notes)


def test_twenty_levels_are_read() -> None:
    assert read_mail(_nested(20)).text == "hello"


def test_parts_headers_and_addresses_beyond_the_limits_are_noted() -> None:
    parts = read("Content-Type: multipart/mixed; boundary=x", body="--x\r\n\r\nhi\r\n" * 5_000)
    headers = read(*(f"X-{n}: y" for n in range(10_000)), body="hello")
    people = read("To: " + ", ".join(f"p{n}@x.example" for n in range(4_000)))
    assert "500 parts" in parts.notes[0]
    assert "headers" in headers.notes[0]
    assert headers.text == "hello"
    assert "1000 addresses in to" in people.notes[0]
    assert len(people.to) == 1_000


def test_a_text_of_fifty_megabytes_is_cut() -> None:
    found = read(body=b"line of text\r\n" * 3_700_000)
    assert "text longer" in found.notes[0]
    assert len(found.text) <= 1_000_000


@pytest.mark.parametrize(
    "body",
    [
        "<" * 1_000_000,
        "<!--" * 250_000,
        "<a " * 300_000,
        '<a href="' * 100_000,
        "<script>" * 100_000,
        "<div>" * 200_000,
        "<blockquote>" * 80_000,
        "&#" + "9" * 900_000,
        "</x>" * 250_000,
    ],
)
def test_hostile_html_is_read_in_time_that_grows_with_its_length(body: str) -> None:
    assert len(read("Content-Type: text/html", body=body).text) <= 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        ">" * 900_000,
        "> x\n" * 200_000,
        "On " * 300_000,
        "wrote:\n" * 100_000,
        "On 1\n" * 100_000 + "wrote:",
        "From: a@b\n" * 90_000,
        "-" * 900_000,
        "\n" * 900_000,
    ],
)
def test_hostile_text_is_read_in_time_that_grows_with_its_length(text: str) -> None:
    assert len(new_words(text)) <= len(text)


@pytest.mark.parametrize(
    "value",
    [
        "=?" * 40_000,
        "=?utf-8?q?" * 9_000,
        "(" * 90_000,
        '"' * 90_000,
        "<" * 90_000,
        ":" * 90_000,
        "a@b" * 30_000,
    ],
)
def test_hostile_headers_are_read_in_time_that_grows_with_their_length(value: str) -> None:
    found = read(f"To: {value}", f"Subject: {value}", f"Content-Type: {value}")
    assert len(found.subject) <= 2_000


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.binary(max_size=200), st.binary(max_size=400))
def test_no_bytes_make_it_raise(kind: bytes, subject: bytes, body: bytes) -> None:
    lines = (b"Content-Type: multipart/" + kind, b"Subject: =?" + subject, b"From: " + subject)
    found = read_mail(mail(*lines, body=body))
    found.text.encode()
    found.subject.encode()
