"""The approval gate: who asks for what only a representative may ask, and who is asked in turn.

An outage never waits: whether it is one is settled before anything here is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from supportbot.domain.on_call import working_time
from supportbot.domain.policy.playbook import Community, Person, Playbooks
from supportbot.domain.ticket.events import Approval
from supportbot.domain.triage.facts import Facts
from supportbot.domain.triage.incident import is_incident

_THANKS = r"(?:[ \t]*,?[ \t]*(?:please|this|it|thanks|thank you))?"
_STOP = r"[ \t]*(?:[.;:!]|,?[ \t]*(?:[\r\n]|$))"
# What goes on after a comma may take it back, and who says "OK." may only have read it: a plain yes
# stands alone on its line.
_ANSWER = re.compile(
    rf"(?:i )?(?:(?:(approved?)|(?:declined?|no)){_THANKS}{_STOP}"
    rf"|(yes|ok|okay){_THANKS}[ \t]*[.;!]?{_THANKS}[ \t]*[.!]?,?[ \t]*(?:[\r\n]|$))",
    re.IGNORECASE,
)
_LONGEST_REASON = 500
_LONGEST_ANSWER = 200


@dataclass(frozen=True, slots=True)
class Ways:
    """How the representatives are asked: in the community's channel, by direct message, by mail."""

    channel: str | None
    direct: tuple[Person, ...]
    mail: tuple[Person, ...]

    def __bool__(self) -> bool:
        return bool(self.channel or self.direct or self.mail)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a representative wrote back, and what they said besides."""

    verdict: Literal["approve", "decline"]
    reason: str


def asks_for_others(facts: Facts, playbooks: Playbooks) -> bool:
    """Whether a sender may not ask this alone: no representative of the community that is known,
    where there are some, and none of the team."""
    community = playbooks.communities.get(facts.community or "")
    if community is None or not community.representatives:
        return False
    return facts.person not in community.representatives and facts.person not in playbooks.team()


def reads_as_outage(facts: Facts) -> bool:
    """Whether something fails, by the incident test: whatever else a rule takes it for."""
    return facts.words.trouble and is_incident(facts.words, event=facts.event).incident


def is_certain_outage(facts: Facts) -> bool:
    """The same, where nothing is left to ask."""
    answer = is_incident(facts.words, event=facts.event)
    return facts.words.trouble and answer.incident and not answer.unsure


def approval_of(community: str | None, playbooks: Playbooks, now: datetime) -> Approval:
    """Whom a ticket that opens at `now` waits for, and how long."""
    known = playbooks.communities.get(community or "")
    remind_at = working_time.add(now, playbooks.approve_within)
    return Approval(
        approvers=known.representatives if known else (),
        remind_at=remind_at,
        give_up_at=working_time.add(remind_at, playbooks.approve_within),
    )


def ways_to(
    approvers: Iterable[str], community: Community, playbooks: Playbooks, *, by_mail: bool
) -> Ways:
    """How to reach the approvers; `by_mail`: whether the desk can send mail."""
    people = [playbooks.people[key] for key in approvers if key in playbooks.people]
    channel = next(iter(community.slack_channels), None)
    on_slack = tuple(person for person in people if person.slack)
    no_slack = tuple(person for person in people if person.mail and not person.slack)
    return Ways(channel, () if channel else on_slack, no_slack if by_mail else ())


def answer_in(text: str) -> Answer | None:
    """The answer with which a mail's new words begin, or None: then they are only heard."""
    found = _ANSWER.match(text.lstrip()[:_LONGEST_ANSWER])
    if found is None:
        return None
    reason = " ".join(text.lstrip()[found.end() :].split())[:_LONGEST_REASON]
    return Answer("approve" if found[1] or found[2] else "decline", reason)
