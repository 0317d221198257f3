"""`supportbot slack manifest`: what Slack has to be told of the app."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.faults import BadInput
from supportbot.entrypoints.cli.output import print_json

_HOW = """\
To connect a workspace: at https://api.slack.com/apps choose "Create New App", then "From a
manifest", and paste what stands on standard output. Then:
  1. "Install to Workspace", and set SUPPORTBOT_SLACK__BOT_TOKEN to the Bot User OAuth Token;
  2. under "Basic Information", {second};
  3. invite the bot to the team's channel and to every support channel: /invite @supportbot
Then `supportbot doctor` says whether all is well."""

_BY_SOCKET = """\
"App-Level Tokens": generate one with the scope connections:write,
     and set SUPPORTBOT_SLACK__APP_TOKEN to it"""
_BY_HTTP = """\
"App Credentials": set SUPPORTBOT_SLACK__SIGNING_SECRET to the
     Signing Secret, SUPPORTBOT_SLACK__TRANSPORT to http, and SUPPORTBOT_HTTP__LISTEN to where the
     bot listens; start it, and have Slack verify {url}"""


@click.group()
def slack() -> None:
    """The app at Slack."""


def _request_url(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """The address that Slack posts to, from the address at which the bot is reached."""
    if value is None:
        return None
    from supportbot.adapters.slack.manifest import REQUEST_PATH

    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise BadInput("--url: give the address at which Slack reaches the bot: https://…")
    return value.rstrip("/").removesuffix(REQUEST_PATH) + REQUEST_PATH


@slack.command(short_help="The manifest to create the Slack app from.")
@click.option(
    "--url",
    "request_url",
    callback=_request_url,
    metavar="HTTPS_URL",
    help="Where Slack reaches the bot; without it, the bot reaches Slack (Socket Mode).",
)
@json_option
def manifest(request_url: str | None, as_json: bool) -> None:
    """The manifest to create the Slack app from, in JSON; what to do with it follows on stderr."""
    from supportbot.adapters.slack.manifest import manifest as made

    print_json(made(request_url))
    if not as_json:
        second = _BY_HTTP.format(url=request_url) if request_url else _BY_SOCKET
        click.echo(f"\n{_HOW.format(second=second)}", err=True)
