"""Working hours, which may leave out the zone where there is one of their own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from supportbot.adapters.playbook_files import words
from supportbot.adapters.playbook_files.place import At
from supportbot.domain.on_call.rotation import Window


def windows_of(said: Iterable[str], own_zone: str | None, at: At) -> tuple[Window, ...]:
    """The windows of a list of hours; what is wrong with one is noted at its place."""
    read = (
        at.to(number).attempt(partial(words.window, hours, own_zone))
        for number, hours in enumerate(said)
    )
    return tuple(window for window in read if window)
