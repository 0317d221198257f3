"""`supportbot doctor`: is everything there that the desk needs, and if not, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.doctor_checks import (
    Check,
    database_check,
    github_checks,
    mail_checks,
    playbooks_check,
    slack_checks,
    webhook_checks,
)
from supportbot.entrypoints.cli.output import print_json, shown


@click.command(short_help="Is everything there, and if not, what to do?")
@click.option("--offline", is_flag=True, help="Ask nobody outside.")
@json_option
@click.pass_context
def doctor(ctx: click.Context, offline: bool, as_json: bool) -> None:
    """Look at settings, database, playbooks, Slack, GitHub and mail, and say what to mend.

    The status is 1 when anything is wrong. Changes nothing.
    """
    found: list[Check] = []
    for check in _checks(offline):
        found.append(check)
        if not as_json:
            click.echo(_line(check))
    sound = all(check.ok for check in found)
    if as_json:
        print_json({"ok": sound, "checks": [asdict(check) for check in found]})
    ctx.exit(0 if sound else 1)


def _line(check: Check) -> str:
    mark = click.style("ok   ", fg="green") if check.ok else click.style("wrong", fg="red")
    return f"{mark}  {check.what}: {shown(check.says)}"


def _checks(offline: bool) -> Iterator[Check]:
    from supportbot.settings import SettingsFault, load_settings, missing_to_run

    try:
        settings = load_settings()
    except SettingsFault as error:
        yield from (Check("settings", ok=False, says=fault) for fault in error.faults)
        return
    missing = missing_to_run(settings)
    yield from (Check("settings", ok=False, says=fault) for fault in missing)
    if not missing:
        yield Check("settings", ok=True, says="nothing is missing")
    yield database_check(settings.database.get_secret_value())
    yield playbooks_check(settings.playbooks)
    yield from webhook_checks(settings)
    if not offline:
        yield from slack_checks(settings.slack)
        yield from github_checks(settings.github)
        yield from mail_checks(settings)
