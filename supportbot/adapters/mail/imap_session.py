"""What is done in the folder: find messages, fetch one, mark or move it, wait for the next.

Sources: RFC 3501 (IMAP4rev1), 2177 (IDLE), 4315 (UIDPLUS), 6851 (MOVE).
"""

from __future__ import annotations

import imaplib
import re
import time
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from imap_tools.utils import encode_folder

from supportbot.adapters.mail.imap_login import Box
from supportbot.adapters.mail.imap_wire import Bell
from supportbot.adapters.mail.reading import LARGEST_MESSAGE

_UID = re.compile(rb"\bUID (\d+)\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)\b")
# A short message may come as a quoted string instead of a literal.
_QUOTED = re.compile(rb'\bBODY\[\](?:<0>)? "((?:[^"\\]|\\.)*)"')
_NEWS = re.compile(rb"\* \d+ (EXISTS|RECENT|FETCH)\b")
_IDLE_TAG = b"idle1"


class Refused(Exception):
    """The server will not do this for this message; the connection is as good as before."""


class Session:
    """A selected folder.

    Whatever it does raises OSError or imaplib's `abort` when the connection is lost, and Refused
    when it is not.
    """

    def __init__(self, box: Box) -> None:
        self._box = box
        self._wire = box.wire
        self._abilities = box.abilities()
        self._done_folder = box.address.done_folder
        self.uidvalidity = 0
        """UIDs mean something together with this one only; as of the last look."""

    @property
    def can_idle(self) -> bool:
        return "IDLE" in self._abilities

    @property
    def has_news(self) -> bool:
        """Whether messages came while the last search, or anything since, was under way: the server
        says so once, and not again in an IDLE."""
        return "EXISTS" in self._wire.untagged_responses

    def waiting(self) -> list[int]:
        """The UIDs of what is still to be taken, the oldest first. Raises MailboxFault, too."""
        # A search alone need not notice what is new. NOOP would do for that; but a folder that
        # somebody has deleted and made anew lives on in this session (in Dovecot, for ever), and
        # nothing new comes into it.
        self._box.select()
        _, said = self._wire.response("UIDVALIDITY")
        self.uidvalidity = int(said[-1] or 0)
        self._wire.untagged_responses.clear()  # imaplib keeps them for ever
        # Without UIDPLUS, what is done is still there, marked as deleted.
        return self.unseen() if self._done_folder is None else self._search("UNDELETED")

    def unseen(self) -> list[int]:
        """The UIDs of what nobody has seen."""
        return self._search("UNSEEN")

    def fetch(self, uid: int) -> bytes | None:
        """The message, the start of it if it is larger than `LARGEST_MESSAGE`, and one byte more.

        None when it is no longer there.
        """
        size = _size(self._uid("FETCH", str(uid), "(RFC822.SIZE)"), uid)
        if size is None:
            return None
        part = f"<0.{LARGEST_MESSAGE + 1}>" if size > LARGEST_MESSAGE else ""
        # PEEK: else the server marks the message as seen, and it would be lost if we fell now.
        return _body(self._uid("FETCH", str(uid), f"(BODY.PEEK[]{part})"), uid)

    def finish(self, uid: int) -> None:
        """Mark the message as seen, or move it to the folder of what is done."""
        if self._done_folder is None:
            self._uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")
            return
        target = encode_folder(self._done_folder).decode("ascii")
        if "MOVE" in self._abilities:
            self._uid("MOVE", str(uid), target)
            return
        self._uid("COPY", str(uid), target)
        self._uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")
        # Without UIDPLUS it stays, marked: EXPUNGE would take along what others marked.
        if "UIDPLUS" in self._abilities:
            self._uid("EXPUNGE", str(uid))

    def idle(self, seconds: float, bell: Bell) -> None:
        """Wait for so long at most; return early when there is news, or when the bell rings."""
        self._wire.send(_IDLE_TAG + b" IDLE\r\n")
        news = False
        while not (line := self._line()).startswith(b"+"):
            if line.startswith(_IDLE_TAG):  # offered, and refused: ask now and then instead
                self._abilities -= {"IDLE"}
                return
            news = news or bool(_NEWS.match(line))
        until = time.monotonic() + seconds
        while not news and (said := self._wire.line_within(until - time.monotonic(), bell)):
            news = bool(_NEWS.match(_sound(said)))
        self._wire.send(b"DONE\r\n")
        while not self._line().startswith(_IDLE_TAG):
            pass

    def cut(self) -> None:
        """End the connection from another thread."""
        self._wire.cut()

    def _search(self, criterion: str) -> list[int]:
        numbers = b" ".join(line for line in self._uid("SEARCH", criterion) if line)
        return sorted({int(number) for number in numbers.split()})

    def _line(self) -> bytes:
        return _sound(self._wire.readline())

    def _uid(self, command: str, *arguments: str) -> list[Any]:
        try:
            answer, data = self._wire.uid(command, *arguments)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise Refused(f"{command}: {error}") from None
        if answer != "OK":
            raise Refused(f"{command}: {data[-1]!r}")
        return data


def _sound(line: bytes) -> bytes:
    if line.upper().startswith(b"* BYE"):
        raise imaplib.IMAP4.abort("the server says goodbye")
    return line


def _answers(data: list[Any]) -> Iterator[tuple[bytes, bytes | None]]:
    """What a FETCH told, a message each: its items, and the literal among them.

    imaplib gives a pair of items and literal, and what comes after the literal as one more. Flags
    of other messages, changed by somebody else, come in between.
    """
    for found, after in zip_longest(data, data[1:]):
        if isinstance(found, tuple):
            yield found[0] + b" " + (after if isinstance(after, bytes) else b""), found[1]
        elif found:
            yield found, None


def _is_about(items: bytes, uid: int) -> bool:
    named = _UID.search(items)
    return named is not None and int(named[1]) == uid


def _size(data: list[Any], uid: int) -> int | None:
    sizes = (_SIZE.search(items) for items, _ in _answers(data) if _is_about(items, uid))
    return next((int(size[1]) for size in sizes if size), None)


def _body(data: list[Any], uid: int) -> bytes:
    for items, literal in _answers(data):
        if not _is_about(items, uid):
            continue
        if literal is not None and b"BODY[]" in items:
            return literal
        if quoted := _QUOTED.search(items):
            return re.sub(rb"\\(.)", rb"\1", quoted[1])
    raise Refused("FETCH: an answer without the message")
