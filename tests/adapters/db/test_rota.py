"""What people change of the rota, kept on both databases, and in force in the next transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from supportbot.adapters.db.store import SqlStore
from supportbot.application.context import Context
from supportbot.application.in_force import current, in_force
from supportbot.application.ports import UnitOfWork
from supportbot.domain.notices.ticket_notices import Desk
from supportbot.domain.on_call.cover_request import CoverRequest, Taken
from supportbot.domain.on_call.rota_change import RotaChange
from supportbot.domain.on_call.rotation import who
from supportbot.domain.policy.playbook import Playbooks
from supportbot.sandbox.clock import VirtualClock
from tests.adapters.db.samples import NOW
from tests.domain.samples import people, playbooks, rotation

HOUR = timedelta(hours=1)
FILES = playbooks(
    people=people("ines", "sam", "ann"),
    rotations={"first-line": rotation("first-line", "ines sam")},
    roles={"manager": ("ann",)},
)
TAKEN = RotaChange(
    kind="take",
    rotation="first-line",
    start=NOW,
    end=NOW + HOUR,
    people=("sam",),
    away="ines",
    by="sam",
    made_at=NOW,
)


@dataclass(slots=True)
class Shelf:
    current: Playbooks

    def files(self, version: str) -> Mapping[str, str]:
        raise NotImplementedError

    def parse(self, files: Mapping[str, str]) -> Playbooks:
        raise NotImplementedError


@pytest.fixture
def context(store: SqlStore) -> Context:
    return Context(store, VirtualClock(NOW), Shelf(FILES), Desk("#desk", None))


def on_call(found: Playbooks) -> tuple[str, ...]:
    return who(found.rotations["first-line"], NOW).people


def test_a_change_is_read_as_it_was_made_until_it_is_withdrawn_once(store: SqlStore) -> None:
    made = store.write(lambda unit: unit.rota.add(TAKEN))
    assert made == replace(TAKEN, id=made.id)
    end = NOW + HOUR
    assert store.read(lambda unit: unit.rota.changes(end - HOUR / 2)) == [made]
    assert store.read(lambda unit: unit.rota.changes(end)) == []
    assert store.write(lambda unit: unit.rota.withdraw(made.id, "ann", NOW + HOUR / 2))
    assert not store.write(lambda unit: unit.rota.withdraw(made.id, "sam", NOW + HOUR / 2))
    found = store.read(lambda unit: unit.rota.get(made.id))
    assert found is not None
    assert (found.until, found.withdrawn_by) == (NOW + HOUR / 2, "ann")


def test_a_request_is_read_as_it_stands(store: SqlStore) -> None:
    request = CoverRequest(
        rotation="first-line", person="ines", start=NOW, end=NOW + HOUR, by="ann", asked_at=NOW
    )
    asked = store.write(lambda unit: unit.cover_requests.add(request))
    part = Taken("sam", NOW, NOW + HOUR / 2, NOW, 7)
    store.write(lambda unit: unit.cover_requests.put(replace(asked, taken=(part,))))
    found = store.write(lambda unit: unit.cover_requests.get(asked.id, lock=True))
    assert found == replace(asked, taken=(part,))
    assert list(found.open_spans()) == [(NOW + HOUR / 2, NOW + HOUR)]
    assert store.read(lambda unit: unit.cover_requests.listing(NOW)) == [found]
    assert store.read(lambda unit: unit.cover_requests.get(asked.id + 1)) is None


def test_a_change_is_in_force_in_the_next_transaction_and_in_its_own(context: Context) -> None:
    assert current(context) is FILES

    def job(unit: UnitOfWork) -> int:
        in_force(context, unit)
        made = unit.rota.add(TAKEN)
        assert on_call(in_force(context, unit)) == ("sam",)
        return made.id

    made = context.store.write(job)
    assert on_call(current(context)) == ("sam",)
    # Who is on call is remembered by the identity of its rotation.
    assert current(context) is current(context)
    context.store.write(lambda unit: unit.rota.withdraw(made, "sam", NOW))
    assert on_call(current(context)) == ("ines",)


def test_what_was_undone_is_in_force_nowhere(context: Context) -> None:
    """Also where the number that it would have had is given to another change."""

    def undone(unit: UnitOfWork) -> None:
        unit.rota.add(TAKEN)
        in_force(context, unit)
        raise ValueError("all of it is undone")

    with pytest.raises(ValueError, match="undone"):
        context.store.write(undone)
    assert on_call(current(context)) == ("ines",)
    later = replace(TAKEN, start=NOW + HOUR, end=NOW + 2 * HOUR)
    context.store.write(lambda unit: unit.rota.add(later))
    assert on_call(current(context)) == ("ines",)


def test_new_files_have_the_changes_in_them_and_other_people_are_left_out(context: Context) -> None:
    context.store.write(lambda unit: unit.rota.add(TAKEN))
    first = current(context)
    shelf = Shelf(replace(FILES, version="later"))
    edited = Context(context.store, context.clock, shelf, context.desk)
    assert current(edited).version == "later"
    assert current(edited) is not first
    assert on_call(current(edited)) == ("sam",)
    shelf.current = replace(FILES, rotations={"first-line": rotation("first-line", "ines")})
    assert on_call(current(edited)) == ("ines",)
