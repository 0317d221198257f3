"""smtplib's half of SMTP (RFC 5321) over a socket of ours: every wait and every line is bounded."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_MOST_SAID = 256 * 1024  # bytes of a whole conversation: relays say little
_CHUNK = 64 * 1024
_GOODBYE = 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for a connection or an answer, and for a whole conversation."""

    step: float = 30.0
    attempt: float = 50.0


class Deadline:
    """When a conversation must be over. It measures how patient we are, so it runs on real time."""

    def __init__(self, patience: Patience) -> None:
        self._step = patience.step
        self._end = time.monotonic() + patience.attempt

    def left(self) -> float:
        """Seconds to the end. Raises TimeoutError when it is past."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the conversation took too long")
        return seconds

    def step(self) -> float:
        return min(self._step, self.left())


class _Lines:
    """The relay's lines, as smtplib reads them from a file: in time, and not without end."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        self._buffer, self._room = b"", _MOST_SAID
        self.last_word = False

    def readline(self, limit: int) -> bytes:
        while b"\n" not in self._buffer and len(self._buffer) < limit:
            # A relay looks at a whole mail before its last word: it gets all the time there is,
            # because to hang up on it means that the mail may go out twice.
            wait = self._deadline.left() if self.last_word else self._deadline.step()
            self._sock.settimeout(wait)
            got = self._sock.recv(4096)
            self._room -= len(got)
            if not got or self._room < 0:
                return b""
            self._buffer += got
        end = min(self._buffer.find(b"\n") + 1 or limit, limit)
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        return line

    def close(self) -> None:
        """smtplib closes the socket itself."""


class Wire(smtplib.SMTP):
    """smtplib's half of the protocol over a socket of ours, every wait bounded."""

    def __init__(self, sock: socket.socket, ehlo_name: str, deadline: Deadline) -> None:
        super().__init__(local_hostname=ehlo_name)
        self.sock, self._deadline = sock, deadline

    def encrypted(self, context: ssl.SSLContext, host: str) -> None:
        """From here on over TLS; what was heard before is forgotten (RFC 3207 4.2)."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        self.sock.settimeout(self._deadline.step())
        self.sock, self.file = context.wrap_socket(self.sock, server_hostname=host), None
        self.esmtp_features = {}

    def getreply(self) -> tuple[int, bytes]:
        self._reading()
        return super().getreply()

    def last_word(self) -> tuple[int, bytes]:
        """The reply to a whole mail."""
        self._reading().last_word = True
        return super().getreply()

    def _reading(self) -> _Lines:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        if self.file is None:
            self.file = _Lines(self.sock, self._deadline)
        lines: _Lines = self.file
        return lines

    def send(self, s: ReadableBuffer | str) -> None:
        data = s.encode(self.command_encoding) if isinstance(s, str) else bytes(s)
        for start in range(0, len(data), _CHUNK):
            if self.sock is not None:
                self.sock.settimeout(self._deadline.step())
            super().send(data[start : start + _CHUNK])

    def goodbye(self) -> None:
        """Say QUIT, and do not depend on the answer."""
        with suppress(OSError):
            if self.sock is not None:
                self.sock.settimeout(min(_GOODBYE, self._deadline.left()))
                self.sock.sendall(b"QUIT\r\n")
                self.sock.recv(512)
        self.close()
