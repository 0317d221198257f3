"""A small folder of playbooks without a fault, to which tests make theirs."""

from __future__ import annotations

from supportbot.adapters.playbook_files.faults import PlaybookFaults
from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.source import PlaybookFiles
from supportbot.domain.policy.playbook import Playbooks

BASE = {
    "people.yaml": """\
people:
  ines: {slack: U0INES}
  tomasz: {slack: U0TOMASZ}
  mara: {mail: mara@northfield.example}
roles:
  manager: ines
""",
    "communities.yaml": """\
communities:
  northfield:
    hubs:
      prod: {url: "https://hub.northfield.example", cluster: north-1}
  lakeside:
    hubs:
      prod: {url: "https://db.lakeside.example", cluster: north-1}
      lab: {url: "https://lab.lakeside.example", cluster: north-2}
""",
    "rotations.yaml": """\
rotations:
  first-line: {people: [ines, tomasz], swap_every: 1 week, hand_off: Monday 09:00 UTC}
""",
    "severities.yaml": """\
severities:
  P1: {means: it is bad, escalate: [page: first-line]}
  P2: {means: it is not, escalate: [notify: first-line]}
""",
    "rules/10-rules.yaml": """\
rules:
  - rule: everything else
    then: {severity: P2}
""",
}


def loaded(**files: str) -> Playbooks:
    """The playbooks of the small folder with these files instead, as in `people="…"`."""
    return parse(PlaybookFiles.of({**BASE, **{_file(key): text for key, text in files.items()}}))


def loaded_from(files: dict[str, str]) -> Playbooks:
    return parse(PlaybookFiles.of(files))


def faults_in(file: str, text: str) -> list[str]:
    """What is wrong with the small folder when one file is this."""
    return faults_of({**BASE, file: text})


def faults_of(files: dict[str, str]) -> list[str]:
    try:
        parse(PlaybookFiles.of(files))
    except PlaybookFaults as error:
        return [str(fault) for fault in error.faults]
    return []


def with_rule(*lines: str) -> str:
    """A file of rules: the one of these lines (from line 3 on), then the last."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"rules:\n  - rule: it\n{body}  - {{rule: everything else, then: {{severity: P2}}}}\n"


def _file(key: str) -> str:
    return "rules/10-rules.yaml" if key == "rules" else f"{key}.yaml"
