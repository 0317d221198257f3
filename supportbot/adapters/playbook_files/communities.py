"""communities.yaml: who asks, by which addresses one knows them, and the hubs they use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, PlainValidator

from supportbot.adapters.playbook_files import shapes, words
from supportbot.adapters.playbook_files.event_windows import EventForm, Home, link_event
from supportbot.adapters.playbook_files.faults import Unreadable, quoted
from supportbot.adapters.playbook_files.filling import Filled
from supportbot.adapters.playbook_files.forms import (
    Channels,
    DelayWords,
    Elapsed,
    Form,
    Name,
    Names,
    Several,
    Text,
    Zone,
)
from supportbot.adapters.playbook_files.place import At, NameSet
from supportbot.adapters.playbook_files.tree import Path
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.policy.playbook import Community, Hub

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)+{_LABEL}")
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def mail_domain(value: object) -> str:
    said = words.text(value)
    found = said.casefold().removeprefix("@")
    if len(found) > 253 or not _DOMAIN.fullmatch(found):
        raise Unreadable(f"{quoted(said)} is no mail domain", "write what follows the @")
    return found


def hub_url(value: object) -> str:
    said = words.text(value)
    try:
        parts = urlsplit(said)
        fits = parts.scheme in ("http", "https") and _HOST.fullmatch(_host(parts))
    except ValueError:
        fits = None
    if not fits:
        mend = "write it as in the browser: https://hub.northfield.example"
        raise Unreadable(f"{quoted(said)} is no web address", mend)
    return said


MailDomain = Annotated[
    str,
    PlainValidator(mail_domain),
    shapes.pattern("MailDomain", "what follows the @ of mail addresses", r"@?[^\s@]+\.[^\s@]+"),
]
HubUrl = Annotated[
    str,
    PlainValidator(hub_url),
    shapes.pattern("HubUrl", "the hub's address as in the browser", r"[hH][tT][tT][pP][sS]?://\S+"),
]


class HubForm(Form):
    url: HubUrl = Field(examples=["https://hub.example"], description="its address")
    cluster: Text = Field(
        examples=["north-1"], description="where it runs: hubs of one cluster may fail together"
    )


class CommunityForm(Form):
    name: Text | None = Field(None, description="how to call it; its key, if left out")
    representatives: Names = Field(
        [], examples=["[mara]"], description="people who may ask on its behalf"
    )
    mail_domains: Several[MailDomain] = Field(
        [], examples=["[northfield.example]"], description="domains whose senders belong to it"
    )
    slack_channels: Channels = Field(
        [], examples=['["#northfield-support"]'], description="channels in which it asks"
    )
    hubs: dict[Name, HubForm] = Field(
        {},
        examples=["{prod: {url: …, cluster: …}}"],
        description="its hubs, by a key of your choice",
    )
    time_zone: Zone = Field("UTC", description="the zone in which it reads times")
    events: list[EventForm] = Field(
        [], examples=["[]"], description="its workshops, classes and exams"
    )


EVENT_NOTICE = timedelta(weeks=3)
APPROVE_WITHIN = Delay(timedelta(hours=24), "working")


class CommunitiesFile(Form):
    event_notice: Elapsed = Field(
        EVENT_NOTICE,
        description="how long before an event you want to hear of it; 3 weeks, if left out",
    )
    approve_within: DelayWords = Field(
        APPROVE_WITHIN,
        description="how long representatives have to approve what others of them ask for",
    )
    communities: dict[Name, CommunityForm] = Field(
        examples=["{northfield: {name: …}}"], description="who asks, by a key of your choice"
    )


def link_communities(file: Filled[CommunitiesFile], people: NameSet) -> dict[str, Community]:
    """The communities by their keys, in the order of the file."""
    form, at = file.form, file.at
    found: dict[str, Community] = {}
    for key, one in form.communities.items():
        place = at.to("communities", key)
        place.to("representatives").all_known("person", one.representatives, people)
        home = Home(key, frozenset(one.hubs), frozenset(one.representatives), one.time_zone)
        events = [
            link_event(event, home, people, place.to("events", number))
            for number, event in enumerate(one.events)
        ]
        found[key] = _community(key, one, tuple(event for event in events if event))
    _find_doubles(found, at.to("communities"))
    return found


def _community(key: str, form: CommunityForm, events: tuple[EventPlan, ...]) -> Community:
    return Community(
        key=key,
        name=form.name or key,
        representatives=tuple(form.representatives),
        mail_domains=tuple(form.mail_domains),
        slack_channels=tuple(form.slack_channels),
        hubs={name: _hub(key, name, hub) for name, hub in form.hubs.items()},
        zone=form.time_zone,
        events=events,
    )


def _hub(community: str, key: str, form: HubForm) -> Hub:
    return Hub(key, community, _host(urlsplit(form.url)), form.url, form.cluster)


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").removesuffix(".")


def _find_doubles(communities: dict[str, Community], at: At) -> None:
    """What two communities claim would leave it open who is asking."""
    first: dict[tuple[str, str], tuple[str, Path]] = {}
    for key, community in communities.items():
        for kind, value, path in _claims(community):
            owner = first.setdefault((kind, value), (key, path))
            if owner != (key, path):
                message = f"the {kind} {value} is taken already, by {owner[0]}"
                at.to(key, *path).fault(message, "it must tell one community or hub from the rest")


def _claims(community: Community) -> Iterator[tuple[str, str, Path]]:
    for number, domain in enumerate(community.mail_domains):
        yield "mail domain", domain, ("mail_domains", number)
    for number, channel in enumerate(community.slack_channels):
        yield "channel", channel, ("slack_channels", number)
    for key, hub in community.hubs.items():
        yield "host", hub.host, ("hubs", key, "url")
