"""Triage: from a message and the playbooks to facts, a decision, and who owns it; with the reasons.

The same message, playbooks, time and background always give the same answer, so an old decision can
be computed again and must match.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from supportbot.domain.on_call.rotation import who
from supportbot.domain.policy.playbook import FIRST_LINE, SECOND_LINE, Playbooks
from supportbot.domain.policy.presence import present
from supportbot.domain.ticket.approval import asks_for_others, reads_as_outage
from supportbot.domain.triage.background import NOTHING, Background
from supportbot.domain.triage.facts import Facts, facts_of, origin_of
from supportbot.domain.triage.incident import Answer, is_incident, missing
from supportbot.domain.triage.message import InboundMessage
from supportbot.domain.triage.rule import Rule, Verdict, Where
from supportbot.domain.triage.rule_index import index_of

ASK_THE_TEST = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the rules decided; `rule` is the one that ended the search, `hits` are all that hit.

    `incident` is the worse reading while the incident test is `unsure`. `ask` are the questions of
    the rules and those that the test has left.
    """

    severity: str
    kind: str
    incident: bool
    symptom: str | None
    labels: tuple[str, ...]
    first_line: str
    second_line: str
    ask: tuple[str, ...]
    reply: str | None
    github_issue: Literal["on_open", "on_second_line", "never"]
    needs_approval: bool = False
    tell: str | None
    rule: str
    hits: tuple[str, ...]
    unsure: bool = False
    where: Where | None = None
    """The place of that rule in the playbooks."""
    quarantine: bool = False
    """Noise: it is kept aside, and opens no ticket."""
    lifted_from: str | None = None
    """The severity by the rules, where ready mode makes it worse."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Someone on call for a line, and the reason (the layer or override that names them)."""

    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class Triage:
    facts: Facts
    decision: Decision
    first_line: tuple[Owner, ...]
    second_line: tuple[Owner, ...]


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """One rule held against the facts: its conditions with what they expected and saw."""

    rule: Rule
    hit: bool
    conditions: tuple[Verdict, ...]


def triage(
    message: InboundMessage,
    playbooks: Playbooks,
    at: datetime,
    background: Background = NOTHING,
) -> Triage:
    """Judge a message as of `at` (aware UTC), which settles who is on call."""
    facts = facts_of(message, origin_of(message, playbooks), playbooks, at, background)
    return triage_of(facts, playbooks)


def triage_of(facts: Facts, playbooks: Playbooks) -> Triage:
    """Judge what is known of a message, as of the time at which it was known."""
    decision = decide(facts, playbooks)
    return Triage(
        facts,
        decision,
        on_call_for(decision.first_line, playbooks, facts.at),
        on_call_for(decision.second_line, playbooks, facts.at),
    )


def decide(facts: Facts, playbooks: Playbooks) -> Decision:
    """Run the rules in order. The first hit decides; rules that continue add to what it decides."""
    hits: list[Rule] = []
    for rule in index_of(playbooks.rules).candidates(facts.patterns):
        if rule.when.holds(facts) and not _released(rule, facts):
            hits.append(rule)
            if not rule.goes_on:
                break
    noise = any(rule.then.quarantine for rule in hits)
    # When nothing says how bad it is, take the worse reading.
    usual = playbooks.mildest() if noise else playbooks.worst()
    ruled = _first(hits, "severity") or usual.key
    lift = facts.ready_mode and not noise
    severity: str = playbooks.lifts.get(ruled, ruled) if lift else ruled
    answer = _incident(_first(hits, "incident"), facts)
    asked = _first(hits, "incident") == ASK_THE_TEST and answer.incident
    # An outage never waits, and neither does what may be one.
    outage = answer.incident or reads_as_outage(facts)
    gated = bool(_first(hits, "approval")) and not outage
    wanted = _first(hits, "github_issue") or playbooks.severities[severity].github_issue
    return Decision(
        severity=severity,
        kind=_first(hits, "kind") or "request",
        incident=answer.incident,
        unsure=answer.unsure,
        needs_approval=gated and asks_for_others(facts, playbooks),
        symptom=_first(hits, "symptom"),
        labels=tuple(dict.fromkeys(label for rule in hits for label in rule.then.labels)),
        first_line=_first(hits, "owner") or _line(FIRST_LINE, playbooks),
        second_line=_first(hits, "second_line") or _line(SECOND_LINE, playbooks),
        ask=tuple(dict.fromkeys(_asked_by(hits) + (_missing(facts, playbooks) if asked else []))),
        reply=None if noise else _reply(_first(hits, "reply")),
        github_issue="never" if noise else wanted,
        tell=_first(hits, "tell"),
        rule=next((rule.name for rule in hits if not rule.goes_on), "no rule"),
        hits=tuple(rule.name for rule in hits),
        where=next((rule.where for rule in hits if not rule.goes_on), None),
        quarantine=noise,
        lifted_from=ruled if severity != ruled else None,
    )


