"""An IMAP server that says what it is told to: what a real one will not be brought to say."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress

GREETING = b"* OK at your service\r\n"
# A `{tag}` stands for the command's; what is not listed is simply done.
ANSWERS: Mapping[str, bytes] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n",
    "SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n{tag} OK [READ-WRITE] done\r\n",
    "EXAMINE": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n{tag} OK [READ-ONLY] done\r\n",
    "SEARCH": b"* SEARCH 5\r\n{tag} OK done\r\n",
    "SIZE": b"* 1 FETCH (UID 5 RFC822.SIZE 5)\r\n{tag} OK done\r\n",
    "FETCH": b"* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n{tag} OK done\r\n",
    "IDLE": b"+ idling\r\n",
    "LOGOUT": b"* BYE\r\n{tag} OK done\r\n",
}


class ScriptedImap:
    """Listens on loopback; `commands` are the names of what it heard, without UID."""

    def __init__(
        self,
        answers: Mapping[str, bytes] | None = None,
        *,
        greeting: bytes = GREETING,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls` is for what comes after STARTTLS."""
        self._greeting = greeting
        self._tls = tls
        self._answers = {**ANSWERS, **(answers or {})}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.commands: list[str] = []
        self._clients: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> ScriptedImap:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (*self._clients, self._listener):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._thread.join(30)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._clients.append(client)
                with client, suppress(OSError):
                    self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        client.sendall(self._greeting)
        if self._hear(client) == "STARTTLS" and self._tls is not None:
            with self._tls.wrap_socket(client, server_side=True) as encrypted:
                self._hear(encrypted)

    def _hear(self, client: socket.socket) -> str | None:
        """Answer one command after the other; up to STARTTLS, or to the end."""
        tag, name = b"", None
        with client.makefile("rb") as lines:
            while name != "STARTTLS" and (line := lines.readline()):
                if line == b"DONE\r\n":
                    client.sendall(tag + b" OK done\r\n")
                    continue
                tag, name = line.split()[0], _name(line)
                self.commands.append(name)
                answer = self._answers.get(name, b"{tag} OK done\r\n")
                client.sendall(answer.replace(b"{tag}", tag))
        return name


def _name(line: bytes) -> str:
    words = line.decode().upper().split()
    if "(RFC822.SIZE)" in words:
        return "SIZE"
    return words[2] if words[1] == "UID" else words[1]
