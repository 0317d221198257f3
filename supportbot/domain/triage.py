"""Triage: from a message and the playbooks to facts, a decision, and who owns it; with the reasons.

The same message, playbooks and time always give the same answer, so an old decision can be computed
again and must match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from supportbot.domain.extraction import Words, understood
from supportbot.domain.incident import Answer, is_incident, missing
from supportbot.domain.message import InboundMessage
from supportbot.domain.playbook import FIRST_LINE, SECOND_LINE, Community, Hub, Person, Playbooks
from supportbot.domain.rotation import who
from supportbot.domain.rule import Fact, Rule, Verdict
from supportbot.domain.rule_index import index_of

CAPABILITIES = ("reach", "login", "start", "run", "compute", "storage")
# Text beyond this is kept with the ticket but not judged: rules read the head of a long mail.
JUDGED_CHARACTERS = 100_000

ASK_THE_TEST = "ask"
# What conditions may ask of the words of a message.
IN_WORDS = frozenset(
    {
        "users_affected",
        "capability",
        "always",
        "trouble",
        "later",
        "resolved",
        "question",
        "exam",
        "unclear",
    }
)

SenderKind = Literal["representative", "team", "known", "stranger"]
# What is repeated begins with what it cannot end with: linear, whatever the text.
_HOST_WORD = re.compile(r"[a-z0-9]+(?:[.-]+[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known before any rule is asked. `hub` is an id such as `northfield/prod`.

    `words` is what the text says, `event` the event that is on there, `automatic` whether a program
    or a list sent it. `at` is when it is judged.
    """

    source: str
    channel: str | None
    sender_kind: SenderKind
    person: str | None
    mail: str | None
    mail_domain: str | None
    community: str | None
    hub: str | None
    cluster: str | None
    at: datetime
    patterns: frozenset[int] = frozenset()
    words: Words = Words()
    event: str | None = None
    attachments: bool = False
    automatic: bool = False

    def value(self, fact: str) -> Fact:
        """The fact of this name. Raises AttributeError for a name that is none."""
        if fact in IN_WORDS:
            return self._in_words(fact)
        found: Fact = self.event is not None if fact == "in_event" else getattr(self, fact)
        return found

    def _in_words(self, fact: str) -> Fact:
        if fact == "always" and self.words.always is not None:
            return "always" if self.words.always else "sometimes"
        found: Fact = getattr(self.words, fact)
        return found


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
    tell: str | None
    rule: str
    hits: tuple[str, ...]
    unsure: bool = False


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


def triage(message: InboundMessage, playbooks: Playbooks, at: datetime) -> Triage:
    """Judge a message as of `at` (aware UTC), which settles who is on call."""
    facts = facts_of(message, playbooks, at)
    decision = decide(facts, playbooks)
    return Triage(
        facts,
        decision,
        on_call_for(decision.first_line, playbooks, at),
        on_call_for(decision.second_line, playbooks, at),
    )


def facts_of(message: InboundMessage, playbooks: Playbooks, at: datetime | None = None) -> Facts:
    """Everything the rules may ask of a message, as of `at` (aware), or of when it was written."""
    at = at or message.at
    subject, body = (text[:JUDGED_CHARACTERS] for text in (message.subject or "", message.text))
    whole = f"{subject}\n{body}" if subject else body
    person = playbooks.writer(message.sender)
    mail = (message.sender.mail or (person.mail if person else None) or "").casefold() or None
    domain = mail.rpartition("@")[2] if mail and "@" in mail else None
    named = _hub_in(whole, playbooks)
    community = _community(message, person, domain, named, playbooks)
    hub = named or _only_hub(community)
    matcher = playbooks.matcher
    event = community.event_at(at, hub.key if hub else None) if community else None
    return Facts(
        source=message.source,
        channel=message.channel,
        sender_kind=_sender_kind(person, domain, playbooks),
        person=person.key if person else None,
        mail=mail,
        mail_domain=domain,
        community=community.key if community else None,
        hub=hub.id if hub else None,
        cluster=hub.cluster if hub else None,
        patterns=matcher.hits("text", whole)
        | matcher.hits("subject", subject)
        | matcher.hits("body", body),
        at=at,
        words=_words(subject, body, community, playbooks, at),
        event=event.name if event else None,
        attachments=bool(message.files),
        automatic=not message.automatic_answers,
    )


def _words(
    subject: str, body: str, community: Community | None, playbooks: Playbooks, at: datetime
) -> Words:
    """What the text says. A subject is a sentence of its own."""
    text = f"{subject}\n\n{body}" if subject else body
    zone = community.zone if community else "UTC"
    return understood(playbooks.incident.reader.sentences(text), at, zone)


