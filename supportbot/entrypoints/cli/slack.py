"""`supportbot slack manifest`: what Slack has to be told of the app."""

from __future__ import annotations

import click

from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.output import print_json

_HOW = """\
To connect a workspace: at https://api.slack.com/apps choose "Create New App", then "From a
manifest", and paste what stands on standard output. Then:
  1. "Install to Workspace", and set SUPPORTBOT_SLACK__BOT_TOKEN to the Bot User OAuth Token;
  2. under "Basic Information", "App-Level Tokens": generate one with the scope connections:write,
     and set SUPPORTBOT_SLACK__APP_TOKEN to it;
  3. invite the bot to the team's channel and to every support channel: /invite @supportbot
Then `supportbot doctor` says whether all is well."""


@click.group()
def slack() -> None:
    """The app at Slack."""


@slack.command(short_help="The manifest to create the Slack app from.")
@json_option
def manifest(as_json: bool) -> None:
    """The manifest to create the Slack app from, in JSON; what to do with it follows on stderr."""
    from supportbot.adapters.slack.manifest import manifest as made

    print_json(made())
    if not as_json:
        click.echo(f"\n{_HOW}", err=True)
