"""A ticket judged by a thousand rules, with the record of why; beside a bare look for the words."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

from benchmarks.mail_data import sender, text, write_playbooks
from benchmarks.mail_floor import Rules, expressions
from benchmarks.measure import utc_now
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.application.explain import record_of
from supportbot.domain.message import InboundMessage, Sender
from supportbot.domain.triage import triage

T = TypeVar("T")

_CHARACTERS = 2_000
_MICROSECONDS = 1e6


def ours(folder: Path, count: int) -> Generator[float]:
    """Microseconds a ticket, of each round: facts, decision, owners, and the record of them."""
    playbooks = FolderShelf(write_playbooks(folder)).current

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


def _rounds(
    judge: Callable[[T], object], count: int, prepared: Callable[[int, str], T]
) -> Generator[float]:
    source = random.Random("rules")
    while True:
        items = [prepared(number, text(source, _CHARACTERS)) for number in range(count)]
        began = time.perf_counter()
        for item in items:
            judge(item)
        yield (time.perf_counter() - began) / count * _MICROSECONDS


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
