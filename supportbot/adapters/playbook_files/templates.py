"""replies/ and issues/: the words that go out, with places for facts.

Every text has a default that ships with the program; a file of the same name replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from supportbot.adapters.playbook_files.faults import Fault, did_you_mean, quoted
from supportbot.adapters.playbook_files.place import Faults
from supportbot.domain.notices.template import (
    ALWAYS_KNOWN,
    ISSUE_FIELDS,
    PROMPT_FIELDS,
    REPLY_FIELDS,
    fields,
    split_titles,
)

REPLIES = "replies"
ISSUES = "issues"
PROMPTS = "prompts"
INCIDENT = "incident"
ANSWER = "answer"

TEMPLATES = (REPLIES, ISSUES, PROMPTS)

_FIELDS = {REPLIES: REPLY_FIELDS, ISSUES: ISSUE_FIELDS, PROMPTS: PROMPT_FIELDS}
_OF_EVERY_EVENT = frozenset({"event", "hub", "community", "when"})
_DEFAULTS = Path(__file__).parent / "defaults"


def default_templates(folder: str) -> dict[str, str]:
    """The texts that ship with the program, by their names."""
    found = sorted((_DEFAULTS / folder).glob("*.md"))
    return {path.stem: path.read_text(encoding="utf-8") for path in found}


def template_names(folder: str, files: Iterable[str]) -> set[str]:
    """The names of the texts of a folder, the defaults included."""
    paths = (PurePosixPath(file) for file in files if is_template(file))
    return {*default_templates(folder), *(p.stem for p in paths if p.parts[0] == folder)}


def is_template(file: str) -> bool:
    """Whether a file, by its name, is one of the texts."""
    path = PurePosixPath(file)
    in_folder = len(path.parts) == 2 and path.parts[0] in TEMPLATES
    return in_folder and path.suffix in (".md", ".txt")


def link_templates(
    folder: str, files: Mapping[str, str], used: Iterable[str] | None, faults: Faults
) -> dict[str, str]:
    """The texts of a folder by their names, the defaults included.

    `used` are the names that rules refer to, None where that cannot be known: a file that is
    neither used nor the replacement of a default has its name misspelt.
    """
    found = default_templates(folder)
    expected = None if used is None else {*found, *used}
    written: dict[str, str] = {}
    for file, text in files.items():
        path = PurePosixPath(file)
        if path.parts[0] != folder or not is_template(file):
            continue
        if path.stem in written:
            faults.add(Fault(file, 1, 1, f"{written[path.stem]} is the same text", "keep one"))
        elif expected is not None and path.stem not in expected:
            message = f"nothing uses a text called {quoted(path.stem)}"
            faults.add(Fault(file, 1, 1, message, did_you_mean(path.stem, expected)))
        written[path.stem] = file
        found[path.stem] = text
        _check(file, text, faults)
    return found


def _check(file: str, text: str, faults: Faults) -> None:
    folder, stem = PurePosixPath(file).parts[0], PurePosixPath(file).stem
    allowed = _FIELDS[folder]
    for field in sorted(fields(text) - allowed):
        line, column = _position(text, "{" + field + "}")
        mend = did_you_mean(field, allowed, every="possible are")
        faults.add(Fault(file, line, column, f"unknown field {quoted(field)}", mend))
    certain = ALWAYS_KNOWN | ({ANSWER} if stem == ANSWER else frozenset())
    if folder == PROMPTS:
        certain = _OF_EVERY_EVENT
    if not any(line.strip() and fields(line) <= certain for line in text.split("\n")):
        mend = "add a line without fields, or with {reference} alone"
        faults.add(Fault(file, 1, 1, "nothing of this text may be left to send", mend))
    if stem == ANSWER and folder == REPLIES and ANSWER not in fields(text):
        faults.add(Fault(file, 1, 1, "the answer itself is missing", "add a line with {answer}"))
    if stem == INCIDENT and folder == ISSUES:
        _check_titles(file, text, faults)


def _check_titles(file: str, text: str, faults: Faults) -> None:
    titles, _ = split_titles(text)
    if not titles:
        mend = "begin with a line such as `# {severity}: {symptom} ({reference})`"
        faults.add(Fault(file, 1, 1, "the issue has no title", mend))
    elif not fields(titles[-1]) <= ALWAYS_KNOWN:
        line = text[: text.index(titles[-1])].count("\n") + 1
        mend = "add below it a title with {severity} and {reference} at most"
        faults.add(Fault(file, line, 1, "this title may have nothing to say", mend))


def _position(text: str, piece: str) -> tuple[int, int]:
    before = text[: max(text.find(piece), 0)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
