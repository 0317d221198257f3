"""What can be said of sound playbooks without a message: what never works, and what nobody uses.

Only what can be proved is told: two conditions that say the same in other words are not compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from supportbot.domain.escalation.availability import has_address
from supportbot.domain.policy.playbook import FIRST_LINE, SECOND_LINE, Playbooks
from supportbot.domain.policy.step import Step
from supportbot.domain.ticket.commands import members_of
from supportbot.domain.triage.rule import All, AnyOf, Condition, Is, Not, Rule, Text, Where

Path = tuple[str | int, ...]
"""The way to a value from the top of its file, such as `("people", "ines")`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, where, and its mend; a fault makes something not work, the rest is advice."""

    at: Where | Path
    message: str
    mend: str
    fault: bool


def findings(playbooks: Playbooks) -> tuple[Finding, ...]:
    """Everything worth a look, in no particular order."""
    return (
        *_dead_rules(playbooks),
        *_empty_steps(playbooks),
        *_odd_hubs(playbooks),
        *_unused(playbooks),
        *_without_slack(playbooks),
    )


def implies(narrow: Condition, wide: Condition) -> bool:
    """Whether `wide` provably holds wherever `narrow` does."""
    if narrow == wide:
        return True
    match narrow, wide:
        case _, All(parts=parts):
            return all(implies(narrow, part) for part in parts)
        case AnyOf(parts=parts), _:
            return all(implies(part, wide) for part in parts)
        case Text(), Text():
            return narrow.field == wide.field and set(narrow.numbers) <= set(wide.numbers)
        case Is(), Is():
            return narrow.fact == wide.fact and narrow.allowed <= wide.allowed
        case Not(part=no), Not(part=less):
            return implies(less, no)
    wider = wide.parts if isinstance(wide, AnyOf) else ()
    narrower = narrow.parts if isinstance(narrow, All) else ()
    return any(implies(narrow, part) for part in wider) or any(
        implies(part, wide) for part in narrower
    )


def contradiction(condition: Condition, playbooks: Playbooks) -> str:
    """Why a condition can never hold, or nothing when that cannot be proved."""
    if isinstance(condition, AnyOf):
        return _hopeless(condition, (), playbooks)
    parts = tuple(_conjuncts(condition))
    for part in parts:
        if isinstance(part, AnyOf) and (why := _hopeless(part, parts, playbooks)):
            return why
    return _clash_of_facts(parts) or _denied(parts) or _wrong_cluster(parts, playbooks)


def _hopeless(anyof: AnyOf, others: tuple[Condition, ...], playbooks: Playbooks) -> str:
    """Why none of the alternatives can hold beside the others."""
    beside = tuple(other for other in others if not isinstance(other, AnyOf))
    whys = [contradiction(All((part, *beside)), playbooks) for part in anyof.parts]
    return whys[0] if whys and all(whys) else ""


def _conjuncts(condition: Condition) -> Iterator[Condition]:
    """What all has to hold, with `all` in `all` resolved."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _conjuncts(part)
    else:
        yield condition


def _clash_of_facts(parts: tuple[Condition, ...]) -> str:
    allowed: dict[str, frozenset[str | bool]] = {}
    for part in parts:
        if isinstance(part, Is):
            before = allowed.get(part.fact, part.allowed)
            allowed[part.fact] = before & part.allowed
            if not allowed[part.fact]:
                return f"{_fact(part.fact)} cannot be both {_or(before)} and {_or(part.allowed)}"
    return ""


def _denied(parts: tuple[Condition, ...]) -> str:
    for denied in parts:
        if isinstance(denied, Not) and any(implies(part, denied.part) for part in parts):
            return "its `not` rules out what it looks for"
    return ""


def _wrong_cluster(parts: tuple[Condition, ...], playbooks: Playbooks) -> str:
    hubs, clusters = _named(parts, "hub"), _named(parts, "cluster")
    known = {hub.cluster for name in hubs if (hub := playbooks.hub(str(name)))}
    if known and clusters and not known & clusters:
        return f"{_or(hubs)} runs on {_or(known)}, not on {_or(clusters)}"
    return ""


