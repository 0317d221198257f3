"""The peers are there and behave as their docstrings promise, so that a failing test means us."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from github import Auth, Github
from slack_sdk import WebClient

from tests.peers.emulate import Emulate
from tests.peers.wanting import summary


def test_each_test_gets_an_empty_database(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        assert sa.inspect(connection).get_table_names() == []
        assert connection.scalar(sa.text("SHOW server_encoding")) == "UTF8"


def test_migrated_databases_are_copies_that_know_nothing_of_each_other(
    postgres_database: Callable[[Callable[[str], None]], str],
) -> None:
    runs = []

    def migrate(url: str) -> None:
        runs.append(url)
        _execute(url, "CREATE TABLE things (name text)")

    first, second = postgres_database(migrate), postgres_database(migrate)
    _execute(first, "INSERT INTO things VALUES ('only here')")

    assert len(runs) == 1
    assert _execute(first, "SELECT count(*) FROM things") == 1
    assert _execute(second, "SELECT count(*) FROM things") == 0


def _execute(url: str, statement: str) -> object:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        result = connection.execute(sa.text(statement))
        return result.scalar() if result.returns_rows else None


def test_the_bot_can_post_where_it_was_seeded(emulate: Emulate) -> None:
    bot = WebClient(emulate.slack_bot_token, base_url=emulate.slack_base_url, retry_handlers=[])
    channel = emulate.slack_channels["support"]
    posted = bot.chat_postMessage(channel=channel, text="hello")
    history = bot.conversations_history(channel=channel)
    assert [message["ts"] for message in history["messages"]] == [posted["ts"]]


def test_people_speak_in_their_own_name(emulate: Emulate) -> None:
    mara = WebClient(
        emulate.slack_user_tokens["mara"], base_url=emulate.slack_base_url, retry_handlers=[]
    )
    assert mara.auth_test()["user_id"] == emulate.slack_users["mara"]


def test_an_earlier_test_leaves_nothing_behind(emulate: Emulate) -> None:
    bot = WebClient(emulate.slack_bot_token, base_url=emulate.slack_base_url, retry_handlers=[])
    for channel in emulate.slack_channels.values():
        assert bot.conversations_history(channel=channel)["messages"] == []


def test_issues_can_be_opened_with_a_token(emulate: Emulate) -> None:
    with Github(
        auth=Auth.Token(emulate.github_token), base_url=emulate.github_base_url, retry=None
    ) as client:
        issue = client.get_repo(emulate.github_repo).create_issue("title", assignees=["jonas"])
        assert issue.number == 1
        assert issue.user.login == emulate.github_login


def test_issues_can_be_opened_as_an_app(emulate: Emulate) -> None:
    app = Auth.AppAuth(emulate.github_app_id, emulate.github_app_private_key)
    auth = app.get_installation_auth(emulate.github_installation_id, {"issues": "write"})
    with Github(auth=auth, base_url=emulate.github_base_url, retry=None) as client:
        assert client.get_repo(emulate.github_repo).create_issue("title").number == 1


def test_skips_are_grouped_by_the_program_wanted() -> None:
    wanted = "Skipped: for want of postgres; install it with: apt install postgresql"
    assert summary([wanted, "Skipped: not on this system", wanted]) == [
        "skipped for want of: postgres (2 tests); install it with: apt install postgresql",
        "skipped: not on this system (1 test)",
    ]
    assert summary([]) == []
