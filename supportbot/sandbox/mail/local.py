"""A whole local relay, and the hands and eyes of those who tell stories on it."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, Self, TypeVar

from supportbot.sandbox.mail.faults import Failure, FaultPlan, Faults, Stage
from supportbot.sandbox.mail.model import ReceivedMail
from supportbot.sandbox.mail.server import Server
from supportbot.sandbox.mail.session import Post

T = TypeVar("T")


class LocalRelay:
    """An SMTP relay on the loopback interface that keeps what it takes. A context manager.

    Args:
        now: the clock by which mails are dated, aware UTC.
        faults: what goes wrong on purpose; by default nothing.
        tls: the server's certificate. Without it there is no encryption.
        security: how `tls` is used: from the first byte, or after STARTTLS.
        login: the user and password that are wanted before a mail; None wants none.
        mechanisms: the ways to log in that are offered, of PLAIN and LOGIN.
        smtputf8: whether addresses beyond ASCII are taken.
        largest: bytes of the largest mail that is taken.
        on_wire: called, outside every lock, as (stage, what) with "before-reply" and "after-reply"
            and "mail": the last word on a whole mail.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        faults: Faults | None = None,
        tls: ssl.SSLContext | None = None,
        security: Literal["starttls", "tls"] = "starttls",
        login: tuple[str, str] | None = None,
        mechanisms: frozenset[str] = frozenset({"PLAIN", "LOGIN"}),
        smtputf8: bool = True,
        largest: int = 30_000_000,
        on_wire: Callable[[str, str], None] = lambda stage, what: None,
    ) -> None:
        self._changed = threading.Condition()
        self._plan = FaultPlan(faults or Faults())
        self._mails: list[ReceivedMail] = []
        self._logins: list[tuple[str, bool]] = []
        self._delay = 0.0
        post = Post(self._keep, self._failure, self._logged_in, lambda: self._delay, now, on_wire)
        self._server = Server(
            post,
            implicit=tls if security == "tls" else None,
            starttls=tls if security == "starttls" else None,
            login=login,
            mechanisms=mechanisms,
            smtputf8=smtputf8,
            largest=largest,
        )

    def start(self) -> Self:
        """Begin to listen."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Hang up on everybody and stop listening."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        return self._server.port

    # --- setting the stage

    def fail_next(
        self, stage: Stage, how: Failure, *, times: int = 1, to: str | None = None
    ) -> None:
        """Let a step fail the next times: `fail_next("rcpt", answer(550), to="mara@…")`."""
        with self._changed:
            self._plan.add(stage, how, to, times)

    def fail_always(self, stage: Stage, how: Failure, *, to: str | None = None) -> None:
        """Let a step fail until `calm`."""
        with self._changed:
            self._plan.add(stage, how, to, None)

    def calm(self) -> None:
        """Behave from now on, and be as quick as one can."""
        with self._changed:
            self._plan.calm()
            self._delay = 0.0

    def slow_down(self, seconds: float) -> None:
        """Think so long before every answer from now on."""
        self._delay = seconds

    def refuse_connections(self) -> None:
        """Hang up on everybody and do not listen, until `listen_again`."""
        self._server.deafen()

    def listen_again(self) -> None:
        """Listen at the same port as before."""
        self._server.listen()

    # --- looking

    @property
    def mails(self) -> tuple[ReceivedMail, ...]:
        """What was taken, oldest first; a mail that was taken twice stands there twice."""
        with self._changed:
            return tuple(self._mails)

    @property
    def logins(self) -> tuple[tuple[str, bool], ...]:
        """Every try to log in: the user, and whether the password was right."""
        with self._changed:
            return tuple(self._logins)

    def wait_until(self, predicate: Callable[[], T], timeout: float = 30.0) -> T:
        """Wait until the predicate is true, asking whenever something changed, and return what it
        returned. It may look at this relay, and should do nothing else.

        Raises:
            TimeoutError: after `timeout` seconds of real time.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while not (result := predicate()):
                if not self._changed.wait(deadline - time.monotonic()):
                    if result := predicate():
                        return result
                    raise TimeoutError(f"the relay has taken {len(self._mails)} mails")
            return result

    # --- what the sessions tell

    def _keep(self, mail: ReceivedMail) -> None:
        with self._changed:
            self._mails.append(mail)
            self._changed.notify_all()

    def _failure(self, stage: Stage, recipient: str) -> Failure | None:
        with self._changed:
            return self._plan.take(stage, recipient)

    def _logged_in(self, user: str, well: bool) -> None:
        with self._changed:
            self._logins.append((user, well))
            self._changed.notify_all()
