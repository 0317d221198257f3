"""All YAML files of the playbooks as trees, and the names that they define."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TypeVar

from supportbot.adapters.playbook_files.faults import Fault, did_you_mean
from supportbot.adapters.playbook_files.filling import Filled, fill_in
from supportbot.adapters.playbook_files.forms import Form
from supportbot.adapters.playbook_files.place import At, Faults, NameSet
from supportbot.adapters.playbook_files.source import DEFAULT_WORDS, PlaybookFiles
from supportbot.adapters.playbook_files.templates import TEMPLATES, is_template
from supportbot.adapters.playbook_files.tree import Document, Entries, Node, Scalar, read

F = TypeVar("F", bound=Form)

PEOPLE = "people.yaml"
COMMUNITIES = "communities.yaml"
ROTATIONS = "rotations.yaml"
SEVERITIES = "severities.yaml"
INCIDENT = "incident.yaml"
KNOWN_PROBLEMS = "known_problems.yaml"
RULES = "rules"

_REQUIRED = {
    PEOPLE: "begin with `people: {ines: {name: Ines, slack: U0INES}}`",
    SEVERITIES: "describe at least one severity, such as P1",
}
_FILES = frozenset({PEOPLE, COMMUNITIES, ROTATIONS, SEVERITIES, INCIDENT, KNOWN_PROBLEMS})


class Documents:
    """The trees by file. Names are taken from them, so that a mistake elsewhere hides none."""

    def __init__(self, files: PlaybookFiles, faults: Faults) -> None:
        self._faults = faults
        self._trees: dict[str, Document | None] = {}
        for file, text in files.files.items():
            if file == DEFAULT_WORDS:
                continue
            self._note_stray(file)
            if file.endswith(".yaml"):
                self._trees[file] = self._tree(file, text)
        for file, mend in _REQUIRED.items():
            if file not in self._trees:
                self._faults.add(Fault(file, 1, 1, "this file is missing", mend))

    def fill(self, form: type[F], file: str) -> Filled[F] | None:
        """A file as a form; None when there is none to use."""
        document = self._trees.get(file)
        return fill_in(form, At(document, self._faults)) if document else None

    def rules(self) -> list[str]:
        """The files of rules, in the order in which they run."""
        return sorted(file for file in self._trees if PurePosixPath(file).parts[0] == RULES)

    def keys(self, file: str, key: str, *, optional: bool = False) -> NameSet:
        """The names that a file defines under this key."""
        if file not in self._trees:
            return NameSet(frozenset(), complete=file not in _REQUIRED)
        document = self._trees[file]
        if document is None:
            return NameSet(frozenset(), complete=False)
        absent = key not in document.mapping()
        is_mapping = isinstance(document.mapping().get(key), Entries)
        return NameSet(frozenset(document.mapping(key)), is_mapping or (absent and optional))

    def hubs(self) -> NameSet:
        """The ids of all hubs, such as `northfield/prod`."""
        found = (f"{key}/{hub}" for key, hub, _ in self._each_hub())
        return NameSet(frozenset(found), self.keys(COMMUNITIES, "communities").complete)

    def clusters(self) -> NameSet:
        """What the hubs say that they run on."""
        values = (fields.get("cluster") for _, _, fields in self._each_hub())
        found = (node.text for node in values if isinstance(node, Scalar) and node.text)
        return NameSet(frozenset(found), self.keys(COMMUNITIES, "communities").complete)

    def _each_hub(self) -> Iterator[tuple[str, str, dict[str, Node]]]:
        document = self._trees.get(COMMUNITIES)
        if document is None:
            return
        for community in document.mapping("communities"):
            path = ("communities", community, "hubs")
            for hub in document.mapping(*path):
                yield community, hub, document.mapping(*path, hub)

    def _tree(self, file: str, text: str) -> Document | None:
        found = read(file, text)
        if isinstance(found, Document):
            return found
        self._faults.add(found)
        return None

    def _note_stray(self, file: str) -> None:
        """A file that nothing reads is a name misspelt."""
        path = PurePosixPath(file)
        folder = path.parts[0]
        if file in _FILES or is_template(file) or (folder == RULES and path.suffix == ".yaml"):
            return
        if path.suffix == ".ics":  # the rotations say which of them they read
            return
        if path.suffix == ".yml":
            mend = f"call it {path.with_suffix('.yaml')}"
        elif len(path.parts) == 1:
            mend = did_you_mean(file, _FILES, every="possible here are")
        else:
            folders = {RULES, *TEMPLATES}
            mend = "" if folder in folders else did_you_mean(folder, folders, every="folders are")
        self._faults.add(Fault(file, 1, 1, "nothing reads this file", mend))
