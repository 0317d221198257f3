"""Slack as a listener: by sockets, or by requests that a web server hands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from supportbot.application.ports import Clock
from supportbot.settings import SlackSettings

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from slack_bolt import App

    from supportbot.adapters.slack.catch_up import CatchUp
    from supportbot.adapters.slack.signed_http import SlackHttp
    from supportbot.adapters.slack.socket_mode import SlackSocket


class SlackListener:
    """A `Listener`. Over HTTP it is `connected` from start to close: nobody tells of an outage.

    `on_connected` is called whenever Slack can reach us after it could not, and when something that
    it told us could not be kept.
    """

    def __init__(self, settings: SlackSettings, app: App, catch_up: CatchUp, clock: Clock) -> None:
        from supportbot.adapters.slack.signed_http import SlackHttp
        from supportbot.adapters.slack.socket_mode import SlackSocket

        self.on_connected: Callable[[], None] = lambda: None
        self._catch_up = catch_up
        self._up = False
        self._socket: SlackSocket | None = None
        self._http: SlackHttp | None = None
        if settings.transport == "http":
            secret = settings.signing_secret
            self._http = SlackHttp(app, secret.get_secret_value() if secret else "", clock)
        else:
            token = settings.app_token.get_secret_value() if settings.app_token else ""
            self._socket = SlackSocket(app, token, on_connected=lambda: self.on_connected())

    def routes(self) -> dict[str, WSGIApplication]:
        """What a web server must hand on to us."""
        from supportbot.adapters.slack.manifest import REQUEST_PATH

        return {} if self._http is None else {REQUEST_PATH: self._http}

    @property
    def connected(self) -> bool:
        return self._up and (self._socket is None or self._socket.connected)

    def start(self) -> None:
        self._up = True
        if self._socket is not None:
            self._socket.start()

    def close(self) -> None:
        """Close the web server before: what it has taken in is finished here."""
        self._up = False
        self._catch_up.close()
        if self._socket is not None:
            self._socket.close()
        if self._http is not None:
            self._http.close()

    def read_up(self, since: datetime, threads: Sequence[str]) -> bool:
        """Hand in what was written since then, in channels and in the threads of these keys;
        whether nothing was left unread."""
        from supportbot.adapters.slack.events import thread_of

        known = [place for key in threads if (place := thread_of(key)) is not None]
        return self._catch_up.run(since, known).complete
