"""Phrases and patterns: what people mean to be the same compares as the same, in linear time."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.adapters.playbook_files import matcher as module
from supportbot.adapters.playbook_files.folding import LONGEST_TEXT, fold, mark_phrase, mark_words
from supportbot.adapters.playbook_files.matcher import PatternBook, PatternRefused


def phrase_hits(phrase: str, text: str) -> bool:
    book = PatternBook()
    number = book.phrase("text", phrase)
    return number in book.matcher().hits("text", text)


def regex_hits(pattern: str, text: str) -> bool:
    book = PatternBook()
    number = book.regex("text", pattern)
    return number in book.matcher().hits("text", text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("cannot log in", "We CANNOT Log In today."),
        ("cannot log in", "cannot\n   log\tin"),
        ("cannot log in", "cannot log\u00a0in"),
        ("cannot log in", "can\u200bnot log\u00ad in"),
        ("can't log in", "I can’t log in"),
        ("can’t log in", "I can't log in"),
        ("log-in", "the log–in page"),
        ('"hub"', "the “hub” is gone"),
        ("contraseña", "mi CONTRASENA"),
        ("contrasena", "mi contraseña"),
        ("contrasena", "mi contrasen\u0303a"),
        ("Prüfung", "PRUFUNG"),
        ("straße", "STRASSE"),
        ("zablokowaly", "zabłokowały"),
        ("403 : Forbidden", "it says: 403 : FORBIDDEN!"),
        ("hub", "hub"),
        ("hub", "(hub)"),
        ("hub", "the hub, again"),
        ("c++", "c++11 is wanted"),
        ("?", "what?"),
        (".ipynb", "week1.ipynb"),
        ("не могу войти", "Я НЕ МОГУ войти."),  # noqa: RUF001
        ("登录", "我无法登录系统"),
        ("ログイン", "昨日からログインできません"),
        ("로그인", "로그인이 안 돼요"),
        ("เข้าสู่ระบบ", "ไม่สามารถเข้าสู่ระบบได้"),
        ("ｈｕｂ", "hub"),  # noqa: RUF001
    ],
)
def test_a_phrase_is_found_whatever_its_case_accents_and_typography(phrase: str, text: str) -> None:
    assert phrase_hits(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("hub", "github is fine"),
        ("hub", "hubs"),
        ("hub", "hub_2"),
        ("log in", "log inside"),
        ("log in", "log-in"),
        ("log in", "login"),
        ("log in", "log. in"),
        ("403", "4035"),
        (".", "no stop here"),
        ("a.c", "abc"),
        ("войти", "войтись"),
        ("か", "が"),
        ("가", "각"),
    ],
)
def test_a_phrase_is_found_only_as_whole_words_and_literally(phrase: str, text: str) -> None:
    assert not phrase_hits(phrase, text)


@pytest.mark.parametrize(
    ("pattern", "text", "hit"),
    [
        (r"\b50[234]\b", "HTTP 503", True),
        (r"\b50[234]\b", "5035", False),
        (r"HUB.*down", "the hub\nis DOWN", True),
        (r"contraseña\s+\w+", "Contraseña nueva", True),
        (r"\S+@\S+", "a@b", True),
        (r"[à-ü]x", "ex", True),
        ("^only$", "  only ", True),
        ("（a）", "(a)", True),  # noqa: RUF001
    ],
)
def test_a_pattern_runs_over_the_folded_text(pattern: str, text: str, hit: bool) -> None:
    assert regex_hits(pattern, text) is hit


@pytest.mark.parametrize(
    "pattern", ["(", "[", "*a", r"\1", "(?=x)", "a{1001}", "(a{900}){900}", ".{0,900}", "x" * 1001]
)
def test_a_pattern_that_is_wrong_or_too_large_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        PatternBook().regex("text", pattern)


@pytest.mark.parametrize("phrase", ["", " ", "\u0301", "\u200b", "\x00", "x" * 1001])
def test_a_phrase_without_anything_to_find_or_too_long_is_refused(phrase: str) -> None:
    with pytest.raises(PatternRefused):
        PatternBook().phrase("text", phrase)


def test_the_number_of_patterns_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PATTERNS", 2)
    book = PatternBook()
    assert book.phrase("text", "a") == book.phrase("text", "A")
    book.phrase("text", "b")
    with pytest.raises(PatternRefused):
        book.phrase("text", "c")
    assert book.phrase("text", "b") == 1


def test_fields_are_kept_apart() -> None:
    book = PatternBook()
    numbers = [book.phrase(field, "hub") for field in ("text", "subject", "body")]
    matcher = book.matcher()
    assert matcher.hits("subject", "the hub") == {numbers[1]}
    assert matcher.hits("body", "nothing") == frozenset()
    assert PatternBook().matcher().hits("text", "the hub") == frozenset()


def test_every_pattern_that_occurs_is_among_the_hits() -> None:
    book = PatternBook()
    wanted = {book.phrase("text", "hub"), book.phrase("text", "the hub is down")}
    wanted |= {book.regex("text", "h.b"), book.regex("text", "d[ao]wn")}
    book.phrase("text", "up")
    book.regex("text", "u.p")
    assert book.matcher().hits("text", "The HUB is down") == wanted


def test_twenty_thousand_phrases_are_looked_for_at_once() -> None:
    book = PatternBook()
    numbers = [book.phrase("text", f"error code {n}") for n in range(module.MOST_PATTERNS)]
    hits = book.matcher().hits("text", "error code 17 and then Error Code 19999")
    assert hits == {numbers[17], numbers[19_999]}


def test_patterns_answer_the_same_when_the_text_is_too_long_for_the_set() -> None:
    book = PatternBook()
    numbers = [book.regex("text", f"{letter}.{{0,20}}!") for letter in string.ascii_lowercase]
    matcher = book.matcher()
    filler = "0123 4567 " * 2_000
    assert len(filler) > module._SHORT_TEXT
    assert matcher.hits("text", f"{filler} z!") == matcher.hits("text", "z!") == {numbers[25]}


def test_text_is_searched_up_to_its_bound() -> None:
    assert phrase_hits("here", "x " * (LONGEST_TEXT // 2 - 5) + " here")
    assert not phrase_hits("here", "x " * (LONGEST_TEXT // 2 + 5) + " here")


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0327\u0301" * LONGEST_TEXT,
        "\ufdfa" * LONGEST_TEXT,
        "\x01" * LONGEST_TEXT,
        "".join(map(chr, range(0x20, 0xD800))) + "".join(map(chr, range(0xE000, 0x20000))),
        "\ud800 lone",
    ],
    ids=["marks", "long-decomposition", "edges", "all-characters", "surrogate"],
)
def test_a_hostile_text_is_no_more_work_than_another(text: str) -> None:
    assert not phrase_hits("cannot log in", text)
    assert not regex_hits("cannot.*log", text)


@given(st.text(), st.text())
def test_folding_twice_is_folding_once_and_no_edge_comes_from_outside(text: str, more: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert "\x01" not in fold(text + more)


@given(st.text(min_size=1, max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_phrase_between_blanks_is_always_found(phrase: str, before: str, after: str) -> None:
    folded = fold(phrase)
    if folded:
        assert mark_phrase(folded) in mark_words(fold(f"{fold(before)} {folded} {fold(after)}"))
