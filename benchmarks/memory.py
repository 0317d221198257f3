"""What `supportbot run` holds while nothing happens, beside Python and the libraries alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.due_data import PLAYBOOKS
from benchmarks.measure import utc_now
from supportbot.sandbox.github import LocalGitHub
from supportbot.sandbox.slack.local import LocalSlack
from supportbot.sandbox.stage import REPOSITORY, Scenery, open_scenery
from supportbot.settings import PREFIX

# Long enough for the first housekeeping, which comes after 15 s.
_SETTLED_AFTER = 20.0
_PATIENCE = 30.0
_WAIT_FOR_END = "import sys; print(flush=True); sys.stdin.read()"
_LIBRARIES = "import github, slack_bolt, sqlalchemy"


@dataclass(frozen=True, slots=True)
class Held:
    """Megabytes (of 1,000,000 bytes): resident, and with shared pages divided among their users."""

    rss: float
    pss: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Of each process after it has settled; `worked` is ours after a ticket with its issue."""

    idle: Held
    worked: Held
    python: Held
    libraries: Held


def measure(folder: Path) -> Memory:
    """With Slack and GitHub in this process, and everything that is measured in its own."""
    with (
        open_scenery(
            folder, PLAYBOOKS, utc_now(), slack=LocalSlack(), github=LocalGitHub()
        ) as scenery,
        _running(folder, scenery) as bot,
    ):
        scenery.slack.wait_until(scenery.slack.connections, _PATIENCE)
        time.sleep(_SETTLED_AFTER)
        idle = held(bot.pid)
        _have_a_ticket(scenery)
        time.sleep(_SETTLED_AFTER)
        worked = held(bot.pid)
    return Memory(
        idle, worked, _of_python(_WAIT_FOR_END), _of_python(f"{_LIBRARIES}; {_WAIT_FOR_END}")
    )


def held(process: int) -> Held:
    """https://docs.kernel.org/filesystems/proc.html, smaps_rollup."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    kilobytes = {
        name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)
    }
    return Held(kilobytes["Rss"] * 1024 / 1e6, kilobytes["Pss"] * 1024 / 1e6)


@contextmanager
def _running(folder: Path, scenery: Scenery) -> Iterator[subprocess.Popen[bytes]]:
    command = Path(sys.executable).with_name("supportbot")
    environment = _environment(folder, scenery)
    # Migrations are not what a desk does all day, and load a library of their own.
    upgrade: list[str | Path] = [command, "db", "upgrade"]
    subprocess.run(upgrade, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    with (folder / "run.log").open("wb") as log:
        process = subprocess.Popen([command, "run"], cwd=folder, env=environment, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(_PATIENCE)


def _environment(folder: Path, scenery: Scenery) -> Mapping[str, str]:
    settings = scenery.settings
    slack, github = settings.slack, settings.github
    given = {
        "PLAYBOOKS": str(settings.playbooks),
        "DATABASE": settings.database.get_secret_value(),
        "SLACK__BOT_TOKEN": scenery.slack.bot_token,
        "SLACK__APP_TOKEN": scenery.slack.app_token,
        "SLACK__TEAM_CHANNEL": slack.team_channel,
        "SLACK__API_URL": slack.api_url,
        "GITHUB__REPOSITORY": REPOSITORY,
        "GITHUB__TOKEN": github.token.get_secret_value() if github.token else "",
        "GITHUB__API_URL": github.api_url,
    }
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(_without_rich(folder)),
        **{f"{PREFIX}{name}": value for name, value in given.items()},
    }


def _without_rich(folder: Path) -> Path:
    """A folder for the path on which `rich` is missing, as it is where nothing but the runtime
    requirements is installed: it comes with the tools, and structlog loads it where it finds it."""
    hidden = folder / "hidden"
    hidden.mkdir()
    (hidden / "rich.py").write_text("raise ImportError('not in requirements/runtime.txt')\n")
    return hidden


def _have_a_ticket(scenery: Scenery) -> None:
    """A class cannot work: a ticket, pages, an issue."""
    mara = scenery.people["mara"]
    mara.say("#northfield-support", "Nobody can open notebooks: hub.northfield.example says 503")
    if not scenery.github.wait_until(lambda github: bool(github.issues(REPOSITORY)), _PATIENCE):
        raise RuntimeError("no issue in time")


def _of_python(program: str) -> Held:
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        return held(process.pid)
