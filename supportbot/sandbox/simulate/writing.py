"""What somebody of a scenario writes, as the readers of Slack and mail would hand it over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from supportbot.adapters.playbook_files.faults import Unreadable, did_you_mean, quoted
from supportbot.domain.policy.playbook import Community, Playbooks
from supportbot.domain.triage.message import InboundMessage, Place, Sender, Source


@dataclass(frozen=True, slots=True)
class Letter:
    """`sender` is a person's key or a mail address; `ticket` the one it goes on with."""

    sender: str
    text: str
    source: Literal["slack", "mail"] | None = None
    channel: str | None = None
    subject: str | None = None
    ticket: int | None = None


def message_of(letter: Letter, key: str, at: datetime, playbooks: Playbooks) -> InboundMessage:
    """The message; `key` names it. Raises Unreadable for a sender whom nobody knows."""
    sender = _sender(letter.sender, playbooks)
    source = _source(letter, sender)
    channel = letter.channel or _channel(letter, sender, playbooks) if source == "slack" else None
    return InboundMessage(
        source=source,
        key=key,
        sender=sender,
        text=letter.text,
        at=at,
        channel=(channel or "dm") if source == "slack" else None,
        subject=letter.subject,
        thread_keys=() if letter.ticket else (key,),
        reply_to=_place(letter, key, source, sender, channel or "dm"),
        direct=source == "slack" and channel is None,
        starts_thread=letter.ticket is None,
        names_ticket=letter.ticket,
    )


def _sender(name: str, playbooks: Playbooks) -> Sender:
    person = playbooks.people.get(name)
    if person is not None:
        return Sender(person.slack, person.mail, person.name, person.key)
    if "@" in name[1:]:
        return Sender(mail=name)
    mend = did_you_mean(name, playbooks.people) or "write a person's key or a mail address"
    raise Unreadable(f"unknown person {quoted(name)}", mend)


def _source(letter: Letter, sender: Sender) -> Source:
    """As was said; else mail for whom Slack does not know, and for what has a subject."""
    if letter.source is not None:
        return letter.source
    by_mail = sender.slack is None or letter.subject is not None
    return "mail" if by_mail and letter.channel is None else "slack"


def _channel(letter: Letter, sender: Sender, playbooks: Playbooks) -> str | None:
    """The first channel of the community whose people they are."""
    domain = (sender.mail or "").casefold().rpartition("@")[2]

    def is_theirs(community: Community) -> bool:
        return sender.person in community.representatives or domain in community.mail_domains

    theirs = [c for c in playbooks.communities.values() if is_theirs(c) and c.slack_channels]
    return theirs[0].slack_channels[0] if theirs else None


def _place(letter: Letter, key: str, source: Source, sender: Sender, channel: str) -> Place:
    to = letter.sender if sender.person is None else sender.person
    if source == "mail":
        return Place("mail", {"to": to})
    return Place("slack", {"channel": channel, "thread": key, "person": to})
