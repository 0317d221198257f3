"""Into the mailbox: connect, log in, select the folder; and what mends it when that fails.

https://www.rfc-editor.org/rfc/rfc3501 (IMAP4rev1), https://www.rfc-editor.org/rfc/rfc8314 (TLS).
"""

from __future__ import annotations

import imaplib
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from imap_tools import BaseMailBox
from imap_tools.errors import UnexpectedCommandStatusError

from supportbot.adapters.mail.imap_wire import TIMEOUT, TlsWire, Wire
from supportbot.adapters.mail.mailbox_address import LoginFault, MailboxAddress, MailboxFault

_GOODBYE = 2.0
_LONGEST_WORDS = 200


class Box(BaseMailBox):
    """imap-tools over our connection, for logging in and for folders.

    Not for marking, moving and deleting: there it sends EXPUNGE, which removes for good whatever
    anybody has marked as deleted in the folder. Nor for IDLE, see `imap_wire`.
    """

    def __init__(self, wire: Wire, address: MailboxAddress, *, readonly: bool) -> None:
        self.wire = wire
        self.address = address
        self._readonly = readonly
        super().__init__()

    def _get_mailbox_client(self) -> Wire:
        return self.wire

    def abilities(self) -> frozenset[str]:
        """What the server can do for this user; many say it only after the login."""
        _, said = self.wire.capability()
        return frozenset(bytes(said[-1]).decode("ascii", "replace").upper().split())

    def select(self) -> None:
        """Select the folder, or look at it anew. Raises MailboxFault."""
        address = self.address
        try:
            self.folder.set(address.folder, self._readonly)
        except imaplib.IMAP4.readonly:
            raise MailboxFault(_no_right(address)) from None
        except imaplib.IMAP4.abort:
            raise
        except (UnexpectedCommandStatusError, imaplib.IMAP4.error, ValueError) as error:
            raise MailboxFault(
                f"{address.user} cannot open the folder {address.folder!r} at {address.host}"
                f"{words(error, address.password)}: check the mailbox's folder (with its parents, "
                "as the server writes it), or create it"
            ) from None
        if not self._readonly and address.done_folder is None and not self._may_mark():
            raise MailboxFault(_no_right(address))

    def _may_mark(self) -> bool:
        """Whether a mark stays; who says nothing about it keeps them all (RFC 3501, 7.1)."""
        _, said = self.wire.response("PERMANENTFLAGS")
        return not said[-1] or b"\\seen" in bytes(said[-1]).lower()


@contextmanager
def open_box(address: MailboxAddress, *, readonly: bool = False) -> Iterator[Box]:
    """The mailbox, logged in, with the folder selected; disconnected at the end.

    Raises MailboxFault, and OSError or imaplib's errors when the connection is lost under way.
    """
    wire = _connected(address)
    try:
        box = Box(wire, address, readonly=readonly)
        _log_in(box)
        box.select()
        yield box
        _say_goodbye(wire)
    finally:
        with suppress(OSError):
            wire.shutdown()


def _connected(address: MailboxAddress) -> Wire:
    tls = ssl.create_default_context()
    try:
        if address.security == "tls":
            return TlsWire(address.host, address.port, tls)
        wire = Wire(address.host, address.port)
        try:
            if address.security == "starttls":
                wire.starttls(tls)
            else:
                _refuse_to_speak_in_clear(wire)
        except BaseException:
            with suppress(OSError):
                wire.shutdown()
            raise
    # ValueError: a host that cannot be one.
    except (OSError, ValueError, imaplib.IMAP4.error) as error:
        raise MailboxFault(_why_unreachable(error, address)) from error
    return wire


def _refuse_to_speak_in_clear(wire: Wire) -> None:
    peer = wire.sock.getpeername()[0]
    if not is_this_machine(peer):
        raise MailboxFault(
            f"{peer} is another machine, and the password would go there in clear: "
            "set the mailbox's security to tls or starttls"
        )


def is_this_machine(peer: str) -> bool:
    """Whether what is sent to this IP address reaches nobody else."""
    return ipaddress.ip_address(peer.partition("%")[0]).is_loopback


def _why_unreachable(error: Exception, address: MailboxAddress) -> str:
    where = f"{address.host}:{address.port}"
    match error:
        case socket.gaierror():
            return f"{address.host} is not known: check the mailbox's host"
        case ssl.SSLCertVerificationError():
            return (
                f"the certificate of {where} is not trusted ({error.verify_message}): use the name "
                "it was issued for, or add its authority to the system's (or name it in "
                "SSL_CERT_FILE)"
            )
        case ssl.SSLError():
            return (
                f"{where} does not answer in TLS ({error.reason}): check the mailbox's port "
                "(usually 993 for tls, 143 for starttls) and security"
            )
        case ConnectionRefusedError():
            return f"nothing listens at {where}: check the mailbox's host and port"
        case TimeoutError():
            return (
                f"{where} did not answer within {TIMEOUT:.0f} s: check the mailbox's host, port "
                "and security, and whether a firewall is in between"
            )
        case OSError():
            return f"{where} cannot be reached ({error.strerror or type(error).__name__})"
        case imaplib.IMAP4.error() if "TLS not supported" in str(error):
            return f"{where} does not offer STARTTLS: set the mailbox's security to tls"
    return (
        f"no IMAP server answers at {where}: check the mailbox's host, port and security "
        "(usually 993 for tls, 143 for starttls)"
    )


def _log_in(box: Box) -> None:
    address = box.address
    user, password = address.user, address.password
    # LOGIN takes neither letters beyond ASCII nor line ends, which would be commands of their own.
    plain = (user + password).isascii() and (user + password).isprintable()
    try:
        if plain and "LOGINDISABLED" not in box.wire.capabilities:
            box.login(user, password, initial_folder=None)
        else:
            box.login_utf8(user, password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (UnexpectedCommandStatusError, imaplib.IMAP4.error, ValueError) as error:
        raise LoginFault(
            f"{address.host} does not let {user} in{words(error, password)}: check the mailbox's "
            "user and password (many providers want a password made for this application)"
        ) from None


def words(error: Exception, password: str) -> str:
    """What the server said when it said no, in brackets. What it says to a line that it did not
    understand is left out: there are servers that repeat the line, password and all."""
    if not isinstance(error, UnexpectedCommandStatusError):
        return ""
    said = bytes(error.command_result[1][-1] or b"").decode("utf-8", "replace")
    line = "".join(c if c.isprintable() else " " for c in said)[:_LONGEST_WORDS]
    return f" ({line})" if line and _unquoted(password) not in _unquoted(said) else ""


def _unquoted(text: str) -> str:
    return "".join(text.translate({ord('"'): None, ord("\\"): None}).split())


def _no_right(address: MailboxAddress) -> str:
    return (
        f"{address.user} may read {address.folder!r} but mark nothing there as seen: give the user "
        "that right, or name a done_folder"
    )


def _say_goodbye(wire: Wire) -> None:
    with suppress(OSError, imaplib.IMAP4.error):
        wire.sock.settimeout(_GOODBYE)
        wire.logout()
