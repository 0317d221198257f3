"""The least that makes a durable ticket of a mail: parse, a thousand rules, six rows, a commit."""

from __future__ import annotations

import email
import sqlite3
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from email import policy
from email.message import Message
from pathlib import Path
from typing import Literal

import re2
from fast_mail_parser import parse_email

from benchmarks.mail_data import mails, wanted

_TABLES = """
    CREATE TABLE inbox (id INTEGER PRIMARY KEY, key TEXT UNIQUE, raw BLOB, at INTEGER);
    CREATE TABLE tickets (number INTEGER PRIMARY KEY, sender TEXT, subject TEXT, rule TEXT);
    CREATE TABLE events (id INTEGER PRIMARY KEY, ticket INTEGER, kind TEXT, data TEXT);
    CREATE TABLE timers (id INTEGER PRIMARY KEY, ticket INTEGER, kind TEXT, due INTEGER);
    CREATE TABLE deliveries (id INTEGER PRIMARY KEY, ticket INTEGER, kind TEXT, data TEXT);
    CREATE TABLE decisions (ticket INTEGER PRIMARY KEY, hits TEXT, facts TEXT);
"""
Parser = Literal["compat32", "fast"]
# From, Subject, Message-ID and the text.
_Said = tuple[str, str, str, str]


def rate(folder: Path, count: int, group: int, parser: Parser) -> Generator[float]:
    """Mails a second of each round of `count`, `group` of them in one commit. The parser is that of
    the standard library, or fast-mail-parser."""
    read = _read_fast if parser == "fast" else _read_compat32
    rules = Rules()
    with closing(sqlite3.connect(folder / "floor.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(_TABLES)
        first = 0
        while True:
            messages = mails(first, count)
            began = time.perf_counter()
            for at in range(0, count, group):
                connection.execute("BEGIN IMMEDIATE")
                for raw in messages[at : at + group]:
                    _keep(connection, rules, raw, read(raw))
                connection.execute("COMMIT")
            yield count / (time.perf_counter() - began)
            first += count


class Rules:
    """A thousand rules as one `re2.Set`, each hit confirmed by its own expression."""

    def __init__(self) -> None:
        self.sources = expressions()
        self._single = [re2.compile(source) for source in self.sources]
        self._set = set_of(self.sources)

    def hits(self, text: str) -> list[int]:
        return [
            number for number in self._set.Match(text) or () if self._single[number].search(text)
        ]


def set_of(sources: list[str]) -> re2.Set:
    """All of them, to be looked for at once."""
    found = re2.Set.SearchSet()
    for source in sources:
        found.Add(source)
    found.Compile()
    return found


def expressions() -> list[str]:
    """What the thousand rules look for, as regular expressions: words, whatever their case."""
    return [one.source if one.is_pattern else rf"\b{one.source}\b" for one in wanted()]


def _keep(connection: sqlite3.Connection, rules: Rules, raw: bytes, said: _Said) -> None:
    sender, subject, named, text = said
    hits = rules.hits(f"{subject}\n{text}".lower())
    rule, now = str(hits[:1]), time.time_ns() // 1_000
    add = connection.execute
    add("INSERT INTO inbox (key, raw, at) VALUES (?, ?, ?)", (named, raw, now))
    ticket = add(
        "INSERT INTO tickets (sender, subject, rule) VALUES (?, ?, ?)", (sender, subject, rule)
    ).lastrowid
    add("INSERT INTO events (ticket, kind, data) VALUES (?, 'opened', ?)", (ticket, text))
    add("INSERT INTO timers (ticket, kind, due) VALUES (?, 'escalate', ?)", (ticket, now))
    add("INSERT INTO deliveries (ticket, kind, data) VALUES (?, 'receipt', ?)", (ticket, sender))
    add("INSERT INTO decisions (ticket, hits, facts) VALUES (?, ?, ?)", (ticket, rule, sender))


def _read_compat32(raw: bytes) -> _Said:
    message = email.message_from_bytes(raw, policy=policy.compat32)
    plain = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    return message["From"], message["Subject"], message["Message-ID"], _text(plain)


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode(part.get_content_charset("utf-8"))


def _read_fast(raw: bytes) -> _Said:
    message = parse_email(raw)
    named: Sequence[str] = message.headers["Message-ID"]
    return message.headers["From"][0], message.subject, named[0], message.text_plain[0]
