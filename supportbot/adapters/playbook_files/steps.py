"""The steps of a policy in severities.yaml: whom to call, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from supportbot.adapters.playbook_files.delays import NOW, DelayOfWords, WhoseHours
from supportbot.adapters.playbook_files.faults import did_you_mean, quoted
from supportbot.adapters.playbook_files.forms import (
    Elapsed,
    Every,
    Form,
    Texts,
    Whole,
    YesNo,
    one_of,
)
from supportbot.adapters.playbook_files.hours import windows_of
from supportbot.adapters.playbook_files.place import At
from supportbot.adapters.playbook_files.targets import Targets
from supportbot.domain.on_call.calendar_period import CalendarPeriod
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.policy.step import AllHands, Step, Target, Times

MOST_REPEATS = 50
MOST_GROWING = 10
"""The last of ten gaps that grow is 512 times as long as the first."""

_TEN_MINUTES = timedelta(minutes=10)


class StepForm(Form):
    page: Texts | None = Field(
        None,
        examples=["first-line"],
        description="whom to page: rotations, roles, people, owner, channels, groups, webhooks",
    )
    notify: Texts | None = Field(
        None, examples=["first-line"], description="whom to tell, without urgency"
    )
    wait: DelayOfWords | None = Field(
        None,
        examples=["15 minutes"],
        description="instead of calling anybody: the steps below count from so much later",
    )
    after: DelayOfWords = Field(
        NOW, description="when, counted from the start of the policy, or from the wait above it"
    )
    repeat: Whole = Field(0, description="how many further tries follow")
    every: Every | None = Field(
        None, description="how far apart these are; 10 minutes, if left out"
    )
    growing: YesNo = Field(False, description="whether each gap is twice as long as the last one")
    if_nobody: Annotated[Literal["skip", "hold"], one_of("skip", "hold")] = Field(
        "skip",
        description="when nobody can be reached: skip the step, or hold it until somebody is on",
    )
    if_late: Annotated[Literal["fire", "drop"], one_of("fire", "drop")] = Field(
        "fire", description="when it came due while the desk was down: fire late, or drop"
    )
    only_within: Texts | None = Field(
        None,
        examples=["Mon-Fri 08:00-17:00 Europe/Berlin"],
        description="hours, or the name of a period, outside of which it reaches nobody",
    )
    only_outside: Texts | None = Field(
        None,
        examples=["reduced-capacity"],
        description="hours, or the name of a period, during which it reaches nobody",
    )
    working_first: YesNo = Field(
        False, description="whether whoever works now is called before anybody is woken"
    )
    acknowledged_by: Annotated[Literal["any", "each"], one_of("any", "each")] = Field(
        "any", description="whether any of its people may acknowledge it for all, or each has to"
    )


class AllHandsForm(Form):
    """Whom to call when one person has been alone with it for too long."""

    after: Elapsed = Field(examples=["2 hours"], description="for how long that may be so")
    page: Texts = Field(examples=["second-line"], description="whom to page then")


@dataclass(frozen=True, slots=True)
class StepNames:
    """All that a step may name."""

    targets: Targets
    hours: WhoseHours
    periods: Mapping[str, CalendarPeriod]

    def times(self, said: Sequence[str] | None, at: At) -> Times | None:
        """The period of this name, or these hours."""
        if not said:
            return None
        known = self.periods.get(said[0])
        if len(said) == 1 and known:
            return Times(said[0], known)
        if len(said) == 1 and ":" not in said[0]:
            mend = did_you_mean(said[0], self.periods) or "write hours, or add it to `periods:`"
            at.fault(f"no period is called {quoted(said[0])}", mend)
            return None
        return Times(", ".join(said), CalendarPeriod(windows_of(said, None, at), (), "UTC"))


def link_steps(forms: Sequence[StepForm], names: StepNames, at: At) -> tuple[Step, ...]:
    """The steps; each `wait` among them puts off those below it."""
    if not forms:
        at.fault("nobody would ever hear of it", "add a step, such as `- page: first-line`")
    found: list[tuple[At, Step]] = []
    waited = Delay(timedelta(0))
    for number, form in enumerate(forms):
        place = at.to(number)
        if form.wait is not None:
            waited = _wait(form, waited, names, place, last=number == len(forms) - 1)
        else:
            step = _step(form, names, place)
            after = _later(waited, step.after, place.to("after"))
            found.append((place, replace(step, after=after)))
    for (_, before), (place, step) in pairwise(found):
        if _clock(before.after) == _clock(step.after) and step.after.length < before.after.length:
            message = "this step comes due before the one above it"
            mend = "`after` counts from the start: put them in order"
            place.to("after").fault(message, mend)
    return tuple(step for _, step in found)


def link_last_resort(said: Sequence[str] | None, names: StepNames, at: At) -> tuple[Target, ...]:
    return names.targets.all(said or (), at)


def link_all_hands(form: AllHandsForm | None, names: StepNames, at: At) -> AllHands | None:
    return AllHands(form.after, names.targets.all(form.page, at.to("page"))) if form else None


def _wait(form: StepForm, waited: Delay, names: StepNames, at: At, *, last: bool) -> Delay:
    if form.model_fields_set != {"wait"}:
        at.fault("a wait does nothing else", "make it a step of its own: `- wait: 15 minutes`")
    if last:
        at.fault("there is no step after this wait", "delete it, or add a step below")
    delay = names.hours.delay(form.wait or NOW, at.to("wait"))
    return _later(waited, delay, at.to("wait"))


def _later(waited: Delay, delay: Delay, at: At) -> Delay:
    """The two one after the other, which have to be on one clock."""
    if not waited.length or not delay.length:
        return delay if delay.length else waited
    if _clock(waited) != _clock(delay):
        message = "a wait above this counts on another clock"
        at.fault(message, "say it with `after` alone, counted from the start")
    return replace(delay, length=waited.length + delay.length)


def _clock(delay: Delay) -> object:
    return delay.kind, delay.hours


def _step(form: StepForm, names: StepNames, at: At) -> Step:
    if bool(form.page) == bool(form.notify):
        at.fault("a step either pages or notifies", "write `page: NAME`, or `notify: NAME`")
    _check_repeats(form, at)
    key = "page" if form.page else "notify"
    targets = names.targets.all(form.page or form.notify or [], at.to(key))
    if form.notify and any(target.kind == "webhook" for target in targets):
        at.to(key).fault("a paging service can only page", "write `page:` instead of `notify:`")
    return Step(
        targets=targets,
        after=names.hours.delay(form.after, at.to("after")),
        page=bool(form.page),
        repeat=form.repeat,
        every=form.every or _TEN_MINUTES,
        when_empty=form.if_nobody,
        if_late=form.if_late,
        growing=form.growing,
        only_within=names.times(form.only_within, at.to("only_within")),
        only_outside=names.times(form.only_outside, at.to("only_outside")),
        working_first=form.working_first,
        acknowledged_by=form.acknowledged_by,
    )


def _check_repeats(form: StepForm, at: At) -> None:
    for key, given in (("every", form.every), ("growing", form.growing)):
        if given and not form.repeat:
            at.to(key).fault("nothing is repeated", "add `repeat: 3`, the number of further tries")
    most = MOST_GROWING if form.growing else MOST_REPEATS
    if form.repeat > most:
        at.to("repeat").fault("that is too often", f"{most} times at most")
