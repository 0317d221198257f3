"""Domain values as text, and what reading forgives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, make_dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, get_type_hints
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.adapters.db.codec import Unreadable, canonical, codec_of, dumps
from supportbot.adapters.db.snapshots import event_classes, event_of, event_row
from supportbot.application.ports import DecisionRecord
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.planned.event_window import EventPlan, Window
from supportbot.domain.policy.playbook import Severity
from supportbot.domain.ticket import events as e
from supportbot.domain.triage.message import InboundMessage, Place, Sender
from tests.adapters.db.samples import NOW, OFFICE, TERMS, opened


@dataclass(frozen=True, slots=True)
class Circle:
    radius: float


@dataclass(frozen=True, slots=True)
class Square:
    side: int = 1


@dataclass(frozen=True, slots=True)
class Everything:
    text: str
    number: int
    at: datetime
    day: date
    clock: time
    length: timedelta
    pair: tuple[int, timedelta]
    many: tuple[datetime, ...]
    some: frozenset[date]
    by_name: Mapping[str, Square]
    shape: Circle | Square
    fact: str | bool | None
    choice: Literal["a", "b"]
    anything: Mapping[str, Any]
    maybe: timedelta | None = None


EVERYTHING = Everything(
    text="\0 \ud800 \N{SNOWMAN}",
    number=2**60,
    at=NOW,
    day=NOW.date(),
    clock=time(8, 30),
    length=timedelta(days=-3, microseconds=1),
    pair=(1, timedelta(seconds=2)),
    many=(NOW, NOW),
    some=frozenset({date(2026, 1, 1), date(2025, 12, 31)}),
    by_name={"a": Square(3)},
    shape=Circle(0.1),
    fact=None,
    choice="b",
    anything={"list": [1, None, {"deep": True}]},
)

INSTANTS = st.datetimes(timezones=st.just(UTC))
WINDOWS = st.lists(st.builds(Window, INSTANTS, INSTANTS), max_size=3).map(tuple)
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=366))
KNOWN: dict[object, st.SearchStrategy[object]] = {
    datetime: INSTANTS,
    datetime | None: st.none() | INSTANTS,
    Severity: st.just(TERMS),
    EventPlan: st.builds(EventPlan, windows=WINDOWS),
    Delay: st.builds(Delay, LENGTHS, hours=st.none() | st.just(OFFICE)),
}


def any_event(cls: type[e.Event]) -> st.SearchStrategy[e.Event]:
    """Events of this class, by the hints of its fields; hypothesis' own instants have no zone."""
    hints = get_type_hints(cls)
    return st.builds(cls, **{name: KNOWN[hint] for name, hint in hints.items() if hint in KNOWN})


def test_every_kind_of_field_comes_back_equal() -> None:
    codec = codec_of(Everything)

    assert codec.loads(codec.dumps(EVERYTHING)) == EVERYTHING


def test_the_text_is_ascii_whatever_people_send() -> None:
    assert codec_of(Everything).dumps(EVERYTHING).isascii()


@pytest.mark.parametrize("kind", event_classes())
@given(data=st.data())
def test_every_kind_of_event_comes_back_equal(kind: str, data: st.DataObject) -> None:
    event = data.draw(any_event(event_classes()[kind]))
    row = event_row(42, 1, event)

    assert event_of(row["kind"], row["data"]) == event


def test_working_hours_inside_a_value_come_back() -> None:
    record = Place("slack", {"channel": "C1"})
    assert codec_of(Place).loads(codec_of(Place).dumps(record)) == record
    assert codec_of(type(OFFICE)).loads(codec_of(type(OFFICE)).dumps(OFFICE)) == OFFICE


def test_a_decision_record_comes_back_equal() -> None:
    message = InboundMessage("slack", "k", Sender(slack="U1"), "help", NOW, thread_keys=("t",))
    record = DecisionRecord(
        at=NOW,
        message=message,
        playbooks="v1",
        facts={"hub": "northfield/prod", "incident": True},
        decision={"severity": "P1", "labels": ["outage"]},
        hits=("servers do not start",),
        owners={"first_line": ["ines"]},
        timers=({"kind": "escalate"},),
    )
    codec = codec_of(DecisionRecord)

    assert codec.loads(codec.dumps(record)) == record


def test_an_instant_of_another_zone_comes_back_as_the_same_instant_in_utc() -> None:
    berlin = NOW.astimezone(ZoneInfo("Europe/Berlin"))
    codec = codec_of(Everything)

    back = codec.loads(codec.dumps(replace(EVERYTHING, at=berlin))).at

    assert (back, back.tzinfo) == (NOW, UTC)


def test_a_datetime_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        codec_of(Everything).dumps(replace(EVERYTHING, at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        codec_of(Circle).dumps(Circle(float("nan")))


def test_what_has_no_json_form_is_refused_where_it_is_declared() -> None:
    with pytest.raises(TypeError, match="no JSON form"):
        codec_of(make_dataclass("Odd", [("value", complex)]))


def test_what_has_no_json_form_is_refused_where_anything_goes() -> None:
    with pytest.raises(TypeError, match="object has no place"):
        dumps({"value": object()})


def test_fields_of_a_later_version_are_ignored() -> None:
    text = json.dumps({"v": 1, "side": 3, "colour": "red"})

    assert codec_of(Square).loads(text) == Square(3)


def test_fields_that_an_older_version_did_not_write_take_their_defaults() -> None:
    assert codec_of(Square).loads('{"v":1}') == Square()


def test_a_text_that_lacks_what_has_no_default_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="Circle"):
        codec_of(Circle).loads('{"v":1}')


def test_a_text_of_a_later_format_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="a newer supportbot wrote it"):
        codec_of(Square).loads('{"v":2,"side":3}')


def test_an_event_of_a_later_version_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="Teleported"):
        event_of("Teleported", "{}")


def test_equal_addresses_have_one_canonical_text() -> None:
    assert canonical({"thread": "1", "channel": "C"}) == canonical({"channel": "C", "thread": "1"})


def test_every_field_of_a_ticket_survives() -> None:
    names = {field.name for field in fields(e.Opened)}
    assert set(json.loads(event_row(1, 1, opened(1))["data"])) == names | {"v"}
