"""A conversation with the mail relay: greeted, encrypted, logged in; one for each delivery.

A whole conversation ends well within half a delivery's lease, because two deliveries of a batch may
have to share a thread (`Patience`).
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from supportbot.adapters.mail import errors
from supportbot.adapters.mail.errors import Stage
from supportbot.adapters.mail.relay_wire import Deadline, Patience, Wire
from supportbot.domain.notices.delivery import SendFailure


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """Where our mail goes out. `user` and `password` are both set, or neither.

    `security`: "tls" from the first byte (port 465), "starttls" (587), or "none" (a relay beside
    us; a login is then only made on the loopback interface).
    """

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@contextmanager
def connected(
    address: RelayAddress, ehlo_name: str, patience: Patience | None = None
) -> Iterator[Conversation]:
    """A conversation up to where mail can be handed over; closed at the end.

    `ehlo_name` is the ASCII domain we say we are. Raises SendFailure, also for what breaks within.
    """
    talk = Conversation(address, ehlo_name, Deadline(patience or Patience()))
    try:
        talk.open()
        yield talk
    except OSError as error:
        talk.drop()
        raise errors.broken(talk.stage, error) from error
    finally:
        talk.close()


class Conversation:
    """What is said to the relay, step by step. Every step raises SendFailure for a no, and OSError
    where the connection breaks; `stage` is then the step it broke in."""

    def __init__(self, address: RelayAddress, ehlo_name: str, deadline: Deadline) -> None:
        self.stage: Stage = "connect"
        self._address = address
        self._ehlo_name = ehlo_name
        self._deadline = deadline
        self._wire: Wire | None = None

    # --- beginning and end

    def open(self) -> None:
        """Connect, say who we are, encrypt, log in: as the address says."""
        sock = _dialled(self._address, self._deadline)
        if self._address.security == "tls":
            sock = _context().wrap_socket(sock, server_hostname=self._address.host)
        self._wire = Wire(sock, self._ehlo_name, self._deadline)
        self._expect("connect", self.wire.getreply())
        self._greet()
        if self._address.security == "starttls":
            self._encrypt()
        if self._address.user:
            self._log_in(self._address.user, self._address.password or "")

    def drop(self) -> None:
        """Nobody is there to say goodbye to."""
        if self._wire is not None:
            self._wire.close()

    def close(self) -> None:
        if self._wire is not None:
            self._wire.goodbye()

    @property
    def wire(self) -> Wire:
        if self._wire is None:
            raise ConnectionError("not connected")
        return self._wire

    def offers(self, extension: str) -> str | None:
        """What the relay says of an extension (`size`: `35882577`), None when it has none such."""
        return self.wire.esmtp_features.get(extension)

    def encryption(self) -> str | None:
        """`TLSv1.3`, or None in the clear."""
        return self.wire.sock.version() if isinstance(self.wire.sock, ssl.SSLSocket) else None

    # --- steps

    def deliver(self, sender: str, recipient: str, raw: bytes) -> None:
        """Hand over a mail with CRLF line ends; returns when the relay has taken it.

        Raises SendFailure: what the relay said, or that nobody knows whether it took the mail.
        """
        self.announce(sender, recipient, len(raw))
        self._ask("recipient", f"RCPT TO:<{recipient}>")
        self._ask("content", "DATA", wanted=3)
        self.stage = "answer"
        # A line that is a lone dot would end the mail, and what follows be taken for commands.
        self.wire.send(raw.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        self._expect("answer", self.wire.last_word())

    def announce(self, sender: str, recipient: str = "", size: int | None = None) -> None:
        """Name the sender of the mail to come, and what it needs."""
        options = f" SIZE={size}" if size is not None and self.offers("size") is not None else ""
        if not (sender + recipient).isascii():
            if self.offers("smtputf8") is None:
                mend = "write to an address in ASCII, or set a relay that has SMTPUTF8"
                said = f"the relay takes no address beyond ASCII, such as {recipient or sender}"
                raise SendFailure("rejected", f"{said}: {mend}")
            self.wire.command_encoding = "utf-8"
            options += " BODY=8BITMIME SMTPUTF8"
        self._ask("sender", f"MAIL FROM:<{sender}>{options}")

    def forget(self) -> None:
        """Take back what was announced."""
        self._ask("sender", "RSET")

    def _greet(self) -> None:
        self.stage = "greeting"
        self._expect("greeting", self.wire.ehlo())

    def _encrypt(self) -> None:
        if self.offers("starttls") is None:
            mend = "set its security to tls, or set another relay"
            raise errors.unfit(
                f"the relay offers no STARTTLS, and in the clear goes nothing: {mend}"
            )
        self._ask("tls", "STARTTLS")
        self.wire.encrypted(_context(), self._address.host)
        self._greet()

    def _log_in(self, user: str, password: str) -> None:
        self.stage = "login"
        peer = self.wire.sock.getpeername()[0] if self.wire.sock is not None else ""
        if not may_hear_passwords(self.encryption(), peer):
            mend = "set the relay's security to tls or starttls"
            raise errors.unfit(f"a password goes to no relay in the clear: {mend}")
        offered = (self.offers("auth") or "").upper().split()
        if "PLAIN" in offered:  # RFC 4616
            self._ask("login", f"AUTH PLAIN {_base64(f'{chr(0)}{user}{chr(0)}{password}')}")
        elif "LOGIN" in offered:
            self._ask("login", "AUTH LOGIN", wanted=3)
            self._ask("login", _base64(user), wanted=3)
            self._ask("login", _base64(password))
        else:
            mend = "unset the relay's user and password, or look at its port and security"
            raise errors.unfit(f"the relay offers no login that we know (PLAIN, LOGIN): {mend}")

    # --- questions and answers

    def _ask(self, stage: Stage, command: str, wanted: int = 2) -> None:
        self.stage = stage
        self._expect(stage, self.wire.docmd(command), wanted)

    def _expect(self, stage: Stage, reply: tuple[int, bytes], wanted: int = 2) -> None:
        code, words = reply
        if code // 100 != wanted:
            raise errors.refused(
                stage, code, self._without_secrets(words.decode("utf-8", "replace"))
            )

    def _without_secrets(self, words: str) -> str:
        """Relays have been seen to say again what they were told."""
        user, password = self._address.user or "", self._address.password or ""
        for secret in (_base64(f"\0{user}\0{password}"), _base64(password), password):
            words = words.replace(secret, "…") if password else words
        return words


def _dialled(address: RelayAddress, deadline: Deadline) -> socket.socket:
    """A connection to the first of the relay's addresses that takes one."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, "no name of a host") from error
    failed: OSError = ConnectionError("the name has no address")
    for family, kind, protocol, _, where in found:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(deadline.step())
            sock.connect(where)
        except OSError as error:
            sock.close()
            failed = error
        else:
            return sock
    raise failed


def _context() -> ssl.SSLContext:
    """Certificates are held against the system's roots, or those of SSL_CERT_FILE."""
    return ssl.create_default_context()


def may_hear_passwords(encryption: str | None, peer: str) -> bool:
    """Whether a password may go to the IP address `peer`: encrypted, or not off this machine."""
    try:
        return encryption is not None or ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False


def _base64(text: str) -> str:
    return b64encode(text.encode("utf-8", "surrogateescape")).decode()