def _sender_kind(person: Person | None, domain: str | None, playbooks: Playbooks) -> SenderKind:
    if person is not None:
        if person.key in playbooks.representatives():
            return "representative"
        return "team" if person.key in playbooks.team() else "known"
    if domain and any(domain in c.mail_domains for c in playbooks.communities.values()):
        return "known"
    return "stranger"


def _community(
    message: InboundMessage,
    person: Person | None,
    domain: str | None,
    named: Hub | None,
    playbooks: Playbooks,
) -> Community | None:
    """The sender gives the community; one who speaks for several is told apart by place and hub."""
    communities = playbooks.communities
    own = [c for c in communities.values() if person and person.key in c.representatives]
    if len(own) == 1:
        return own[0]
    by_channel = [c for c in communities.values() if message.channel in c.slack_channels]
    by_hub = [communities[named.community]] if named else []
    by_domain = [c for c in communities.values() if domain and domain in c.mail_domains]
    for found in (by_channel, by_hub, by_domain):
        theirs = [c for c in found if c in own or not own]
        if len(theirs) == 1:
            return theirs[0]
    return None


def _only_hub(community: Community | None) -> Hub | None:
    hubs = list(community.hubs.values()) if community else []
    return hubs[0] if len(hubs) == 1 else None


def _hub_in(text: str, playbooks: Playbooks) -> Hub | None:
    """The first hub whose host name stands in the text, alone or in an address."""
    hubs = playbooks.hubs()
    words = _HOST_WORD.findall(text.lower())
    # Most texts name none, and this is quicker than to ask word by word.
    if hubs.keys().isdisjoint(words):
        return None
    return next(hubs[word] for word in words if word in hubs)


def decide(facts: Facts, playbooks: Playbooks) -> Decision:
    """Run the rules in order. The first hit decides; rules that continue add to what it decides."""
    hits: list[Rule] = []
    for rule in index_of(playbooks.rules).candidates(facts.patterns):
        if rule.when.holds(facts):
            hits.append(rule)
            if not rule.goes_on:
                break
    # When nothing says how bad it is, take the worse reading.
    severity = _first(hits, "severity") or playbooks.worst().key
    answer = _incident(_first(hits, "incident"), facts)
    asked = _first(hits, "incident") == ASK_THE_TEST and answer.incident
    wanted = _first(hits, "github_issue") or playbooks.severities[severity].github_issue
    return Decision(
        severity=severity,
        kind=_first(hits, "kind") or "request",
        incident=answer.incident,
        unsure=answer.unsure,
        symptom=_first(hits, "symptom"),
        labels=tuple(dict.fromkeys(label for rule in hits for label in rule.then.labels)),
        first_line=_first(hits, "owner") or _line(FIRST_LINE, playbooks),
        second_line=_first(hits, "second_line") or _line(SECOND_LINE, playbooks),
        ask=tuple(dict.fromkeys(_asked_by(hits) + (_missing(facts, playbooks) if asked else []))),
        reply=_reply(_first(hits, "reply")),
        github_issue=wanted,
        tell=_first(hits, "tell"),
        rule=next((rule.name for rule in hits if not rule.goes_on), "no rule"),
        hits=tuple(rule.name for rule in hits),
    )


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
    values = (getattr(rule.then, name) for rule in hits)
    return next((value for value in values if value is not None), None)


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
    """Who is behind the name of a rotation, a role or a person at `at`."""
    rotation = playbooks.rotations.get(name)
    if rotation is not None:
        return tuple(Owner(shift.person, shift.reason) for shift in who(rotation, at).on_call)
    if name in playbooks.roles:
        return tuple(Owner(person, f"is {name}") for person in playbooks.roles[name])
    return (Owner(name, "named by the rule"),) if name in playbooks.people else ()


def verdicts(facts: Facts, playbooks: Playbooks) -> tuple[RuleVerdict, ...]:
    """Every rule with its conditions, hit or miss, in the order in which they are asked."""
    return tuple(
        RuleVerdict(rule, rule.when.holds(facts), tuple(rule.when.verdicts(facts)))
        for rule in playbooks.rules
    )


def title_of(message: InboundMessage, limit: int = 80) -> str:
    """A short name for the team's eyes: the subject, or the first line of the text."""
    source = (message.subject or message.text).strip()
    line = source.splitlines()[0].strip() if source else "(no text)"
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
