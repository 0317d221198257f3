"""A ticket judged by a thousand rules, with the record of why; beside a bare look for the words.

And what the rules cost before the first ticket, and at the worst. Nothing here waits for anything,
so it is the processor's time that counts, whoever else uses the machine.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import TypeVar

import re2

from benchmarks.mail_data import RULES, sender, text, wanted, write_playbooks
from benchmarks.mail_floor import Rules, expressions, set_of
from benchmarks.measure import utc_now
from supportbot.adapters.playbook_files.folding import LONGEST_TEXT
from supportbot.adapters.playbook_files.matcher import PatternBook, Re2Matcher
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.application.explain import record_of
from supportbot.domain.triage.decision import triage
from supportbot.domain.triage.message import InboundMessage, Sender

T = TypeVar("T")

_CHARACTERS = 2_000
_HOSTILE = (r"^(a+)+$", r"(\w+\s?)+$", r"(.*a){12}$")
_HOSTILE_TEXTS = ("a", "word ", "aaaa ", "ab")
SHORT_TEXT = 18
_MILLISECONDS = 1e3
_MICROSECONDS = 1e6


def ours(folder: Path, count: int, rules: int = RULES) -> Generator[float]:
    """Microseconds a ticket, of each round: facts, decision, owners, and the record of them."""
    playbooks = FolderShelf(write_playbooks(folder, rules)).current

    def judge(message: InboundMessage) -> None:
        at = utc_now()
        record_of(message, triage(message, playbooks, at), playbooks, at)

    return _rounds(judge, count, _message)


def loop_of_re(count: int) -> Generator[float]:
    """Microseconds a text, of each round: every expression of the standard library by itself."""
    compiled = [re.compile(source) for source in expressions()]

    def look(words: str) -> None:
        for expression in compiled:
            expression.search(words)

    return _rounds(look, count, lambda _, words: words.lower())


def one_set(count: int) -> Generator[float]:
    """Microseconds a text, of each round: `re2.Set`, then each hit confirmed."""
    return _rounds(Rules().hits, count, lambda _, words: words.lower())


def matcher_built() -> Generator[float]:
    """Milliseconds until the thousand rules' words and patterns can be looked for."""
    while True:
        re2.purge()
        yield _took(_matcher)


def set_built() -> Generator[float]:
    """Milliseconds to build one `re2.Set` of them."""
    while True:
        yield _took(partial(set_of, expressions()))


def hostile() -> Generator[float]:
    """Milliseconds for all hostile patterns in the worst of the hostile texts, at their longest."""
    book = PatternBook()
    for pattern in _HOSTILE:
        book.regex("text", pattern)
    matcher = book.matcher()
    texts = [(text * LONGEST_TEXT)[: LONGEST_TEXT - 1] + "!" for text in _HOSTILE_TEXTS]
    while True:
        yield max(_took(partial(matcher.hits, "text", text)) for text in texts)


def hostile_in_re() -> Generator[float]:
    """The same with the standard library, in a text so short that it ends within a second."""
    compiled = [re.compile(pattern) for pattern in _HOSTILE]
    text = _HOSTILE_TEXTS[0] * SHORT_TEXT + "!"

    def look() -> None:
        for pattern in compiled:
            pattern.search(text)

    while True:
        yield _took(look)


def _matcher() -> Re2Matcher:
    book = PatternBook()
    for one in wanted():
        add = book.regex if one.is_pattern else book.phrase
        add("text", one.source)
    return book.matcher()


def _took(job: Callable[[], object]) -> float:
    began = time.process_time()
    job()
    return (time.process_time() - began) * _MILLISECONDS


def _rounds(
    judge: Callable[[T], object], count: int, prepared: Callable[[int, str], T]
) -> Generator[float]:
    source = random.Random("rules")
    while True:
        items = [prepared(number, text(source, _CHARACTERS)) for number in range(count)]
        began = time.process_time()
        for item in items:
            judge(item)
        yield (time.process_time() - began) / count * _MICROSECONDS


def _message(number: int, words: str) -> InboundMessage:
    return InboundMessage(
        source="mail",
        key=f"mail:id:{number}",
        sender=Sender(mail=sender(number)),
        text=words,
        at=utc_now(),
        subject="A question",
        direct=True,
    )
