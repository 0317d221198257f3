"""What commands take: moments, references, texts and files, each refused with its mend."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import click

from supportbot.adapters.playbook_files.faults import Unreadable
from supportbot.adapters.playbook_files.words import delay
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.ticket.ticket import number_of
from supportbot.entrypoints.cli.faults import BadInput

LARGEST_INPUT = 1024 * 1024
_LONGEST_REFERENCE = len("SUP-") + 9
_YEARS = range(2000, 2101)


class Moment(click.ParamType[datetime, str]):
    """An instant, in UTC, from ISO 8601 with Z or an offset."""

    name = "TIME"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        return moment(value, param.opts[0] if param else "the time")


class Day(click.ParamType[date, str]):
    """A day of the calendar."""

    name = "DAY"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> date:
        name = param.opts[0] if param else "the day"
        try:
            found = date.fromisoformat(value.strip())
        except ValueError:
            raise BadInput(f"{name}: {value[:40]!r} is no day: write 2026-11-24.") from None
        if found.year not in _YEARS:
            raise BadInput(f"{name}: the year {found.year} is not meant, surely: check it.")
        return found


class Ticket(click.ParamType[int, str]):
    """The number in a reference such as SUP-42."""

    name = "TICKET"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number = ticket_number(value)
        if number is None:
            raise BadInput(f"{value[:40]!r} is no ticket: write its reference, such as SUP-42.")
        return number


class Duration(click.ParamType[Delay, str]):
    """A length of time as in the playbooks, such as `3 hours` or `1 working day`."""

    name = "TIME"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Delay:
        try:
            return delay(value)
        except Unreadable as error:
            name = param.opts[0] if param else "the time"
            raise BadInput(f"{name}: {error.message}: {error.mend}.") from None


def moment(value: str, name: str) -> datetime:
    """The instant (UTC) of an ISO 8601 text. Raises BadInput, also for a time without a zone."""
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        example = "2026-11-24T14:05Z or 2026-11-24T15:05+01:00"
        raise BadInput(f"{name}: {value[:40]!r} is no time: write {example}.") from None
    if found.tzinfo is None:
        mend = "add Z for UTC, or an offset such as +01:00"
        raise BadInput(f"{name}: {value!r} does not say in which zone: {mend}.")
    if found.year not in _YEARS:
        raise BadInput(f"{name}: the year {found.year} is not meant, surely: check it.")
    return found.astimezone(UTC)


def ticket_number(value: str) -> int | None:
    """The number in a reference such as SUP-42, or None."""
    return number_of(value) if len(value) <= _LONGEST_REFERENCE else None


def text_or_stdin(value: str) -> str:
    """The text itself, or what comes in where `-` stands for it."""
    return decoded(read_input("-"), "the text") if value == "-" else value


def read_input(name: str) -> bytes:
    """A file of at most 1 MB, or standard input where the name is `-`."""
    try:
        if name == "-":
            content = sys.stdin.buffer.read(LARGEST_INPUT + 1)
        else:
            content = _read_file(Path(name))
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror or error}.") from None
    if len(content) > LARGEST_INPUT:
        raise BadInput(f"{name} is larger than 1 MB: nothing that people write is.")
    return content


def decoded(content: bytes, name: str) -> str:
    """UTF-8 text. Raises BadInput."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{name} is not UTF-8 text: save it as UTF-8.") from None


def _read_file(path: Path) -> bytes:
    # A pipe somebody forgot to fill would keep us waiting for ever: `-` is for those.
    if path.exists() and not path.is_file():
        raise BadInput(f"{path} is not a file; standard input is `-`.")
    with path.open("rb") as file:
        return file.read(LARGEST_INPUT + 1)


as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")
at_option = click.option(
    "--at", type=Moment(), help="When, in ISO 8601 with Z or an offset; now if left out."
)
ticket_argument = click.argument("ticket", type=Ticket())
