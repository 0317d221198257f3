"""The mailbox: hears of mail, hands it on, and only then marks it as seen or moves it away."""

from __future__ import annotations

import imaplib
import random
import threading
import time
from collections.abc import Callable

import structlog

from supportbot.adapters.mail.imap_login import open_box
from supportbot.adapters.mail.imap_session import Refused, Session
from supportbot.adapters.mail.imap_wire import Bell
from supportbot.adapters.mail.mailbox_address import LoginFault, MailboxAddress, MailboxFault
from supportbot.adapters.mail.mailbox_memory import Memory, Pace

log = structlog.get_logger()

_DRAIN = 5.0
_CUT = 2.0


class Mailbox:
    """Listens in the background, and connects again whenever the connection is lost.

    Args:
        address: which folder of whom, and where.
        receive: is handed a message, raw, and returns once it is durable. What raises is handed in
            again later, and so is a message whose mark did not reach the server: the same one twice
            must do no harm.
        pace: how long to wait for what.
    """

    def __init__(
        self, address: MailboxAddress, receive: Callable[[bytes], object], pace: Pace | None = None
    ) -> None:
        self._address = address
        self._receive = receive
        self._pace = pace or Pace()
        self._memory = Memory(self._pace.message)
        self._stopped = threading.Event()
        self._bell = Bell()
        self._session: Session | None = None
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="mailbox", daemon=True)

    def start(self) -> None:
        """Begin to connect, and return at once: the server may be down for now."""
        self._thread.start()

    @property
    def connected(self) -> bool:
        """Whether we are logged in, with the folder selected."""
        return self._session is not None

    def close(self) -> None:
        """Finish the message in hand, within seconds, and disconnect."""
        self._stopped.set()
        self._bell.ring()
        if self._thread.ident is None:
            self._bell.close()
            return
        self._thread.join(_DRAIN)
        session = self._session
        if self._thread.is_alive() and session is not None:
            log.warning("mailbox_drain_cut_short")
            session.cut()
            self._thread.join(_CUT)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except LoginFault as fault:
                self._wait_after("mailbox_login_failed", str(fault))
            except MailboxFault as fault:
                self._wait_after("mailbox_not_connected", str(fault))
            except (OSError, imaplib.IMAP4.error) as error:
                self._wait_after("mailbox_lost", _reason(error))
            except Exception as error:  # a thread that died here would leave the desk deaf
                log.exception("mailbox_crashed")
                self._wait_after("mailbox_lost", type(error).__name__)
        self._bell.close()

    def _wait_after(self, event: str, reason: str) -> None:
        if self._stopped.is_set():
            return
        self._failures += 1
        # Spread, so that not all clients of a server that comes back come at once.
        wait = self._pace.connection.wait(self._failures) * random.uniform(0.5, 1.0)  # noqa: S311
        log.warning(event, reason=reason, again_in=round(wait, 1), host=self._address.host)
        self._bell.wait(wait)

    def _listen(self) -> None:
        """Serve one connection, until it is lost or we are stopped."""
        with open_box(self._address) as box:
            session = Session(box)
            self._session = session
            log.info("mailbox_connected", host=self._address.host, idle=session.can_idle)
            try:
                while not self._stopped.is_set():
                    self._take_all(session)
                    self._failures = 0
                    self._rest(session)
            finally:
                self._session = None

    def _take_all(self, session: Session) -> None:
        waiting = session.waiting()
        self._memory.look(session.uidvalidity, waiting)
        for uid in self._memory.in_order(waiting, time.monotonic()):
            if self._stopped.is_set():
                return
            self._take(session, uid)

    def _take(self, session: Session, uid: int) -> None:
        attempt = self._memory.begin(uid, time.monotonic())
        try:
            if self._memory.is_kept(uid) or self._keep(session, uid, attempt):
                session.finish(uid)
                self._memory.done(uid)
        except Refused as refusal:
            log.warning("mail_refused", uid=uid, reason=str(refusal)[:200])

    def _keep(self, session: Session, uid: int, attempt: int) -> bool:
        """Whether the message is now kept, or gone."""
        raw = session.fetch(uid)
        if raw is None:
            return True
        try:
            self._receive(raw)
        except Exception as error:  # the desk's trouble, whatever it is, is not the connection's
            name = type(error).__name__
            log.warning(
                "mail_not_kept", uid=uid, attempt=attempt, error=name, exc_info=attempt == 1
            )
            return False
        self._memory.keep(uid)
        return True

    def _rest(self, session: Session) -> None:
        """Until there may be something to do."""
        if session.has_news or self._stopped.is_set():
            return
        seconds = self._pace.idle if session.can_idle else self._pace.poll
        until_next = self._memory.seconds_to_next(time.monotonic())
        if until_next is not None:
            seconds = min(seconds, max(until_next, 0.0))
        if session.can_idle:
            session.idle(seconds, self._bell)
        else:
            self._bell.wait(seconds)


def _reason(error: Exception) -> str:
    """Why the connection was lost; imaplib repeats what it did not understand: that may be mail."""
    text = str(error)
    if "unexpected response" in text or "unterminated line" in text:
        return "an answer that is no IMAP"
    return text[:200] or type(error).__name__
