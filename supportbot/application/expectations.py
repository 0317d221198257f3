"""What a message is expected to come to, held against what the playbooks make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from supportbot.application.explain import decision_json, facts_json
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.triage.background import NOTHING, Background
from supportbot.domain.triage.decision import RuleVerdict, Triage, triage
from supportbot.domain.triage.facts import origin_of
from supportbot.domain.triage.message import InboundMessage, Sender
from supportbot.domain.triage.rule import Where

NONE = "none"
QUARANTINE = "quarantine"
# YAML's and JSON's other words for the answers that people write.
_PLAIN = {"true": "yes", "false": "no", "null": NONE}


@dataclass(frozen=True, slots=True)
class Case:
    """A message and what is expected of it: key by key, any of the values is right.

    `message` may be a mail as it came. `at` is aware UTC, and only for a mail with a date None.
    `background` is what the desk knows already.
    """

    name: str
    where: Where
    message: InboundMessage | bytes
    at: datetime | None
    expect: Mapping[str, tuple[str, ...]]
    background: Background = NOTHING


@dataclass(frozen=True, slots=True)
class Difference:
    """Something came out otherwise; `got` is what, in words."""

    key: str
    expected: tuple[str, ...]
    got: str


@dataclass(frozen=True, slots=True)
class Result:
    case: Case
    found: Triage
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def keys(playbooks: Playbooks) -> frozenset[str]:
    """Everything that can be expected: what an explanation says of any message."""
    nothing = InboundMessage("cli", "", Sender(), "", datetime(2026, 1, 5, tzinfo=UTC))
    return frozenset(_outcome(triage(nothing, playbooks, nothing.at), None))


def judge(
    case: Case,
    message: InboundMessage,
    playbooks: Playbooks,
    at: datetime,
    *,
    quarantined: str | None = None,
) -> Result:
    """What comes of the case's message at `at` (aware UTC), beside what is expected.

    `quarantined` says why no rule would see it; who does not expect that is told.
    """
    found = triage(message, playbooks, at, _beside(case.background, message, playbooks))
    outcome = _outcome(found, quarantined)
    expect = {QUARANTINE: (NONE,), **case.expect}
    different = (
        Difference(key, wanted, _texts(key, outcome)[0])
        for key, wanted in expect.items()
        if not _fits(key, wanted, outcome)
    )
    return Result(case, found, tuple(different))


def _beside(known: Background, message: InboundMessage, playbooks: Playbooks) -> Background:
    """What the desk would look at: the tickets of the message's hub, and of its cluster's."""
    hub = origin_of(message, playbooks).hub
    near = playbooks.hubs_of(hub.cluster) if hub else ()
    return replace(known, earlier=tuple(one for one in known.earlier if one.hub in near))


def reasons(result: Result, playbooks: Playbooks) -> tuple[RuleVerdict, ...]:
    """Why it came out so: the rules that hit, and those that were expected to."""
    facts, hits = result.found.facts, result.found.decision.hits
    shown = {*hits, *result.case.expect.get("rule", ())}
    return tuple(
        RuleVerdict(rule, rule.name in hits, tuple(rule.when.verdicts(facts)))
        for rule in playbooks.rules
        if rule.name in shown
    )


def _outcome(found: Triage, quarantined: str | None) -> dict[str, Any]:
    """The facts, the decision and the owners, by the keys of an explanation."""
    noise = found.decision.quarantine
    return {
        **facts_json(found),
        **decision_json(found),
        # The whole id: a sender may write of another community's hub.
        "hub": found.facts.hub,
        "tell": found.decision.tell,
        "first_line": [owner.person for owner in found.first_line],
        "second_line": [owner.person for owner in found.second_line],
        QUARANTINE: quarantined or (f"rule: {found.decision.rule}" if noise else None),
    }


def _fits(key: str, wanted: tuple[str, ...], outcome: Mapping[str, Any]) -> bool:
    """Any of the wanted values is right; of what is a list itself, each of them is to be there."""
    plain = {_plain(one) for one in wanted}
    value = outcome[key]
    if not isinstance(value, list):
        return not plain.isdisjoint(map(_plain, _texts(key, outcome)))
    if plain == {NONE}:
        return not value
    found = [_plain(str(one)) for one in value]
    if key == "ask":  # a few words of the question are enough
        return all(any(one in question for question in found) for one in plain)
    return plain <= set(found)


def _texts(key: str, outcome: Mapping[str, Any]) -> tuple[str, ...]:
    """What came out in words, first as it is shown, then in other ways to say it."""
    value = outcome[key]
    match key, value:
        case "hub", str():
            return value, value.partition("/")[2]
        case "quarantine", str() if value.startswith("rule: "):
            return value, "yes"
        case "github_issue", str():
            return value, "yes" if value == "on_open" else "no"
        case _, dict():
            said = tuple(str(one) for one in value.values() if one is not None)
            return (" ".join(said), *said)
        case _, list():
            return (", ".join(map(str, value)) or NONE,)
        case _, bool():
            return ("yes" if value else "no",)
        case _:
            return (NONE if value is None else str(value),)


def _plain(said: str) -> str:
    folded = " ".join(said.casefold().split())
    return _PLAIN.get(folded, folded)
