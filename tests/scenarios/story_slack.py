"""The Slack of the stories: patient with slow machines, and moody where a story wants it so."""

from __future__ import annotations

from collections.abc import Mapping

from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.slack import UNAVAILABLE, Failure, Faults, LocalSlack, Patience, refused

# Slack comes again soon, so that nobody waits for it on real time.
_RETRIES = (0.0, 0.05, 0.1)
_WRITES = ("chat.postMessage", "chat.update", "views.open")
_READS = (
    "chat.getPermalink",
    "conversations.history",
    "conversations.info",
    "conversations.list",
    "conversations.open",
    "conversations.replies",
    "users.info",
    "users.lookupByEmail",
)
_MORE_THAN_ENOUGH = 300


class StorySlack(LocalSlack):
    """A Slack that gives slow machines time, goes down and comes back, and sends oddities."""

    def __init__(
        self,
        clock: VirtualClock,
        faults: Faults | None = None,
        ack: float = 20.0,
        *,
        forgets: bool = False,
    ) -> None:
        """`ack`: how long, in real seconds, it waits for an acknowledgement."""
        patience = Patience(ack=ack, retries=_RETRIES, forgets=forgets)
        super().__init__(now=clock.now, faults=faults, patience=patience, trigger_lifetime=60.0)

    def goes_down(self) -> None:
        """From now on no method of the Web API works; sockets stay, as they mostly do."""
        # Reads are tried again at once, on real time: the same outage in Slack's other words.
        failures: dict[str, Failure] = dict.fromkeys(_WRITES, UNAVAILABLE)
        failures |= dict.fromkeys(_READS, refused("service_unavailable"))
        for method, failure in failures.items():
            self.fail_next(method, failure, times=_MORE_THAN_ENOUGH)

    def comes_back(self) -> None:
        with self._workspace.changed:
            self._plan._next.clear()

    def sends(self, event: Mapping[str, object]) -> None:
        """An event of any shape."""
        self._deliveries.publish(dict(event))
