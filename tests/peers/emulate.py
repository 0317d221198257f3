"""Slack and GitHub at the wire: npm's `emulate` (Apache-2.0), a peer that did not grow up with us.

Fixture `emulate`: an `Emulate` with addresses, tokens and ids. Each worker of pytest-xdist has one
server for the session; before each test it goes back to the seed, so whatever a test wrote is gone
(and ids of channels and users are new: take them from the fixture, never keep them).

Slack: a workspace with the people in `SLACK_USERS` and the channels `support` and `team`; the bot
is a member of both; scopes are strict and are those in `SLACK_BOT_SCOPES`. GitHub: organisation
`northfield-ops`, repository `incidents`, the users in `GITHUB_USERS`, labels only as created, an
App installed on the organisation (pass PyGithub `token_permissions`).

    bot = WebClient(emulate.slack_bot_token, base_url=emulate.slack_base_url, retry_handlers=[])
    bot.chat_postMessage(channel=emulate.slack_channels["support"], text="hello")
    auth = Auth.Token(emulate.github_token)
    with Github(auth=auth, base_url=emulate.github_base_url, retry=None) as client:
        client.get_repo(emulate.github_repo).create_issue("title")

It has no usergroups, Socket Mode, interactivity, Block Kit checks, limits of rate or length.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from slack_sdk import WebClient

from tests.peers.install_node_peers import HERE, NODE_HOME
from tests.peers.wanting import skip_for_want_of

SLACK_USERS = ("mara", "ines")
SLACK_CHANNELS = ("support", "team")
SLACK_BOT = "supportbot"
SLACK_BOT_TOKEN = "xoxb-emulate-supportbot"
SLACK_SIGNING_SECRET = "emulate-signing-secret"
SLACK_BOT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
    "users:read.email",
)
GITHUB_USERS = ("supportbot-machine", "jonas", "amina")
GITHUB_TOKEN = "ghp_emulate_supportbot"
GITHUB_REPO = "northfield-ops/incidents"
GITHUB_APP_ID = 4242
GITHUB_INSTALLATION_ID = 1001


@dataclass(frozen=True, slots=True)
class Emulate:
    """Where the two services are and who may speak there; names map to ids without `#` or `@`."""

    slack_base_url: str
    """Ends in `/api/`, as slack_sdk wants it."""
    slack_bot_token: str
    slack_user_tokens: Mapping[str, str]
    slack_signing_secret: str
    slack_team_id: str
    slack_bot_user_id: str
    slack_users: Mapping[str, str]
    slack_channels: Mapping[str, str]
    github_base_url: str
    """On `localhost`, not 127.0.0.1: PyGithub only follows links to the host it was given."""
    github_token: str
    github_login: str
    github_users: tuple[str, ...]
    github_repo: str
    github_app_id: int
    github_installation_id: int
    github_app_private_key: str


def _user_token(name: str) -> str:
    return f"xoxp-emulate-{name}"


def seed() -> dict[str, Any]:
    """What stands in both services at the start of every test, in emulate's own terms."""
    owner, repo = GITHUB_REPO.split("/")
    permissions = {"issues": "write", "metadata": "read"}
    return {
        "tokens": {GITHUB_TOKEN: {"login": GITHUB_USERS[0], "scopes": ["repo", "user"]}},
        "slack": {
            "team": {"name": "Northfield", "domain": "northfield"},
            "users": [{"name": name} for name in SLACK_USERS],
            "channels": [{"name": name} for name in SLACK_CHANNELS],
            "oauth_apps": [
                {
                    "client_id": "1.1",
                    "client_secret": "unused",
                    "app_id": "A0SUPPORT",
                    "name": SLACK_BOT,
                    "bot_name": SLACK_BOT,
                    "bot_id": "B0SUPPORT",
                    "bot_user_id": "U0SUPPORT",
                    "redirect_uris": [],
                    "scopes": SLACK_BOT_SCOPES,
                }
            ],
            "tokens": [
                {
                    "token": SLACK_BOT_TOKEN,
                    "type": "bot",
                    "user_id": "U0SUPPORT",
                    "bot_user_id": "U0SUPPORT",
                    "bot_id": "B0SUPPORT",
                    "app_id": "A0SUPPORT",
                    "scopes": SLACK_BOT_SCOPES,
                },
                *({"token": _user_token(name), "user": name} for name in SLACK_USERS),
            ],
            "signing_secret": SLACK_SIGNING_SECRET,
            "strict_scopes": True,
        },
        "github": {
            "users": [{"login": login} for login in GITHUB_USERS],
            "orgs": [
                {
                    "login": owner,
                    "members": [{"login": login, "role": "admin"} for login in GITHUB_USERS],
                }
            ],
            "repos": [{"owner": owner, "name": repo, "private": True}],
            "apps": [
                {
                    "app_id": GITHUB_APP_ID,
                    "slug": "supportbot",
                    "name": "supportbot",
                    "permissions": permissions,
                    "installations": [
                        {"installation_id": GITHUB_INSTALLATION_ID, "account": owner}
                    ],
                }
            ],
        },
    }


