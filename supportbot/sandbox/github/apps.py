"""The doors a GitHub App comes through: its own token, signed with its key, for an hour's token.

Source: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from supportbot.sandbox.github import wire
from supportbot.sandbox.github.call import Call
from supportbot.sandbox.github.shapes import app_json, stamp
from supportbot.sandbox.github.state import App, Desk, Role

LONGEST_JWT = 600


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """What a program needs to log in as the App; `private_key` is PEM text."""

    app_id: int
    installation_id: int
    slug: str
    private_key: str = field(repr=False)


def register(
    desk: Desk, slug: str, repos: dict[str, Role], *, writes_issues: bool
) -> AppCredentials:
    """Make an App with a fresh key, installed once, with the given rights per repository."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    bot = desk.user(f"{slug}[bot]", "Bot")
    app = App(desk.next_id(), slug, bot, key.public_key(), desk.now())
    installation = desk.next_id()
    app.installations[installation] = writes_issues
    desk.apps[app.id] = app
    for name, role in repos.items():
        desk.repos[name.lower()].roles[bot.login] = role
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return AppCredentials(app.id, installation, slug, pem.decode())


def get_app(call: Call) -> wire.Answer:
    """GET /app"""
    return wire.Answer(200, app_json(_app(call), call.base))


def create_access_token(call: Call) -> wire.Answer:
    """POST /app/installations/{installation}/access_tokens"""
    app = _app(call)
    number = call.params["installation"]
    installation = int(number) if number.isdecimal() else 0
    if installation not in app.installations:
        raise wire.not_found()
    writes = app.installations[installation]
    if _wants_to_write(call) and not writes:
        raise wire.Refusal(422, "The permissions requested are not granted to this installation.")
    expires_at = call.desk.now() + call.desk.token_lifetime
    token = call.desk.issue_token(
        app.bot, writes_issues=writes, expires_at=expires_at, installation=installation
    )
    body = {
        "token": token.secret,
        "expires_at": stamp(expires_at),
        "permissions": {"issues": "write" if writes else "read", "metadata": "read"},
        "repository_selection": "selected",
    }
    return wire.Answer(201, body)


def _wants_to_write(call: Call) -> bool:
    body = call.request.body
    permissions = body.get("permissions") if isinstance(body, dict) else None
    return isinstance(permissions, dict) and permissions.get("issues") == "write"


def _app(call: Call) -> App:
    """The App that signed the request's JSON web token.

    Its times are compared with the machine's clock, not with the story's: it is the client's
    library that writes them, from that same clock.
    """
    scheme, _, text = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise wire.Refusal(401, "A JSON web token could not be decoded")
    try:
        claimed = jwt.decode(text, options={"verify_signature": False})
        app = call.desk.apps[int(claimed["iss"])]
        claims = jwt.decode(
            text, app.public_key, ["RS256"], options={"require": ["iat", "exp", "iss"]}
        )
    except (jwt.PyJWTError, KeyError, ValueError, TypeError):
        raise wire.Refusal(401, "A JSON web token could not be decoded") from None
    _check_lifetime(claims)
    return app


def _check_lifetime(claims: dict[str, Any]) -> None:
    if claims["exp"] > time.time() + LONGEST_JWT:
        raise wire.Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
