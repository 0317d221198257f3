"""The shape of rotations.yaml."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from supportbot.adapters.playbook_files.forms import (
    CalendarSource,
    Day,
    Elapsed,
    Form,
    HandOffWords,
    Hours,
    Moment,
    Name,
    PeriodWords,
    Teams,
    Text,
    TurnsWords,
    Whole,
    YesNo,
    Zone,
)
from supportbot.adapters.playbook_files.periods import PeriodForm
from supportbot.adapters.playbook_files.user_groups import UserGroupForm
from supportbot.domain.policy.drills import ANSWER_WITHIN


class SpanForm(Form):
    from_: Moment = Field(alias="from", examples=["2026-12-24T00:00"], description="when it begins")
    to: Moment = Field(examples=["2026-12-27T00:00"], description="when it is over")
    time_zone: Zone | None = Field(
        None, description="the zone of these times, unless they have an offset"
    )


class ShiftForm(SpanForm):
    person: Name = Field(examples=["ines"], description="who is on")
    reason: Text = Field("", description="why, for those who look")


class TurnsForm(Form):
    """People who take turns, or shifts one by one: a layer, or a rotation that has just one."""

    people: Teams | None = Field(
        None,
        examples=["[ines, tomasz]"],
        description="who take turns, in this order; those in a list of their own do so together",
    )
    swap_every: PeriodWords | None = Field(
        None, examples=["2 weeks"], description="how long each turn lasts"
    )
    hand_off: HandOffWords | None = Field(
        None, examples=["Monday 09:00 UTC"], description="when turns change"
    )
    two_at_a_time: YesNo = Field(False, description="yes is the same as at_a_time: 2")
    at_a_time: Whole | None = Field(
        None, description="how many are on at once; the longest on leaves and the next joins"
    )
    starts: Day | None = Field(
        None, description="a day on which the first of the people begins a turn"
    )
    hours: Hours | None = Field(
        None, description="when it is on, such as Mon-Fri 08:00-17:00 Europe/Berlin; else always"
    )
    shifts: list[ShiftForm] = Field(
        [], examples=["[]"], description="shifts one by one, in the place of turns"
    )
    calendar: CalendarSource | None = Field(
        None,
        examples=["team.ics"],
        description="an iCalendar file or its address, the events of which are the shifts",
    )
    time_zone: Zone | None = Field(
        None, description="the zone of shifts and events, unless they say another"
    )


class LayerForm(TurnsForm):
    name: Name = Field(examples=["europe"], description="how the layer is called in explanations")


class OverrideForm(SpanForm):
    replace: Name | None = Field(None, description="who is away; goes with `with`")
    with_: Name | None = Field(None, alias="with", description="who stands in")
    add: Name | None = Field(None, description="who is on as well")
    remove: Name | None = Field(None, description="who is away, with nobody in their place")
    reason: Text = Field("", description="why, for those who look")


class RotationForm(TurnsForm):
    layers: list[LayerForm] = Field(
        [],
        examples=["[]"],
        description="several groups, each with turns and hours of its own, such as one a continent",
    )
    all_layers: YesNo = Field(
        False, description="yes: everybody of every layer is on, not of the first alone"
    )
    follows: Name | None = Field(
        None, description="the rotation whose turns these are, some turns later"
    )
    after: TurnsWords | None = Field(
        None, examples=["1 turn"], description="how many turns later, with `follows`; else 1 turn"
    )
    shadows: list[LayerForm] = Field(
        [], examples=["[]"], description="layers of people who follow along and answer for nothing"
    )
    overrides: list[OverrideForm] = Field(
        [], examples=["[]"], description="exceptions: leave, swaps, help"
    )
    grace: Elapsed = Field(
        timedelta(hours=1),
        examples=["1 hour"],
        description="how long those who come on have to take the tickets of who left; else 1 hour",
    )


class DrillsForm(Form):
    weekly: HandOffWords = Field(
        examples=["Wednesday 14:00 Europe/Berlin"],
        description="when, each week; who does not work then is tried when they do",
    )
    answer_within: Elapsed = Field(
        ANSWER_WITHIN,
        examples=["30 minutes"],
        description="how long they have to acknowledge; else 30 minutes",
    )


class RotationsFile(Form):
    rotations: dict[Name, RotationForm] = Field(
        examples=["{first-line: {people: [ines]}}"],
        description="who is on call when, by the name of the rotation",
    )
    outlook: HandOffWords | None = Field(
        None,
        examples=["Monday 08:00 Europe/Berlin"],
        description="when the team's channel hears who is on call in the coming week",
    )
    tell_shift_changes: YesNo = Field(
        False,
        description="whether the team's channel hears when somebody else comes on call",
    )
    ask_before_shift: YesNo = Field(
        False,
        description="whether everybody is asked the day before their turn, and may look for cover",
    )
    drills: DrillsForm | None = Field(
        None,
        examples=["{weekly: Wednesday 14:00 Europe/Berlin}"],
        description="when it is tried whether a page reaches everybody of the rotations",
    )
    user_groups: dict[Name, UserGroupForm] = Field(
        {},
        examples=["{first-line: {id: S0FIRST, follows: first-line, if_nobody: manager}}"],
        description="Slack user groups whose members follow the rotations, by their handles",
    )
    periods: dict[Name, PeriodForm] = Field(
        {},
        examples=["{reduced-capacity: {every_year: 12-18 to 01-03}}"],
        description="times with a name, such as weekends and the turn of the year",
    )
