"""Up one level: the policy goes on with the first step that calls others than the line had."""

from __future__ import annotations

from datetime import datetime

from supportbot.domain.escalation.plan import Moved, move_on, plan
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.policy.step import Step
from supportbot.domain.ticket.ticket import Ticket


def next_level(ticket: Ticket, playbooks: Playbooks, now: datetime) -> Moved:
    """The first such step at once, and the rest of the round at their times; where no step calls
    anybody else, the round from its beginning. `ticket` is at the start of that round."""
    own = ticket.second_line if ticket.line == "second" else ticket.first_line
    places = plan(ticket)
    found = (place for place, due in enumerate(places) if _calls_others(due.step, own))
    position = next(found, 0)
    return move_on(ticket, position, playbooks, now, page_died=position > 0)


def _calls_others(step: Step, own: str) -> bool:
    return any(target.name != own and target.kind != "owner" for target in step.targets)
