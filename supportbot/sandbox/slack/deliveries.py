"""Envelopes on their way to the app: queued, sent to one socket or to its address, acknowledged or
sent again.

Slack gives an app three seconds to acknowledge. An event that is not acknowledged comes again at
once, after a minute and after five (https://docs.slack.dev/apis/events-api/#retries); a click, a
form or a command does not: the person sees a warning. All of this runs on real time, because it
measures how quick the app is; the delays are arguments.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from supportbot.sandbox.slack.envelopes import Envelope, Socket, event_callback
from supportbot.sandbox.slack.faults import FaultPlan
from supportbot.sandbox.slack.model import Event, Interaction, Json
from supportbot.sandbox.slack.workspace import Workspace

OnWire = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long Slack waits and how often it tries.

    Args:
        ack: seconds the app has to acknowledge an envelope.
        retries: seconds before each further try of an event.
        forgets: give an event up after the last of `retries`, also when no socket was open, as the
            real Slack does. Otherwise an event waits for a socket without counting tries, and is
            tried on and on at the last delay. An address is always there, and may not answer.
    """

    ack: float = 3.0
    retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    forgets: bool = False


class Deliveries:
    """The queue, and the thread that empties it. State is guarded by the workspace's lock."""

    def __init__(
        self, workspace: Workspace, plan: FaultPlan, patience: Patience, on_wire: OnWire
    ) -> None:
        self._workspace = workspace
        self._lock = workspace.changed
        self._plan = plan
        self._patience = patience
        self._on_wire = on_wire
        self._numbers = itertools.count(1)
        self._waiting: list[Envelope] = []
        self._sent: dict[str, Envelope] = {}
        self._sockets: list[Socket] = []
        self._address: Socket | None = None
        self._leaving: set[int] = set()
        self._turn = 0
        self._stopped = False
        self.events: list[Event] = []
        self.refresh: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, daemon=True, name="slack-deliveries")

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what is queued stays queued."""
        with self._lock:
            self._stopped = True
            self._lock.notify_all()
        self._thread.join()

    # --- what is to be delivered

    def publish(self, event: Json) -> None:
        """Queue an event."""
        share = self._plan.faults.double_mention
        with self._lock:
            self._queue(Event(self._new_event_id(), event))
            if event.get("type") == "app_mention" and self._plan.happens("double_mention", share):
                self._queue(Event(self._new_event_id(), event))

    def interact(self, kind: str, payload: Json) -> Interaction:
        """Deliver what a person did and wait for the answer, at most the patience for an ack."""
        envelope = Envelope(kind, payload, deadline=time.monotonic() + self._patience.ack)
        with self._lock:
            self._waiting.append(envelope)
            self._lock.notify_all()
            self._lock.wait_for(lambda: envelope.outcome is not None or self._stopped)
            return envelope.outcome or Interaction(payload, acked=False)

    def unacknowledged(self) -> list[Event]:
        """The events that the app has not acknowledged and Slack has not given up."""
        with self._lock:
            return [event for event in self.events if not (event.acked or event.forgotten)]

    # --- sockets

    def attach(self, socket: Socket) -> None:
        """Deliver to this socket too."""
        with self._lock:
            self._sockets.append(socket)
            self._lock.notify_all()

    def retire(self, socket: Socket) -> None:
        """Deliver to this socket only while there is no other."""
        with self._lock:
            self._leaving.add(socket.number)

    def detach(self, socket: Socket) -> None:
        """Forget a closed socket. Events it took without acknowledging come again."""
        with self._lock:
            if socket in self._sockets:
                self._sockets.remove(socket)
            self._leaving.discard(socket.number)
            for envelope in set(self._sent.values()):
                if envelope.sent_on is socket and envelope.event is not None:
                    self._missed(envelope, "connection_failed")
            self._lock.notify_all()

    def sockets(self) -> Sequence[Socket]:
        """The open sockets."""
        with self._lock:
            return tuple(self._sockets)

    def post_to(self, address: Socket | None) -> None:
        """Deliver there and to no socket, or to the sockets again."""
        with self._lock:
            self._address = address
            self._lock.notify_all()

    def missed(self, envelope_id: str, reason: str) -> None:
        """The address did not take an envelope; a try that was given up before counts no more."""
        with self._lock:
            envelope = self._sent.get(envelope_id)
            if envelope is not None and envelope.ids[-1] == envelope_id and envelope.sent_on:
                self._missed(envelope, reason)
                self._lock.notify_all()

    def acknowledge(self, envelope_id: str, response: Json | None) -> None:
        """Take the app's word for an envelope, whichever socket it comes by.

        slack_sdk acknowledges on its newest connection, not on the one the envelope came by.
        """
        with self._lock:
            envelope = self._sent.get(envelope_id)
            if envelope is None:
                return
            if self._loses_ack(envelope):
                # It will come to nothing: nobody needs to wait for it on real time.
                envelope.deadline = time.monotonic()
                self._lock.notify_all()
                return
            self._settle(envelope)
            if envelope.event is None:
                envelope.outcome = Interaction(envelope.payload, acked=True, response=response)
            else:
                envelope.event.acked = True
                self._maybe_again(envelope.event)
        self._on_wire("after-ack", envelope.label)

    # --- within

    def _queue(self, record: Event, tries: int = 0, reason: str = "") -> None:
        self.events.append(record)
        payload = event_callback(self._workspace, record)
        self._waiting.append(Envelope("events_api", payload, record, tries, reason))
        self._lock.notify_all()

    def _new_event_id(self) -> str:
        return f"Ev{next(self._numbers):010d}"

    def _loses_ack(self, envelope: Envelope) -> bool:
        if envelope.ack_lost or not self._plan.happens("drop_ack", self._plan.faults.drop_ack):
            return False
        envelope.ack_lost = True
        return True

    def _maybe_again(self, event: Event) -> None:
        faults = self._plan.faults
        if not self._plan.happens("redeliver", faults.redeliver):
            return
        fresh = self._plan.happens("new_event_id", faults.new_event_id)
        event_id = self._new_event_id() if fresh else event.event_id
        self._queue(Event(event_id, event.event), tries=1, reason="timeout")

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._stopped:
                    return
                self._expire()
                taken = self._take()
                if taken is None:
                    self._lock.wait(self._until_next())
                    continue
            self._send(*taken)

    def _expire(self) -> None:
        now = time.monotonic()
        for envelope in set(self._sent.values()):
            if envelope.sent_on is not None and envelope.deadline <= now:
                self._missed(envelope, "timeout")
        for envelope in list(self._waiting):
            if envelope.event is None and envelope.deadline <= now:
                self._give_up(envelope)
        if self._patience.forgets and not self._open():
            for envelope in [each for each in self._waiting if each.due <= now]:
                self._missed(envelope, "connection_failed")

    def _take(self) -> tuple[Envelope, Socket] | None:
        now = time.monotonic()
        envelope = next((each for each in self._waiting if each.due <= now), None)
        if envelope is None or not self._open():
            return None
        self._waiting.remove(envelope)
        return envelope, self._choose()

    def _open(self) -> Sequence[Socket]:
        return self._sockets if self._address is None else (self._address,)

    def _choose(self) -> Socket:
        every = self._open()
        staying = [s for s in every if s.number not in self._leaving] or every
        self._turn += 1
        return staying[self._turn % len(staying)]

    def _until_next(self) -> float | None:
        now = time.monotonic()
        moments = [each.deadline for each in self._sent.values() if each.sent_on is not None]
        # What is due and still waits, waits for a socket; only the forgetful count the time.
        waiting = [each for each in self._waiting if each.due > now or self._patience.forgets]
        moments += [each.due for each in waiting]
        moments += [each.deadline for each in self._waiting if each.event is None]
        return max(0.0, min(moments) - now) if moments else None

    def _send(self, envelope: Envelope, socket: Socket) -> None:
        self._on_wire("before-deliver", envelope.label)
        with self._lock:
            envelope_id, text = envelope.stamped()
            self._sent[envelope_id] = envelope
            envelope.sent_on = socket
            if envelope.event is not None:
                envelope.deadline = time.monotonic() + self._patience.ack
                envelope.event.attempts += 1
        try:
            socket.send(text)
        except ConnectionError:
            self.detach(socket)
        self._maybe_refresh()

    def _maybe_refresh(self) -> None:
        every = self._plan.faults.refresh_every
        if every is not None and self._turn % every == 0:
            self.refresh()

    def _missed(self, envelope: Envelope, reason: str) -> None:
        if envelope.event is None:
            self._give_up(envelope)
            return
        retries = self._patience.retries
        if self._patience.forgets and envelope.tries >= len(retries):
            envelope.event.forgotten = True
            self._settle(envelope)
            return
        envelope.due = time.monotonic() + retries[min(envelope.tries, len(retries) - 1)]
        envelope.tries += 1
        envelope.reason = reason
        envelope.sent_on = None
        if envelope not in self._waiting:
            self._waiting.append(envelope)

    def _give_up(self, envelope: Envelope) -> None:
        self._settle(envelope)
        envelope.outcome = Interaction(envelope.payload, acked=False)

    def _settle(self, envelope: Envelope) -> None:
        for envelope_id in envelope.ids:
            self._sent.pop(envelope_id, None)
        envelope.sent_on = None
        if envelope in self._waiting:
            self._waiting.remove(envelope)
        self._lock.notify_all()
