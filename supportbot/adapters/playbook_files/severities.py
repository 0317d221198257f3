"""severities.yaml: how bad is how bad, what is owed then, and what happens while nobody has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from supportbot.adapters.playbook_files.faults import Unreadable, did_you_mean, quoted
from supportbot.adapters.playbook_files.filling import Filled
from supportbot.adapters.playbook_files.forms import (
    DelayWords,
    Elapsed,
    Every,
    Form,
    GithubIssue,
    Name,
    Text,
    Texts,
    YesNo,
    one_of,
)
from supportbot.adapters.playbook_files.place import At, NameSet
from supportbot.adapters.playbook_files.steps import (
    AllHandsForm,
    StepForm,
    StepNames,
    link_all_hands,
    link_last_resort,
    link_steps,
)
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.policy.playbook import Severity, Timebox
from supportbot.domain.policy.step import During, Times

DuringWords = Annotated[Literal["hold", "notify"], one_of("hold", "notify")]

_HALF_AN_HOUR, _TWO_HOURS = timedelta(minutes=30), timedelta(hours=2)
_A_DAY = timedelta(days=1)


class TimeboxForm(Form):
    work: Elapsed = Field(examples=["30 minutes"], description="how long the first line tries")
    ask_at: Elapsed | None = Field(
        None,
        examples=["25 minutes"],
        description="when it is asked; at five sixths of the time, if left out",
    )
    extend_once: Elapsed | None = Field(
        None,
        examples=["15 minutes"],
        description="by how much it may be extended, once; by half, if left out",
    )


class ReadyModeForm(Form):
    """What is otherwise while an event is on in ready mode."""

    severity: Name | None = Field(
        None,
        examples=["P1"],
        description="A worse severity, of which everything holds in ready mode.",
    )
    escalate: list[StepForm] | None = Field(
        None,
        examples=["[{page: first-line}]"],
        description="whom to call, step by step, while nobody has it",
    )
    first_answer: DelayWords | None = Field(None, description="when a person answers at the latest")
    next_update: Every | None = Field(None, description="how often the reporter hears something")
    acknowledge_again_after: Elapsed | None = Field(
        None, description="when whoever acknowledged is asked whether they are still on it"
    )
    lapses_after: Elapsed | None = Field(
        None, description="how long they have to answer; then the page goes on"
    )
    timebox: TimeboxForm | None = Field(
        None, description="the first line's time, before it is asked to hand over"
    )
    wake_people: YesNo | None = Field(
        None,
        description="whether pages ignore people's working hours; yes for the worst, if left out",
    )


class SeverityForm(Form):
    means: Text | None = Field(None, description="what it means, in words for the reporter")
    escalate: list[StepForm] = Field(
        examples=["[{page: first-line}]"],
        description="whom to call, step by step, while nobody has it",
    )
    first_answer: DelayWords | None = Field(None, description="when a person answers at the latest")
    next_update: Every | None = Field(None, description="how often the reporter hears something")
    github_issue: GithubIssue | None = Field(None, description="when a public issue is opened")
    acknowledge_again_after: Elapsed | None = Field(
        None,
        examples=["2 hours"],
        description="when whoever acknowledged is asked whether they are still on it;"
        " 2 hours for the worst and a day for others, if left out",
    )
    lapses_after: Elapsed | None = Field(
        None,
        examples=["30 minutes"],
        description="how long they have to answer, before the page goes on; beside"
        " `acknowledge_again_after` 30 minutes for the worst and else as long again, if left out",
    )
    chase_reporter_after: DelayWords = Field(
        Delay(timedelta(days=2), "working"),
        description="how long it waits for the reporter before somebody is chased;"
        " 2 working days, if left out",
    )
    chase_third_party_every: DelayWords = Field(
        Delay(timedelta(days=1), "working"),
        description="how often whoever has it is told to chase a third party; every working day,"
        " if left out",
    )
    timebox: TimeboxForm | None = Field(
        None, description="the first line's time, before it is asked to hand over"
    )
    close_after_silence: DelayWords = Field(
        Delay(timedelta(hours=48), "working"),
        description="how long after it was resolved it closes; 48 working hours, if left out",
    )
    reopen_within: Elapsed = Field(
        timedelta(days=14),
        description="how long after closing a reply reopens it; 14 days, if left out",
    )
    wake_people: YesNo | None = Field(
        None,
        description="whether pages ignore people's working hours; yes for the worst, if left out",
    )
    last_resort: Texts | None = Field(
        None,
        examples=["manager"],
        description="whom to call at once when all the steps together reach nobody",
    )
    all_hands: AllHandsForm | None = Field(
        None,
        examples=["{after: 2 hours, page: second-line}"],
        description="whom to call when one person has been alone with it for too long",
    )
    during: dict[Name, DuringWords] = Field(
        {},
        examples=["{reduced-capacity: hold}"],
        description="periods in which its steps wait until they are over (hold), or page nobody"
        " (notify)",
    )
    in_ready_mode: ReadyModeForm | None = Field(
        None, description="other terms for what is reported while an event is on in ready mode"
    )


class SeveritiesFile(Form):
    severities: dict[Name, SeverityForm] = Field(
        examples=["{P1: {means: …, escalate: […]}}"],
        description="how bad is how bad, by name; the first is the worst",
    )


def link_severities(file: Filled[SeveritiesFile], names: StepNames) -> dict[str, Severity]:
    """The severities by their names; the first in the file is the worst."""
    form, at = file.form, file.at
    if file.whole and not form.severities:
        at.to("severities").fault("there is no severity", "describe at least one, such as P1")
    return {
        key: _severity(key, rank, one, names, at.to("severities", key))
        for rank, (key, one) in enumerate(form.severities.items())
    }


def link_ready_mode(
    file: Filled[SeveritiesFile], severities: Mapping[str, Severity], names: StepNames
) -> dict[str, Severity]:
    """The severities that say something of ready mode, with their terms in it."""
    at = file.at.to("severities")
    return {
        key: _in_ready_mode(severities[key], one.in_ready_mode, names, at.to(key, "in_ready_mode"))
        for key, one in file.form.severities.items()
        if one.in_ready_mode and one.in_ready_mode.severity is None
    }


def link_lifts(file: Filled[SeveritiesFile], severities: Mapping[str, Severity]) -> dict[str, str]:
    """The severities whose place another takes in ready mode, with that one."""
    found: dict[str, str] = {}
    for key, one in file.form.severities.items():
        ready = one.in_ready_mode
        if ready is None or ready.severity is None:
            continue
        at = file.at.to("severities", key, "in_ready_mode")
        if not at.to("severity").knows("severity", ready.severity, NameSet(frozenset(severities))):
            continue
        if severities[ready.severity].rank >= severities[key].rank:
            at.to("severity").fault(f"{ready.severity} is no worse than {key}", "name a worse one")
        elif ready.model_fields_set != {"severity"}:
            message = f"what {ready.severity} says holds then"
            at.fault(message, "leave out `severity`, or all the others")
        found[key] = ready.severity
    return found


def _in_ready_mode(usual: Severity, form: ReadyModeForm, names: StepNames, at: At) -> Severity:
    """The usual terms, with those that are written down for ready mode instead."""
    given: dict[str, Any] = {
        "first_answer": form.first_answer,
        "next_update": form.next_update,
        "acknowledge_again_after": form.acknowledge_again_after,
        "lapses_after": form.lapses_after,
        "timebox": at.to("timebox").attempt(partial(_timebox, form.timebox)),
        "wake_people": form.wake_people,
        "steps": None
        if form.escalate is None
        else link_steps(form.escalate, names, at.to("escalate")),
    }
    # An event is on: whoever asked for it is not told to wait.
    given = {name: value for name, value in given.items() if value is not None}
    return replace(usual, **given, during=())


def _severity(key: str, rank: int, form: SeverityForm, names: StepNames, at: At) -> Severity:
    steps = link_steps(form.escalate, names, at.to("escalate"))
    worst = rank == 0
    # Nothing that somebody acknowledged is forgotten, whatever is left out: they are asked. To page
    # over their heads is for whoever wrote down when.
    again = form.acknowledge_again_after or (_TWO_HOURS if worst else _A_DAY)
    lapse = (_HALF_AN_HOUR if worst else again) if form.acknowledge_again_after else None
    return Severity(
        key=key,
        rank=rank,
        means=form.means or "",
        steps=steps,
        github_issue=form.github_issue or ("on_open" if worst else "on_second_line"),
        first_answer=form.first_answer,
        next_update=form.next_update,
        acknowledge_again_after=again,
        lapses_after=form.lapses_after or lapse,
        chase_reporter_after=form.chase_reporter_after,
        chase_third_party_every=form.chase_third_party_every,
        timebox=at.to("timebox").attempt(partial(_timebox, form.timebox)),
        close_after_silence=form.close_after_silence,
        reopen_within=form.reopen_within,
        wake_people=worst if form.wake_people is None else form.wake_people,
        last_resort=link_last_resort(form.last_resort, names, at.to("last_resort")),
        all_hands=link_all_hands(form.all_hands, names, at.to("all_hands")),
        during=tuple(_during(form.during, names, at.to("during"))),
    )


def _during(
    said: Mapping[str, Literal["hold", "notify"]], names: StepNames, at: At
) -> Iterator[During]:
    for name, pages in said.items():
        known = names.periods.get(name)
        if known is None:
            mend = did_you_mean(name, names.periods) or "add it to `periods:` in rotations.yaml"
            at.to(name).fault_in_key(f"no period is called {quoted(name)}", mend)
        else:
            yield During(Times(name, known), pages)


def _timebox(form: TimeboxForm | None) -> Timebox | None:
    if form is None:
        return None
    ask_at = form.ask_at or form.work * 5 / 6
    if ask_at >= form.work:
        raise Unreadable("`ask_at` is to come before the time of `work` is over", "ask earlier")
    return Timebox(form.work, ask_at, form.extend_once or form.work / 2)
