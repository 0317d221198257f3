"""What the team reads under a ticket when the shift of its owner is over."""

from __future__ import annotations

from collections.abc import Iterable

from supportbot.domain.notices.delivery import NewDelivery
from supportbot.domain.notices.scene import Scene, joined
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket import shift_events as se


def shift_notices(scene: Scene, event: e.Event) -> Iterable[NewDelivery]:
    """Everything to be sent under the ticket because of the scene's event, if it is of a shift."""
    match event:
        case se.ShiftHandedOver():
            said = _handed_over(scene, event)
        case se.Kept():
            said = _kept(scene, event)
        case se.ShiftNotTaken():
            goes = "It goes up one level" if event.up else "Whoever is on call has it next"
            said = f"{goes}: {event.reason}."
        case _:
            return ()
    return [*([scene.note(said)] if said else []), scene.refreshed()]


def _handed_over(scene: Scene, event: se.ShiftHandedOver) -> str:
    incoming = joined(scene.name(person) for person in event.incoming)
    until = spoken(event.until, "UTC")
    return (
        f"The shift of {scene.name(event.outgoing)} is over. {incoming}: please take it."
        f" Until then you both have it; at {until} it goes up one level."
    )


def _kept(scene: Scene, event: se.Kept) -> str:
    """Nothing of what nobody said: who took it off shift has just been told of."""
    if event.until is None:
        return f"It stays with {scene.name(event.person)}."
    if event.by is None:
        return ""
    until = spoken(event.until, scene.zone_of(event.person))
    return f"{scene.name(event.person)} keeps it until {until}, though off shift."
