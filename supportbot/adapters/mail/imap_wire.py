"""The connection to an IMAP server: imaplib's commands over a reader of our own.

imaplib reads through a buffered file. What that has taken in already, no `select` can see: a server
that says `+ idling` and `* 7 EXISTS` in one breath would leave the mail lying until the IDLE ends.
A file that timed out once cannot be read again. And room is made for a literal of whatever size the
server claims before its first byte has come. imaplib documents `read` and `readline` as the methods
to replace.
"""

from __future__ import annotations

import imaplib
import selectors
import socket
import ssl
import time
from contextlib import suppress
from typing import Any

from supportbot.adapters.mail.reading import LARGEST_MESSAGE

# For connecting, and for each time that something is sent or awaited.
TIMEOUT = 30.0
# The answer to a search for a million messages.
LONGEST_LINE = 8 * 1024 * 1024
# Servers that convert messages (Exchange) are wrong about their sizes beforehand.
LARGEST_LITERAL = 2 * LARGEST_MESSAGE
_CHUNK = 256 * 1024


class Bell:
    """Wakes the one thread that waits for it, be it by `wait` or while it waits for the server."""

    def __init__(self) -> None:
        self._hear, self._pull = socket.socketpair()
        self._hear.setblocking(False)

    def fileno(self) -> int:
        """For selectors: readable once the bell was rung. It keeps ringing."""
        return self._hear.fileno()

    def ring(self) -> None:
        with suppress(OSError):
            self._pull.send(b"!")

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until it rings; whether it rang."""
        return bool(_readable(seconds, self))

    def close(self) -> None:
        self._hear.close()
        self._pull.close()


class Wire(imaplib.IMAP4):
    """A connection in clear, until `starttls`."""

    def __init__(self, host: str, port: int) -> None:
        """Connect and read the greeting. Raises OSError or imaplib's errors."""
        self._source: socket.socket | None = None
        self._unread = bytearray()
        super().__init__(host, port, timeout=TIMEOUT)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        super().open(host, port, timeout)
        _keep_alive(self.sock)

    def read(self, size: int) -> bytes:
        """The next `size` bytes."""
        if size > LARGEST_LITERAL:
            raise self.abort(f"the server wants to send {size:,} bytes at once")
        while len(self._buffer()) < size:
            self._receive()
        return self._take(size)

    def readline(self) -> bytes:
        """The next line, with its end."""
        looked_at = 0
        while (end := self._buffer().find(b"\n", looked_at)) < 0:
            looked_at = self._length_of_line()
            self._receive()
        return self._take(end + 1)

    def line_within(self, seconds: float, bell: Bell) -> bytes | None:
        """The next line; None when it has not come so soon, or when the bell rings."""
        until = time.monotonic() + seconds
        while b"\n" not in self._buffer():
            if not self._is_readable(until - time.monotonic(), bell):
                return None
            self._length_of_line()
            self._receive_what_is_there()
        return self.readline()

    def cut(self) -> None:
        """End the connection from another thread: whoever reads here finds it closed."""
        # Not SSLSocket's method, which takes away what the reading thread is using.
        with suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def _buffer(self) -> bytearray:
        # What a stranger slipped in behind the answer to STARTTLS came in clear, and is dropped
        # with the socket it came from (https://www.kb.cert.org/vuls/id/555316).
        if self._source is not self.sock:
            self._source = self.sock
            self._unread.clear()
        return self._unread

    def _length_of_line(self) -> int:
        """How much has come of the line that is awaited."""
        if len(self._unread) > LONGEST_LINE:
            raise self.abort("the server sends a line without end")
        return len(self._unread)

    def _take(self, size: int) -> bytes:
        with memoryview(self._unread) as unread:
            taken = bytes(unread[:size])
        del self._unread[:size]
        return taken

    def _receive(self) -> None:
        chunk = self.sock.recv(_CHUNK)
        if not chunk:
            raise self.abort("the server has closed the connection")
        self._unread += chunk

    def _receive_what_is_there(self) -> None:
        """What made a TLS socket readable need not be anything for us to read."""
        self.sock.settimeout(0)
        try:
            with suppress(BlockingIOError, ssl.SSLWantReadError):
                self._receive()
        finally:
            self.sock.settimeout(TIMEOUT)

    def _is_readable(self, seconds: float, bell: Bell) -> bool:
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            return True
        return _readable(seconds, self.sock, bell) == {self.sock}


class TlsWire(Wire):
    """A connection that is encrypted from its first byte.

    Not on imaplib's IMAP4_SSL, which trusts any certificate unless it is told otherwise.
    """

    def __init__(self, host: str, port: int, tls: ssl.SSLContext) -> None:
        self._tls = tls
        super().__init__(host, port)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        plain = socket.create_connection((self.host, self.port), timeout)
        return self._tls.wrap_socket(plain, server_hostname=self.host)


def _readable(seconds: float, *files: Any) -> set[Any]:
    """Those of `files` that can be read, once there is one, or none after `seconds`."""
    with selectors.DefaultSelector() as selector:
        for each in files:
            selector.register(each, selectors.EVENT_READ)
        return {key.fileobj for key, _ in selector.select(max(0.0, seconds))}


def _keep_alive(sock: socket.socket) -> None:
    """Notice a peer that is gone while nobody speaks, and stay in the tables of what is between."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
