"""The root of the command line, which loads a command's module when that command is asked for."""

from __future__ import annotations

from importlib import import_module

import click

from supportbot import __version__

# The command and the module beside this one that has it under the same name, as --help lists them.
_MODULES = {
    "run": "running",
    "demo": "running",
    "check": "check",
    "test": "playbook_tests",
    "schema": "schema",
    "explain": "explain",
    "simulate": "simulate",
    "replay": "replay",
    "rules": "rules",
    "problems": "problems",
    "oncall": "oncall",
    "load": "load",
    "drill": "drill",
    "rota": "rota",
    "cover": "cover",
    "shift": "shift",
    "tickets": "tickets",
    "events": "events",
    "changes": "changes",
    "communities": "communities",
    "deliveries": "deliveries",
    "parked": "parked",
    "quarantine": "quarantine",
    "db": "database",
    "backup": "database",
    "prune": "prune",
    "mail": "mail",
    "slack": "slack",
    "doctor": "doctor",
}


class LazyGroup(click.Group):
    """Knows its commands by name and imports none of them before it must."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"{__package__}.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as unknown:
            name = unknown.command_name
            raise click.NoSuchCommand(name, possibilities=_MODULES, ctx=ctx) from None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="supportbot %(version)s")
def cli() -> None:
    """A support desk that runs a team's playbooks over Slack and GitHub.

    Settings are environment variables that begin with SUPPORTBOT_, or stand in a file called .env.
    """
