"""What tests of the command line share: a small team's playbooks, and running a command."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from click.testing import CliRunner, Result

from supportbot.entrypoints.cli.root import cli

SHIPPED = Path(__file__).parents[2] / "playbooks"

PEOPLE = """\
people:
  noor: {name: Noor Haddad, slack: U0NOOR, time_zone: Europe/Berlin}
  pavel: {name: Pavel Horak, slack: U0PAVEL, time_zone: America/Toronto}
  quinn: {name: Quinn Abara, slack: U0QUINN, time_zone: Asia/Tokyo}
  mara: {name: Mara Lindqvist, slack: U0MARA, mail: mara@northfield.example}
  ghost: {name: Nobody's Address}
"""
COMMUNITIES = """\
communities:
  northfield:
    name: Northfield University
    representatives: mara
    mail_domains: northfield.example
    slack_channels: "#northfield-support"
    hubs:
      prod: {url: "https://hub.northfield.example", cluster: north-1}
"""
ROTATIONS = """\
rotations:
  first-line:
    people: [noor, pavel]
    swap_every: 1 week
    hand_off: Monday 09:00 Europe/Berlin
    starts: 2026-01-05
  second-line: {people: quinn, hours: Mon-Fri 09:00-17:00 Asia/Tokyo}
"""
ALWAYS_ON = ROTATIONS.replace(", hours: Mon-Fri 09:00-17:00 Asia/Tokyo", "")
SEVERITIES = """\
severities:
  P1:
    means: several people cannot work
    first_answer: 30 minutes
    github_issue: never
    escalate:
      - page: first-line
      - {page: second-line, after: 10 minutes}
  P3:
    means: one person is stuck
    first_answer: 24 working hours
    github_issue: never
    escalate: [{notify: first-line}]
"""
RULES = """\
rules:
  - rule: people cannot log in
    when: {text: [cannot log in, login fails]}
    then: {severity: P1, symptom: login, incident: yes}
  - rule: everything else
    then: {severity: P3}
"""
FILES = {
    "people.yaml": PEOPLE,
    "communities.yaml": COMMUNITIES,
    "rotations.yaml": ROTATIONS,
    "severities.yaml": SEVERITIES,
    "rules/10-rules.yaml": RULES,
}

# A Tuesday in the first turn of noor that began on Monday 2026-11-23.
TUESDAY = "2026-11-24T14:05Z"
OUTAGE = {
    "source": "slack",
    "channel": "#northfield-support",
    "user": "mara",
    "text": "Since 9 nobody gets in: login fails on hub.northfield.example",
    "at": TUESDAY,
}


def write_playbooks(folder: Path, **changed: str) -> Path:
    """The small team's playbooks in `folder`; `people="…"` puts another text in its place."""
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(changed.get(file.stem.removeprefix("10-"), text), encoding="utf-8")
    return folder


def write_message(folder: Path, message: object) -> Path:
    file = folder / "message.json"
    file.write_text(json.dumps(message), encoding="utf-8")
    return file


def run(*arguments: str | Path, stdin: str | bytes | None = None, **environment: str) -> Result:
    """Run a command in this process, in the present folder, under these settings alone."""
    clean = {name: None for name in os.environ if name.upper().startswith("SUPPORTBOT_")}
    settings = {f"SUPPORTBOT_{name}": value for name, value in environment.items()}
    runner = CliRunner(env={**clean, **settings})
    with _logging_kept():
        result = runner.invoke(cli, [str(each) for each in arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@contextmanager
def _logging_kept() -> Iterator[None]:
    """Commands set up logging for a process of their own; the other tests have theirs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
        structlog.reset_defaults()


def answer(*arguments: str | Path, stdin: str | None = None, **environment: str) -> Any:
    """What a command says with --json, which has to be all that it says."""
    result = run(*arguments, "--json", stdin=stdin, **environment)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return json.loads(result.stdout)


def python(
    *arguments: str, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Python as a user's shell would, in `folder`, without this process's settings."""
    clean = {k: v for k, v in os.environ.items() if not k.upper().startswith("SUPPORTBOT_")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**clean, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
