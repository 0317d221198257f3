"""`supportbot run`, the bot itself; and `supportbot demo`, the bot on a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from supportbot.entrypoints.cli.desk import database_url, settings_or_fault
from supportbot.entrypoints.cli.faults import BadInput, told_in_words

if TYPE_CHECKING:
    from supportbot.settings import GitHubSettings


_ROLES = ("listen", "intake", "timers", "deliveries")


@click.command(short_help="Run the desk until SIGTERM or Ctrl-C.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(_ROLES),
    help="Only this role, may be given again; others run elsewhere on the same Postgres.",
)
@click.pass_context
def run(ctx: click.Context, roles: tuple[str, ...]) -> None:
    """Run the desk, every role in one process or some of them, until SIGTERM or Ctrl-C."""
    from supportbot import logs
    from supportbot.settings import missing_to_run

    settings = settings_or_fault()
    missing = missing_to_run(settings)
    if missing:
        raise BadInput("\n".join(missing))
    url = database_url(settings)
    if roles and url.startswith("sqlite"):
        raise BadInput("--role is for several processes on one Postgres: on SQLite there is one.")
    if settings.github.repository is not None:
        _check_github_login(settings.github)
    from supportbot.adapters.web.faults import CannotListen
    from supportbot.entrypoints.run import run as run_until_stopped

    logs.configure(settings.log_format, settings.log_level)
    try:
        with told_in_words():
            ctx.exit(run_until_stopped(settings, roles or _ROLES))
    except CannotListen as error:
        raise BadInput(str(error)) from None


def _check_github_login(settings: GitHubSettings) -> None:
    from supportbot.bootstrap.parts import github_client

    try:
        github_client(settings).close()
    except ValueError as error:
        raise BadInput(f"SUPPORTBOT_GITHUB: {error}.") from None


@click.command(short_help="Show a request going through the desk; no credentials.")
@click.option("--keep", is_flag=True, help="Leave the sandbox running afterwards.")
@click.option("--no-colour", is_flag=True, help="Plain text, also on a terminal.")
@click.pass_context
def demo(ctx: click.Context, keep: bool, no_colour: bool) -> None:
    """Show a request going through the desk, on a local Slack and GitHub; needs no credentials."""
    from supportbot.sandbox.demo import main

    ctx.exit(main(keep=keep, colour=not no_colour))
