"""What people read when a command cannot do what they ask: one clear line and a status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from supportbot.adapters.playbook_files.faults import PlaybookFaults

_SHOWN = 10


class BadInput(click.ClickException):
    """The command was given something it cannot use; the message names the mend. Status 2."""

    exit_code = 2


class No(click.ClickException):
    """The answer is no, or what is needed is not there. Status 1."""

    exit_code = 1


def nearest(wrong: str, right: list[str], what: str) -> str:
    """`did you mean first-line?`, or all there are: `rotations are a, b`."""
    by_fold = {name.casefold(): name for name in right}
    near = get_close_matches(wrong.casefold(), by_fold, n=1)
    if near:
        return f"did you mean {by_fold[near[0]]}?"
    return f"{what} are {', '.join(right)}" if right else f"there are no {what}"


def faulty(error: PlaybookFaults) -> No:
    """The first faults of the playbooks, one a line."""
    lines = [str(fault) for fault in error.faults[:_SHOWN]]
    if len(error.faults) > _SHOWN:
        lines.append(f"… and {len(error.faults) - _SHOWN} more: see `supportbot check`")
    return No("the playbooks have faults:\n" + "\n".join(lines))


@contextmanager
def told_in_words() -> Iterator[None]:
    """Turn what may be wrong with the playbooks and the database into lines for people."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    from supportbot.adapters.db.store import AlreadyRunning, NotMigrated
    from supportbot.adapters.playbook_files.faults import PlaybookFaults

    try:
        yield
    except PlaybookFaults as error:
        raise faulty(error) from None
    except (AlreadyRunning, NotMigrated) as error:
        raise No(f"{error}.") from None
    except DBAPIError as error:
        raise No(_does_not_work(error.orig)) from None
    except (SQLAlchemyError, OSError) as error:
        raise No(_does_not_work(error)) from None


def _does_not_work(error: object) -> str:
    why = next(iter(str(error).splitlines()), type(error).__name__).rstrip(". ")
    return f"the database does not work: {why}. See SUPPORTBOT_DATABASE and `supportbot doctor`."