def _released(rule: Rule, facts: Facts) -> bool:
    """Whether it would put a message into quarantine that a person took out of it."""
    return rule.then.quarantine and facts.background.released


def _incident(said: bool | str | None, facts: Facts) -> Answer:
    if said == ASK_THE_TEST:
        return is_incident(facts.words, event=facts.event)
    return Answer(bool(said), "the rule says so")


def _asked_by(hits: list[Rule]) -> list[str]:
    return [question for rule in hits for question in rule.then.ask]


def _missing(facts: Facts, playbooks: Playbooks) -> list[str]:
    """The questions for what the test needs and the reporter did not say."""
    questions = playbooks.incident.questions
    return [questions[fact] for fact in missing(facts.words, hub=facts.hub) if fact in questions]


def _first(hits: list[Rule], name: str) -> Any:
    """What the first of the rules that speak of it says; its type is the consequence's field's."""
    for rule in hits:
        value = getattr(rule.then, name)
        if value is not None:
            return value
    return None


def _reply(named: str | None) -> str | None:
    return None if named == "none" else named or "receipt"


def _line(usual: str, playbooks: Playbooks) -> str:
    """The usual rotation of a line, or whomever the worst severity's first step reaches."""
    if usual in playbooks.rotations or usual in playbooks.roles:
        return usual
    steps = playbooks.worst().steps
    step = steps[0] if usual == FIRST_LINE else steps[-1]
    return next((t.name for t in step.targets if t.kind not in ("channel", "owner")), usual)


def on_call_for(name: str, playbooks: Playbooks, at: datetime) -> tuple[Owner, ...]:
    """Who is behind the name of a rotation, a role or a person at `at`, and not on leave."""
    rotation = playbooks.rotations.get(name)
    if rotation is not None:
        return tuple(Owner(shift.person, shift.reason) for shift in who(rotation, at).on_call)
    if name in playbooks.roles:
        members = present(playbooks.roles[name], playbooks, at)
        return tuple(Owner(person, f"is {name}") for person in members)
    known = present((name,), playbooks, at) if name in playbooks.people else ()
    return tuple(Owner(person, "named by the rule") for person in known)


def verdicts(facts: Facts, playbooks: Playbooks) -> tuple[RuleVerdict, ...]:
    """Every rule with its conditions, hit or miss, in the order in which they are asked."""
    return tuple(_verdict(rule, facts) for rule in playbooks.rules)


def _verdict(rule: Rule, facts: Facts) -> RuleVerdict:
    conditions = tuple(rule.when.verdicts(facts))
    if _released(rule, facts):
        said = Verdict("quarantine", "not released by a person", "released", False)
        return RuleVerdict(rule, False, (*conditions, said))
    return RuleVerdict(rule, rule.when.holds(facts), conditions)


def title_of(message: InboundMessage, limit: int = 80) -> str:
    """A short name for the team's eyes: the subject, or the first line of the text."""
    source = (message.subject or message.text).strip()
    line = source.splitlines()[0].strip() if source else "(no text)"
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
