"""The client by itself: logging in, taking turns, keeping secrets, reading far."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from github import BadCredentialsException

from supportbot.adapters.github.client import GitHubClient
from supportbot.adapters.github.errors import LoginError, Refused, failure
from supportbot.adapters.github.login import AppLogin, Login, TokenLogin
from supportbot.adapters.github.values import Rights
from supportbot.sandbox.github import AppCredentials, How, Limits, LocalGitHub, Role

REPO = "northfield-ops/incidents"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clock:
    """Runs with the machine's, because PyGithub compares a token's end with that; may be ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def github(clock: Clock) -> Iterator[LocalGitHub]:
    with LocalGitHub(clock.now, limits=Limits(creations_a_minute=1000)) as github:
        github.add_repo(REPO)
        yield github


@pytest.fixture
def app(github: LocalGitHub) -> AppCredentials:
    return github.add_app("supportbot", REPO)


@pytest.fixture
def by_app(github: LocalGitHub, app: AppCredentials) -> Iterator[GitHubClient]:
    login = AppLogin(app.app_id, app.installation_id, app.private_key)
    client = GitHubClient(login, base_url=github.base_url)
    yield client
    client.close()


@pytest.fixture
def by_token(github: LocalGitHub) -> Iterator[GitHubClient]:
    github.allow("machine", REPO, Role.WRITE)
    client = GitHubClient(TokenLogin(github.add_token("machine")), base_url=github.base_url)
    yield client
    client.close()


def _paths(github: LocalGitHub) -> list[str]:
    return [f"{logged.method} {logged.path.rsplit('/', 1)[1]}" for logged in github.requests()]


def test_nothing_is_sent_before_there_is_work(
    github: LocalGitHub, by_app: GitHubClient, by_token: GitHubClient
) -> None:
    assert github.requests() == []


def test_a_token_creates_with_one_request(github: LocalGitHub, by_token: GitHubClient) -> None:
    by_token.create_issue(REPO, "t", "b", key="k")
    assert _paths(github) == ["POST issues"]


def test_an_app_logs_in_once_and_then_creates_with_one_request_each(
    github: LocalGitHub, by_app: GitHubClient
) -> None:
    for n in range(3):
        by_app.create_issue(REPO, "t", "b", key=f"k{n}")
    assert _paths(github) == ["POST access_tokens", *["POST issues"] * 3]
    assert github.issue(REPO, 1).user.login == "supportbot[bot]"


def test_the_account_is_asked_for_once(
    github: LocalGitHub, by_app: GitHubClient, by_token: GitHubClient
) -> None:
    assert [by_app.login(), by_app.login()] == ["supportbot[bot]"] * 2
    assert [by_token.login(), by_token.login()] == ["machine"] * 2
    assert _paths(github).count("GET app") == 1
    assert _paths(github).count("GET user") == 1


def test_a_token_near_its_end_is_renewed_before_it_is_used(
    github: LocalGitHub, by_app: GitHubClient
) -> None:
    github.set_token_lifetime(timedelta(seconds=5))
    by_app.create_issue(REPO, "t", "b", key="k1")
    github.set_token_lifetime(HOUR)
    by_app.create_issue(REPO, "t", "b", key="k2")
    assert {logged.status for logged in github.requests()} == {201}
    assert _paths(github)[-2:] == ["POST access_tokens", "POST issues"]


def test_a_token_that_ended_by_githubs_clock_is_renewed_and_the_work_done_once(
    github: LocalGitHub, by_app: GitHubClient, clock: Clock
) -> None:
    by_app.create_issue(REPO, "t", "b", key="k1")
    clock.ahead = timedelta(minutes=61)
    by_app.create_issue(REPO, "t", "b", key="k2")
    assert [logged.status for logged in github.requests()] == [201, 201, 401, 201, 201]
    assert len(github.issues(REPO)) == 2


def test_a_wrong_token_is_asked_with_once(github: LocalGitHub) -> None:
    client = GitHubClient(TokenLogin("ghp_wrong"), base_url=github.base_url)
    with pytest.raises(BadCredentialsException):
        client.create_issue(REPO, "t", "b", key="k")
    client.close()
    assert [logged.status for logged in github.requests()] == [401]


def test_another_apps_key_does_not_let_us_in(github: LocalGitHub, app: AppCredentials) -> None:
    other = github.add_app("other", REPO)
    login = AppLogin(app.app_id, app.installation_id, other.private_key)
    client = GitHubClient(login, base_url=github.base_url)
    with pytest.raises(LoginError) as caught:
        client.create_issue(REPO, "t", "b", key="k")
    client.close()
    found = failure(caught.value, attempt=1)
    assert found.kind == "unauthorised"
    assert "private key" in found.reason


def test_an_app_without_the_permission_is_told_so(github: LocalGitHub) -> None:
    reader = github.add_app("reader", REPO, writes_issues=False)
    login = AppLogin(reader.app_id, reader.installation_id, reader.private_key)
    client = GitHubClient(login, base_url=github.base_url)
    with pytest.raises(LoginError) as caught:
        client.create_issue(REPO, "t", "b", key="k")
    client.close()
    assert "Issues: read and write" in failure(caught.value, attempt=1).reason


def test_a_passing_fault_while_logging_in_is_overcome(
    github: LocalGitHub, by_app: GitHubClient
) -> None:
    github.fail_next("POST", "/app/installations", How.UNAVAILABLE_BEFORE)
    github.fail_next("POST", "/app/installations", How.DROPPED_AFTER)
    assert by_app.create_issue(REPO, "t", "b", key="k").number == 1