@dataclass(frozen=True, slots=True)
class _Server:
    stdin: IO[str]
    stdout: IO[str]
    addresses: Mapping[str, str]

    def reset(self) -> None:
        _say(self.stdin, "reset")
        assert json.loads(self.stdout.readline()) == {"reset": True}


def _say(stdin: IO[str], line: str) -> None:
    stdin.write(line + "\n")
    stdin.flush()


@contextmanager
def _running_emulate(log: Path) -> Iterator[_Server]:
    command = [str(NODE_HOME / "bin" / "node"), str(HERE / "emulate_server.mjs")]
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        _say(process.stdin, json.dumps(seed()))
        answer = process.stdout.readline()
        assert answer, f"emulate did not start: {log.read_text()}"
        yield _Server(process.stdin, process.stdout, json.loads(answer))
        # Leaving closes its stdin, which ends it.


@pytest.fixture(scope="session")
def _emulate_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Server]:
    if not (HERE / "node_modules" / "emulate").is_dir():
        skip_for_want_of("emulate", "make setup-test (with the npm registry in reach)")
    with _running_emulate(tmp_path_factory.mktemp("emulate") / "stderr") as server:
        yield server


@pytest.fixture
def emulate(_emulate_server: _Server) -> Emulate:
    _emulate_server.reset()
    slack_base_url = _emulate_server.addresses["slack"] + "/api/"
    bot = WebClient(SLACK_BOT_TOKEN, base_url=slack_base_url, retry_handlers=[])
    channels = {
        channel["name"]: channel["id"]
        for channel in bot.conversations_list()["channels"]
        if channel["name"] in SLACK_CHANNELS
    }
    for channel in channels.values():
        bot.conversations_join(channel=channel)
    users = {user["name"]: user["id"] for user in bot.users_list()["members"]}
    who = bot.auth_test()
    return Emulate(
        slack_base_url=slack_base_url,
        slack_bot_token=SLACK_BOT_TOKEN,
        slack_user_tokens={name: _user_token(name) for name in SLACK_USERS},
        slack_signing_secret=SLACK_SIGNING_SECRET,
        slack_team_id=str(who["team_id"]),
        slack_bot_user_id=str(who["user_id"]),
        slack_users={name: users[name] for name in SLACK_USERS},
        slack_channels=channels,
        github_base_url=_emulate_server.addresses["github"],
        github_token=GITHUB_TOKEN,
        github_login=GITHUB_USERS[0],
        github_users=GITHUB_USERS,
        github_repo=GITHUB_REPO,
        github_app_id=GITHUB_APP_ID,
        github_installation_id=GITHUB_INSTALLATION_ID,
        github_app_private_key=_emulate_server.addresses["github_app_private_key"],
    )
