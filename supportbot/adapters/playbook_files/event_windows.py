"""The events of a community: when they are, on which hub, and the attention they get."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from supportbot.adapters.playbook_files import words
from supportbot.adapters.playbook_files.forms import (
    Form,
    Moment,
    Name,
    Names,
    Text,
    Whole,
    YesNo,
    Zone,
)
from supportbot.adapters.playbook_files.place import At, NameSet
from supportbot.domain.planned.event_window import (
    MOST_WINDOWS,
    EventPlan,
    Window,
    in_order,
    overlapping_window,
    reversed_window,
)


class WindowForm(Form):
    from_: Moment = Field(alias="from", examples=["2026-12-07T09:00"], description="when it begins")
    to: Moment = Field(examples=["2026-12-07T12:00"], description="when it is over")


class EventForm(Form):
    """A workshop, a class or an exam: while it is on, the worse reading always holds."""

    name: Text = Field(examples=["Statistics 101 exam"], description="what it is")
    hub: Name = Field(examples=["prod"], description="on which hub of the community")
    from_: Moment | None = Field(
        None, alias="from", examples=["2026-12-07T09:00"], description="when it begins"
    )
    to: Moment | None = Field(None, examples=["2026-12-07T12:00"], description="when it is over")
    windows: list[WindowForm] = Field(
        [],
        examples=["[{from: …, to: …}]"],
        description="the times at which it is on, instead of one from and to",
    )
    time_zone: Zone | None = Field(
        None, description="the zone of these times; the community's, if left out"
    )
    people: Whole | None = Field(None, description="how many come")
    ready_mode: YesNo = Field(
        False, description="whether the tighter terms of in_ready_mode hold meanwhile"
    )
    engineers: Names = Field(
        [],
        examples=["[ines]"],
        description="people who are called with the first step of every ticket meanwhile",
    )
    freeze: YesNo | None = Field(
        None,
        description="whether changes to the hub wait until it is over; as ready_mode, if left out",
    )


@dataclass(frozen=True, slots=True)
class Home:
    """What an event takes from its community (its `key`)."""

    key: str
    hubs: frozenset[str]
    representatives: frozenset[str]
    zone: str


def link_event(form: EventForm, home: Home, people: NameSet, at: At) -> EventPlan | None:
    """An event of a community; None, with what is wrong noted, when it has no time."""
    at.to("hub").knows("hub of this community", form.hub, NameSet(home.hubs))
    _check_engineers(form, home, people, at.to("engineers"))
    zone = form.time_zone or home.zone
    windows = _windows(form, zone, at)
    if not windows:
        return None
    return EventPlan(
        name=form.name,
        community=home.key,
        hub=form.hub,
        windows=windows,
        people=form.people,
        ready_mode=form.ready_mode,
        engineers=tuple(dict.fromkeys(form.engineers)),
        freeze=form.ready_mode if form.freeze is None else form.freeze,
        zone=zone,
    )


def _check_engineers(form: EventForm, home: Home, people: NameSet, at: At) -> None:
    at.all_known("person", form.engineers, people)
    for number, key in enumerate(form.engineers):
        if key in home.representatives:
            message = f"{key} asks on behalf of this community"
            at.to(number).fault(message, "name people of your team, who are called then")


def _windows(form: EventForm, zone: str, at: At) -> tuple[Window, ...]:
    """`from` and `to`, and `windows`, in order; nothing when something is wrong with them."""
    said = list(_said_windows(form, at))
    found = [
        Window(*(words.instant(moment, zone) for moment in (begins, ends)))
        for begins, ends, _ in said
    ]
    if (wrong := reversed_window(found)) is not None:
        said[wrong][2].to("to").fault("the event ends before it begins", "check from and to")
    elif (wrong := overlapping_window(found)) is not None:
        message = "this window begins before another of the event is over"
        said[wrong][2].to("from").fault(message, "windows do not overlap: make one of the two")
    elif len(found) > MOST_WINDOWS:
        at.to("windows").fault("these are too many windows", f"{MOST_WINDOWS} at most")
    else:
        return in_order(found)
    return ()


def _said_windows(form: EventForm, at: At) -> Iterator[tuple[datetime, datetime, At]]:
    """Each with the place where it stands."""
    if form.from_ and form.to:
        yield form.from_, form.to, at
    elif form.from_ or form.to:
        missing, example = ("to", "12:00") if form.from_ else ("from", "09:00")
        at.fault(f"the key {missing!r} is missing", f"add `{missing}: 2026-12-07T{example}`")
    elif not form.windows:
        at.fault("it is not said when the event is", "add `from` and `to`, or `windows`")
    for number, window in enumerate(form.windows):
        yield window.from_, window.to, at.to("windows", number)
