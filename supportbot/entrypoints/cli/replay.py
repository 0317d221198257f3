"""`supportbot replay`: what other playbooks would have made of past tickets."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from supportbot.application import replay as replaying
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.arguments import moment
from supportbot.entrypoints.cli.desk import open_desk
from supportbot.entrypoints.cli.faults import BadInput, faulty
from supportbot.entrypoints.cli.output import Json, print_json, print_text
from supportbot.entrypoints.cli.playbooks import (
    folder_or_setting,
    playbooks_option,
    read_files,
)
from supportbot.entrypoints.cli.replay_output import as_markdown, as_text, change_json

if TYPE_CHECKING:
    from supportbot.adapters.playbook_files.source import PlaybookFiles
    from supportbot.domain.policy.playbook import Playbooks

_SPAN = re.compile(r"(\d{1,4}) ?(h|d|w|hours?|days?|weeks?)")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Since(click.ParamType[datetime, str]):
    """An instant: `90d`, `12 weeks`, or ISO 8601 with Z or an offset."""

    name = "TIME"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        span = _SPAN.fullmatch(value.strip().casefold())
        if span is None:
            return moment(value, "--since")
        return datetime.now(UTC) - int(span[1]) * _UNITS[span[2][0]]


@click.command(short_help="What edited playbooks would have made of past tickets.")
@click.option(
    "--since", type=Since(), default="90d", show_default=True, help="How far back: 90d, or a time."
)
@click.option(
    "--against",
    metavar="REF|DIR",
    help="Compare with a git revision of the folder, or another folder; with what was decided then"
    " if left out.",
)
@click.option("--markdown", is_flag=True, help="Answer as the comment of a pull request.")
@json_option
@playbooks_option
def replay(
    since: datetime, against: str | None, markdown: bool, as_json: bool, folder: Path | None
) -> None:
    """Judge past tickets by the playbooks as they are now, and show only what changes.

    What differs is the severity, whether it is an incident, the owners, and the time of the first
    page, with the rule that decided before and after. Nothing that people wrote is shown.
    """
    if markdown and as_json:
        raise BadInput("--markdown and --json are two answers: choose one.")
    folder = folder_or_setting(folder)
    new = _parsed(read_files(folder))
    old = _parsed(_other(folder, against)) if against is not None else None
    with _uncollected():
        with open_desk() as context:
            decided = replaying.past(context, since)
            versions = replaying.versions(context, decided) if old is None else {}
        changed = replaying.replay(decided, new, versions if old is None else old)
    summary: dict[str, Any] = {
        "since": since.isoformat(timespec="seconds"),
        "tickets": len(decided),
        "old": old.version if old is not None else "as decided then",
        "new": new.version,
    }
    _say(summary, changed, markdown, as_json)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Past decisions hold no cycles, and stay: to look through them for garbage again and again
    takes a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _say(summary: Json, changed: list[replaying.Changed], markdown: bool, as_json: bool) -> None:
    if as_json:
        print_json({**summary, "changed": [change_json(one) for one in changed]})
    elif markdown:
        print_text(as_markdown(summary, changed))
    else:
        print_text(as_text(summary, changed))


def _parsed(files: PlaybookFiles) -> Playbooks:
    from supportbot.adapters.playbook_files.faults import PlaybookFaults
    from supportbot.adapters.playbook_files.loader import parse

    try:
        return parse(files)
    except PlaybookFaults as error:
        raise faulty(error) from None


def _other(folder: Path, against: str) -> PlaybookFiles:
    """Another folder, else a git revision of this one."""
    if Path(against).is_dir():
        return read_files(Path(against))
    from supportbot.adapters.playbook_files.faults import PlaybookFaults
    from supportbot.adapters.playbook_files.revision import NoRevision, read_revision

    try:
        return read_revision(folder, against)
    except NoRevision as error:
        short = against[:60]
        raise BadInput(f"--against: no folder {short!r}, and no revision: {error}.") from None
    except PlaybookFaults as error:
        raise faulty(error) from None