def test_a_create_is_tried_once(github: LocalGitHub, by_token: GitHubClient) -> None:
    github.fail_next("POST", f"/repos/{REPO}/issues", How.UNAVAILABLE_BEFORE)
    with pytest.raises(Exception, match="503"):
        by_token.create_issue(REPO, "t", "b", key="k")
    assert _paths(github) == ["POST issues"]


@pytest.mark.parametrize("text", ["", "not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_private_key_that_is_none_is_refused_at_once_and_not_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="not a PEM file") as caught:
        AppLogin(1, 2, text)
    assert caught.value.__cause__ is None


def test_an_empty_token_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="token is empty"):
        TokenLogin(" ")


def test_secrets_stay_out_of_logs_reprs_and_reasons(
    github: LocalGitHub, app: AppCredentials, caplog: pytest.LogCaptureFixture
) -> None:
    # A test before this one may have set up logging as the bot does.
    for name in ("", "urllib3", "github"):
        caplog.set_level(logging.DEBUG, logger=name)
    token = github.add_token("machine")
    logins: list[Login] = [
        TokenLogin(token),
        AppLogin(app.app_id, app.installation_id, app.private_key),
    ]
    for login in logins:
        client = GitHubClient(login, base_url=github.base_url)
        client.create_issue(REPO, "t", "b", key="k")
        client.close()
    said = caplog.text + repr(logins)
    assert "urllib3" in said
    assert not any(secret in said for secret in (token, "ghs_", "eyJ", "PRIVATE KEY"))


def test_threads_take_turns_and_each_issue_is_made_once(
    github: LocalGitHub, by_app: GitHubClient
) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: by_app.create_issue(REPO, "t", "b", key=f"k{n}"), range(40)))
    assert sorted(issue.number for issue in made) == list(range(1, 41))
    assert _paths(github).count("POST access_tokens") == 1


def test_nobody_waits_for_a_turn_longer_than_the_timeout() -> None:
    asked, answer = threading.Event(), threading.Event()

    def hold(moment: str, request: str) -> None:
        if moment == "before-reply":
            asked.set()
            answer.wait(30)

    with LocalGitHub(on_wire=hold) as github, ThreadPoolExecutor(1) as pool:
        github.add_repo(REPO)
        login = TokenLogin(github.add_token("machine"))
        client = GitHubClient(login, base_url=github.base_url, timeout=timedelta(seconds=1))
        slow = pool.submit(client.create_issue, REPO, "slow", "b", key="k1")
        assert asked.wait(30)
        with pytest.raises((Refused, OSError)) as caught:
            client.create_issue(REPO, "hasty", "b", key="k2")
        assert failure(caught.value, attempt=1).kind == "transient"
        assert isinstance(slow.exception(10), OSError)
        answer.set()
        client.close()


def test_a_mark_is_found_beyond_the_first_page(github: LocalGitHub, by_token: GitHubClient) -> None:
    wanted = by_token.create_issue(REPO, "t", "b", key="wanted")
    for n in range(120):
        by_token.create_issue(REPO, "t", "b", key=f"k{n}")
        by_token.comment(REPO, 1, "b", key=f"c{n}")
    found = by_token.find_issue(REPO, "wanted", datetime.now(UTC))
    assert found is not None
    assert found.number == wanted.number
    last = by_token.find_comment(REPO, 1, "c119", datetime.now(UTC))
    assert last is not None


def test_the_longest_of_everything_is_taken(github: LocalGitHub, by_token: GitHubClient) -> None:
    people = [f"person{n}" for n in range(12)]
    for login in people:
        github.allow(login, REPO, Role.READ)
    made = by_token.create_issue(REPO, "t" * 999, "b" * 99_999, ["l" * 99], people, key="k")
    issue = github.issue(REPO, made.number)
    assert [len(issue.title), len(issue.body or ""), len(issue.labels[0].name)] == [256, 65_536, 50]
    assert [user.login for user in issue.assignees] == people[:10]
    assert by_token.find_issue(REPO, "k") is not None


def test_a_renamed_repository_is_still_read(github: LocalGitHub, by_token: GitHubClient) -> None:
    github.rename_repo(REPO, "northfield-ops/outages")
    assert by_token.rights(REPO).repo == "northfield-ops/outages"


@pytest.mark.parametrize("name", ["", "one", "a/b/c", "../x", "a/..", "a/b?c", "a b/c", "ä/b"])
def test_a_repository_is_owner_and_name(by_token: GitHubClient, name: str) -> None:
    with pytest.raises(Refused, match="write owner/name"):
        by_token.create_issue(name, "t", "b", key="k")


def test_rights_tell_what_is_in_the_way(github: LocalGitHub) -> None:
    github.add_repo("northfield-ops/old", archived=True, has_issues=False)
    client = GitHubClient(TokenLogin(github.add_token("stranger")), base_url=github.base_url)
    problems = list(client.rights("northfield-ops/old").problems())
    client.close()
    assert ["archived" in problems[0], "switched off" in problems[1]] == [True, True]
    assert "stranger has no write access" in problems[2]


@pytest.mark.parametrize(
    ("private", "scopes", "problem"),
    [
        (True, None, None),
        (True, ("repo",), None),
        (True, ("public_repo",), "the token lacks the scope repo"),
        (False, ("public_repo",), None),
        (False, (), "the token lacks the scope public_repo"),
    ],
)
def test_a_classic_tokens_scopes_are_judged(
    private: bool, scopes: tuple[str, ...] | None, problem: str | None
) -> None:
    rights = Rights(
        login="machine",
        repo=REPO,
        is_app=False,
        private=private,
        archived=False,
        issues_enabled=True,
        push=True,
        scopes=scopes,
    )
    assert list(rights.problems()) == ([problem] if problem else [])
