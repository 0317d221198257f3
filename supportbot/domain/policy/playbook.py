"""A team's policy, as values: who asks, who answers, how bad is how bad, and what then happens.

The YAML that people write is read by `adapters/playbook_files`; here stands what it means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from supportbot.domain.on_call.absence import Absence
from supportbot.domain.on_call.hand_off import HandOff
from supportbot.domain.on_call.rota_change import RotaChange
from supportbot.domain.on_call.rotation import Rotation
from supportbot.domain.on_call.user_group import UserGroup
from supportbot.domain.on_call.working_time import Delay, WorkingHours
from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.policy.drills import Drills
from supportbot.domain.policy.step import AllHands, During, Step, Target
from supportbot.domain.triage.incident import IncidentTest
from supportbot.domain.triage.known_problem import KnownProblem
from supportbot.domain.triage.message import Sender
from supportbot.domain.triage.rule import Matcher, Rule

FIRST_LINE = "first-line"
SECOND_LINE = "second-line"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone the playbooks know. `slack` is a member id (`U…`); `zone` an IANA name."""

    key: str
    name: str
    slack: str | None = None
    mail: str | None = None
    github: str | None = None
    zone: str = "UTC"
    hours: WorkingHours | None = None
    away: tuple[Absence, ...] = ()
    """Their leave: they are on call nowhere then, and not called."""
    leave_feeds: tuple[str, ...] = ()
    """The addresses of calendars elsewhere in which more of it stands."""
    holidays: frozenset[date] = frozenset()
    """The public holidays where they live: outside their hours."""


@dataclass(frozen=True, slots=True)
class Hub:
    """What a community uses. `host` is the lower-case host name of its address."""

    key: str
    community: str
    host: str
    url: str
    cluster: str

    @property
    def id(self) -> str:
        """`community/hub`: unique over all communities."""
        return f"{self.community}/{self.key}"


