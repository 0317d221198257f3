"""What `supportbot doctor` looks at. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supportbot.settings import GitHubSettings, Settings, SlackSettings


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: whether it is well, and what was seen, or what mends it."""

    what: str
    ok: bool
    says: str


def database_check(url: str) -> Check:
    """Whether the database is there, and has the tables of this version. Makes nothing."""
    from sqlalchemy.exc import SQLAlchemyError

    from supportbot.adapters.db import migrate, sqlite
    from supportbot.adapters.db.urls import parse_url

    try:
        target = parse_url(url)
        is_file = target.get_backend_name() == "sqlite"
        # Only to connect would make the file.
        if is_file and not sqlite.path_of(target).exists():
            return Check("database", ok=True, says=f"{target.database} is made at the first start")
        pending = migrate.pending(url)
    except (SQLAlchemyError, OSError, ValueError) as error:
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        return Check("database", ok=False, says=f"{why}. Look at SUPPORTBOT_DATABASE")
    if pending and not is_file:
        return Check("database", ok=False, says="it lacks migrations: run `supportbot db upgrade`")
    then = "reachable; it is migrated at the next start" if pending else "reachable and migrated"
    return Check("database", ok=True, says=then)


def playbooks_check(folder: Path) -> Check:
    """Whether the playbooks are sound."""
    from supportbot.adapters.playbook_files.faults import PlaybookFaults
    from supportbot.adapters.playbook_files.loader import parse
    from supportbot.adapters.playbook_files.source import read_playbooks

    try:
        playbooks = parse(read_playbooks(folder))
    except PlaybookFaults as error:
        more = f" (and {len(error.faults) - 1} more)" if len(error.faults) > 1 else ""
        says = f"{error.faults[0]}{more}: see `supportbot check`"
        return Check("playbooks", ok=False, says=says)
    except OSError as error:
        return Check("playbooks", ok=False, says=f"{folder}: {error.strerror or error}")
    return Check("playbooks", ok=True, says=f"sound, version {playbooks.version}")


def webhook_checks(settings: Settings) -> Iterator[Check]:
    """Whether every paging service that the playbooks name has an address."""
    from supportbot.adapters.playbook_files.faults import PlaybookFaults
    from supportbot.adapters.playbook_files.loader import parse
    from supportbot.adapters.playbook_files.source import read_playbooks
    from supportbot.adapters.webhook.sender import setting_of

    try:
        playbooks = parse(read_playbooks(settings.playbooks))
    except (PlaybookFaults, OSError):
        return  # told as such
    each = (*playbooks.severities.values(), *playbooks.ready_severities.values())
    named = (t.name for terms in each for t in terms.targets() if t.kind == "webhook")
    for name in sorted(set(named)):
        variable = f"SUPPORTBOT_WEBHOOKS__{setting_of(name).upper()}__URL"
        known = setting_of(name) in settings.webhooks
        says = "has an address" if known else f"{variable} is missing: where its pages go"
        yield Check(f"webhook {name}", ok=known, says=says)


def slack_checks(settings: SlackSettings) -> Iterator[Check]:
    """The tokens that are set, their scopes, and the team's channel."""
    over_http = settings.transport == "http"
    if settings.bot_token is None or (settings.app_token is None and not over_http):
        return  # missing settings are told as such
    from supportbot.adapters.slack.checks import check_tokens
    from supportbot.adapters.slack.client import web_client

    client = web_client(settings.bot_token.get_secret_value(), settings.api_url)
    app_token = None
    if settings.app_token is not None and not over_http:
        app_token = settings.app_token.get_secret_value()
    for found in check_tokens(client, app_token, settings.team_channel):
        yield Check(found.what, found.ok, found.says)


def github_checks(settings: GitHubSettings) -> Iterator[Check]:
    """What the token or App may do in the repository."""
    if settings.repository is None:
        yield Check("GitHub", ok=True, says="not connected: no issues are opened")
        return
    if settings.token is None and settings.private_key is None:
        return  # missing settings are told as such
    from supportbot.adapters.github.errors import failure
    from supportbot.bootstrap.parts import github_client

    try:
        client = github_client(settings)
    except ValueError as error:
        yield Check("GitHub", ok=False, says=str(error))
        return
    try:
        rights = client.rights(settings.repository)
    except Exception as error:  # whatever the library makes of an answer; `failure` sorts it all
        yield Check("GitHub", ok=False, says=failure(error, attempt=1).reason)
        return
    finally:
        client.close()
    problems = list(rights.problems())
    yield from (Check("GitHub", ok=False, says=problem) for problem in problems)
    if not problems:
        yield Check("GitHub", ok=True, says=f"{rights.login} may open issues in {rights.repo}")


def mail_checks(settings: Settings) -> Iterator[Check]:
    """Whether the mailbox opens, and the relay would take our mail."""
    from supportbot.adapters.mail.checks import check_mailbox
    from supportbot.adapters.mail.errors import RelayFault
    from supportbot.adapters.mail.mailbox_address import MailboxFault
    from supportbot.adapters.mail.relay_check import check_relay
    from supportbot.bootstrap import parts

    mailbox, relay = parts.mailbox_address(settings), parts.relay_address(settings)
    if mailbox is None:
        yield Check("mailbox", ok=True, says="not connected: mail comes by `mail deliver`, or none")
    elif mailbox.user and mailbox.password:
        yield _told("mailbox", lambda: check_mailbox(mailbox), MailboxFault)
    if relay is None:
        yield Check("relay", ok=True, says="not connected: no mail is sent")
    elif settings.mail.address is not None:
        own = parts.own_address(settings)
        yield _told("relay", lambda: check_relay(relay, own), RelayFault)


def _told(what: str, look: Callable[[], str], fault: type[Exception]) -> Check:
    try:
        return Check(what, ok=True, says=look())
    except fault as error:
        return Check(what, ok=False, says=str(error))
