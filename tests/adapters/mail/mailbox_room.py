"""What the mailbox's tests share: somebody who takes the mail, and a mailbox listened to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from supportbot.adapters.mail.mailbox import Mailbox
from supportbot.adapters.mail.mailbox_address import MailboxAddress
from supportbot.adapters.mail.mailbox_memory import Backoff, Pace
from tests.adapters.mail.messages import mail
from tests.peers.dovecot import PASSWORD, MailFolder

SOON = Backoff(first=0.01, longest=0.1)
# Renewed so often that nothing waits for long; whoever tests the IDLE itself takes PATIENT.
QUICK = Pace(idle=0.1, poll=0.05, connection=SOON, message=SOON)
# So long that a test which needs one of these waits to end would not end itself.
PATIENT = Pace(idle=600.0, poll=600.0, connection=SOON, message=SOON)
LONG = 30.0

Security = Literal["tls", "starttls", "none"]


def letter(subject: str, body: str = "Hello\r\n") -> bytes:
    return mail(f"Subject: {subject}", body=body)


def subject_of(raw: bytes) -> str:
    return raw.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()


class Desk:
    """Takes mail and keeps it in order of arrival; `before` is run first, and may raise."""

    def __init__(self, before: Callable[[bytes], object] = lambda raw: None) -> None:
        self.mails: list[bytes] = []
        self.before = before
        self._changed = threading.Condition()

    def __call__(self, raw: bytes) -> None:
        self.before(raw)
        with self._changed:
            self.mails.append(raw)
            self._changed.notify_all()

    @property
    def subjects(self) -> list[str]:
        return [subject_of(raw) for raw in list(self.mails)]

    def wait_for(self, *subjects: str) -> None:
        """Wait until these have been received, whatever else has."""
        with self._changed:
            there = self._changed.wait_for(lambda: set(subjects) <= set(self.subjects), LONG)
        assert there, f"received {self.subjects}"


def address_of(
    folder: MailFolder,
    *,
    port: int | None = None,
    security: Security = "none",
    done_folder: str | None = None,
    password: str = PASSWORD,
    name: str | None = None,
    host: str | None = None,
) -> MailboxAddress:
    server = folder.dovecot
    default = server.tls_port if security == "tls" else server.port
    return MailboxAddress(
        host=host or server.host,
        port=default if port is None else port,
        security=security,
        user=folder.user,
        password=password,
        folder=name or folder.name,
        done_folder=done_folder,
    )


@contextmanager
def listening(address: MailboxAddress, desk: Desk, pace: Pace = PATIENT) -> Iterator[Mailbox]:
    """A mailbox that is listened to. At the end the message in hand is finished: look then at what
    was marked."""
    mailbox = Mailbox(address, desk, pace)
    mailbox.start()
    try:
        yield mailbox
    finally:
        mailbox.close()
    assert not mailbox.connected
