"""One client at the local relay: aiosmtpd's protocol, and what goes wrong in it on purpose."""

# ruff: noqa: N802 - aiosmtpd finds methods by these names
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, AnyStr

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as Facts

from supportbot.sandbox.mail.faults import Failure, Stage
from supportbot.sandbox.mail.model import ReceivedMail

_LONGEST_LINE = 998


@dataclass(frozen=True, slots=True)
class Post:
    """What the sessions share, and whom they tell. Called on the relay's thread."""

    keep: Callable[[ReceivedMail], None]
    failure: Callable[[Stage, str], Failure | None]
    logged_in: Callable[[str, bool], None]
    delay: Callable[[], float]
    now: Callable[[], datetime]
    on_wire: Callable[[str, str], None]


class Session(SMTP):
    """aiosmtpd's half of the protocol, with a fault before any step that is to fail."""

    def __init__(
        self, post: Post, *, over_tls: bool, login: tuple[str, str] | None, **options: Any
    ) -> None:
        self._post = post
        self._over_tls = over_tls
        self._login = login
        self._greeted = False
        self._took = False
        super().__init__(
            _Handler(self),
            hostname="relay.sandbox.example",
            ident="local relay",
            # aiosmtpd knows of STARTTLS only: it would never let anybody log in over plain TLS.
            auth_require_tls=options.get("tls_context") is not None,
            authenticator=self._check,
            **options,
        )

    def hang_up(self) -> None:
        """Close the connection without a word."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    # --- the steps

    async def push(self, status: AnyStr) -> None:
        """Every answer goes through here, the first of all, too."""
        if delay := self._post.delay():
            await asyncio.sleep(delay)
        if not self._greeted:
            self._greeted = True
            failure = self._post.failure("connect", "")
            if failure is not None:
                await self._fail(failure)
                if self.transport is not None:
                    self.transport.close()
                return
        await super().push(status)

    async def smtp_EHLO(self, hostname: str) -> None:
        await self._step("ehlo", super().smtp_EHLO, hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        await self._step("starttls", super().smtp_STARTTLS, arg)

    async def smtp_AUTH(self, arg: str) -> None:
        await self._step("auth", super().smtp_AUTH, arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        await self._step("mail", super().smtp_MAIL, arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        await self._step("rcpt", super().smtp_RCPT, arg, _path(arg))

    async def smtp_DATA(self, arg: str) -> None:
        self._took = False
        await self._step("data", super().smtp_DATA, arg, self._recipient())
        if self._took:
            self._post.on_wire("after-reply", "mail")

    async def _step(
        self,
        stage: Stage,
        act: Callable[[Any], Awaitable[None]],
        arg: str | None,
        recipient: str = "",
    ) -> None:
        failure = self._post.failure(stage, recipient)
        if failure is None:
            await act(arg)
        else:
            await self._fail(failure)

    async def _fail(self, failure: Failure) -> None:
        if failure.how == "answer":
            await super().push(f"{failure.code} {failure.words}")
            return
        if failure.how == "hang up":
            self.hang_up()
        # Until the client closes its side, or ours is noticed to be closed: both cancel this task.
        await asyncio.get_running_loop().create_future()

    # --- what aiosmtpd asks

    async def taken(self, facts: Facts, envelope: Envelope) -> str:
        """A whole mail has come: the last word on it."""
        raw = bytes(envelope.original_content or b"")
        complaint = _complaint(raw, utf8=bool(envelope.smtp_utf8))
        if complaint is not None:
            return complaint
        failure = self._post.failure("content", self._recipient())
        if failure is None or failure.takes:
            self._post.keep(self._received(facts, envelope, raw))
        if failure is not None and failure.how == "answer":
            return f"{failure.code} {failure.words}"
        if failure is not None:
            await self._fail(failure)
        self._took = True
        self._post.on_wire("before-reply", "mail")
        return "250 2.0.0 taken"

    def _received(self, facts: Facts, envelope: Envelope, raw: bytes) -> ReceivedMail:
        return ReceivedMail(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            raw=raw,
            at=self._post.now(),
            login=self._login[0] if self._login and facts.authenticated else None,
            encrypted=self._over_tls or self._tls_protocol is not None,
        )

    def offered(self, responses: list[str]) -> list[str]:
        """What EHLO is answered: a login only where one is wanted."""
        return [r for r in responses if self._login or not r.startswith("250-AUTH")]

    def wants_login(self, facts: Facts) -> bool:
        return self._login is not None and not facts.authenticated

    def _check(
        self, server: SMTP, facts: Facts, envelope: Envelope, mechanism: str, said: LoginPassword
    ) -> AuthResult:
        user, password = said.login.decode(), said.password.decode()
        well = (user, password) == self._login
        self._post.logged_in(user, well)
        return AuthResult(success=well, handled=False)

    def _recipient(self) -> str:
        recipients = self.envelope.rcpt_tos if self.envelope is not None else []
        return recipients[0] if recipients else ""


class _Handler:
    """The hooks that aiosmtpd calls by name."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def handle_EHLO(
        self, server: SMTP, facts: Facts, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        facts.host_name = hostname
        return self._session.offered(responses)

    async def handle_MAIL(
        self, server: SMTP, facts: Facts, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._session.wants_login(facts):
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_DATA(self, server: SMTP, facts: Facts, envelope: Envelope) -> str:
        return await self._session.taken(facts, envelope)


def _path(arg: str | None) -> str:
    """The address of `TO:<mara@northfield.example>`."""
    return (arg or "").partition("<")[2].partition(">")[0]


def _complaint(raw: bytes, *, utf8: bool) -> str | None:
    """What is wrong with a mail that many relays would let pass, and some would not."""
    lines = raw.split(b"\r\n")
    if any(b"\n" in line or b"\r" in line for line in lines):
        return "554 5.6.0 a bare line end"  # RFC 5321 2.3.8
    if any(len(line) > _LONGEST_LINE for line in lines):
        return "554 5.6.0 a line is too long"
    if not utf8 and not raw.isascii():
        return "554 5.6.0 bytes beyond ASCII that nobody announced"
    return None
