"""How gaps in the cover are told: as findings at their severity, on each person's own clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from supportbot.domain.escalation.cover import Gap
from supportbot.domain.on_call.wall_clock import spoken, zone
from supportbot.domain.policy.lint import Finding
from supportbot.domain.policy.look_ahead import Trouble
from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli.output import Json, iso, utc_words

_MEND = "fill the rotation, page more people, or promise the first answer later"


def finding(gap: Gap, playbooks: Playbooks) -> Finding:
    """The gap as a person reads it: a fault where the severity wakes people, else advice."""
    terms = gap.case.terms
    of_rule = f" of the rule {gap.case.rule!r}" if gap.case.rule else ""
    ready = " in ready mode" if gap.case.ready_mode else ""
    until = f"until {utc_words(gap.until)}" if gap.until else "with no end in sight"
    local = (
        f"{playbooks.people[key].name}: {spoken(gap.start, playbooks.people[key].zone)}"
        for key in gap.people
    )
    message = (
        f"a ticket{of_rule} that opens as {terms.key}{ready} at {utc_words(gap.start)} pages nobody"
        f" by {utc_words(gap.limit)}; so it is {until}. Why: {'; '.join(gap.reasons)}."
        f" On their clocks it is then: {', '.join(local) or 'nobody at all'}"
    )
    return Finding(("severities", terms.key), message, _MEND, terms.wake_people)


def hole(trouble: Trouble) -> Finding:
    """A gap in a rotation that nobody meant to be there: advice, since others may be paged then."""
    mend = "name somebody who stands in, or say when the rotation is on with `hours`"
    return Finding(("rotations", trouble.rotation), str(trouble), mend, fault=False)


def as_json(
    found: tuple[Gap, ...], start: datetime, length: timedelta, playbooks: Playbooks
) -> Json:
    gaps = [_gap(gap, playbooks) for gap in found]
    return {"from": start.isoformat(), "to": (start + length).isoformat(), "gaps": gaps}


def _gap(gap: Gap, playbooks: Playbooks) -> Json:
    zones = {key: playbooks.people[key].zone for key in gap.people}
    return {
        "severity": gap.case.terms.key,
        "rule": gap.case.rule,
        "ready_mode": gap.case.ready_mode,
        "first_line": gap.case.first_line,
        "second_line": gap.case.second_line,
        "start": gap.start.isoformat(),
        "until": iso(gap.until),
        "limit": gap.limit.isoformat(),
        "reasons": list(gap.reasons),
        "local": {key: gap.start.astimezone(zone(name)).isoformat() for key, name in zones.items()},
    }
