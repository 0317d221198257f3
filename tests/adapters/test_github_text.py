"""Marks, limits, and text that does nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.adapters.github import text

ZERO = "\u200b"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("SUP-42:issue", "<!-- supportbot:SUP-42:issue -->"),
        ("a b", "<!-- supportbot:a%20b -->"),
        ("a-->b", "<!-- supportbot:a-%2D%3Eb -->"),
    ],
)
def test_a_marker_is_one_whole_comment(key: str, expected: str) -> None:
    assert text.marker(key) == expected


@given(st.text(max_size=60))
def test_no_key_ends_its_comment_early(key: str) -> None:
    inside = text.marker(key).removeprefix("<!--").removesuffix("-->")
    assert "--" not in inside
    assert ">" not in inside


def test_a_stamped_body_ends_with_its_marker() -> None:
    assert text.stamped("facts", "k") == "facts\n\n<!-- supportbot:k -->"


def test_the_longest_body_keeps_its_marker() -> None:
    stamped = text.stamped("x" * 100_000, "k")
    assert len(stamped) == text.BODY_LIMIT
    assert stamped.endswith("…\n\n<!-- supportbot:k -->")


def test_a_body_cannot_pass_for_another_delivery() -> None:
    stamped = text.stamped(f"quoted {text.marker('other')}", "mine")
    assert text.marker("other") not in stamped
    assert text.marker("mine") in stamped


@pytest.mark.parametrize(
    ("given_title", "expected"),
    [
        ("Hub down", "Hub down"),
        ("two\r\nlines\t and   room", "two lines and room"),
        ("  ", "(no title)"),
        ("x" * 256, "x" * 256),
        ("x" * 257, "x" * 255 + "…"),
        ("a\x00b\ud800c\u202ed", "abcd"),
    ],
)
def test_a_title_is_one_line_within_its_limit(given_title: str, expected: str) -> None:
    assert text.title(given_title) == expected


def test_labels_are_cut_and_come_once() -> None:
    assert text.labels(["P1", "p1", "", " two  words ", "x" * 60]) == [
        "p1",
        "two words",
        "x" * 49 + "…",
    ]


def test_the_first_ten_assignees_are_taken() -> None:
    names = ["@ines", "Ines", *(f"user{n}" for n in range(20))]
    assert text.assignees(names) == ["Ines", *(f"user{n}" for n in range(9))]


@pytest.mark.parametrize(
    ("outside", "shown"),
    [
        ("plain words", "plain words"),
        ("hey @channel", f"hey @{ZERO}channel"),
        ("mail mara@northfield.example", f"mail mara@{ZERO}northfield.example"),
        ("fixes #12", f"fixes #{ZERO}12"),
        ("see GH-12", f"see G{ZERO}H-12"),
        ("org/repo#3", f"org/repo#{ZERO}3"),
        ("see https://github.com/o/r/issues/1", f"see https:{ZERO}//github.com/o/r/issues/1"),
        ("www.example.org", f"w{ZERO}ww.example.org"),
        ("a <!-- hidden --> b", "a \\!".replace("\\!", "&lt;\\!") + "-- hidden --&gt; b"),
        ("<img src=x>", f"{ZERO}&lt;img src=x&gt;"),
        ("&#64;ines", f"{ZERO}&amp;#{ZERO}64;ines"),
        ("`code` *bold* _it_", f"{ZERO}\\`code\\` \\*bold\\* \\_it\\_"),
        ("[x](javascript:1)", f"{ZERO}\\[x\\](javascript:1)"),
        ("# heading", f"{ZERO}#{ZERO} heading"),
        ("- item\n1. one\n    code", f"{ZERO}- item\n{ZERO}1. one\n{ZERO}    code"),
        ("title\n===", f"title\n{ZERO}==="),
        ("a | b", "a \\| b"),
        ("$x$", f"{ZERO}\\$x\\$"),
        ("a\u202eb\x07c", "abc"),
        ("", ""),
    ],
)
def test_text_from_outside_does_nothing(outside: str, shown: str) -> None:
    assert text.inert(outside) == shown


@given(st.text())
def test_no_text_pings_refers_or_hides(outside: str) -> None:
    shown = text.inert(outside)
    assert "<" not in shown
    assert all(not shown[at + 1 :][:1].isalnum() for at, each in enumerate(shown) if each in "@#")
