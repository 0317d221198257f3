"""An event as it is told: the ticket after it, and the ways to the reporter, the team, the public.

Nothing here decides what is said; `notices` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from supportbot.domain.notices import template
from supportbot.domain.notices.delivery import ANSWER, NewDelivery
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.approval import ways_to
from supportbot.domain.ticket.commands import name_of
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.triage.decision import on_call_for

# Replies that somebody sends; the others a program does, and some mail no program may answer.
_BY_PEOPLE = frozenset({"answer", "resolved"})


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the team and the public are: a Slack channel, and a GitHub repository or none; and
    whether the desk can send mail."""

    team_channel: str
    repository: str | None = None
    sends_mail: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """An event, the ticket after it, and what is needed to speak of it. `quiet` events of the same
    decision already tell the reporter more. `reply` names the receipt, `tell` a channel; `ask`
    are questions to the reporter, `words` what they wrote."""

    ticket: Ticket
    event: e.Event
    playbooks: Playbooks
    desk: Desk
    quiet: bool = False
    reply: str | None = None
    tell: str | None = None
    ask: tuple[str, ...] = ()
    words: str = ""

    def key(self, what: str) -> str:
        return f"{self.ticket.reference}.{self.ticket.version}.{what}"

    def name(self, person: str | None) -> str:
        return name_of(person, self.playbooks)

    def zone_of(self, person: str | None) -> str:
        """The zone of a person's clocks; UTC for nobody known."""
        known = self.playbooks.people.get(person or "")
        return known.zone if known else "UTC"

    def mention(self, person: str) -> dict[str, str | None]:
        """Somebody to be called in a message: their key, name and Slack id."""
        known = self.playbooks.people.get(person)
        slack = known.slack if known else None
        return {"person": person, "name": self.name(person), "slack": slack}

    def to_team(self, kind: str, payload: Mapping[str, Any], what: str = "note") -> NewDelivery:
        """Into the team's thread of the ticket."""
        return NewDelivery(
            key=self.key(what),
            kind=kind,
            ticket=self.ticket.number,
            target={"place": "team", "channel": self.desk.team_channel},
            payload=payload,
            stream=f"team:{self.ticket.number}",
        )

    def note(self, text: str) -> NewDelivery:
        return self.to_team("slack.note", {"text": text})

    def refreshed(self) -> NewDelivery:
        """The root message, rendered anew from the newest state."""
        return replace(self.to_team("slack.update", {}, "root"), fold=True)

    def to_reporter(self, name: str, **values: str) -> Iterator[NewDelivery]:
        """A reply from the playbooks' template, where there is a way to the reporter."""
        text = self.playbooks.replies.get(name)
        place = self.ticket.reply_to
        # Who resolves without a word sends nothing of their own.
        automatic = name not in _BY_PEOPLE or not values.get("answer")
        if text is None or place is None or (automatic and not self.ticket.automatic_answers):
            return
        yield NewDelivery(
            key=self.key(f"reply.{name}"),
            kind=f"{place.kind}.reply",
            ticket=self.ticket.number,
            target={"place": "reporter", **place.address},
            payload={
                "text": template.render(text, reply_values(self, **values)),
                "automatic": automatic,
            },
            priority=ANSWER,
            stream=f"reporter:{self.ticket.number}",
        )

    def to_issue(self, kind: str, payload: Mapping[str, Any]) -> Iterator[NewDelivery]:
        if not (self.ticket.issue_asked and self.desk.repository):
            return
        yield NewDelivery(
            key=self.key(kind),
            kind=kind,
            ticket=self.ticket.number,
            target={"place": "issue", "repo": self.desk.repository},
            payload=payload,
            stream=f"issue:{self.ticket.number}",
        )


def reply_values(scene: Scene, **more: str) -> dict[str, str]:
    """The fields a reply template may use; a field without a value leaves its line out."""
    ticket = scene.ticket
    community = scene.playbooks.communities.get(ticket.community or "")
    zone = community.zone if community else "UTC"
    waits = ticket.approval if _is_asked(scene) else None
    # Nobody looks at what waits for approval.
    on_call = () if waits else on_call_for(ticket.first_line, scene.playbooks, scene.event.at)
    owner = ticket.first_owner or ticket.second_owner
    known = scene.playbooks.known_problems.get(ticket.known_problem or "")
    values = {
        "reference": ticket.reference,
        "severity": ticket.terms.key,
        "means": ticket.terms.means,
        "community": community.name if community else "",
        "hub": ticket.hub or "",
        "first_line": joined(scene.name(owner.person) for owner in on_call),
        "owner": scene.name(owner) if owner else "",
        "questions": " ".join(scene.ask),
        "known_problem": known.title if known else "",
        "workaround": (known.workaround or "") if known else "",
        "approvers": joined(scene.name(key) for key in waits.approvers) if waits else "",
        "next_word": spoken(ticket.next_word_at, zone) if ticket.next_word_at else "",
    }
    return values | more


def _is_asked(scene: Scene) -> bool:
    """Whether any of those whom the ticket waits for can be asked."""
    waits = scene.ticket.approval
    community = scene.playbooks.communities.get(scene.ticket.community or "")
    if waits is None or community is None:
        return False
    by_mail = scene.desk.sends_mail
    return bool(ways_to(waits.approvers, community, scene.playbooks, by_mail=by_mail))


def joined(names: Iterable[str]) -> str:
    """`Ines`, `Ines and Tomasz`, `Ines, Tomasz and Akira`."""
    *others, last = list(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last
