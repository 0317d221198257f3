"""One conversation at a time with GitHub: logging in, reading with patience, writing once.

GitHub asks for requests one after another
(https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api), and
PyGithub's bookkeeping is not made for threads: hence one lock around each piece of work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from github import BadCredentialsException, Github, GithubException
from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random

from supportbot.adapters.github.errors import LoginError, Refused
from supportbot.adapters.github.login import Login, open_session

T = TypeVar("T")

READ_TRIES = 3
LONGEST_PAUSE = 0.5
PATIENCE = 10.0


class Connection:
    """Lazy: the first piece of work is the first that reaches the network.

    A piece of work is given PyGithub's `Github` and may be run twice: a read after a passing fault,
    anything after GitHub refused a token that it took back or that ran out.
    """

    def __init__(self, login: Login, base_url: str, timeout: timedelta) -> None:
        self._open = partial(open_session, login, base_url, timeout)
        self._session = self._open()
        self._patience = timeout.total_seconds()
        self._turn = threading.Lock()
        self._name: str | None = None

    @property
    def is_app(self) -> bool:
        """Whether an App speaks, and not a person's token."""
        return self._session.app is not None

    def read(self, work: Callable[[Github], T]) -> T:
        """Run work that changes nothing, again when the fault looks passing."""
        return self._in_turn(lambda: _patiently(lambda: work(self._session.github)))

    def write(self, work: Callable[[Github], T]) -> T:
        """Run work that changes something, once: a lost answer does not mean a lost effect."""
        return self._in_turn(lambda: work(self._session.github))

    def name(self) -> str:
        """The account whose name stands on what we write; an App's ends in `[bot]`."""
        if self._name is None:
            self._name = self._in_turn(lambda: _patiently(self._ask_name))
        return self._name

    def close(self) -> None:
        """Let go of open connections."""
        self._session.github.close()
        if self._session.app is not None:
            self._session.app.close()

    def _ask_name(self) -> str:
        if self._session.app is not None:
            return f"{self._session.app.get_app().slug}[bot]"
        return self._session.github.get_user().login

    def _in_turn(self, work: Callable[[], T]) -> T:
        # Waiting long here and then creating could overtake our own next attempt.
        if not self._turn.acquire(timeout=self._patience):
            raise Refused("transient", "other requests to GitHub are still under way")
        try:
            return self._logged_in(work)
        finally:
            self._turn.release()

    def _logged_in(self, work: Callable[[], T]) -> T:
        self._log_in()
        try:
            return work()
        except BadCredentialsException:
            if not self.is_app:
                raise
        # PyGithub trusts our clock on when an hour's token ends; GitHub may see it otherwise.
        # A 401 means that nothing was done, so that doing it again is safe.
        self.close()
        self._session = self._open()
        self._log_in()
        return work()

    def _log_in(self) -> None:
        """Have an App's token at hand, so that its refusal is not taken for that of the work."""
        if not self.is_app:
            return
        try:
            _patiently(self._app_token)
        except Exception as error:
            raise LoginError(error) from error

    def _app_token(self) -> str:
        return self._session.auth.token


def _patiently(work: Callable[[], T]) -> T:
    return Retrying(
        retry=retry_if_exception(_is_passing),
        # A silent GitHub is left to the next attempt: the delivery's lease is running.
        stop=stop_after_attempt(READ_TRIES) | stop_after_delay(PATIENCE),
        wait=wait_random(0, LONGEST_PAUSE),
        reraise=True,
    )(work)


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, GithubException):
        return error.status >= 500
    return isinstance(error, OSError)
