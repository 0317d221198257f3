"""Where in the files a finding stands: what is known of the values alone, shown as a fault is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from supportbot.adapters.playbook_files.documents import PEOPLE, ROTATIONS, SEVERITIES
from supportbot.adapters.playbook_files.faults import Fault
from supportbot.adapters.playbook_files.source import PlaybookFiles
from supportbot.adapters.playbook_files.tree import Document, Entries, Items, Mark, Node, read
from supportbot.domain.policy.lint import Finding, Path
from supportbot.domain.triage.rule import Where

_FILES = {"people": PEOPLE, "roles": PEOPLE, "rotations": ROTATIONS, "severities": SEVERITIES}
_TOP = Mark(1, 1)


def placed(found: Iterable[Finding], files: PlaybookFiles) -> tuple[Fault, ...]:
    """The findings with file, line and column, in the order of the files, each once."""

    @cache
    def document(file: str) -> Document | None:
        tree = read(file, files.files[file]) if file in files.files else None
        return tree if isinstance(tree, Document) else None

    def mark(path: Path) -> tuple[str, Mark]:
        file = _FILES[str(path[0])]
        tree = document(file)
        if tree is None:
            return file, _TOP
        if isinstance(path[-1], str):
            return file, tree.key_mark(path)
        return file, tree.find((*path[:-1], _among_waits(tree, path[:-1], path[-1]))).mark

    def one(finding: Finding) -> Fault:
        if isinstance(finding.at, Where):
            place = Mark(finding.at.line, 1)
            file = finding.at.file
        else:
            file, place = mark(finding.at)
        return Fault(file, place.line, place.column, finding.message, finding.mend)

    return tuple(sorted({one(finding) for finding in found}))


def _among_waits(tree: Document, steps: Path, number: int) -> int:
    """The place in the file of the step of this number: the waits between have none."""
    listed = tree.find(steps)
    items = listed.items if isinstance(listed, Items) else ()
    calling = [n for n, one in enumerate(items) if not _waits(one)]
    return calling[number] if number < len(calling) else number


def _waits(step: Node) -> bool:
    return isinstance(step, Entries) and "wait" in step.keys
