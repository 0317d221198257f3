"""One table that says what each refusal of a relay means for a delivery, and what mends it.

Codes: RFC 5321 4.2, RFC 4954 6 (login), RFC 1870 (size). What is wrong with the mail or its address
is rejected: another try says the same. What is wrong between us and the relay (a password, a
certificate, a port) waits for the mend: receipts and answers then go out by themselves, and a page,
whose patience is shorter than the wait, gives up at once, so that the policy finds another way.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from datetime import timedelta
from typing import Literal

from supportbot.adapters.mail.plain import one_line
from supportbot.domain.notices.delivery import SendFailure

# Where in the conversation it went wrong. `answer` is the relay's last word on a whole mail.
Stage = Literal["connect", "greeting", "tls", "login", "sender", "recipient", "content", "answer"]

# Between tries with something that only a person mends: a wrong password every few seconds gets
# the account locked.
MENDING = timedelta(minutes=15)
_LONGEST_WORDS = 300

_AFTER: dict[Stage, str] = {
    "connect": "the connection",
    "greeting": "our greeting",
    "tls": "STARTTLS",
    "login": "our login",
    "sender": "our address",
    "recipient": "the recipient's address",
    "content": "the start of the mail",
    "answer": "the mail",
}
# The relay turns us away, not this mail.
_US: frozenset[Stage] = frozenset({"connect", "greeting", "tls", "login"})
_ACCESS = {
    530: "it wants a login, or encryption before it: set the relay's user, password and security",
    534: "it wants another kind of login: many providers want an app password",
    535: "check the relay's user and password",
    538: "it wants encryption before the login: set the relay's security to tls or starttls",
}
_MENDS = {
    521: "it takes no mail at all: check the relay's host",
    523: "the mail is too large for it",
    552: "the mail or the mailbox is too large",
    556: "the domain of the address takes no mail",
}
_LEFT: dict[Stage, str] = {"sender": "check that the relay lets us send as this address"}


class RelayFault(Exception):
    """The relay cannot be used as it is set up; says why, and what mends it."""


def refused(stage: Stage, code: int, words: str) -> SendFailure:
    """What the relay's answer means that was no yes. `words` are its own, of any length."""
    said = f"the relay answered {code} to {_AFTER[stage]}"
    words = one_line(words, _LONGEST_WORDS)
    said = f"{said}: {words}" if words else said
    if 400 <= code < 500:
        return SendFailure("transient", said)
    if not 500 <= code < 600:
        return SendFailure("transient", f"{said}. Is it a mail relay? Check its host and port")
    if code in _ACCESS or stage in _US:
        mend = _ACCESS.get(code, "ask whoever runs it")
        return SendFailure("transient", f"{said}. {_sentence(mend)}", MENDING)
    mend = _MENDS.get(code) or _LEFT.get(stage, "")
    return SendFailure("rejected", f"{said}. {_sentence(mend)}" if mend else said)


def unfit(reason: str) -> SendFailure:
    """The relay lacks what we were told to use, or we were told nonsense."""
    return SendFailure("transient", reason, MENDING)


def broken(stage: Stage, error: Exception) -> SendFailure:
    """What it means that the connection broke, or never came about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = one_line(error.verify_message, 200)
        mend = "mend its certificate, or set the host to the name in it"
        return unfit(f"the relay's certificate does not hold ({why}): {mend}")
    if isinstance(error, ssl.SSLError) and stage in ("connect", "tls"):
        why = one_line(error.reason or "", 100)
        mend = "check its port: 465 is for security tls, 587 for starttls"
        return unfit(f"no encryption with the relay ({why}): {mend}")
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return SendFailure("transient", "the relay's name is unknown: check its host")
    if isinstance(error, ConnectionRefusedError):
        mend = "check its host and port"
        return SendFailure("transient", f"nothing listens where the relay should be: {mend}")
    how = "gave no answer" if _timed_out(error) else "hung up"
    if stage == "answer":
        doubt = "nobody knows whether it took the mail"
        return SendFailure("transient", f"the relay {how} after the whole mail: {doubt}")
    if stage == "connect" and not isinstance(error, (TimeoutError, smtplib.SMTPException)):
        return SendFailure("transient", f"the relay cannot be reached ({type(error).__name__})")
    return SendFailure("transient", f"the relay {how} after {_AFTER[stage]}")


def _timed_out(error: Exception) -> bool:
    # smtplib wraps the timeout into its own "Server disconnected".
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
