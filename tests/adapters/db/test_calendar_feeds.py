"""Leave in calendars elsewhere: in force once read, kept when it fails, and told after a day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from supportbot.adapters.db.store import SqlStore
from supportbot.adapters.playbook_files.calendars import read_calendar, read_leave
from supportbot.application import calendar_feeds, chores
from supportbot.application.context import Context
from supportbot.application.explain import as_recorded, record_of
from supportbot.application.in_force import current
from supportbot.application.ports import CalendarAnswer
from supportbot.domain.notices.ticket_notices import Desk
from supportbot.domain.on_call.rotation import OneOffs, ShiftLayer, who
from supportbot.domain.triage.decision import triage
from supportbot.sandbox.clock import VirtualClock
from tests.adapters.db.samples import NOW
from tests.adapters.db.test_rota import FILES, Shelf
from tests.adapters.test_calendars import calendar
from tests.domain.samples import message

HOUR = timedelta(hours=1)
URL = "https://calendars.example/secret/ines.ics"
TRIP = f"DTSTART:{NOW:%Y%m%dT%H%M%SZ}\nDTEND:{NOW + 90 * HOUR:%Y%m%dT%H%M%SZ}\nSUMMARY:Surgery"


@dataclass(slots=True)
class Elsewhere:
    """Answers with its text, or not at all."""

    text: str | None
    etags: list[str | None] = field(default_factory=list)

    def fetch(self, url: str, etag: str | None) -> CalendarAnswer:
        assert url == URL
        self.etags.append(etag)
        if self.text is None:
            raise OSError("answered 500")
        known = etag == str(hash(self.text))
        return CalendarAnswer(None if known else self.text.encode(), str(hash(self.text)))


def test_leave_that_stands_elsewhere(store: SqlStore) -> None:
    clock, there = VirtualClock(NOW), Elsewhere(calendar(TRIP))
    people = {**FILES.people, "ines": replace(FILES.people["ines"], leave_feeds=(URL,))}
    shelf = Shelf(replace(FILES, people=people))
    context = Context(store, clock, shelf, Desk("#desk", None))
    handlers = {
        calendar_feeds.CHORE: calendar_feeds.following(there.fetch, read_leave, read_calendar)
    }
    chores.begin(context, {calendar_feeds.CHORE: NOW})

    def on_call() -> tuple[str, ...]:
        return who(current(context).rotations["first-line"], clock.now()).people

    def look() -> list[str]:
        """After half an hour; what the team is told of it."""
        while chores.step(context, handlers).busy:
            pass
        clock.move_to(clock.now() + HOUR / 2)
        told = store.write(lambda uow: uow.deliveries.claim(clock.now(), 9, 99 * HOUR))
        return [one.payload["text"] for one in told]

    assert on_call() == ("ines",)
    assert look() == []
    assert on_call() == ()
    reason = who(current(context).rotations["first-line"], clock.now()).reason
    assert "nobody for ines (leave)" in reason
    assert "Surgery" not in reason
    held = current(context)
    look()
    assert current(context) is held
    assert there.etags == [None, str(hash(there.text))]

    found = triage(message(), held, clock.now())
    record = record_of(message(), found, held, clock.now())
    assert record.owners["first_line"] == []
    again = as_recorded(record, shelf.current)
    assert triage(message(), again, record.at).first_line == found.first_line

    there.text = calendar(TRIP.replace(f"{NOW:%Y}", "1999"))
    for number in range(47):
        there.text = there.text if number == 0 else None
        assert look() == []
        failed = store.read(lambda uow: uow.calendar_feeds.all())[URL].error or ""
        assert "Surgery" not in failed
    (told,) = look()
    assert "A calendar at calendars.example cannot be read since" in told
    assert "secret" not in told
    assert (look(), on_call()) == ([], ())
    there.text = "no calendar"
    assert (look(), on_call()) == ([], ())
    there.text = calendar()
    look()
    assert on_call() == ("ines",)


def test_shifts_that_stand_elsewhere(store: SqlStore) -> None:
    clock, there = VirtualClock(NOW), Elsewhere(calendar(TRIP.replace("Surgery", "tomasz")))
    usual = FILES.rotations["first-line"]
    team = ShiftLayer("team", OneOffs(()), (), "UTC", URL)
    made = replace(usual, layers=(team, *usual.layers))
    shelf = Shelf(replace(FILES, rotations={**FILES.rotations, "first-line": made}))
    context = Context(store, clock, shelf, Desk("#desk", None))
    handlers = {
        calendar_feeds.CHORE: calendar_feeds.following(there.fetch, read_leave, read_calendar)
    }
    chores.begin(context, {calendar_feeds.CHORE: NOW})

    def told() -> tuple[tuple[str, ...], str]:
        answer = who(current(context).rotations["first-line"], clock.now())
        return answer.people, answer.reason

    people, reason = told()
    assert people == ("ines",)
    assert "team is not known: its calendar stands elsewhere" in reason
    while chores.step(context, handlers).busy:
        pass
    assert told() == (("tomasz",), "team is on")
    held = current(context)
    found = triage(message(), held, clock.now())
    record = record_of(message(), found, held, clock.now())
    again = as_recorded(record, shelf.current)
    assert triage(message(), again, record.at).first_line == found.first_line
    assert "secret" not in str(who(held.rotations["first-line"], clock.now()))

    there.text = calendar(TRIP.replace("Surgery", "dentist"))
    clock.move_to(clock.now() + HOUR)
    while chores.step(context, handlers).busy:
        pass
    assert told() == (("tomasz",), "team is on")
    clock.move_to(NOW + 91 * HOUR)
    assert told() == (("ines",), "main is on; team has no shift")
