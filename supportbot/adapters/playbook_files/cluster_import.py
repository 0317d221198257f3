"""From deployed hubs to entries of communities.yaml: what is missing there, and what differs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from supportbot.adapters.playbook_files.cluster_files import DeployedHub
from supportbot.adapters.playbook_files.tree import Document, Plain

# "Northfield (R)", "Northfield - staging" and "Northfield" are one community's hubs.
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]{0,60}[)\]]$")
_STAGE = re.compile(r"\s*[-–:]?\s+(staging|prod|production)$", re.IGNORECASE)
_LONGEST_KEY = 40


@dataclass(slots=True)
class Entry:
    """What is to be added: hubs by their keys, to a community that is there or that is `new`."""

    key: str
    name: str
    new: bool
    hubs: dict[str, DeployedHub] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Differs:
    """A hub that the file knows, and of which the deployment says something else."""

    hub: str
    file: str
    line: int
    written: str
    deployed: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do to a file: add entries; what differs is for a person."""

    entries: tuple[Entry, ...]
    differs: tuple[Differs, ...] = ()


def plan(hubs: Iterable[DeployedHub], known: Document | None = None) -> Plan:
    """What of the hubs is missing in the communities of the file, or in none."""
    present = _Present(known)
    differs: list[Differs] = []
    entries: dict[str, Entry] = {}
    for name, group in _groups(hubs).items():
        home = present.home_of(name, group)
        for hub in group:
            place = present.hosts.get(_host(hub.url))
            if place is None:
                key = home or _free_key(name, group, present, entries)
                entry = entries.setdefault(key, Entry(key, name, new=home is None))
                taken = present.hubs_of(key) | entry.hubs.keys()
                entry.hubs[_hub_key(hub, taken)] = hub
            elif place.cluster != hub.cluster:
                id_ = f"{place.community}/{place.hub}"
                differs.append(Differs(id_, hub.file, hub.line, place.cluster, hub.cluster))
    return Plan(tuple(entries.values()), tuple(differs))


@dataclass(frozen=True, slots=True)
class _Place:
    community: str
    hub: str
    cluster: str


class _Present:
    """What a file of communities says already, as far as it can be read."""

    def __init__(self, known: Document | None) -> None:
        found = known.plain() if known else {}
        communities = found.get("communities") if isinstance(found, dict) else None
        self._communities: Mapping[str, Plain] = (
            communities if isinstance(communities, dict) else {}
        )
        self.hosts: dict[str, _Place] = {}
        for key in self._communities:
            for hub, said in self._hubs(key).items():
                if isinstance(said, dict) and isinstance(url := said.get("url"), str):
                    cluster = said.get("cluster")
                    text = cluster if isinstance(cluster, str) else ""
                    self.hosts[_host(url)] = _Place(key, hub, text)

    def __contains__(self, key: str) -> bool:
        return key in self._communities

    def hubs_of(self, key: str) -> set[str]:
        return set(self._hubs(key))

    def home_of(self, name: str, group: Sequence[DeployedHub]) -> str | None:
        """The community that has a hub of the group already, or is called so."""
        for hub in group:
            if place := self.hosts.get(_host(hub.url)):
                return place.community
        for key, said in self._communities.items():
            called = said.get("name") if isinstance(said, dict) else None
            names = {key.casefold(), called.casefold() if isinstance(called, str) else ""}
            if name.casefold() in names or _slug(name) == key:
                return key
        return None

    def _hubs(self, key: str) -> Mapping[str, Plain]:
        said = self._communities.get(key)
        hubs = said.get("hubs") if isinstance(said, dict) else None
        return hubs if isinstance(hubs, dict) else {}


def _groups(hubs: Iterable[DeployedHub]) -> dict[str, list[DeployedHub]]:
    """The hubs of each community: those displayed alike, brackets left aside, or of one cluster."""
    found: dict[str, list[DeployedHub]] = {}
    for hub in hubs:
        found.setdefault(_without_stage(hub.display or "") or hub.cluster, []).append(hub)
    return found


def _without_stage(display: str) -> str:
    return _STAGE.sub("", _BRACKETS.sub("", display.strip())).strip()


def _free_key(
    name: str, group: Sequence[DeployedHub], present: _Present, entries: Mapping[str, Entry]
) -> str:
    wanted = _slug(name) or _slug(group[0].cluster) or "community"
    key, number = wanted, 2
    while key in present or (key in entries and entries[key].name != name):
        key, number = f"{wanted}-{number}", number + 1
    return key


def _hub_key(hub: DeployedHub, taken: set[str]) -> str:
    key = _slug(hub.name) or "hub"
    if key in taken:
        key = _slug(f"{hub.name}-{hub.cluster}") or key
    number = 2
    wanted = key
    while key in taken:
        key, number = f"{wanted}-{number}", number + 1
    return key


def _slug(text: str) -> str:
    """A key for a name: `Universität Nord` is `universitat-nord`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_KEY].strip("-")


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""
