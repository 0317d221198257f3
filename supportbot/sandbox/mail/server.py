"""The thread on which the local relay listens.

aiosmtpd's own controller wants a port that is known before; this one lets the system choose.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from supportbot.sandbox.mail.session import Post, Session

T = TypeVar("T")


class Server:
    """One event loop on a thread of its own. All methods are for other threads."""

    def __init__(
        self,
        post: Post,
        *,
        implicit: ssl.SSLContext | None,
        starttls: ssl.SSLContext | None,
        login: tuple[str, str] | None,
        mechanisms: frozenset[str],
        smtputf8: bool,
        largest: int,
    ) -> None:
        self._post = post
        self._implicit = implicit
        self._starttls = starttls
        self._login = login
        self._mechanisms = mechanisms
        self._smtputf8 = smtputf8
        self._largest = largest
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._listening: asyncio.Server | None = None
        self._sessions: set[Session] = set()
        self.port = 0

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="local-relay", daemon=True
        )
        self._thread.start()
        self.listen()

    def listen(self) -> None:
        """At the port of before, if there was one."""
        if self._listening is None:
            self._do(self._listen())

    def deafen(self) -> None:
        """Listen no more, and hang up on all."""
        self._do(self._close())

    def stop(self) -> None:
        if self._loop is None or self._thread is None:
            return
        self._do(self._close())
        self._do(_finished())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            work.close()
            raise RuntimeError("the relay was not started")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(
            self._session, "127.0.0.1", self.port, ssl=self._implicit
        )
        self.port = self._listening.sockets[0].getsockname()[1]

    def _session(self) -> Session:
        session = Session(
            self._post,
            over_tls=self._implicit is not None,
            login=self._login,
            auth_exclude_mechanism={"PLAIN", "LOGIN"} - self._mechanisms,
            loop=self._loop,
            tls_context=self._starttls,
            enable_SMTPUTF8=self._smtputf8,
            data_size_limit=self._largest,
        )
        self._sessions.add(session)
        return session

    async def _close(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for session in self._sessions:
            session.hang_up()
        self._sessions.clear()


async def _finished() -> None:
    """Nothing is left to run but this: what was hung up on has noticed."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    # Transports close their sockets in a later turn of the loop.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
