"""Stands between an IMAP client and a real server, and cuts the connection where it is told to.

    with ImapProxy(dovecot.port) as proxy:
        proxy.cut("FETCH", "half")      # once, at the first such command from now on
        ... the client connects to proxy.host, proxy.port
        proxy.wait_until(lambda: "STORE" in proxy.commands)

It understands a client that waits for each answer before it says the next thing, in clear.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Literal

from tests.peers.dovecot import HOST

Moment = Literal["before", "unanswered", "half", "after"]
MOMENTS: tuple[Moment, ...] = ("before", "unanswered", "half", "after")
"""Cut before the server hears the command; when it has done it, before, in the middle of, and after
its answer reaches the client. (A greeting has no `before`.)"""

_LITERAL = re.compile(rb"\{(\d+)\}\r\n$")
_LONGEST_WAIT = 30.0


@dataclass(eq=False)
class _Cut:
    command: str
    moment: Moment
    containing: bytes
    for_ever: bool


class ImapProxy:
    """A listener on loopback; `commands` names what clients have said so far, in order.

    A name is the command's, without UID: `LOGIN`, `SEARCH`, `SIZE` (a FETCH of nothing but the
    size), `FETCH`, `DONE`, … and `GREETING` when somebody connects.
    """

    def __init__(self, port: int, *, glue_idling: bool = False) -> None:
        """`glue_idling` holds `+ idling` back until the server has more to say, and sends both in
        one piece."""
        self._server_port = port
        self._glue = glue_idling
        self._listener = socket.create_server((HOST, 0))
        self.host, self.port = HOST, int(self._listener.getsockname()[1])
        self.commands: list[str] = []
        self.lines: list[bytes] = []
        self._cuts: list[_Cut] = []
        self._changed = threading.Condition()
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> ImapProxy:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        _shut(self._listener)
        self._threads[0].join(_LONGEST_WAIT)
        for each in self._sockets:
            _shut(each)
        for thread in self._threads:
            thread.join(_LONGEST_WAIT)
        for each in (*self._sockets, self._listener):
            each.close()

    def cut(
        self, command: str, moment: Moment, *, containing: bytes = b"", for_ever: bool = False
    ) -> None:
        """Cut at the next such command whose line contains this; every time with `for_ever`."""
        self._cuts.append(_Cut(command, moment, containing, for_ever))

    @property
    def cuts_to_come(self) -> int:
        return len(self._cuts)

    def wait_until(self, reached: Callable[[], bool]) -> None:
        """Wait until `reached`, asked whenever something has passed. Raises TimeoutError."""
        deadline = time.monotonic() + _LONGEST_WAIT
        while not reached():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not in time; the last commands: {self.commands[-20:]}")
            with self._changed:
                self._changed.wait(0.05)

    def _note(self, command: str, line: bytes) -> None:
        with self._changed:
            self.commands.append(command)
            self.lines.append(line)
            self._changed.notify_all()

    def _passed(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _cut_at(self, command: str, line: bytes) -> Moment | None:
        for cut in self._cuts:
            if cut.command == command and cut.containing in line:
                if not cut.for_ever:
                    self._cuts.remove(cut)
                return cut.moment
        return None

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection((HOST, self._server_port), _LONGEST_WAIT)
            except ConnectionRefusedError:
                _shut(client)
                client.close()
                continue
            except OSError:
                return
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets.append(each)
            pair = _Pair(self, client, server)
            for run in (pair.carry_commands, pair.carry_answers):
                self._threads.append(threading.Thread(target=run, daemon=True))
                self._threads[-1].start()


class _Pair:
    """One client's connection, and ours to the server for it."""

    def __init__(self, proxy: ImapProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._tag = b""
        self._command = ""
        self._moment: Moment | None = None
        self._begin("GREETING", b"")

    def _begin(self, command: str, line: bytes) -> None:
        self._command = command
        self._moment = self._proxy._cut_at(command, line)
        self._proxy._note(command, line)

    def carry_commands(self) -> None:
        with self._client.makefile("rb") as lines, suppress(OSError):
            for line in lines:
                self._hear(line)
                if self._moment == "before":
                    break
                self._server.sendall(line)
        self._end()

    def _hear(self, line: bytes) -> None:
        words = line.split()
        if line == b"DONE\r\n":
            self._begin("DONE", line)
            return
        self._tag = words[0]
        name = words[2] if words[1].upper() == b"UID" else words[1]
        self._begin("SIZE" if b"(RFC822.SIZE)" in line else name.decode().upper(), line)

    def carry_answers(self) -> None:
        held = b""
        with self._server.makefile("rb") as lines, suppress(OSError):
            while unit := _unit(lines):
                # Now: the client goes on to its next command as soon as it has the answer.
                moment, is_last = self._moment, self._is_last(unit)
                held += unit
                if moment in ("unanswered", "half") and not is_last:
                    continue
                if self._proxy._glue and unit.startswith(b"+"):
                    continue
                if not self._pass_on(held, moment if is_last else None):
                    break
                held = b""
        self._end()

    def _pass_on(self, answer: bytes, moment: Moment | None) -> bool:
        """Whether to go on after it."""
        if moment == "unanswered":
            return False
        self._client.sendall(answer[: len(answer) // 2] if moment == "half" else answer)
        self._proxy._passed()
        return moment is None

    def _is_last(self, unit: bytes) -> bool:
        if self._command == "GREETING":
            return True
        if self._command == "IDLE" and unit.startswith(b"+"):
            return True
        return bool(self._tag) and unit.startswith(self._tag + b" ")

    def _end(self) -> None:
        for each in (self._client, self._server):
            _shut(each)
        self._proxy._passed()


def _unit(lines: BinaryIO) -> bytes:
    """A line of the server's, with the literals in it; empty at the end."""
    unit = line = lines.readline()
    while literal := _LITERAL.search(line):
        unit += lines.read(int(literal[1]))
        line = lines.readline()
        unit += line
    return unit


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
