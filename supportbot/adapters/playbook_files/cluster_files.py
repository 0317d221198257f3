"""Files of JupyterHub deployments: a cluster each, with its name, its provider and its hubs.

They stand in a folder as `NAME/cluster.yaml`, `NAME.cluster.yaml` or `NAME.yaml`, beside much that
is not read: the values of charts, secrets, scripts. Of a file only what communities.yaml can say is
looked at; a file or a hub with a fault is named, and the others are read all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator

from supportbot.adapters.playbook_files import words
from supportbot.adapters.playbook_files.communities import hub_url
from supportbot.adapters.playbook_files.faults import Fault, Unreadable, quoted
from supportbot.adapters.playbook_files.filling import fill_in
from supportbot.adapters.playbook_files.forms import Form
from supportbot.adapters.playbook_files.place import At, Faults
from supportbot.adapters.playbook_files.tree import Document, Entries, Items, Node, read

LARGEST_FILE = 256 * 1024
MOST_CLUSTERS = 500
MOST_HUBS = 500
LONGEST_LABEL = 100
DEEPEST = 3
# Of a folder with more than this in it, somebody named the wrong one.
MOST_ENTRIES = 20_000

_HUB_KEYS = ("name", "domain", "display_name")
_NO_CLUSTERS = ("values.", "secret.")


@dataclass(frozen=True, slots=True)
class DeployedHub:
    """A hub as it is deployed. `display` is how people call it, where that is said."""

    name: str
    url: str
    cluster: str
    display: str | None
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Deployments:
    """What a folder says: clusters with their providers, their hubs, and what could not be read."""

    providers: dict[str, str | None]
    hubs: tuple[DeployedHub, ...]
    faults: tuple[Fault, ...]


def label(value: object) -> str:
    """A name for people, on one line."""
    said = words.text(value)
    if len(said) > LONGEST_LABEL or not said.isprintable():
        mend = f"{LONGEST_LABEL} characters at most, on one line"
        raise Unreadable(f"{quoted(said)} cannot be a name", mend)
    return said


def url_of(value: object) -> str:
    """The address of a hub, from its domain."""
    said = words.text(value).casefold()
    mend = "write it without https://: hub.northfield.example"
    refused = Unreadable(f"{quoted(said)} is no domain", mend)
    if not set(said).isdisjoint("/:@?#"):
        raise refused
    try:
        return hub_url(f"https://{said}")
    except Unreadable:
        raise refused from None


def by_place(value: object) -> object:
    """A list with its places, of a length that can be meant."""
    if isinstance(value, dict) and all(isinstance(place, int) for place in value):
        return value
    if not isinstance(value, list):
        raise Unreadable("a list of hubs is wanted here", "write each after `- `")
    if len(value) > MOST_HUBS:
        raise Unreadable(f"more than {MOST_HUBS} hubs on one cluster", "split the file")
    return dict(enumerate(value))


Label = Annotated[str, PlainValidator(label)]


class DeployedHubForm(Form):
    name: Label = Field(examples=["prod"])
    domain: Annotated[str, PlainValidator(url_of)] = Field(examples=["hub.northfield.example"])
    display_name: Label | None = None


class ClusterForm(Form):
    name: Label = Field(examples=["north-1"])
    provider: Label | None = None
    hubs: Annotated[dict[int, DeployedHubForm], BeforeValidator(by_place)] = Field(
        examples=["[{name: prod, domain: hub.northfield.example}]"]
    )


def read_deployments(folder: Path) -> Deployments:
    """Everything the folder says of clusters and hubs. Raises OSError where it cannot be listed."""
    faults = Faults()
    providers: dict[str, str | None] = {}
    hubs: dict[str, DeployedHub] = {}
    for path in _cluster_files(folder, faults):
        name = path.relative_to(folder).as_posix()
        document = _document(path, name, faults)
        filled = fill_in(ClusterForm, At(document, faults)) if document else None
        if filled is None:
            continue
        providers[filled.form.name] = filled.form.provider
        for number, form in filled.form.hubs.items():
            at = filled.at.to("hubs", number)
            hub = DeployedHub(
                form.name, form.domain, filled.form.name, form.display_name, name, at.line
            )
            first = hubs.setdefault(hub.url, hub)
            if first is not hub:
                message = f"the domain is taken already, in {first.file}, line {first.line}"
                at.to("domain").fault(message, "one hub can be at one place only")
    return Deployments(providers, tuple(hubs.values()), tuple(sorted(set(faults.found))))


def _cluster_files(folder: Path, faults: Faults) -> Iterator[Path]:
    found = 0
    for count, path in enumerate(_walk(folder, folder.resolve(), DEEPEST)):
        if count >= MOST_ENTRIES:
            faults.add(Fault(".", 1, 1, f"more than {MOST_ENTRIES} files", "name the right folder"))
            return
        if not _may_be_a_cluster(path, folder):
            continue
        found += 1
        if found > MOST_CLUSTERS:
            name = path.relative_to(folder).as_posix()
            faults.add(Fault(name, 1, 1, f"more than {MOST_CLUSTERS} clusters", "import in parts"))
            return
        yield path


def _walk(folder: Path, root: Path, deep: int) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        # What a link leads to outside is none of our business.
        if path.name.startswith(".") or not path.resolve().is_relative_to(root):
            continue
        if path.is_dir():
            if deep > 1:
                yield from _walk(path, root, deep - 1)
        else:
            yield path


def _may_be_a_cluster(path: Path, folder: Path) -> bool:
    if path.suffix not in (".yaml", ".yml") or not path.is_file():
        return False
    if path.stem == "cluster" or path.stem.endswith(".cluster"):
        return True
    return path.parent == folder and not any(part in path.name for part in _NO_CLUSTERS)


def _document(path: Path, name: str, faults: Faults) -> Document | None:
    """What of a file is looked at; None for what is no cluster's, or cannot be read."""
    try:
        with path.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise Unreadable(f"larger than {LARGEST_FILE // 1024} KiB", "it is no cluster's file")
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        faults.add(Fault(name, line, 1, "not UTF-8 text", "save the file as UTF-8"))
        return None
    except Unreadable as error:
        faults.add(Fault(name, 1, 1, error.message, error.mend))
        return None
    except OSError as error:
        faults.add(Fault(name, 1, 1, f"cannot be read: {error.strerror or error}"))
        return None
    found = read(name, text)
    if isinstance(found, Fault):
        faults.add(found)
        return None
    named = path.stem == "cluster" or path.stem.endswith(".cluster")
    if not named and "hubs" not in found.mapping():
        return None
    return replace(found, root=_looked_at(found.root), faults=())


def _looked_at(root: Node) -> Node:
    """The file without the keys that nobody asks for, whatever is wrong with them."""
    if not isinstance(root, Entries):
        return root
    kept = _only(root, ("name", "provider", "hubs"))
    hubs = kept.values.get("hubs")
    if isinstance(hubs, Items):
        items = tuple(
            _only(item, _HUB_KEYS) if isinstance(item, Entries) else item for item in hubs.items
        )
        kept.values["hubs"] = replace(hubs, items=items)
    return kept


def _only(entries: Entries, keys: tuple[str, ...]) -> Entries:
    return Entries(
        entries.mark,
        {key: mark for key, mark in entries.keys.items() if key in keys},
        {key: value for key, value in entries.values.items() if key in keys},
    )
