"""Cover on both databases: one of two has it, people are reminded, leave is found once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from supportbot.adapters.db.store import SqlStore
from supportbot.application import chores, cover_requests, leave, rota_changes
from supportbot.application.context import Context
from supportbot.application.cover_requests import Done
from supportbot.application.in_force import current
from supportbot.bootstrap.chores import CHORES
from supportbot.domain.notices.ticket_notices import Desk
from supportbot.domain.on_call.absence import Absence, on_leave
from supportbot.domain.on_call.rotation import who
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket.commands import Refused
from supportbot.sandbox.clock import VirtualClock
from tests.adapters.db.test_rota import Shelf
from tests.domain.rotations import at
from tests.domain.samples import people, playbooks, rotation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# ines is on in this week, tomasz in the next.
NOW = at("2026-11-24T12:00")
SATURDAY = at("2026-11-28T09:00")
FIRST = rotation("first-line", "ines tomasz akira")


def files(**away: Absence) -> Playbooks:
    members = people("ines", "tomasz", "akira", "jonas")
    known = {
        key: replace(p, away=(away[key],) if key in away else ()) for key, p in members.items()
    }
    first = on_leave(FIRST, {key: person.away for key, person in known.items()})
    return playbooks(people=known, rotations={"first-line": first}, roles={"manager": ("jonas",)})


@pytest.fixture
def context(store: SqlStore) -> Context:
    return Context(store, VirtualClock(NOW), Shelf(files()), Desk("#desk", None))


def ask(context: Context) -> int:
    made = cover_requests.ask(
        context,
        rotation="first-line",
        person="ines",
        start=SATURDAY,
        end=SATURDAY + 8 * HOUR,
        by="ines",
    )
    assert isinstance(made, Done)
    return made.request.id


def on_call(context: Context, when: datetime) -> tuple[str, ...]:
    return who(current(context).rotations["first-line"], when).people


def told(context: Context) -> dict[str, str]:
    """What waits to be sent, by whom it is for; each is told no more than once."""
    found: dict[str, str] = {}
    moment, lease = context.clock.now(), timedelta(days=30)
    # A channel takes one message a second.
    for second in range(8):
        later = moment + timedelta(seconds=2 * second)
        for task in context.store.write(lambda uow: uow.deliveries.claim(later, 50, lease)):  # noqa: B023
            text, target = task.payload["text"], task.target
            key = target.get("person") or target["channel"]
            found[key] = f"{found[key]} | {text}" if key in found else text
    return found


def do_chores(context: Context, until: datetime) -> None:
    """Every chore of cover that comes due until then, at its own time."""
    clock = context.clock
    assert isinstance(clock, VirtualClock)
    while (due := context.store.read(lambda uow: uow.chores.next_due())) and due <= until:
        clock.move_to(max(due, clock.now()))
        chores.step(context, {name: CHORES[name] for name in ("cover", "leave")})
    clock.move_to(until)


def test_of_two_at_once_one_has_it_and_the_other_hears_who_was_first(context: Context) -> None:
    number = ask(context)
    with ThreadPoolExecutor(2) as pool:
        each = list(
            pool.map(lambda by: cover_requests.take(context, number, by=by), ("tomasz", "akira"))
        )
    (winner,) = [one for one in each if isinstance(one, Done)]
    (loser,) = [one for one in each if isinstance(one, Refused)]
    (part,) = winner.request.taken
    assert on_call(context, SATURDAY) == (part.by,)
    assert loser.reason.startswith(f"{part.by.title()} was first, 0 s ago")


def test_of_two_who_take_a_running_shift_at_once_the_second_has_it_from_the_first(
    context: Context,
) -> None:
    def take(by: str) -> rota_changes.Done | Refused:
        return rota_changes.take_shift(context, rotation="first-line", by=by)

    with ThreadPoolExecutor(2) as pool:
        each = [one for one in pool.map(take, ("tomasz", "akira")) if not isinstance(one, Refused)]
    first, second = sorted((one.change for one in each), key=lambda change: change.id)
    assert (first.away, second.away) == ("ines", first.people[0])
    assert on_call(context, NOW) == second.people


def test_nobody_takes_it_and_everybody_hears_until_it_begins(context: Context) -> None:
    ask(context)
    asked = told(context)
    assert set(asked) == {"#desk", "tomasz", "akira"}
    assert (
        "Ines needs cover in first-line: Saturday 2026-11-28 09:00 to 17:00 UTC." in asked["#desk"]
    )
    do_chores(context, SATURDAY - 4 * HOUR)
    assert asked.keys() == (again := told(context)).keys()
    assert again["akira"].count("needs cover") == 2
    do_chores(context, SATURDAY - 3 * HOUR)
    assert "Still nobody." in told(context)["jonas"]
    do_chores(context, SATURDAY)
    loud = told(context)
    assert set(loud) == {"#desk", "ines", "jonas"}
    assert "Ines stays on call" in loud["ines"]
    assert on_call(context, SATURDAY) == ("ines",)
    do_chores(context, SATURDAY + 8 * HOUR)
    assert told(context) == {}


def test_what_is_given_back_is_asked_for_again(context: Context) -> None:
    number = ask(context)
    taken = cover_requests.take(context, number, by="tomasz")
    assert isinstance(taken, Done)
    assert cover_requests.listing(context) == []
    assert "Tomasz covers for Ines" in told(context)["ines"]
    rota_changes.withdraw(context, taken.changes[0].id, by="tomasz")
    assert [one.id for one in cover_requests.listing(context)] == [number]
    assert on_call(context, SATURDAY) == ("ines",)
    assert "Again:" in told(context)["#desk"]


def test_what_was_covered_until_it_is_given_back_is_not_asked_for_again(context: Context) -> None:
    number = ask(context)
    taken = cover_requests.take(context, number, by="tomasz")
    assert isinstance(taken, Done)
    do_chores(context, SATURDAY + 3 * HOUR)
    told(context)
    rota_changes.withdraw(context, taken.changes[0].id, by="tomasz")
    (request,) = cover_requests.listing(context)
    assert list(request.open_spans()) == [(SATURDAY + 3 * HOUR, SATURDAY + 8 * HOUR)]
    assert "12:00 to 17:00" in told(context)["#desk"]


def test_what_is_given_back_of_a_withdrawn_request_is_not_asked_for_again(
    context: Context,
) -> None:
    number = ask(context)
    part = (SATURDAY, SATURDAY + HOUR)
    taken = cover_requests.take(context, number, by="tomasz", part=part)
    assert isinstance(taken, Done)
    assert isinstance(cover_requests.withdraw(context, number, by="ines"), Done)
    told(context)
    rota_changes.withdraw(context, taken.changes[0].id, by="tomasz")
    assert "Again:" not in str(told(context))
    assert cover_requests.listing(context) == []


def test_leave_is_found_weeks_ahead_asked_once_and_taken_back_with_it(context: Context) -> None:
    monday = at("2026-11-30T00:00")
    away = Absence(monday, monday + 4 * DAY, "leave")
    shelf = context.shelf
    assert isinstance(shelf, Shelf)
    shelf.current = files(tomasz=away)
    chores.begin(context, {leave.CHORE: NOW})
    do_chores(context, NOW + 3 * DAY)
    (request,) = cover_requests.listing(context)
    assert (request.person, request.by, request.end) == ("tomasz", "supportbot", monday + 4 * DAY)
    assert "Tomasz needs cover in first-line" in told(context)["#desk"]
    assert isinstance(cover_requests.take(context, request.id, by="akira"), Done)
    assert on_call(context, monday + DAY) == ("akira",)
    shelf.current = files(akira=Absence(monday + 14 * DAY, monday + 15 * DAY, "leave"))
    do_chores(context, NOW + 4 * DAY)
    (other,) = cover_requests.listing(context)
    assert other.person == "akira"
    shelf.current = files()
    do_chores(context, NOW + 5 * DAY)
    assert cover_requests.listing(context) == []
    kept = cover_requests.listing(context, every=True)
    assert [(one.person, one.state(NOW)) for one in kept] == [
        ("tomasz", "taken"),
        ("akira", "withdrawn"),
    ]
