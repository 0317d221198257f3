"""What is known of a message before any rule is asked: who writes, of which hub, in which words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from supportbot.domain.planned import event_window
from supportbot.domain.policy.playbook import Community, Hub, Person, Playbooks
from supportbot.domain.triage.background import NOTHING, Background
from supportbot.domain.triage.extraction import Words, understood
from supportbot.domain.triage.known_problem import matching
from supportbot.domain.triage.message import InboundMessage
from supportbot.domain.triage.rule import Fact

CAPABILITIES = ("reach", "login", "start", "run", "compute", "storage")
# Text beyond this is kept with the ticket but not judged: rules read the head of a long mail.
JUDGED_CHARACTERS = 100_000

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
        "certain",
        "unclear",
    }
)

SenderKind = Literal["representative", "team", "known", "stranger"]
_DOT_WITHIN = re.compile(r"\.[a-z0-9-]")
# What is repeated begins with what it cannot end with: linear, whatever the text.
_HOST_WORD = re.compile(r"[a-z0-9]+(?:[.-]+[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known before any rule is asked. `hub` is an id such as `northfield/prod`.

    `words` is what the text says, `event` the event that is on there (perhaps in `ready_mode`),
    `engineers` are the people named for the events of the community that are on, `automatic` is
    whether a program or a list sent it, `authenticated` whether
    its source vouches for the sender. `at` is when it is judged.
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
    ready_mode: bool = False
    engineers: tuple[str, ...] = ()
    engineers_until: datetime | None = None
    attachments: bool = False
    automatic: bool = False
    authenticated: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    background: Background = NOTHING
    known_problem: str | None = None

    def value(self, fact: str) -> Fact:
        """The fact of this name. Raises AttributeError for a name that is none."""
        if fact in IN_WORDS:
            return self._in_words(fact)
        if fact == "mail" and self.mail_domain is None:
            return None  # what may be forged is told, and no rule goes by it
        found: Fact = self.event is not None if fact == "in_event" else getattr(self, fact)
        return found

    def header(self, name: str) -> str | None:
        return self.headers.get(name)

    @property
    def is_known(self) -> bool:
        """Whether it looks like a known problem."""
        return self.known_problem is not None

    @property
    def open_incident(self) -> Literal["hub", "cluster", "none"]:
        """Where an incident is open: at this hub, at another of its cluster, or nowhere."""
        hubs = {ticket.hub for ticket in self.background.earlier if ticket.open_incident}
        if self.hub in hubs:
            return "hub"
        return "cluster" if hubs else "none"

    def times(self, symptom: str | None, within: timedelta) -> int:
        wanted = symptom or self.words.capability
        if wanted is None or self.hub is None:
            return 1
        return 1 + sum(
            ticket.hub == self.hub and ticket.symptom == wanted and self.at - ticket.at <= within
            for ticket in self.background.earlier
        )

    def _in_words(self, fact: str) -> Fact:
        if fact == "always" and self.words.always is not None:
            return "always" if self.words.always else "sometimes"
        found: Fact = getattr(self.words, fact)
        return found


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message comes from: who wrote it, for which community, of which hub."""

    person: Person | None
    mail: str | None
    mail_domain: str | None
    community: Community | None
    hub: Hub | None


def origin_of(message: InboundMessage, playbooks: Playbooks) -> Origin:
    """Who wrote a message, as its source vouches for them, and of what."""
    # A forged address gives nobody's rights.
    person = playbooks.writer(message.sender) if message.authenticated is not False else None
    mail = (message.sender.mail or (person.mail if person else None) or "").casefold() or None
    known = mail and "@" in mail and message.authenticated is not False
    domain = mail.rpartition("@")[2] if mail and known else None
    named = _hub_in("\n".join(_judged(message)), playbooks)
    community = _community(message, person, domain, named, playbooks)
    return Origin(person, mail, domain, community, named or _only_hub(community))


def facts_of(
    message: InboundMessage,
    origin: Origin,
    playbooks: Playbooks,
    at: datetime,
    background: Background = NOTHING,
) -> Facts:
    """Everything the rules may ask of a message as of `at` (aware), and against its background."""
    subject, body = _judged(message)
    whole = f"{subject}\n{body}" if subject else body
    person, community, hub = origin.person, origin.community, origin.hub
    matcher = playbooks.matcher
    on = _attention(community, hub, background, at)
    facts = Facts(
        source=message.source,
        channel=message.channel,
        sender_kind=_sender_kind(person, origin.mail_domain, playbooks),
        person=person.key if person else None,
        mail=origin.mail,
        mail_domain=origin.mail_domain,
        community=community.key if community else None,
        hub=hub.id if hub else None,
        cluster=hub.cluster if hub else None,
        patterns=matcher.hits("text", whole)
        | matcher.hits("subject", subject)
        | matcher.hits("body", body),
        at=at,
        words=_words(subject, body, community, playbooks, at),
        event=on.event,
        ready_mode=on.ready_mode,
        engineers=on.engineers,
        engineers_until=on.until,
        attachments=bool(message.files),
        automatic=not message.automatic_answers,
        authenticated=bool(message.authenticated) or message.source != "mail",
        headers=message.headers,
        background=background,
    )
    # A problem is told by the other facts.
    problem = matching(playbooks.known_problems.values(), facts)
    return replace(facts, known_problem=problem) if problem else facts


def _attention(
    community: Community | None, hub: Hub | None, background: Background, at: datetime
) -> event_window.Attention:
    if community is None:
        return event_window.NONE
    plans = (*community.events, *background.events)
    return event_window.attention(plans, community.key, hub.key if hub else None, at)


def _judged(message: InboundMessage) -> tuple[str, str]:
    """The subject and the text, as far as they are judged."""
    return (message.subject or "")[:JUDGED_CHARACTERS], message.text[:JUDGED_CHARACTERS]


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
    hubs, said = playbooks.hubs(), text.lower()
    # Most texts name none, which the missing dot tells sooner than a look at every word.
    if not _DOT_WITHIN.search(said) and all("." in host for host in hubs):
        return None
    return next((hubs[word] for word in _HOST_WORD.findall(said) if word in hubs), None)
