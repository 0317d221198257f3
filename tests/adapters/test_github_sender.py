"""Deliveries to a GitHub that misbehaves: each thing stands there once, or the reason is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from supportbot.adapters.github.client import GitHubClient
from supportbot.adapters.github.login import TokenLogin
from supportbot.adapters.github.sender import GitHubSender
from supportbot.domain.notices.delivery import Receipt, SendFailure, SendTask
from supportbot.sandbox.github import How, LocalGitHub, Role

REPO = "northfield-ops/incidents"
BOT = "supportbot-machine"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ISSUE = {"title": "Hub down", "body": "Facts", "labels": ["P1"], "assignees": ["jonas"]}
PLACE = {"repo": REPO, "number": "1"}
AFTER_ACTING = [How.BAD_GATEWAY_AFTER, How.DROPPED_AFTER, How.CUT_AFTER]
BEFORE_ACTING = [How.UNAVAILABLE_BEFORE]


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def github(clock: Clock) -> Iterator[LocalGitHub]:
    with LocalGitHub(clock.now) as github:
        github.add_repo(REPO)
        for login in (BOT, "jonas"):
            github.allow(login, REPO, Role.WRITE)
        yield github


@pytest.fixture
def sender(github: LocalGitHub) -> Iterator[GitHubSender]:
    client = GitHubClient(TokenLogin(github.add_token(BOT)), base_url=github.base_url)
    yield GitHubSender(client)
    client.close()


def _task(
    kind: str,
    payload: Mapping[str, Any] | None = None,
    *,
    attempt: int = 1,
    key: str = "SUP-1:x",
    place: Mapping[str, str] | None = None,
    repo: str = REPO,
) -> SendTask:
    return SendTask(
        id=1,
        token="t",
        key=key,
        kind=kind,
        ticket=1,
        target={"repo": repo},
        place=place,
        payload=payload or {},
        attempt=attempt,
        first_attempt_at=NOON,
    )


def _until_sent(
    sender: GitHubSender, kind: str, payload: Mapping[str, Any], **more: Any
) -> Receipt:
    for attempt in range(1, 50):
        try:
            return sender.send(_task(kind, payload, attempt=attempt, **more))
        except SendFailure as failure:
            if failure.kind not in ("transient", "rate_limited"):
                raise
    raise AssertionError("never sent")


def test_an_issue_is_sent_with_all_it_was_given(sender: GitHubSender, github: LocalGitHub) -> None:
    receipt = sender.send(_task("github.issue", ISSUE))
    issue = github.issue(REPO, 1)
    url = f"{github.base_url}/{REPO}/issues/1"
    assert receipt == Receipt({"repo": REPO, "number": "1", "url": url}, found=False)
    assert (issue.title, issue.user.login) == ("Hub down", BOT)
    assert issue.body == "Facts\n\n<!-- supportbot:SUP-1:x -->"
    assert [label.name for label in issue.labels] == ["P1"]
    assert [user.login for user in issue.assignees] == ["jonas"]


def test_a_first_attempt_asks_nothing_before_it_creates(
    sender: GitHubSender, github: LocalGitHub
) -> None:
    sender.send(_task("github.issue", ISSUE))
    assert [logged.method for logged in github.requests()] == ["POST"]


@pytest.mark.parametrize("how", AFTER_ACTING)
def test_an_issue_whose_answer_was_lost_is_found_and_not_made_twice(
    sender: GitHubSender, github: LocalGitHub, how: How
) -> None:
    github.fail_next("POST", f"/repos/{REPO}/issues", how)
    with pytest.raises(SendFailure) as caught:
        sender.send(_task("github.issue", ISSUE))
    assert caught.value.kind == "transient"
    receipt = sender.send(_task("github.issue", ISSUE, attempt=2))
    assert (receipt.found, receipt.external["number"]) == (True, "1")
    assert len(github.issues(REPO)) == 1


@pytest.mark.parametrize("how", BEFORE_ACTING)
def test_an_issue_that_was_not_made_is_made_on_the_second_attempt(
    sender: GitHubSender, github: LocalGitHub, how: How
) -> None:
    github.fail_next("POST", f"/repos/{REPO}/issues", how)
    with pytest.raises(SendFailure):
        sender.send(_task("github.issue", ISSUE))
    receipt = sender.send(_task("github.issue", ISSUE, attempt=2))
    assert (receipt.found, len(github.issues(REPO))) == (False, 1)


@pytest.mark.parametrize("how", AFTER_ACTING)
def test_a_comment_whose_answer_was_lost_is_found_and_not_made_twice(
    sender: GitHubSender, github: LocalGitHub, how: How
) -> None:
    sender.send(_task("github.issue", ISSUE))
    github.fail_next("POST", f"/repos/{REPO}/issues/1/comments", how)
    with pytest.raises(SendFailure):
        sender.send(_task("github.comment", {"body": "paged"}, place=PLACE, key="c"))
    again = _task("github.comment", {"body": "paged"}, place=PLACE, key="c", attempt=2)
    receipt = sender.send(again)
    (comment,) = github.issue(REPO, 1).comments
    assert receipt.found
    assert receipt.external["comment"] == str(comment.id)


@pytest.mark.parametrize("kind", ["github.close", "github.reopen"])
@pytest.mark.parametrize("how", AFTER_ACTING)
def test_a_change_of_state_whose_answer_was_lost_is_not_repeated(
    sender: GitHubSender, github: LocalGitHub, how: How, kind: str
) -> None:
    sender.send(_task("github.issue", ISSUE))
    if kind == "github.reopen":
        github.close_issue(REPO, 1, by="jonas")
    github.fail_next("PATCH", f"/repos/{REPO}/issues/1", how)
    with pytest.raises(SendFailure):
        sender.send(_task(kind, place=PLACE))
    assert sender.send(_task(kind, place=PLACE, attempt=2)).found
    assert sum(logged.method == "PATCH" for logged in github.requests()) == 1


def test_closing_keeps_the_reason_of_a_person_who_was_first(
    sender: GitHubSender, github: LocalGitHub
) -> None:
    sender.send(_task("github.issue", ISSUE))
    github.close_issue(REPO, 1, by="jonas", reason="not_planned")
    assert sender.send(_task("github.close", {"reason": "completed"}, place=PLACE)).found
    assert github.issue(REPO, 1).state_reason == "not_planned"


def test_labels_change_and_those_of_people_stay(sender: GitHubSender, github: LocalGitHub) -> None:
    sender.send(_task("github.issue", {**ISSUE, "labels": ["P1", "theirs"]}))
    sender.send(_task("github.labels", {"add": ["P2"], "remove": ["P1"]}, place=PLACE))
    assert [label.name for label in github.issue(REPO, 1).labels] == ["theirs", "P2"]


def test_a_secondary_limit_says_when_to_come_again(
    sender: GitHubSender, github: LocalGitHub
) -> None:
    github.fail_next("POST", f"/repos/{REPO}/issues", How.SECONDARY_LIMIT)
    with pytest.raises(SendFailure) as caught:
        sender.send(_task("github.issue", ISSUE))
    assert caught.value.kind == "rate_limited"
    assert caught.value.retry_after == timedelta(seconds=60)
    assert github.issues(REPO) == []


def test_a_mute_secondary_limit_waits_longer_each_time(
    sender: GitHubSender, github: LocalGitHub
) -> None:
    waits = []
    for attempt in (1, 2, 3):
        github.fail_next("POST", f"/repos/{REPO}/issues", How.SECONDARY_LIMIT_MUTE)
        with pytest.raises(SendFailure) as caught:
            sender.send(_task("github.issue", ISSUE, attempt=attempt))
        waits.append(caught.value.retry_after)
    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]


def test_eighty_creations_a_minute_are_taken_and_the_next_must_wait(
    sender: GitHubSender, github: LocalGitHub, clock: Clock
) -> None:
    for n in range(80):
        sender.send(_task("github.issue", ISSUE, key=f"k{n}"))
    clock.time += timedelta(seconds=20)
    with pytest.raises(SendFailure) as caught:
        sender.send(_task("github.issue", ISSUE, key="k80"))
    assert (caught.value.kind, caught.value.retry_after) == ("rate_limited", timedelta(seconds=40))
    clock.time += timedelta(seconds=40)
    sender.send(_task("github.issue", ISSUE, key="k80", attempt=2))
    assert len(github.issues(REPO)) == 81


def test_a_lost_answer_asks_for_time_until_the_lists_show_it(
    sender: GitHubSender, github: LocalGitHub, clock: Clock
) -> None:
    github.set_lag(search=timedelta(minutes=5), lists=timedelta(seconds=4))
    github.fail_next("POST", f"/repos/{REPO}/issues", How.BAD_GATEWAY_AFTER)
    with pytest.raises(SendFailure) as caught:
        sender.send(_task("github.issue", ISSUE))
    assert caught.value.retry_after is not None
    clock.time += caught.value.retry_after
    assert sender.send(_task("github.issue", ISSUE, attempt=2)).found


def test_an_issue_is_found_though_our_clock_runs_ahead(
    sender: GitHubSender, github: LocalGitHub, clock: Clock
) -> None:
    clock.time -= timedelta(minutes=50)
    github.fail_next("POST", f"/repos/{REPO}/issues", How.DROPPED_AFTER)
    with pytest.raises(SendFailure):
        sender.send(_task("github.issue", ISSUE))
    assert sender.send(_task("github.issue", ISSUE, attempt=2)).found


def test_a_passing_fault_while_looking_is_looked_through(
    sender: GitHubSender, github: LocalGitHub
) -> None:
    sender.send(_task("github.issue", ISSUE))
    github.fail_next("GET", f"/repos/{REPO}/issues", How.UNAVAILABLE_BEFORE)
    assert sender.send(_task("github.issue", ISSUE, attempt=2)).found


def test_nothing_is_created_while_looking_is_impossible(
    sender: GitHubSender, github: LocalGitHub
) -> None:
    for _ in range(3):
        github.fail_next("GET", f"/repos/{REPO}/issues", How.UNAVAILABLE_BEFORE)
    with pytest.raises(SendFailure) as caught:
        sender.send(_task("github.issue", ISSUE, attempt=2))
    assert caught.value.kind == "transient"
    assert github.issues(REPO) == []


@pytest.mark.parametrize("seed", range(12))
def test_whatever_a_hostile_github_does_each_thing_stands_there_once(
    sender: GitHubSender, github: LocalGitHub, seed: int
) -> None:
    github.hostile(seed, share=0.6)
    for n in range(3):
        made = _until_sent(sender, "github.issue", ISSUE, key=f"i{n}")
        place = {name: made.external[name] for name in ("repo", "number")}
        for m in range(2):
            _until_sent(sender, "github.comment", {"body": "b"}, place=place, key=f"c{n}{m}")
        _until_sent(sender, "github.close", {}, place=place)
    issues = github.issues(REPO)
    assert [(issue.state, len(issue.comments)) for issue in issues] == [("closed", 2)] * 3


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({"has_issues": False}, "switch issues on"),
        ({"archived": True}, "unarchive"),
    ],
)
def test_a_repository_that_cannot_take_issues_is_named_with_its_mend(
    sender: GitHubSender, github: LocalGitHub, setting: dict[str, bool], reason: str
) -> None:
    github.add_repo("northfield-ops/old", **setting)
    with pytest.raises(SendFailure) as caught:
        sender.send(_task("github.issue", ISSUE, repo="northfield-ops/old"))
    assert caught.value.kind == "rejected"
    assert reason in caught.value.reason


def test_a_renamed_repository_is_rejected_rather_than_taken_for_done(
    sender: GitHubSender, github: LocalGitHub
) -> None:
    github.rename_repo(REPO, "northfield-ops/outages")
    with pytest.raises(SendFailure) as caught:
        sender.send(_task("github.issue", ISSUE))
    assert caught.value.kind == "rejected"
    assert "renamed" in caught.value.reason
    assert github.issues("northfield-ops/outages") == []


def test_a_revoked_token_is_unauthorised(sender: GitHubSender, github: LocalGitHub) -> None:
    client = GitHubClient(TokenLogin("ghp_revoked"), base_url=github.base_url)
    with pytest.raises(SendFailure) as caught:
        GitHubSender(client).send(_task("github.issue", ISSUE))
    client.close()
    assert caught.value.kind == "unauthorised"
    assert "ghp_revoked" not in caught.value.reason


def test_a_server_that_is_gone_is_a_passing_fault(
    sender: GitHubSender, github: LocalGitHub
) -> None:
    github.stop()
    with pytest.raises(SendFailure) as caught:
        sender.send(_task("github.issue", ISSUE))
    assert caught.value.kind == "transient"


def test_labels_without_the_right_to_set_them_are_reported_as_left_out(
    github: LocalGitHub,
) -> None:
    client = GitHubClient(TokenLogin(github.add_token("passer-by")), base_url=github.base_url)
    receipt = GitHubSender(client).send(_task("github.issue", ISSUE))
    client.close()
    assert receipt.external["left_out"] == "P1, jonas"


@pytest.mark.parametrize(
    ("kind", "payload", "place", "reason"),
    [
        ("slack.page", {}, None, "nothing here sends slack.page"),
        ("github.issue", {"body": "b"}, None, "'title'"),
        ("github.issue", {"title": "t", "body": "b", "labels": "P1"}, None, "'labels'"),
        ("github.comment", {"body": "b"}, None, "'number'"),
        ("github.comment", {"body": "b"}, {"repo": REPO, "number": "one"}, "'one'"),
        ("github.close", {"reason": "tired"}, PLACE, "'tired'"),
        ("github.issue", ISSUE, None, "write owner/name"),
    ],
)
def test_a_delivery_that_makes_no_sense_is_rejected_before_anything_is_sent(
    sender: GitHubSender,
    github: LocalGitHub,
    kind: str,
    payload: dict[str, Any],
    place: dict[str, str] | None,
    reason: str,
) -> None:
    repo = "../../user" if "owner/name" in reason else REPO
    with pytest.raises(SendFailure) as caught:
        sender.send(_task(kind, payload, place=place, repo=repo))
    assert caught.value.kind == "rejected"
    assert reason in caught.value.reason
    assert github.requests() == []