def _named(parts: tuple[Condition, ...], fact: str) -> frozenset[str | bool]:
    found = (part.allowed for part in parts if isinstance(part, Is) and part.fact == fact)
    return frozenset(value for allowed in found for value in allowed)


def _dead_rules(playbooks: Playbooks) -> Iterator[Finding]:
    """Rules that never hit, and rules that an earlier one leaves nothing to."""
    takers = _Takers()
    for rule in playbooks.rules:
        why = contradiction(rule.when, playbooks)
        if why:
            message = f"the rule {rule.name!r} can never hit: {why}"
            yield Finding(rule.where, message, "mend its `when`, or delete the rule", True)
            continue
        # A rule for all is the end of the list, which the order of the rules settles.
        first = takers.of(rule)
        if first and first.when != All(()):
            yield _shadowed(rule, first)
        if not rule.goes_on:
            takers.add(rule)


def _shadowed(rule: Rule, first: Rule) -> Finding:
    place = f"{first.name!r} in {first.where.file}, line {first.where.line}"
    name = rule.name
    if first.then.quarantine:
        message = (
            f"the rule {name!r} sees only what a person lets out of quarantine, behind {place}"
        )
        return Finding(rule.where, message, "put it above that rule, if it is for others", False)
    message = f"the rule {name!r} never runs: {place}, takes all of its messages first"
    mend = "put it above that rule, add `continue: yes` there, or delete it"
    return Finding(rule.where, message, mend, True)


class _Takers:
    """Rules that end the search, by one thing that each of them surely looks for.

    So that a thousand rules are not compared each with each.
    """

    def __init__(self) -> None:
        self._by_key: dict[object, list[Rule]] = defaultdict(list)

    def add(self, rule: Rule) -> None:
        for key in _keys_of_wide(rule.when):
            self._by_key[key].append(rule)

    def of(self, rule: Rule) -> Rule | None:
        """The first rule that provably takes every message that this one would."""
        candidates = [r for key in _keys_of_narrow(rule.when) for r in self._by_key.get(key, ())]
        takers = {id(r): r for r in candidates if implies(rule.when, r.when)}.values()
        # One that takes noise leaves what is released.
        place = attrgetter("then.quarantine", "where.file", "where.line")
        return min(takers, key=place, default=None)


def _keys_of_wide(condition: Condition) -> frozenset[object]:
    """Keys of which a narrower condition has at least one; the plain key serves any condition."""
    for part in _conjuncts(condition):
        if isinstance(part, Text):
            return frozenset(part.numbers)
        if isinstance(part, Is):
            return frozenset((part.fact, value) for value in part.allowed)
    return frozenset({None})


def _keys_of_narrow(condition: Condition) -> frozenset[object]:
    """Every number and value that stands anywhere in it, and the plain key."""
    match condition:
        case Text(numbers=numbers):
            return frozenset({None, *numbers})
        case Is(fact=fact, allowed=allowed):
            return frozenset({None, *((fact, value) for value in allowed)})
        case All(parts=parts) | AnyOf(parts=parts):
            return frozenset({None}).union(*(_keys_of_narrow(part) for part in parts))
        case _:
            return frozenset({None})


def _empty_steps(playbooks: Playbooks) -> Iterator[Finding]:
    """Steps that page only those whom no page can reach, or nobody at all."""
    for terms in playbooks.severities.values():
        path: Path = ("severities", terms.key)
        yield from _empty_steps_of(terms.steps, terms.key, path, playbooks)
        ready = playbooks.ready_severities.get(terms.key, terms)
        if ready.steps != terms.steps:
            name, inside = f"{terms.key} in ready mode", (*path, "in_ready_mode")
            yield from _empty_steps_of(ready.steps, name, inside, playbooks)


