"""Why a message was judged as it was: the rules that hit, and recomputed, those that missed.

The explanation is one JSON-shaped value. A ticket's is computed again from the message and the
playbooks that are kept with it, and must say what was decided then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from supportbot.application.context import Context
from supportbot.application.ports import DecisionRecord
from supportbot.domain.escalation.layout import laid_out
from supportbot.domain.on_call.absence import Absence, absence_at
from supportbot.domain.on_call.rotation import Shift
from supportbot.domain.policy.in_force import (
    calendars_elsewhere,
    with_changes,
    with_leave,
    with_shifts,
)
from supportbot.domain.policy.playbook import Playbooks, named
from supportbot.domain.ticket.approval import approval_of
from supportbot.domain.ticket.opening import answer_by, terms_of
from supportbot.domain.triage.background import NOTHING, Background
from supportbot.domain.triage.decision import (
    Owner,
    RuleVerdict,
    Triage,
    triage,
    verdicts,
)
from supportbot.domain.triage.facts import CAPABILITIES, Facts
from supportbot.domain.triage.message import InboundMessage

Json = dict[str, Any]


class NotRecorded(LookupError):
    """There is no such ticket, or its record is gone."""


def explain_message(
    message: InboundMessage,
    playbooks: Playbooks,
    at: datetime,
    background: Background = NOTHING,
) -> Json:
    """The whole explanation of how `message` would be judged at `at` (aware UTC)."""
    found = triage(message, playbooks, at, background)
    return {
        "facts": facts_json(found),
        "decision": decision_json(found),
        "rules": [_verdict_json(verdict) for verdict in verdicts(found.facts, playbooks)],
        "owners": owners_json(found),
        "timers": list(timers_json(found, playbooks, at)),
        "playbooks": playbooks.version,
        "commit": playbooks.commit or None,
        "decided_by": _decided_by(found),
    }


def explain_ticket(context: Context, number: int) -> Json:
    """The explanation of a ticket's decision, computed again; `matches` says whether it still does.

    Raises NotRecorded when there is no such ticket.
    """
    record, files = context.store.read(
        lambda uow: (
            (found := uow.decisions.get(number)),
            uow.versions.get(found.playbooks) if found else None,
        )
    )
    if record is None or files is None:
        raise NotRecorded(f"there is no record of a decision for SUP-{number}")
    playbooks = as_recorded(record, context.shelf.parse(files))
    again = explain_message(record.message, playbooks, record.at, record.background)
    # The text that was kept knows of no commit; it is that of then.
    then = {"ticket": f"SUP-{number}", "commit": record.commit or None}
    return {**again, **then, "matches": matches(record, again)}


def matches(record: DecisionRecord, again: Mapping[str, Any]) -> bool:
    """Whether what is computed now is what was recorded then."""
    return (
        _said_again(record.facts, again["facts"])
        and _said_again(record.decision, again["decision"])
        and dict(record.owners) == again["owners"]
        and _hits(again) == record.hits
    )


def _said_again(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """What an older version did not record yet cannot differ."""
    return all(name in now and now[name] == value for name, value in then.items())


def _hits(explanation: Mapping[str, Any]) -> tuple[str, ...]:
    """The rules that hit, up to the one that decided."""
    hits: list[str] = []
    for rule in explanation["rules"]:
        if rule["hit"]:
            hits.append(rule["rule"])
        if rule["rule"] == explanation["decision"]["rule"]:
            break
    return tuple(hits)


def record_of(
    message: InboundMessage, found: Triage, playbooks: Playbooks, at: datetime
) -> DecisionRecord:
    """What is kept of a decision: the facts seen and the rules that hit, not the misses."""
    return DecisionRecord(
        at=at,
        message=message,
        playbooks=playbooks.version,
        facts=facts_json(found),
        decision=decision_json(found),
        hits=found.decision.hits,
        owners=owners_json(found),
        timers=tuple(timers_json(found, playbooks, at)),
        commit=playbooks.commit,
        where=found.decision.where,
        background=found.facts.background,
        changes=tuple(change for change in playbooks.rota_changes if change.holds_at(at)),
        leave=_leave_at(playbooks, at),
        shifts=_shifts_at(playbooks, at),
    )


def _leave_at(playbooks: Playbooks, at: datetime) -> dict[str, tuple[Absence, ...]]:
    each = ((key, absence_at(more, at)) for key, more in playbooks.fed_leave.items())
    return {key: (absence,) for key, absence in each if absence is not None}


def _shifts_at(playbooks: Playbooks, at: datetime) -> dict[str, tuple[Shift, ...]]:
    """With those that begin next: a layer that is not on tells when it will be."""
    found = {}
    for url, layer in calendars_elsewhere(playbooks).items():
        until = layer.state_at(at).until or at
        found[url] = tuple(layer.roster.shifts_between(at, until + timedelta(seconds=1)))
    return found


def as_recorded(record: DecisionRecord, playbooks: Playbooks) -> Playbooks:
    """These playbooks with what people had changed, and calendars had said, for that decision."""
    rostered = with_shifts(playbooks, record.shifts)
    return with_changes(with_leave(rostered, record.leave), record.changes)


def _decided_by(found: Triage) -> Json:
    where = found.decision.where
    file, line = (where.file, where.line) if where else (None, None)
    return {"rule": found.decision.rule, "file": file, "line": line}


def facts_json(found: Triage) -> Json:
    facts: Facts = found.facts
    words = facts.words
    hub = facts.hub.partition("/")[2] if facts.hub else None
    symptom = found.decision.symptom
    return {
        "source": facts.source,
        "channel": facts.channel,
        "community": facts.community,
        "hub": hub,
        "cluster": facts.cluster,
        "sender": {"kind": facts.sender_kind, "person": facts.person, "mail": facts.mail},
        "users_affected": words.users_affected,
        "users_number": words.users_number,
        "capability": words.capability or (symptom if symptom in CAPABILITIES else None),
        "since": words.since.isoformat() if words.since else words.since_words,
        "always": words.always,
        "trouble": words.trouble,
        "later": words.later,
        "resolved": words.resolved,
        "question": words.question,
        "exam": words.exam,
        "not_urgent": words.not_urgent,
        "certain": words.certain,
        "unclear": words.unclear,
        "event": facts.event,
        "ready_mode": facts.ready_mode,
        "engineers": list(facts.engineers),
        "open_incident": facts.open_incident,
        "known_problem": facts.known_problem,
        "attachments": facts.attachments,
        "automatic": facts.automatic,
    }


def decision_json(found: Triage) -> Json:
    decision = found.decision
    return {
        "kind": decision.kind,
        "incident": "ask" if decision.unsure else decision.incident,
        "severity": decision.severity,
        "lifted_from": decision.lifted_from,
        "symptom": decision.symptom,
        "labels": list(decision.labels),
        "ask": list(decision.ask),
        "reply": decision.reply,
        "needs_approval": decision.needs_approval,
        "github_issue": decision.github_issue,
        "quarantine": decision.quarantine,
        "rule": decision.rule,
    }


def owners_json(found: Triage) -> Json:
    return {
        "first_line": _owners(found.first_line),
        "second_line": _owners(found.second_line),
    }


def _owners(owners: Sequence[Owner]) -> list[Json]:
    return [{"person": owner.person, "reason": owner.reason} for owner in owners]


def timers_json(found: Triage, playbooks: Playbooks, at: datetime) -> list[Json]:
    """What would come due if nobody did anything, in the order of the times."""
    terms = terms_of(found, playbooks)
    rows = [
        (due.at, "page" if due.step.page else "notify", due.index + 1)
        for due in laid_out(enumerate(terms.steps), at)
    ]
    if found.decision.needs_approval:
        waits = approval_of(found.facts.community, playbooks, at)
        rows = [(due, "approval", 0) for due in (waits.remind_at, waits.give_up_at)]
        answer = None
    else:
        answer = answer_by(terms, at)
    if answer is not None:
        rows.append((answer, "first_answer", 0))
    rows.sort(key=lambda row: row[0])
    return [{"kind": kind, "at": due.isoformat(), "step": step or None} for due, kind, step in rows]


def _verdict_json(verdict: RuleVerdict) -> Json:
    return {
        "rule": verdict.rule.name,
        "file": verdict.rule.where.file,
        "line": verdict.rule.where.line,
        "hit": verdict.hit,
        "conditions": [
            {"condition": c.condition, "expected": c.expected, "seen": c.seen, "hit": c.hit}
            for c in verdict.conditions
        ],
    }


def as_text(explanation: Mapping[str, Any], *, misses: bool = True) -> str:
    """The explanation for people: the decision, why, who, when, and why not the other rules."""
    facts, decision, owners = (explanation[k] for k in ("facts", "decision", "owners"))
    sender = facts["sender"]
    noise = "Noise: it would be kept in quarantine, and open no ticket."
    lines = [
        *([noise] if decision.get("quarantine") else []),
        f"Severity {decision['severity']}, because of the rule “{decision['rule']}”.",
        *_lift_lines(decision),
        f"Sender: {sender['person'] or sender['mail'] or 'unknown'} ({sender['kind']}).",
        f"Community: {facts['community'] or 'unknown'}.",
        f"Hub: {facts['hub'] or 'unknown'}; symptom: {decision['symptom'] or 'none'}.",
        *_event_lines(facts),
        *(["It waits until a representative approves."] if decision["needs_approval"] else []),
        *(_owner_line("First line", owners["first_line"])),
        *(_owner_line("Second line", owners["second_line"])),
        *(_timer_line(timer) for timer in explanation["timers"]),
        "Rules, in the order in which they were asked:",
    ]
    decided = False
    for rule in explanation["rules"]:
        if rule["hit"] and not decided:
            lines.append(f"  ✔ {rule['rule']} ({rule['file']}:{rule['line']})")
            lines += _conditions(rule, hit=True)
            decided = rule["rule"] == decision["rule"]
        elif decided and rule["hit"]:
            lines.append(f"  · {rule['rule']} would hit too, but an earlier rule decided")
        elif misses and not decided:
            lines.append(f"  ✘ {rule['rule']} ({rule['file']}:{rule['line']})")
            lines += _conditions(rule, hit=False)
    lines.append(f"Playbooks {named(explanation['playbooks'], explanation.get('commit'))}.")
    if explanation.get("matches") is False:
        lines.append("Computed again, this is NOT what was decided then: please report it.")
    return "\n".join(lines)


def _lift_lines(decision: Mapping[str, Any]) -> list[str]:
    usual = decision.get("lifted_from")
    return [f"Usually that is {usual}: ready mode lifts it."] if usual else []


def _event_lines(facts: Mapping[str, Any]) -> list[str]:
    ready = ", in ready mode" if facts["ready_mode"] else ""
    event = [f"Event: {facts['event']} is on{ready}."] if facts["event"] else []
    named = ", ".join(facts["engineers"])
    return [*event, *([f"Named for the time: {named}."] if named else [])]


def _conditions(rule: Mapping[str, Any], *, hit: bool) -> list[str]:
    return [
        f"      {c['condition']}: wanted {c['expected']}; saw {c['seen']}"
        for c in rule["conditions"]
        if c["hit"] == hit
    ]


def _owner_line(line: str, owners: Sequence[Mapping[str, str]]) -> list[str]:
    if not owners:
        return [f"{line}: nobody is on call."]
    return [f"{line}: {owner['person']} ({owner['reason']})." for owner in owners]


def _timer_line(timer: Mapping[str, Any]) -> str:
    what = f"{timer['kind']} (step {timer['step']})" if timer["step"] else timer["kind"]
    return f"If nobody acts: {what} at {timer['at']}."
