"""Slack user groups that follow rotations: `@first-line` is whoever is on call in first line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from supportbot.domain.on_call.rotation import Rotation, who


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group by its handle (without the @) and its id (`S…`), the rotations that it follows,
    and the people who go in when nobody is on call in any of them."""

    handle: str
    id: str
    follows: tuple[str, ...]
    if_nobody: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """Who belongs in a group from now on; `nobody` says why the stand-ins are in it, if so."""

    people: tuple[str, ...]
    nobody: str = ""


def membership(group: UserGroup, rotations: Mapping[str, Rotation], at: datetime) -> Membership:
    """Everyone on call at `at` (aware) in the rotations of the group, once each.

    Never empty: a group whose members nobody changes would go on ringing at yesterday's person.
    """
    answers = [who(rotations[name], at) for name in group.follows]
    people = tuple(dict.fromkeys(person for answer in answers for person in answer.people))
    if people:
        return Membership(people)
    return Membership(group.if_nobody, "; ".join(answer.reason for answer in answers))
