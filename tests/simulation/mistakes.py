"""Mistakes that a desk can be told to make, each of them against one of the laws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from supportbot.application.ports import Envelope, Sender, Store


def _as_it_is(right: Sender) -> Sender:
    return right


def _the_store(right: Store) -> Store:
    return right


def _the_envelope(right: Envelope) -> Envelope:
    return right


@dataclass(frozen=True, slots=True)
class Mistake:
    """What stands in the place of the right thing."""

    sender: Callable[[Sender], Sender] = field(default=_as_it_is)
    store: Callable[[Store], Store] = field(default=_the_store)
    envelope: Callable[[Envelope], Envelope] = field(default=_the_envelope)


RIGHT = Mistake()
