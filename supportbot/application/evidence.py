"""Second line gets what is known with the ticket, in the transaction that hands it over."""

from __future__ import annotations

from dataclasses import replace

from supportbot.application.context import Context
from supportbot.application.ports import UnitOfWork
from supportbot.domain.notices.delivery import NewDelivery
from supportbot.domain.notices.evidence import Known, evidence
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket.change import Change
from supportbot.domain.ticket.events import HandedOver
from supportbot.domain.ticket.ticket import Ticket


def with_evidence(
    context: Context, uow: UnitOfWork, change: Change, playbooks: Playbooks
) -> Change:
    """The change, and where it hands the ticket over, what second line is to know of it."""
    if not any(isinstance(event, HandedOver) for event in change.events):
        return change
    ticket = change.ticket
    events = (*uow.tickets.events(ticket.number), *change.events)
    text = evidence(ticket, events, _known(uow, ticket, playbooks), playbooks)
    packet = NewDelivery(
        key=f"{ticket.reference}.{ticket.version}.evidence",
        kind="slack.note",
        ticket=ticket.number,
        target={"place": "team", "channel": context.desk.team_channel},
        payload={"text": text},
        stream=f"team:{ticket.number}",
    )
    return replace(change, deliveries=(*change.deliveries, packet))


def _known(uow: UnitOfWork, ticket: Ticket, playbooks: Playbooks) -> Known:
    record = uow.decisions.get(ticket.number)
    hub = playbooks.hub(ticket.hub)
    issue = (uow.places.get(ticket.number, "issue") or {}).get("url")
    links = {"hub": hub.url if hub else None, "public issue": issue}
    where = f"({record.where.file}:{record.where.line})" if record and record.where else ""
    return Known(
        facts=record.facts if record else {},
        rule=f"the rule “{record.decision.get('rule', '')}”" if record else "",
        place=where,
        words=record.message.text if record else ticket.title,
        links={what: url for what, url in links.items() if url},
    )