def _empty_steps_of(
    steps: tuple[Step, ...], name: str, path: Path, playbooks: Playbooks
) -> Iterator[Finding]:
    for number, step in enumerate(steps):
        lost = _unreachable(step, playbooks) if step.page else None
        if lost is None:
            continue
        who = f"{', '.join(lost)} without a Slack id or a mail address" if lost else "nobody"
        message = f"step {number + 1} of {name} can never page anyone: it is for {who}"
        mend = "add `slack: U…` in people.yaml, or page somebody else"
        yield Finding((*path, "escalate", number), message, mend, True)


def _unreachable(step: Step, playbooks: Playbooks) -> tuple[str, ...] | None:
    """All whom the step is for, when none of them has an address; None when it may work."""
    if any(target.kind not in ("rotation", "role", "person") for target in step.targets):
        return None
    people = sorted({p for target in step.targets for p in members_of(target.name, playbooks)})
    if any(has_address(playbooks.people.get(person)) for person in people):
        return None
    return tuple(people)


def _odd_hubs(playbooks: Playbooks) -> Iterator[Finding]:
    """A hub of another community: that is only so when somebody writes about a hub of others."""
    for rule in playbooks.rules:
        parts = tuple(_conjuncts(rule.when))
        hubs, communities = _named(parts, "hub"), _named(parts, "community")
        homes = {str(hub).partition("/")[0] for hub in hubs}
        if hubs and communities and not homes & communities:
            message = (
                f"the rule {rule.name!r} asks for a hub of {_or(homes)} and for the community"
                f" {_or(communities)}"
            )
            mend = "it hits only when these write about a hub of others; name one of the two"
            yield Finding(rule.where, message, mend, False)


def _unused(playbooks: Playbooks) -> Iterator[Finding]:
    each = (*playbooks.severities.values(), *playbooks.ready_severities.values())
    reached = {target.name for terms in each for target in terms.targets()}
    reached |= {FIRST_LINE, SECOND_LINE}
    for rule in playbooks.rules:
        reached |= {name for name in (rule.then.owner, rule.then.second_line) if name}
    for kind, names in (("rotation", playbooks.rotations), ("role", playbooks.roles)):
        for name in names:
            if name not in reached:
                mend = "name it in a step or a rule, or delete it"
                message = f"the {kind} {name} is used nowhere"
                yield Finding((f"{kind}s", name), message, mend, False)
    known = playbooks.team() | playbooks.representatives() | _people_in_rules(playbooks)
    for key in playbooks.people:
        if key not in known:
            mend = "add them to a rotation, a role or a community, or delete them"
            yield Finding(("people", key), f"{key} is used nowhere", mend, False)


def _people_in_rules(playbooks: Playbooks) -> frozenset[str]:
    found = (name for rule in playbooks.rules for name in _asked_for(rule.when))
    return frozenset(found)


def _asked_for(condition: Condition) -> Iterator[str]:
    match condition:
        case Is(fact="person", allowed=allowed):
            yield from map(str, allowed)
        case All(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _asked_for(part)
        case Not(part=part):
            yield from _asked_for(part)


def _without_slack(playbooks: Playbooks) -> Iterator[Finding]:
    for key in sorted(playbooks.team() & playbooks.people.keys()):
        person = playbooks.people[key]
        if person.slack:
            continue
        on_call = [r.name for r in playbooks.rotations.values() if key in r.members()]
        does = f"is in {', '.join(on_call)}" if on_call else "works tickets"
        lacks = "cannot be paged in Slack" if person.mail else "cannot be paged at all"
        mend = "add `slack: U…`, the member id from the profile: pages go there"
        message = f"{key} {does} and has no Slack id: they {lacks}"
        yield Finding(("people", key), message, mend, False)


def _fact(name: str) -> str:
    return f"the {name.replace('_', ' ')}"


def _or(values: frozenset[str | bool] | set[str]) -> str:
    return " or ".join(sorted(map(str, values)))
