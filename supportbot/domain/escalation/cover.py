"""Cover: whether somebody is paged in time, whenever a ticket may open.

A policy is followed from the moment at which a ticket opens, with nobody acknowledging, until a
page goes to somebody who can be reached. What comes of that differs only where a due time passes
a change (a hand-off, the end of somebody's hours, of a weekend), so it is worked out at those
minutes and the ones after them, which gives the answer for every minute in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from supportbot.domain.escalation.availability import Level, Season, Spans, lines_of
from supportbot.domain.escalation.layout import Due
from supportbot.domain.escalation.plan import SHORTEST_ROUND, plan
from supportbot.domain.escalation.reach import reach_of
from supportbot.domain.escalation.reduced import reduced
from supportbot.domain.escalation.telling import Telling
from supportbot.domain.on_call import working_time
from supportbot.domain.on_call.wall_clock import utc
from supportbot.domain.planned.ready_mode import comes_to
from supportbot.domain.policy.playbook import FIRST_LINE, SECOND_LINE, Playbooks, Severity
from supportbot.domain.policy.step import Step
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import members_of
from supportbot.domain.ticket.evolving import evolve
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.triage.message import Sender

PROVED = timedelta(days=90)
"""How far ahead cover is proved unless somebody asks for another length."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Case:
    """Tickets of one kind: their terms, who their lines are, and the rule that says so if any."""

    terms: Severity
    first_line: str = FIRST_LINE
    second_line: str = SECOND_LINE
    rule: str | None = None
    ready_mode: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Tickets that open from `start` on page nobody by `limit`; from `until` on they do again.

    All in UTC, to the minute; `until` is None when it lasts to the end of what was looked at.
    `people` are all whom the policy's pages may ever be for.
    """

    case: Case
    start: datetime
    until: datetime | None
    limit: datetime
    reasons: tuple[str, ...]
    people: tuple[str, ...]


def cases(playbooks: Playbooks) -> Iterator[Case]:
    """Every severity that pages, with the usual lines, and with those that a rule names for it;
    and the same in ready mode."""
    for ready_mode in (False, True):
        severities = playbooks.ready_severities if ready_mode else playbooks.severities
        for terms in severities.values():
            if any(step.page for step in terms.steps):
                yield from _cases_of(terms, playbooks, ready_mode)


def _cases_of(terms: Severity, playbooks: Playbooks, ready_mode: bool) -> Iterator[Case]:
    seen = {(FIRST_LINE, SECOND_LINE)}
    yield Case(terms, ready_mode=ready_mode)
    for rule in playbooks.rules:
        lines = (rule.then.owner or FIRST_LINE, rule.then.second_line or SECOND_LINE)
        if lines not in seen and comes_to(terms.key, rule.then.severity, playbooks, ready_mode):
            seen.add(lines)
            yield Case(terms, *lines, rule.name, ready_mode or rule.then.severity != terms.key)


def gaps(playbooks: Playbooks, start: datetime, length: timedelta = PROVED) -> tuple[Gap, ...]:
    """The first gap of each case among the minutes from `start` (aware) on; none: it is covered."""
    start = utc(start).replace(second=0, microsecond=0)
    end = start + length
    each = tuple(cases(playbooks))
    last = max((limit_of(case.terms, end) for case in each), default=end)
    season = Season(playbooks, start, last + _MINUTE)
    found = (_Watch.over(case, season).first_gap(start, end) for case in each)
    return tuple(gap for gap in found if gap)


def limit_of(terms: Severity, at: datetime) -> datetime:
    """By when a ticket that opens at `at` (UTC) has to have paged somebody.

    That is when its first answer is due; without one, when the last page of the first round is.
    """
    if terms.first_answer:
        return working_time.add(at, terms.first_answer)
    return max(due.at for due in plan(_sample(Case(terms), at)) if due.step.page)


@dataclass(frozen=True, slots=True)
class _Watch:
    """One case, followed through its policy from any minute of a season."""

    case: Case
    playbooks: Playbooks
    steps: tuple[Spans, ...]
    resort: Spans
    held: tuple[bool, ...]
    ticket: Ticket
    telling: Telling

    @classmethod
    def over(cls, case: Case, season: Season) -> _Watch:
        terms, ticket = case.terms, _sample(case, season.start)
        steps = tuple(season.step(step, ticket) for step in terms.steps)
        resort = season.step(Step(terms.last_resort), ticket)
        return cls(
            case,
            season.playbooks,
            steps,
            resort,
            tuple(s.when_empty == "hold" and season.ever(s, ticket) for s in terms.steps),
            ticket,
            Telling(terms, season, (*steps, resort, season.reduced(terms))),
        )

    def first_gap(self, start: datetime, end: datetime) -> Gap | None:
        minutes = self.telling.minutes(start, end)
        bad = next((minute for minute in minutes if not self.covered(minute)), None)
        if bad is None:
            return None
        until = next((minute for minute in minutes if self.covered(minute)), None)
        limit = limit_of(self.case.terms, bad)
        return Gap(self.case, bad, until, limit, tuple(self._why(bad)), self._people())

    def covered(self, opened: datetime) -> bool:
        return self._paged(opened, limit_of(self.case.terms, opened)) is not None

    def _paged(self, opened: datetime, limit: datetime) -> datetime | None:
        """When the policy first pages somebody within reach; None when not by `limit`."""
        start: datetime | None = opened
        while start is not None and start <= limit:
            found, paged = self._round(start, limit)
            if paged:
                return found
            start = found
        return None

    def _round(self, start: datetime, limit: datetime) -> tuple[datetime | None, bool]:
        """One round, as `escalation.move_on` takes it: when it pages, or when the next begins."""
        places = plan(replace(self.ticket, round_at=start))
        now, position, skipped, unheard, reached = start, 0, False, True, Level.NOBODY
        while position < len(places):
            due = places[position]
            if due.at > now and not skipped:
                now, unheard = due.at, position == 0
            if now > limit:
                return None, False
            if reduced(self.case.terms, now):
                return now, True  # nobody is to be paged then: the policy says so
            level = self.steps[due.index].at(now)
            is_held = level is Level.NOBODY and self.held[due.index]
            reached = max(reached, level)
            if is_held and reached is Level.NOBODY:
                reached = self.resort.at(now)
            if reached is Level.PAGED:
                return now, True
            if is_held:
                until = self.steps[due.index].somebody_from(now)
                if until is None:
                    return None, False
                now, skipped, unheard = until, False, position == 0
                continue
            skipped = level is Level.NOBODY
            unheard = unheard and skipped
            position += 1
        if reached is Level.NOBODY and self.resort.at(now) is Level.PAGED:
            return now, True
        return self._again(places, start, now, unheard), False

    def _again(
        self, places: tuple[Due, ...], start: datetime, now: datetime, unheard: bool
    ) -> datetime | None:
        length = places[-1].at - start
        again = max(now, start + length) + max(length, SHORTEST_ROUND)
        if not unheard:
            return again
        # Nobody at all: it begins anew as soon as somebody is there, and before that in vain.
        found = (*(s.somebody_from(now) for s in self.steps), self.resort.paged_from(now))
        return min((at for at in found if at), default=None)

    def _why(self, at: datetime) -> Iterator[str]:
        """Of each step that pages, why it pages nobody at that moment."""
        for number, step in enumerate(self.case.terms.steps, start=1):
            if not step.page:
                continue
            reach = reach_of(step, self.ticket, self.playbooks, at)
            if self.steps[number - 1].at(at) is Level.PAGED:
                due = working_time.add(at, step.after)
                yield f"step {number} comes due only at {due:%Y-%m-%d %H:%M} UTC"
                continue
            lost = [f"{p} has neither a Slack id nor a mail address" for p in reach.people]
            lost += [f"{channel} is a channel, and no pager" for channel in reach.channels]
            lost += [f"@{group.handle} is a group, and no pager" for group in reach.groups]
            yield f"step {number}: " + "; ".join([*lost, *filter(None, [reach.nobody])])

    def _people(self) -> tuple[str, ...]:
        lines = lines_of(self.case.first_line, self.case.second_line)
        targets = [t for step in self.case.terms.steps if step.page for t in step.targets]
        targets += self.case.terms.last_resort
        names = (lines.get(target.name, target.name) for target in targets)
        return tuple(
            dict.fromkeys(key for name in names for key in sorted(members_of(name, self.playbooks)))
        )


def _sample(case: Case, at: datetime) -> Ticket:
    """A ticket of this kind that has just opened, as far as its policy looks at it."""
    return evolve(
        None,
        e.Opened(
            at=at,
            number=0,
            source="slack",
            reporter=Sender(),
            reporter_person=None,
            reply_to=None,
            title="",
            community=None,
            hub=None,
            cluster=None,
            symptom=None,
            kind="request",
            incident=False,
            labels=(),
            terms=case.terms,
            first_line=case.first_line,
            second_line=case.second_line,
            rule=case.rule or "",
            playbooks="",
        ),
    )
