"""Cover and shifts that change hands: who may, until when, and who was first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import pytest

from supportbot.domain.on_call.absence import Absence, on_leave
from supportbot.domain.on_call.cover_request import CoverRequest, Taken
from supportbot.domain.on_call.override import Override
from supportbot.domain.on_call.rota_change import RotaChange, changed
from supportbot.domain.on_call.rotation import shifts, who
from supportbot.domain.policy.in_force import with_changes
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.rota import covering, leave, shift_changes
from supportbot.domain.rota.covering import Taking
from supportbot.domain.rota.reminding import due_reminders, next_reminder, reminders
from supportbot.domain.rota.standing_in import candidates, said
from supportbot.domain.ticket.commands import Refused
from tests.domain.rotations import at
from tests.domain.samples import office, people, playbooks, rotation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Tuesday. ines is on from Monday 2026-11-23 09:00 UTC for a week, then tomasz, then akira.
NOW = at("2026-11-24T12:00")
SATURDAY = at("2026-11-28T09:00")
TEAM = people("ines", "tomasz", "akira", "zoe", hours=office())


def policy(**away: Absence) -> Playbooks:
    members = {key: replace(p, away=(away[key],) if key in away else ()) for key, p in TEAM.items()}
    first = rotation("first-line", "ines tomasz akira")
    leaves = {key: person.away for key, person in members.items()}
    return playbooks(
        people=members,
        rotations={"first-line": on_leave(first, leaves)},
        roles={"manager": ("jonas",)},
    )


def people_on(found: Playbooks, when: datetime) -> tuple[str, ...]:
    return who(found.rotations["first-line"], when).people


def asked(**changes: object) -> CoverRequest:
    request = CoverRequest(
        rotation="first-line",
        person="ines",
        start=SATURDAY,
        end=SATURDAY + 8 * HOUR,
        by="ines",
        asked_at=NOW,
        id=3,
    )
    return replace(request, **changes)  # type: ignore[arg-type]


def refusal(found: object) -> str:
    assert isinstance(found, Refused), found
    return found.reason


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (asked(), None),
        (asked(by="jonas"), None),
        (asked(by="mara"), "Mara is in no rotation and no role"),
        (asked(rotation="fifth-line"), "There is no rotation fifth-line"),
        (asked(person="tomasz"), "Tomasz is not on call in first-line then"),
        (asked(start=NOW - DAY, end=NOW), "over: check from and to"),
        (asked(start=SATURDAY, end=SATURDAY - HOUR), "over: check from and to"),
    ],
)
def test_cover_is_asked_for_shifts_to_come_by_the_team(
    request_: CoverRequest, reason: str | None
) -> None:
    refused = covering.ask(request_, policy(), NOW)
    assert (refused is None) if reason is None else reason in refusal(refused)


def taken(request: CoverRequest, by: str, *part: datetime) -> Taking | Refused:
    wanted = (part[0], part[1]) if part else None
    return covering.take(request, by, wanted, policy(), NOW)


def test_what_is_taken_is_an_override_and_the_rest_stays_open() -> None:
    morning = taken(asked(), "tomasz", SATURDAY, SATURDAY + 3 * HOUR)
    assert isinstance(morning, Taking)
    (change,) = morning.changes
    assert (change.away, change.people, change.end) == ("ines", ("tomasz",), SATURDAY + 3 * HOUR)
    assert morning.warnings == ("all of it is outside Tomasz's own hours",)
    found = with_changes(policy(), [change])
    assert people_on(found, SATURDAY + HOUR) == ("tomasz",)
    assert people_on(found, SATURDAY + 3 * HOUR) == ("ines",)

    part = Taken("tomasz", change.start, change.end, NOW - 4 * timedelta(seconds=1), 7)
    rest = asked(taken=(part,))
    assert list(rest.open_spans()) == [(SATURDAY + 3 * HOUR, SATURDAY + 8 * HOUR)]
    late = refusal(taken(rest, "akira", SATURDAY + HOUR, SATURDAY + 4 * HOUR))
    assert late.startswith("Tomasz was first, 4 s ago: Saturday 2026-11-28 09:00 to 12:00 UTC")
    afternoon = taken(rest, "akira")
    assert isinstance(afternoon, Taking)
    assert [(one.start, one.end) for one in afternoon.changes] == list(rest.open_spans())


@pytest.mark.parametrize(
    ("hands", "on"),
    [
        (["ines>tomasz", "tomasz>ines"], "ines"),
        (["ines>tomasz", "tomasz>akira", "akira>tomasz"], "tomasz"),
        (["ines>tomasz", "tomasz>akira", "akira>ines"], "ines"),
        (["ines>tomasz", "tomasz>ines", "ines>tomasz"], "tomasz"),
    ],
)
@pytest.mark.parametrize("kind", ["take", "cover"])
def test_whoever_takes_back_what_was_theirs_is_on(
    kind: Literal["take", "cover"], hands: list[str], on: str
) -> None:
    changes = []
    for number, hand in enumerate(hands):
        away, by = hand.split(">")
        start = SATURDAY + number * HOUR
        changes.append(
            RotaChange(
                kind=kind,
                rotation="first-line",
                start=start,
                end=SATURDAY + 8 * HOUR,
                people=(by,),
                away=away,
                by=by,
                made_at=start,
            )
        )
    found = with_changes(policy(), changes)
    assert people_on(found, SATURDAY + 4 * HOUR) == (on,)
    assert people_on(found, SATURDAY) == ("tomasz",)
    assert people_on(found, SATURDAY + 8 * HOUR) == ("ines",)


@pytest.mark.parametrize("instead", [None, "akira"])
def test_whoever_an_override_replaces_cannot_take_what_they_would_not_have(
    instead: str | None,
) -> None:
    away = Override(NOW - DAY, SATURDAY + DAY, "tomasz", instead, "ill")
    usual = policy()
    first = replace(usual.rotations["first-line"], overrides=(away,))
    found = replace(usual, rotations={"first-line": first})
    why = f"Tomasz would not be on: override until 2026-11-29 09:00 UTC: {instead or 'nobody'} for"
    assert why in refusal(covering.take(asked(), "tomasz", None, found, NOW))
    taking = shift_changes.take_shift("first-line", "tomasz", None, None, found, NOW)
    assert why in refusal(taking)
    later = asked(start=SATURDAY + DAY, end=SATURDAY + DAY + HOUR)
    assert isinstance(covering.take(later, "tomasz", None, found, NOW), Taking)


@pytest.mark.parametrize("kind", ["take", "cover"])
def test_whoever_a_schedule_left_out_is_on_once_they_take_a_shift_of_it(
    kind: Literal["take", "cover"],
) -> None:
    ends = SATURDAY + 8 * HOUR
    alone = RotaChange(
        kind="schedule",
        rotation="first-line",
        start=SATURDAY,
        end=ends,
        people=("akira",),
        by="akira",
        made_at=NOW,
    )
    taken_over = replace(
        alone, kind=kind, start=SATURDAY + HOUR, end=ends - HOUR, people=("tomasz",), away="akira"
    )
    found = with_changes(policy(), [alone, taken_over])
    hours = [people_on(found, SATURDAY + number * HOUR) for number in (0, 1, 6, 7)]
    assert hours == [("akira",), ("tomasz",), ("tomasz",), ("akira",)]

    in_force = with_changes(policy(), [alone])
    now = SATURDAY + HOUR
    taking = shift_changes.take_shift("first-line", "tomasz", None, ends - HOUR, in_force, now)
    assert isinstance(taking, RotaChange)
    back = with_changes(policy(), [alone, taken_over])
    again = shift_changes.take_shift("first-line", "akira", None, ends - HOUR, back, now + HOUR)
    assert isinstance(again, RotaChange)
    assert people_on(with_changes(policy(), [alone, taken_over, again]), now + HOUR) == ("akira",)

    later = policy(tomasz=Absence(SATURDAY, ends, "ill"))
    assert people_on(with_changes(later, [alone, taken_over]), SATURDAY + 2 * HOUR) == ()


@pytest.mark.parametrize(
    ("request_", "by", "reason"),
    [
        (asked(), "ines", "their own shift"),
        (asked(), "mara", "Mara is in no rotation"),
        (asked(start=SATURDAY, end=SATURDAY + 3 * DAY), "tomasz", "on call in first-line then"),
        (asked(withdrawn_at=NOW - HOUR, withdrawn_by="ines"), "tomasz", "Ines withdrew it 1 h ago"),
        (asked(start=NOW - DAY, end=NOW), "tomasz", "over"),
        (asked(person="gone"), "tomasz", "gone is not in first-line any more"),
        (
            asked(taken=(Taken("akira", SATURDAY, SATURDAY + 8 * HOUR, NOW - HOUR, 7),)),
            "tomasz",
            "Akira was first, 1 h ago",
        ),
    ],
)
def test_cover_that_cannot_be_taken_says_why(request_: CoverRequest, by: str, reason: str) -> None:
    assert reason in refusal(taken(request_, by))


def test_whoever_is_away_is_neither_asked_nor_may_take_it() -> None:
    away = policy(tomasz=Absence(SATURDAY - DAY, SATURDAY + DAY, "leave"))
    first = away.rotations["first-line"]
    could = candidates(first, SATURDAY, SATURDAY + HOUR, away)
    assert [(one.person, one.within_hours) for one in could] == [("akira", False)]
    refused = covering.take(asked(), "tomasz", None, away, NOW)
    assert "Tomasz is away then: leave, from Friday 2026-11-27 09:00 UTC" in refusal(refused)
    tuesday = candidates(first, NOW - HOUR, NOW, policy())
    assert [(one.person, one.within_hours) for one in tuesday] == [
        ("akira", True),
        ("tomasz", True),
    ]


def test_reminders_come_after_a_day_a_day_before_hours_before_and_as_it_begins() -> None:
    request = asked()
    assert [(one.kind, one.at) for one in reminders(request)] == [
        ("day after", NOW + DAY),
        ("day before", SATURDAY - DAY),
        ("hours before", SATURDAY - 3 * HOUR),
        ("starts", SATURDAY),
    ]
    assert [one.kind for one in due_reminders(request, SATURDAY - DAY)] == [
        "day after",
        "day before",
    ]
    sent = asked(reminded=tuple(one.label for one in due_reminders(request, SATURDAY - DAY)))
    assert next_reminder(sent) == SATURDAY - 3 * HOUR
    whole = Taken("akira", request.start, request.end, NOW, 7)
    assert next_reminder(asked(taken=(whole,))) is None
    # At short notice everybody has just heard of it.
    assert [one.kind for one in reminders(asked(start=NOW + HOUR))] == ["starts"]


def test_a_running_shift_is_taken_until_it_ends_and_given_back() -> None:
    found = shift_changes.take_shift("first-line", "zoe", None, None, policy(), NOW)
    assert "Zoe is in no rotation" in refusal(found)
    found = shift_changes.take_shift("first-line", "tomasz", None, None, policy(), NOW)
    assert isinstance(found, RotaChange)
    assert (found.away, found.end) == ("ines", at("2026-11-30T09:00"))
    later = NOW + HOUR
    assert people_on(with_changes(policy(), [found]), later) == ("tomasz",)
    back = shift_changes.give_back("first-line", "tomasz", [found], later)
    assert back == found
    ended = replace(found, withdrawn_at=later, withdrawn_by="tomasz")
    assert people_on(with_changes(policy(), [ended]), later) == ("ines",)
    assert people_on(with_changes(policy(), [ended]), later - HOUR) == ("tomasz",)
    none = shift_changes.give_back("first-line", "tomasz", [ended], later)
    assert "There is no shift in first-line that tomasz took" in refusal(none)


@pytest.mark.parametrize(
    ("by", "away", "until", "reason"),
    [
        ("ines", None, None, "Ines is on call in first-line already"),
        ("tomasz", "akira", None, "Akira is not on call now"),
        ("tomasz", None, NOW, "ends after now"),
        ("tomasz", None, NOW + 100 * DAY, "within three months"),
    ],
)
def test_a_shift_that_cannot_be_taken_says_why(
    by: str, away: str | None, until: datetime | None, reason: str
) -> None:
    found = shift_changes.take_shift("first-line", by, away, until, policy(), NOW)
    assert reason in refusal(found)


def schedule(*names: str, start: datetime = SATURDAY, number: int = 1) -> RotaChange:
    return RotaChange(
        kind="schedule",
        rotation="first-line",
        start=start,
        end=start + DAY,
        people=names,
        by="jonas",
        made_at=NOW,
        id=number,
    )


def test_a_schedule_has_its_people_on_alone_whatever_was_changed_before() -> None:
    covered = replace(schedule("tomasz"), kind="cover", away="ines", end=SATURDAY + 3 * DAY)
    found = with_changes(policy(), [covered, schedule("ines", "jonas", number=2)])
    assert people_on(found, SATURDAY + HOUR) == ("ines", "jonas")
    assert people_on(found, SATURDAY + DAY) == ("tomasz",)
    assert [one.people for one in shifts(found.rotations["first-line"], NOW, SATURDAY + 2 * DAY)]
    gone = policy(ines=Absence(SATURDAY, SATURDAY + DAY))
    assert "Ines is away then" in refusal(shift_changes.schedule(schedule("ines"), gone, NOW))
    # Leave that is written down later takes people out all the same.
    assert people_on(with_changes(gone, [schedule("ines")]), SATURDAY + HOUR) == ()


def test_a_change_with_somebody_who_left_the_team_or_of_no_rotation_is_left_out() -> None:
    files = policy()
    assert with_changes(files, [schedule("mara")]) is files
    assert with_changes(files, [replace(schedule("tomasz"), rotation="gone")]) is files
    first = files.rotations["first-line"]
    assert changed(first, [replace(schedule("tomasz"), withdrawn_at=NOW)]) == first


def test_leave_takes_people_out_of_the_rota_and_is_found_weeks_ahead_once() -> None:
    monday = at("2026-11-30T00:00")
    away = policy(tomasz=Absence(monday, monday + 4 * DAY, "leave"))
    assert people_on(away, monday + DAY) == ()
    reason = who(away.rotations["first-line"], monday + DAY).reason
    assert "its people are away" in reason
    assert "leave" in reason
    (found,) = leave.wanted(away, NOW)
    assert (found.person, found.start, found.end) == (
        "tomasz",
        at("2026-11-30T09:00"),
        monday + 4 * DAY,
    )
    assert leave.news([found], []) == ([found], [])
    assert leave.news([found], [replace(found, id=1)]) == ([], [])
    assert leave.news([], [replace(found, id=1)]) == ([], [replace(found, id=1)])
    cover = replace(schedule("akira"), kind="cover", away="tomasz", start=monday, end=found.end)
    covered = with_changes(away, [cover])
    assert people_on(covered, monday + DAY) == ("akira",)
    assert leave.wanted(covered, NOW) == []
    assert leave.wanted(away, NOW - leave.LOOKS_AHEAD) == []


def test_times_are_said_on_the_clocks_of_whoever_reads_them() -> None:
    assert said(SATURDAY, SATURDAY + HOUR, "Europe/Madrid") == (
        "Saturday 2026-11-28 10:00 to 11:00 Europe/Madrid"
    )
    assert said(SATURDAY, SATURDAY + DAY, "UTC") == (
        "Saturday 2026-11-28 09:00 to Sunday 2026-11-29 09:00 UTC"
    )


def test_leave_that_is_known_twice_is_asked_for_once() -> None:
    known = Absence(SATURDAY, SATURDAY + DAY, "wedding")
    again = replace(known, reason="leave")
    longer = Absence(SATURDAY + HOUR, SATURDAY + DAY + HOUR, "leave")
    found = policy(ines=known)
    ines = replace(found.people["ines"], away=(again, known, longer))
    found = replace(found, people={**found.people, "ines": ines})
    (request,) = leave.wanted(found, NOW)
    assert (request.start, request.end) == (SATURDAY, SATURDAY + DAY + HOUR)