@dataclass(frozen=True, slots=True)
class Community:
    """Who asks: its representatives, and the domains and channels that tell it apart."""

    key: str
    name: str
    representatives: tuple[str, ...] = ()
    mail_domains: tuple[str, ...] = ()
    slack_channels: tuple[str, ...] = ()
    hubs: Mapping[str, Hub] = field(default_factory=dict)
    zone: str = "UTC"
    events: tuple[EventPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Timebox:
    """How long first line tries before it is asked, and before it is told to hand over."""

    work: timedelta
    ask_at: timedelta
    extend_once: timedelta


@dataclass(frozen=True, slots=True)
class Severity:
    """How bad it is, and what is owed. `rank` 0 is the worst."""

    key: str
    rank: int
    means: str
    steps: tuple[Step, ...]
    github_issue: Literal["on_open", "on_second_line", "never"] = "never"
    first_answer: Delay | None = None
    next_update: timedelta | None = None
    acknowledge_again_after: timedelta | None = None
    lapses_after: timedelta | None = None
    """How long whoever acknowledged has to answer that; then the policy goes on."""
    timebox: Timebox | None = None
    close_after_silence: Delay = Delay(timedelta(hours=48), kind="working")
    reopen_within: timedelta = timedelta(days=14)
    chase_reporter_after: Delay = Delay(timedelta(days=2), kind="working")
    chase_third_party_every: Delay = Delay(timedelta(days=1), kind="working")
    wake_people: bool = True
    last_resort: tuple[Target, ...] = ()
    """Who is called when a whole round reached nobody."""
    all_hands: AllHands | None = None
    during: tuple[During, ...] = ()
    """What is otherwise at reduced capacity."""

    def targets(self) -> Iterator[Target]:
        """All whom the policy may ever call."""
        yield from (target for step in self.steps for target in step.targets)
        yield from self.last_resort
        yield from self.all_hands.targets if self.all_hands else ()


def named(version: str, commit: str | None) -> str:
    """Playbooks as people are told of them: by their commit where git knows of one."""
    return f"{commit} (version {version})" if commit else version


@dataclass(frozen=True, slots=True)
class Playbooks:
    """Everything a team wrote down, checked and linked; `version` names it for ever.

    `looks_back` is how far the rules ask for earlier tickets: zero for the open ones alone, None
    for none. `replies` and `issues` map a template's name to its text. `matcher` answers for every
    word list and pattern of the rules in one pass; `incident` is the objective test.
    """

    version: str
    people: Mapping[str, Person]
    communities: Mapping[str, Community]
    rotations: Mapping[str, Rotation]
    roles: Mapping[str, tuple[str, ...]]
    severities: Mapping[str, Severity]
    rules: tuple[Rule, ...]
    replies: Mapping[str, str]
    issues: Mapping[str, str]
    matcher: Matcher
    incident: IncidentTest = field(default_factory=IncidentTest)
    approve_within: Delay = Delay(timedelta(hours=24), "working")
    """How long representatives have before they are reminded, and then once more."""
    ready_severities: Mapping[str, Severity] = field(default_factory=dict)
    """The severities that have other terms in ready mode, with those."""
    lifts: Mapping[str, str] = field(default_factory=dict)
    """In ready mode, the severity that takes the place of another, by the names of both."""
    event_notice: timedelta = timedelta(days=21)
    """How long before an event one wants to know of it."""
    prompts: Mapping[str, str] = field(default_factory=dict)
    """What the checklist of an event says, by the kind of prompt."""
    looks_back: timedelta | None = None
    outlook: HandOff | None = None
    drills: Drills | None = None
    """When the team hears who is on call in the coming week; None: never."""
    tell_shift_changes: bool = False
    """Whether the team hears when somebody else comes on call."""
    ask_before_shift: bool = False
    """Whether everybody is asked the day before they come on call."""
    user_groups: Mapping[str, UserGroup] = field(default_factory=dict)
    """Slack user groups that follow the rotations, by their handles."""
    known_problems: Mapping[str, KnownProblem] = field(default_factory=dict)
    commit: str = ""
    """The git commit they were read from, such as `3f2a91c04d17` or `3f2a91c04d17 + local changes`;
    empty where no git knows of them."""
    rota_changes: tuple[RotaChange, ...] = ()
    """What people changed of the rotations while the desk ran, which these have in them already."""
    fed_leave: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict)
    """Leave that was read in calendars elsewhere, by the person; it is in all of this already."""
    _representatives: frozenset[str] = field(init=False, compare=False, repr=False)
    _team: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Asked for with every message, and to look through a thousand rules takes a while.
        speak = (p for c in self.communities.values() for p in c.representatives)
        object.__setattr__(self, "_representatives", frozenset(speak))
        object.__setattr__(self, "_team", self._who_work())

    @property
    def named(self) -> str:
        return named(self.version, self.commit)

    def representatives(self) -> frozenset[str]:
        return self._representatives

    def team(self) -> frozenset[str]:
        """Who may work tickets: everyone in a rotation or a role, or named by a step, a rule or an
        event."""
        return self._team

    def _who_work(self) -> frozenset[str]:
        in_rotations = (p for r in self.rotations.values() for p in r.members())
        in_roles = (p for members in self.roles.values() for p in members)
        return frozenset(in_rotations) | frozenset(in_roles) | self._named_in_policy()

    def _named_in_policy(self) -> frozenset[str]:
        each = (*self.severities.values(), *self.ready_severities.values())
        called = (target for severity in each for target in severity.targets())
        reached = {target.name for target in called if target.kind == "person"}
        reached |= {p for c in self.communities.values() for e in c.events for p in e.engineers}
        owners = {name for r in self.rules for name in (r.then.owner, r.then.second_line) if name}
        return frozenset(self.people) & (reached | owners)

    def worst(self) -> Severity:
        return min(self.severities.values(), key=lambda severity: severity.rank)

    def mildest(self) -> Severity:
        return max(self.severities.values(), key=lambda severity: severity.rank)

    def hub(self, hub_id: str | None) -> Hub | None:
        """The hub of an id like `northfield/prod`."""
        community, _, key = (hub_id or "").partition("/")
        known = self.communities.get(community)
        return known.hubs.get(key) if known else None

    def hubs_of(self, cluster: str) -> tuple[str, ...]:
        """The ids of the hubs that run on a cluster: the same fault may hit them all."""
        return tuple(hub.id for hub in self.hubs().values() if hub.cluster == cluster)

    def hubs(self) -> dict[str, Hub]:
        """Every hub by its host name."""
        return {hub.host: hub for c in self.communities.values() for hub in c.hubs.values()}

    def writer(self, sender: Sender) -> Person | None:
        """The person behind a message."""
        named = self.people.get(sender.person) if sender.person else None
        return named or self.person_of(slack=sender.slack, mail=sender.mail)

    def person_of(self, *, slack: str | None, mail: str | None) -> Person | None:
        """Whoever has this Slack id, else whoever has this mail address (compared without case)."""
        wanted = mail.casefold() if mail else None
        by_mail: Person | None = None
        for person in self.people.values():
            if slack and person.slack == slack:
                return person
            if by_mail is None and wanted and person.mail and person.mail.casefold() == wanted:
                by_mail = person
        return by_mail
