"""people.yaml: everyone the playbooks speak of, and the roles that some of them have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated

from pydantic import Field, PlainValidator

from supportbot.adapters.playbook_files import shapes, words
from supportbot.adapters.playbook_files.delays import WhoseHours
from supportbot.adapters.playbook_files.faults import Unreadable, quoted
from supportbot.adapters.playbook_files.filling import Filled
from supportbot.adapters.playbook_files.forms import Form, Hours, Name, Names, Text, Zone
from supportbot.adapters.playbook_files.hours import windows_of
from supportbot.adapters.playbook_files.leave import (
    Away,
    PublicHolidays,
    feeds_of,
    link_away,
    link_holidays,
)
from supportbot.adapters.playbook_files.place import At, NameSet
from supportbot.domain.on_call.working_time import WorkingHours
from supportbot.domain.policy.playbook import Person

SENDER_KINDS = ("representative", "known", "team", "stranger")
RESERVED = frozenset({*SENDER_KINDS, "owner", "none"})
"""Names that mean something of their own where a person's could stand."""

_SLACK_MEMBER = re.compile(r"[UW][A-Z0-9]{2,20}")
_GITHUB_LOGIN = re.compile(r"[A-Za-z0-9](-?[A-Za-z0-9])*")
_MAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")


def slack_member(value: object) -> str:
    said = words.text(value)
    if not _SLACK_MEMBER.fullmatch(said):
        mend = "it looks like U0123ABCD: open the profile in Slack, then ⋮, then Copy member ID"
        raise Unreadable(f"{quoted(said)} is no Slack member id", mend)
    return said


def github_login(value: object) -> str:
    said = words.text(value).removeprefix("@")
    if len(said) > 39 or not _GITHUB_LOGIN.fullmatch(said):
        mend = "write the name from the address of the profile on GitHub"
        raise Unreadable(f"{quoted(said)} is no GitHub user name", mend)
    return said


def mail_address(value: object) -> str:
    said = words.text(value)
    if len(said) > 254 or not _MAIL.fullmatch(said):
        raise Unreadable(f"{quoted(said)} is no mail address", "write it as name@domain.example")
    return said


SlackMember = Annotated[
    str,
    PlainValidator(slack_member),
    shapes.pattern(
        "SlackMember",
        "a Slack member id: open the profile in Slack, then ⋮, then Copy member ID",
        _SLACK_MEMBER.pattern,
        "U0123ABCD",
    ),
]


GithubLogin = Annotated[
    str,
    PlainValidator(github_login),
    shapes.pattern(
        "GithubLogin", "a user name on GitHub", rf"@?{_GITHUB_LOGIN.pattern}", "ines-ferrer"
    ),
]


MailAddress = Annotated[
    str,
    PlainValidator(mail_address),
    shapes.pattern("MailAddress", "a mail address", _MAIL.pattern, "ines@openfield.example"),
]


class PersonForm(Form):
    name: Text | None = Field(None, description="how to call them; their key, if left out")
    slack: SlackMember | None = Field(
        None, description="their Slack member id; without one they cannot be paged"
    )
    github: GithubLogin | None = Field(None, description="their user name on GitHub, for issues")
    mail: MailAddress | None = Field(
        None, description="the address by which they are known as a sender"
    )
    time_zone: Zone | None = Field(None, description="their zone; UTC, if left out")
    hours: Hours | None = Field(
        None, description="when they work, on the clocks of their time_zone: Mon-Fri 08:00-16:00"
    )
    away: Away | None = Field(
        None,
        examples=["[{from: 2026-12-24, to: 2027-01-02, reason: leave}]", "ines.ics"],
        description="their leave: they are on call nowhere then, and not called",
    )
    public_holidays: PublicHolidays | None = Field(
        None,
        examples=["DE-BE"],
        description="the country whose holidays are outside their hours, and its region: DE-BE",
    )


class PeopleFile(Form):
    people: dict[Name, PersonForm] = Field(
        examples=["{ines: {name: Ines, slack: U0INES}}"],
        description="everyone the playbooks speak of, by a key of your choice",
    )
    roles: dict[Name, Names] = Field(
        {},
        examples=["{manager: [ines]}"],
        description="people who are reached all at once and at any time, by the name of the role",
    )
    team_hours: Hours | None = Field(
        None,
        description="when the team works, for delays in working hours of the team",
    )


def link_people(file: Filled[PeopleFile], files: Mapping[str, str]) -> dict[str, Person]:
    """The people by their keys, in the order of the file; `files` are those of the folder."""
    form, at = file.form, file.at
    found = {
        key: _person(key, one, files, at.to("people", key)) for key, one in form.people.items()
    }
    for key in sorted(RESERVED & set(found)):
        place = at.to("people", key)
        place.fault_in_key(f"{key!r} has a meaning of its own", "choose another key")
    _find_doubles(found, at.to("people"))
    return found


def leave_calendars(file: Filled[PeopleFile] | None) -> set[str]:
    """The calendar files that people's leave stands in."""
    people = file.form.people.values() if file else ()
    return {entry.calendar for one in people for entry in one.away or () if entry.calendar}


def link_roles(file: Filled[PeopleFile], people: NameSet) -> dict[str, tuple[str, ...]]:
    """The members of each role, in the order in which they were written."""
    form, at = file.form, file.at
    for role, members in form.roles.items():
        place = at.to("roles", role)
        if role in people.names | RESERVED:
            place.fault_in_key(f"{role!r} is taken already", "a role needs a name of its own")
        place.all_known("person", members, people)
    return {role: tuple(dict.fromkeys(members)) for role, members in form.roles.items()}


def link_hours(file: Filled[PeopleFile] | None, people: Mapping[str, Person]) -> WhoseHours:
    """When everybody works, and the team; without the file nothing is known."""
    if file is None:
        return WhoseHours(NameSet(frozenset(), complete=False), {})
    windows = windows_of(file.form.team_hours or (), None, file.at.to("team_hours"))
    known = {key: person.hours for key, person in people.items() if person.hours}
    team = WorkingHours(windows) if windows else None
    return WhoseHours(NameSet(frozenset(people), file.whole), known, team)


def _person(key: str, form: PersonForm, files: Mapping[str, str], at: At) -> Person:
    zone, closed = form.time_zone or "UTC", form.public_holidays
    holidays = link_holidays(closed, at.to("public_holidays")) if closed else frozenset()
    return Person(
        key=key,
        name=form.name or key.replace("-", " ").replace("_", " ").title(),
        slack=form.slack,
        mail=form.mail,
        github=form.github,
        zone=zone,
        hours=_hours(form, holidays, at.to("hours")) if form.hours else None,
        away=link_away(form.away or [], zone, files, at.to("away")),
        leave_feeds=feeds_of(form.away or []),
        holidays=holidays,
    )


def _hours(form: PersonForm, holidays: frozenset[date], at: At) -> WorkingHours | None:
    windows = windows_of(form.hours or (), form.time_zone, at)
    open_on = tuple(replace(window, closed=holidays) for window in windows)
    return WorkingHours(open_on) if open_on else None


def _find_doubles(people: dict[str, Person], at: At) -> None:
    """Two people with one address: whoever writes from it could not be told."""
    owners: dict[str, str] = {}
    for key, person in people.items():
        for field, value in (("slack", person.slack), ("mail", person.mail)):
            other = owners.setdefault(value.casefold(), key) if value else key
            if other != key:
                at.to(key, field).fault(f"{other} has this already", "each person needs their own")
