"""What the adapter relies on at GitHub, held against our sandbox and against npm's emulate alike.

Each test runs with a personal access token and with an App, through PyGithub and the adapter's
client. Where one of the two is laxer than GitHub, the stricter one's test is in its own file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from github import Auth, Github, GithubException
from github.Issue import Issue

from supportbot.adapters.github.client import GitHubClient
from supportbot.adapters.github.errors import LoginError, failure
from supportbot.adapters.github.login import AppLogin, Login, TokenLogin
from supportbot.sandbox.github import LocalGitHub, Role
from tests.peers.emulate import Emulate

REPO = "northfield-ops/incidents"


@dataclass(frozen=True, slots=True)
class Peer:
    """Somewhere GitHub is spoken, with a repository and people who can be assigned there."""

    base_url: str
    token: str
    app: AppLogin
    repo: str
    people: tuple[str, ...]


@pytest.fixture(params=["sandbox", "emulate"])
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    if request.param == "emulate":
        yield _emulated(request.getfixturevalue("emulate"))
        return
    with LocalGitHub() as github:
        yield _local(github)


def _emulated(emulate: Emulate) -> Peer:
    app = AppLogin(
        emulate.github_app_id, emulate.github_installation_id, emulate.github_app_private_key
    )
    people = emulate.github_users[1:]
    return Peer(emulate.github_base_url, emulate.github_token, app, emulate.github_repo, people)


def _local(github: LocalGitHub) -> Peer:
    github.add_repo(REPO, private=True)
    for login in ("supportbot-machine", "jonas", "amina"):
        github.allow(login, REPO, Role.WRITE)
    made = github.add_app("supportbot", REPO)
    app = AppLogin(made.app_id, made.installation_id, made.private_key)
    token = github.add_token("supportbot-machine")
    return Peer(github.base_url, token, app, REPO, ("jonas", "amina"))


@pytest.fixture(params=["token", "app"])
def client(request: pytest.FixtureRequest, peer: Peer) -> Iterator[GitHubClient]:
    login: Login = TokenLogin(peer.token) if request.param == "token" else peer.app
    client = GitHubClient(login, base_url=peer.base_url)
    yield client
    client.close()


@pytest.fixture
def onlooker(peer: Peer) -> Iterator[Github]:
    """Plain PyGithub, to look at what the client did."""
    with Github(auth=Auth.Token(peer.token), base_url=peer.base_url, retry=None) as github:
        yield github


def _seen(onlooker: Github, peer: Peer, number: int) -> Issue:
    return onlooker.get_repo(peer.repo).get_issue(number)


def _an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def test_an_issue_is_created_with_labels_and_assignees(
    peer: Peer, client: GitHubClient, onlooker: Github
) -> None:
    made = client.create_issue(
        peer.repo, "Hub down", "Facts", ["P1", "hub/prod"], peer.people, key="SUP-1:issue"
    )
    seen = _seen(onlooker, peer, made.number)
    assert (seen.title, seen.state, seen.user.login) == ("Hub down", "open", client.login())
    assert seen.body.startswith("Facts")
    assert {label.name for label in seen.labels} == {"P1", "hub/prod"}
    assert {user.login for user in seen.assignees} == set(peer.people)
    assert (made.repo, made.left_out) == (peer.repo, ())
    assert made.url == seen.html_url


def test_an_issue_is_found_by_its_mark_among_those_of_its_creator(
    peer: Peer, client: GitHubClient
) -> None:
    made = [client.create_issue(peer.repo, "t", "b", key=f"SUP-{n}:issue") for n in range(1, 4)]
    found = client.find_issue(peer.repo, "SUP-2:issue", _an_hour_ago())
    assert found is not None
    assert (found.number, found.url) == (made[1].number, made[1].url)


def test_a_closed_issue_is_found_too(peer: Peer, client: GitHubClient) -> None:
    made = client.create_issue(peer.repo, "t", "b", key="SUP-1:issue")
    client.close_issue(peer.repo, made.number)
    found = client.find_issue(peer.repo, "SUP-1:issue", _an_hour_ago())
    assert found is not None
    assert found.number == made.number


def test_nothing_is_found_by_an_unknown_mark(peer: Peer, client: GitHubClient) -> None:
    client.create_issue(peer.repo, "t", "b", key="SUP-1:issue")
    assert client.find_issue(peer.repo, "SUP-11:issue", _an_hour_ago()) is None


def test_somebody_elses_issue_with_our_mark_is_not_ours(
    peer: Peer, client: GitHubClient, onlooker: Github
) -> None:
    stranger = "app" if client.login() == "supportbot-machine" else "token"
    other = GitHubClient(
        peer.app if stranger == "app" else TokenLogin(peer.token), base_url=peer.base_url
    )
    other.create_issue(peer.repo, "t", "b", key="SUP-1:issue")
    other.close()
    assert client.find_issue(peer.repo, "SUP-1:issue", _an_hour_ago()) is None


def test_a_list_ends_where_since_says(peer: Peer, client: GitHubClient) -> None:
    client.create_issue(peer.repo, "t", "b", key="SUP-1:issue")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert client.find_issue(peer.repo, "SUP-1:issue", tomorrow) is None


def test_pages_are_linked_to_the_end(peer: Peer, client: GitHubClient, onlooker: Github) -> None:
    numbers = [client.create_issue(peer.repo, "t", "b", key=f"k{n}").number for n in range(5)]
    onlooker.per_page = 2
    listed = onlooker.get_repo(peer.repo).get_issues(sort="created", direction="asc")
    assert [issue.number for issue in listed] == numbers


def test_a_comment_is_made_and_found_by_its_mark(
    peer: Peer, client: GitHubClient, onlooker: Github
) -> None:
    issue = client.create_issue(peer.repo, "t", "b", key="SUP-1:issue")
    made = client.comment(peer.repo, issue.number, "Paged again", key="SUP-1:c1")
    client.comment(peer.repo, issue.number, "And again", key="SUP-1:c2")
    assert client.find_comment(peer.repo, issue.number, "SUP-1:c1", _an_hour_ago()) == made
    assert client.find_comment(peer.repo, issue.number, "SUP-1:c3", _an_hour_ago()) is None
    comments = list(_seen(onlooker, peer, issue.number).get_comments())
    assert [comment.user.login for comment in comments] == [client.login()] * 2
    assert comments[0].body.startswith("Paged again")


def test_somebody_quoting_our_mark_has_not_commented_for_us(
    peer: Peer, client: GitHubClient, onlooker: Github
) -> None:
    issue = client.create_issue(peer.repo, "t", "b", key="SUP-1:issue")
    login = peer.app if client.login() == "supportbot-machine" else TokenLogin(peer.token)
    other = GitHubClient(login, base_url=peer.base_url)
    other.comment(peer.repo, issue.number, "me too", key="SUP-1:c1")
    other.close()
    assert client.find_comment(peer.repo, issue.number, "SUP-1:c1", _an_hour_ago()) is None


def test_closing_and_reopening_happen_once_each(
    peer: Peer, client: GitHubClient, onlooker: Github
) -> None:
    number = client.create_issue(peer.repo, "t", "b", key="SUP-1:issue").number
    assert client.close_issue(peer.repo, number, "not_planned")
    assert not client.close_issue(peer.repo, number, "completed")
    seen = _seen(onlooker, peer, number)
    assert (seen.state, seen.state_reason) == ("closed", "not_planned")
    assert seen.closed_at is not None
    assert client.reopen_issue(peer.repo, number)
    assert not client.reopen_issue(peer.repo, number)
    seen = _seen(onlooker, peer, number)
    assert (seen.state, seen.state_reason) == ("open", "reopened")
    assert seen.raw_data["closed_at"] is None


def test_labels_are_added_and_removed_and_the_rest_stays(
    peer: Peer, client: GitHubClient, onlooker: Github
) -> None:
    number = client.create_issue(peer.repo, "t", "b", ["P1", "kind/outage"], key="k").number
    for _ in range(2):
        client.update_labels(peer.repo, number, add=["P2"], remove=["kind/outage", "unheard of"])
    assert {label.name for label in _seen(onlooker, peer, number).labels} == {"P1", "P2"}


def test_the_search_finds_words_of_a_body(
    peer: Peer, client: GitHubClient, onlooker: Github
) -> None:
    made = client.create_issue(peer.repo, "Hub down", "quokka facts", key="SUP-1:issue")
    client.create_issue(peer.repo, "Hub slow", "other facts", key="SUP-2:issue")
    found = onlooker.search_issues(f"repo:{peer.repo} is:issue quokka")
    assert [(issue.number, issue.title) for issue in found] == [(made.number, "Hub down")]


def test_rights_name_the_account_and_the_repository(peer: Peer, client: GitHubClient) -> None:
    rights = client.rights(peer.repo)
    assert (rights.login, rights.repo) == (client.login(), peer.repo)
    assert list(rights.problems()) == []


def test_an_unknown_installation_is_unauthorised(peer: Peer) -> None:
    login = AppLogin(peer.app.app_id, 999_999, peer.app.private_key)
    client = GitHubClient(login, base_url=peer.base_url)
    with pytest.raises(LoginError) as caught:
        client.create_issue(peer.repo, "t", "b", key="k")
    client.close()
    assert failure(caught.value, attempt=1).kind == "unauthorised"


def test_an_unknown_repository_is_rejected(peer: Peer, client: GitHubClient) -> None:
    with pytest.raises(GithubException) as caught:
        client.create_issue("northfield-ops/nowhere", "t", "b", key="k")
    refused = failure(caught.value, attempt=1)
    assert refused.kind == "rejected"
    assert "repository's" in refused.reason


def test_an_unknown_issue_is_rejected(peer: Peer, client: GitHubClient) -> None:
    with pytest.raises(GithubException) as caught:
        client.comment(peer.repo, 4711, "b", key="k")
    assert failure(caught.value, attempt=1).kind == "rejected"


def test_somebody_unassignable_is_left_out_rather_than_the_issue(
    peer: Peer, client: GitHubClient, onlooker: Github
) -> None:
    made = client.create_issue(peer.repo, "t", "b", [], [peer.people[0], "nobody-here"], key="k")
    assert "nobody-here" in made.left_out
    assert len(list(onlooker.get_repo(peer.repo).get_issues())) == 1
