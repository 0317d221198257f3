"""Ways to log in at GitHub: a personal access token, or a GitHub App's installation."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from github import Auth, Github, GithubIntegration

API = "https://api.github.com"
USER_AGENT = "supportbot"
MOST_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class TokenLogin:
    """A personal access token; raises ValueError when it is empty."""

    token: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.token.strip():
            raise ValueError("the GitHub token is empty")


@dataclass(frozen=True, slots=True)
class AppLogin:
    """A GitHub App, installed where the repositories are; `private_key` is GitHub's PEM text.

    Raises ValueError when that text is not a private key.
    """

    app_id: int
    installation_id: int
    private_key: str = field(repr=False)

    def __post_init__(self) -> None:
        try:
            load_pem_private_key(self.private_key.encode(), password=None)
        except (TypeError, ValueError):
            # Without its cause: a parser's complaint may quote the key.
            raise ValueError("the App's private key is not a PEM file without a password") from None


Login = TokenLogin | AppLogin


@dataclass(frozen=True, slots=True)
class Session:
    """PyGithub logged in one way; `app` is set when it is an App's. Nothing is sent to make one."""

    github: Github
    auth: Auth.Auth
    app: GithubIntegration | None


def open_session(login: Login, base_url: str, timeout: timedelta) -> Session:
    """A session that never sleeps and never repeats a request by itself."""
    # At DEBUG PyGithub logs whole answers, and one of them is the App's token.
    logging.getLogger("github.Requester").setLevel(logging.INFO)
    options: dict[str, Any] = {
        "base_url": base_url,
        "timeout": max(int(timeout.total_seconds()), 1),
        "user_agent": USER_AGENT,
        "per_page": MOST_PER_PAGE,
        "retry": None,
        "seconds_between_requests": None,
        "seconds_between_writes": None,
        "lazy": True,
    }
    if isinstance(login, TokenLogin):
        token = Auth.Token(login.token.strip())
        return Session(Github(auth=token, **options), token, None)
    app = Auth.AppAuth(login.app_id, login.private_key)
    # Only what we need, whatever else the installation was granted.
    asked = {"issues": "write", "metadata": "read"}
    auth = app.get_installation_auth(login.installation_id, asked)
    return Session(Github(auth=auth, **options), auth, GithubIntegration(auth=app, **options))
