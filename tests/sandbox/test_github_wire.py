"""What the local GitHub refuses, drops and limits, in GitHub's own way."""

from __future__ import annotations

import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import pytest

from supportbot.sandbox.github import How, Limits, LocalGitHub, Role

REPO = "acme/infra"
NOON = datetime(2026, 11, 23, 12, 0, 0, 999_999, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


class Caller:
    """Bare HTTP with one token."""

    def __init__(self, github: LocalGitHub, token: str | None) -> None:
        self._github, self._token = github, token

    def __call__(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the sandbox's own address
            self._github.base_url + path, data, {"User-Agent": "test", **headers}, method=method
        )
        if self._token:
            request.add_header("Authorization", f"token {self._token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read()), dict(answer.headers)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.loads(refusal.read()), dict(refusal.headers)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def github(clock: Clock) -> Iterator[LocalGitHub]:
    with LocalGitHub(clock.now, limits=Limits(requests_an_hour=200)) as github:
        github.add_repo(REPO)
        yield github


@pytest.fixture
def owner(github: LocalGitHub) -> Caller:
    return Caller(github, github.add_token("acme"))


@pytest.fixture
def stranger(github: LocalGitHub) -> Caller:
    return Caller(github, github.add_token("stranger"))


ISSUES = f"/repos/{REPO}/issues"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "x" * 257}, "title"),
        ({"title": " "}, "title"),
        ({"title": "t", "body": "x" * 65_537}, "body"),
        ({"title": "t", "body": 7}, "body"),
        ({"title": "t", "labels": ["x" * 51]}, "name"),
        ({"title": "t", "labels": [""]}, "name"),
        ({"title": "t", "assignees": ["acme"] * 11}, "assignees"),
        ({"title": "t", "assignees": ["stranger"]}, "assignees"),
    ],
)
def test_content_over_the_limits_is_invalid(
    github: LocalGitHub, owner: Caller, body: dict[str, Any], field: str
) -> None:
    status, answer, _ = owner("POST", ISSUES, body)
    assert (status, answer["message"]) == (422, "Validation Failed")
    assert answer["errors"][0]["field"] == field
    assert github.issues(REPO) == []


@pytest.mark.parametrize(
    "body", [{}, {"title": "t", "labels": "P1"}, {"title": "t", "assignees": 1}]
)
def test_a_body_of_the_wrong_shape_is_an_invalid_request(
    github: LocalGitHub, owner: Caller, body: dict[str, Any]
) -> None:
    status, answer, _ = owner("POST", ISSUES, body)
    assert status == 422
    assert answer["message"].startswith("Invalid request.")


def test_a_body_at_the_limits_is_taken(owner: Caller) -> None:
    body = {"title": "x" * 256, "body": "x" * 65_536, "labels": ["x" * 50]}
    assert owner("POST", ISSUES, body)[0] == 201


def test_a_body_that_is_no_object_is_refused(owner: Caller) -> None:
    assert owner("POST", ISSUES, ["title"])[0] == 400


def test_labels_and_assignees_of_a_stranger_are_dropped_in_silence(stranger: Caller) -> None:
    body = {"title": "t", "labels": ["P1"], "assignees": ["acme"]}
    status, answer, _ = stranger("POST", ISSUES, body)
    assert (status, answer["labels"], answer["assignees"]) == (201, [], [])


def test_a_stranger_may_change_their_own_issue_alone(owner: Caller, stranger: Caller) -> None:
    owner("POST", ISSUES, {"title": "t"})
    stranger("POST", ISSUES, {"title": "t"})
    assert stranger("PATCH", f"{ISSUES}/1", {"state": "closed"})[0] == 403
    assert stranger("PATCH", f"{ISSUES}/2", {"state": "closed", "labels": ["P1"]})[0] == 200
    assert stranger("GET", f"{ISSUES}/2")[1]["labels"] == []


def test_a_refused_change_changes_nothing(github: LocalGitHub, owner: Caller) -> None:
    owner("POST", ISSUES, {"title": "t"})
    body = {"title": "new", "state": "closed", "labels": ["x" * 51]}
    assert owner("PATCH", f"{ISSUES}/1", body)[0] == 422
    issue = github.issue(REPO, 1)
    assert (issue.title, issue.state) == ("t", "open")


def test_assignees_added_later_are_dropped_when_they_cannot_be(owner: Caller) -> None:
    owner("POST", ISSUES, {"title": "t"})
    status, answer, _ = owner("POST", f"{ISSUES}/1/assignees", {"assignees": ["acme", "nobody"]})
    assert (status, [user["login"] for user in answer["assignees"]]) == (201, ["acme"])


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/repos/acme/nowhere", 404, "Not Found"),
        ("GET", "/repos/acme/hidden", 404, "Not Found"),
        ("POST", "/repos/acme/hidden/issues", 404, "Not Found"),
        ("GET", f"{ISSUES}/99", 404, "Not Found"),
        ("GET", f"{ISSUES}/one", 404, "Not Found"),
        ("GET", "/somewhere/else", 404, "Not Found"),
        ("POST", "/repos/acme/quiet/issues", 410, "Issues are disabled for this repo"),
        ("GET", "/repos/acme/quiet/issues", 410, "Issues are disabled for this repo"),
        ("POST", "/repos/acme/old/issues", 403, "Repository was archived so is read-only."),
        ("POST", f"{ISSUES}/1/comments", 403, "Unable to create comment because issue is locked."),
        ("GET", "/app", 401, "A JSON web token could not be decoded"),
    ],
)
def test_what_is_not_there_or_not_allowed_is_refused(
    github: LocalGitHub, stranger: Caller, method: str, path: str, status: int, message: str
) -> None:
    github.add_repo("acme/hidden", private=True)
    github.add_repo("acme/quiet", has_issues=False)
    github.add_repo("acme/old", archived=True)
    github.open_issue(REPO, "t", "b", by="acme")
    github.lock_issue(REPO, 1)
    body = {"title": "t", "body": "b"} if method == "POST" else None
    found = stranger(method, path, body)
    assert (found[0], found[1]["message"]) == (status, message)


def test_nobody_may_read_what_is_public_and_write_nothing(github: LocalGitHub) -> None:
    nobody = Caller(github, None)
    assert nobody("GET", f"/repos/{REPO}")[0] == 200
    assert nobody("POST", ISSUES, {"title": "t"})[:1] == (401,)


def test_unknown_and_revoked_tokens_are_bad_credentials(github: LocalGitHub) -> None:
    token = github.add_token("acme")
    github.revoke_token(token)
    for secret in (token, "ghp_made_up"):
        status, answer, _ = Caller(github, secret)("GET", "/user")
        assert (status, answer["message"]) == (401, "Bad credentials")


def test_a_token_without_the_permission_may_not_write(github: LocalGitHub) -> None:
    reader = Caller(github, github.add_token("acme", writes_issues=False))
    status, answer, _ = reader("POST", ISSUES, {"title": "t"})
    assert status == 403
    assert "not accessible" in answer["message"]


def test_a_new_name_redirects_reads_and_writes(github: LocalGitHub, owner: Caller) -> None:
    github.rename_repo(REPO, "acme/cloud")
    status, answer, headers = owner("POST", ISSUES, {"title": "t"})
    assert (status, answer["message"]) == (307, "Temporary Redirect")
    place = headers["Location"].removeprefix(github.base_url)
    assert owner("POST", place, {"title": "t"})[0] == 201
    assert owner("GET", f"/repos/{REPO}")[1]["full_name"] == "acme/cloud"


def test_times_are_whole_seconds_of_the_clock_given(owner: Caller) -> None:
    _, answer, headers = owner("POST", ISSUES, {"title": "t"})
    assert answer["created_at"] == answer["updated_at"] == "2026-11-23T12:00:00Z"
    assert parsedate_to_datetime(headers["Date"]) == NOON.replace(microsecond=0)


def test_a_list_filters_by_creator_state_label_and_time(
    github: LocalGitHub, owner: Caller, stranger: Caller, clock: Clock
) -> None:
    owner("POST", ISSUES, {"title": "1", "labels": ["P1"]})
    clock.time += timedelta(hours=1)
    owner("POST", ISSUES, {"title": "2", "labels": ["P1", "hub"]})
    stranger("POST", ISSUES, {"title": "3"})
    github.close_issue(REPO, 2, by="acme")

    def titles(query: str) -> list[str]:
        return [issue["title"] for issue in owner("GET", f"{ISSUES}?direction=asc&{query}")[1]]

    assert titles("") == ["1", "3"]
    assert titles("state=all") == ["1", "2", "3"]
    assert titles("state=closed&labels=p1,HUB") == ["2"]
    assert titles("state=all&creator=ACME") == ["1", "2"]
    assert titles("state=all&since=2026-11-23T13:00:00Z") == ["2", "3"]
    assert titles("state=all&creator=nobody") == []
    assert owner("GET", f"{ISSUES}?since=yesterday")[0] == 422


def test_pages_link_to_their_neighbours(github: LocalGitHub, owner: Caller) -> None:
    for n in range(5):
        github.open_issue(REPO, str(n), "b", by="acme")
    _, answer, headers = owner("GET", f"{ISSUES}?per_page=2&page=2&state=all")
    assert [issue["title"] for issue in answer] == ["2", "1"]
    links = {part.split("; ")[1]: part.split("; ")[0] for part in headers["Link"].split(", ")}
    url = f"<{github.base_url}{ISSUES}?per_page=2&page=%d&state=all>"
    assert links == {
        'rel="next"': url % 3,
        'rel="last"': url % 3,
        'rel="first"': url % 1,
        'rel="prev"': url % 1,
    }


def test_the_hours_requests_run_out_and_come_back(
    github: LocalGitHub, owner: Caller, clock: Clock
) -> None:
    for _ in range(200):
        owner("GET", "/user")
    status, answer, headers = owner("GET", "/user")
    assert status == 403
    assert answer["message"].startswith("API rate limit exceeded")
    assert headers["X-RateLimit-Remaining"] == "0"
    reset = int(NOON.timestamp()) + 3600
    assert headers["X-RateLimit-Reset"] == str(reset)
    assert owner("GET", "/rate_limit")[1]["rate"]["remaining"] == 0
    clock.time += timedelta(hours=1)
    assert owner("GET", "/user")[0] == 200


def test_content_is_limited_by_the_minute(owner: Caller, clock: Clock) -> None:
    for _ in range(80):
        owner("POST", ISSUES, {"title": "t"})
    clock.time += timedelta(seconds=45)
    status, answer, headers = owner("POST", ISSUES, {"title": "t"})
    assert (status, headers["Retry-After"]) == (403, "15")
    assert "secondary rate limit" in answer["message"]
    clock.time += timedelta(seconds=15)
    assert owner("POST", ISSUES, {"title": "t"})[0] == 201


def test_the_search_and_the_lists_can_lag(github: LocalGitHub, owner: Caller, clock: Clock) -> None:
    github.set_lag(search=timedelta(minutes=1), lists=timedelta(seconds=10))
    owner("POST", ISSUES, {"title": "quokka"})

    def seen() -> tuple[int, int, int]:
        listed, found = owner("GET", ISSUES)[1], owner("GET", "/search/issues?q=quokka")[1]
        return len(listed), found["total_count"], owner("GET", f"{ISSUES}/1")[0]

    assert seen() == (0, 0, 200)
    clock.time += timedelta(seconds=10)
    assert seen() == (1, 0, 200)
    clock.time += timedelta(seconds=50)
    assert seen() == (1, 1, 200)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("hub", ["Hub down", "Hub slow"]),
        ('"hub%20down"', ["Hub down"]),
        ("hub%20author:acme", ["Hub down"]),
        ("hub%20state:closed", ["Hub slow"]),
        ("hub%20is:open%20repo:acme/infra", ["Hub down"]),
        ("repo:acme/other", []),
        ("it's", ["Hub slow"]),
    ],
)
def test_the_search_knows_words_and_marks(
    github: LocalGitHub, owner: Caller, query: str, found: list[str]
) -> None:
    github.open_issue(REPO, "Hub down", "facts", by="acme")
    github.open_issue(REPO, "Hub slow", "it's slow", by="stranger")
    github.close_issue(REPO, 2, by="stranger")
    items = owner("GET", f"/search/issues?q={query}")[1]["items"]
    assert sorted(item["title"] for item in items) == found


def test_moments_on_the_wire_are_told_in_order() -> None:
    told: list[tuple[str, str]] = []
    after = threading.Event()

    def on_wire(moment: str, request: str) -> None:
        told.append((moment, request))
        if moment == "after-reply":
            after.set()

    with LocalGitHub(on_wire=on_wire) as github:
        github.add_repo(REPO)
        Caller(github, github.add_token("acme"))("POST", ISSUES, {"title": "t"})
        assert after.wait(30)
    assert told == [("before-reply", f"POST {ISSUES}"), ("after-reply", f"POST {ISSUES}")]


def test_the_effect_stands_before_the_reply_is_sent() -> None:
    seen: list[int] = []

    def look(moment: str, request: str) -> None:
        seen.append(len(local.issues(REPO)))

    local = LocalGitHub(on_wire=look)
    local.add_repo(REPO)
    with local:
        Caller(local, local.add_token("acme"))("POST", ISSUES, {"title": "t"})
    assert seen[0] == 1


def test_a_planned_fault_strikes_once_and_only_where_it_was_planned(
    github: LocalGitHub, owner: Caller
) -> None:
    github.fail_next("POST", ISSUES, How.UNAVAILABLE_BEFORE)
    assert owner("GET", ISSUES)[0] == 200
    assert owner("POST", ISSUES, {"title": "t"})[0] == 503
    assert owner("POST", ISSUES, {"title": "t"})[0] == 201
    assert [logged.fault for logged in github.requests()] == [None, How.UNAVAILABLE_BEFORE, None]


def test_calm_ends_every_mischief(github: LocalGitHub, owner: Caller) -> None:
    github.hostile(1, share=1.0)
    github.fail_next("GET", "/user", How.TOO_MANY)
    github.set_lag(lists=timedelta(hours=1))
    github.calm()
    owner("POST", ISSUES, {"title": "t"})
    assert (owner("GET", "/user")[0], len(owner("GET", ISSUES)[1])) == (200, 1)


def test_the_same_seed_strikes_the_same_requests() -> None:
    def struck(seed: int) -> list[How | None]:
        with LocalGitHub() as github:
            github.add_repo(REPO)
            github.hostile(seed)
            for n in range(30):
                try:
                    Caller(github, None)("GET", f"/repos/{REPO}/issues?page={n}")
                except (OSError, ValueError, IncompleteRead):
                    continue
            return [logged.fault for logged in github.requests()]

    assert struck(3) == struck(3)
    assert struck(3) != struck(4)


def test_a_story_waits_until_something_was_done(github: LocalGitHub) -> None:
    token = github.add_token("acme")
    late = threading.Timer(0.05, lambda: Caller(github, token)("POST", ISSUES, {"title": "late"}))
    late.start()
    assert github.wait_until(lambda desk: len(desk.issues(REPO)) == 1)
    assert not github.wait_until(lambda desk: len(desk.issues(REPO)) == 2, timeout=0.01)
    late.join()


def test_people_act_and_are_seen(github: LocalGitHub, owner: Caller) -> None:
    number = github.open_issue(REPO, "t", "b", by="jonas")
    github.comment(REPO, number, "on it", by="amina")
    github.close_issue(REPO, number, by="amina", reason="not_planned")
    issue = owner("GET", f"{ISSUES}/{number}")[1]
    assert (issue["state"], issue["state_reason"], issue["comments"]) == (
        "closed",
        "not_planned",
        1,
    )
    assert issue["closed_by"]["login"] == "amina"
    github.reopen_issue(REPO, number, by="jonas")
    assert github.issue(REPO, number).state == "open"


def test_what_is_handed_out_is_a_copy(github: LocalGitHub) -> None:
    github.open_issue(REPO, "t", "b", by="jonas")
    github.issues(REPO)[0].title = "mine"
    assert github.issue(REPO, 1).title == "t"


def test_rights_follow_the_role(github: LocalGitHub) -> None:
    for role, push in ((Role.READ, False), (Role.WRITE, True)):
        github.allow("jonas", REPO, role)
        answer = Caller(github, github.add_token("jonas"))("GET", f"/repos/{REPO}")[1]
        assert answer["permissions"]["push"] is push


def test_an_issues_link_shows_it_as_text(github: LocalGitHub) -> None:
    number = github.open_issue(REPO, "Hub down", "facts", by="jonas")
    github.comment(REPO, number, "on it", by="amina")
    url = f"{github.base_url}/{REPO}/issues/{number}"
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
        text = answer.read().decode()
    assert "#1 Hub down [open]" in text
    assert "on it" in text


def test_a_request_without_a_user_agent_is_forbidden(owner: Caller) -> None:
    assert owner("GET", "/user", **{"User-Agent": ""})[0] == 403


def test_a_body_over_a_megabyte_is_refused_unread(owner: Caller) -> None:
    status, _, _ = owner("POST", ISSUES, {"title": "t"}, **{"Content-Length": "99999999"})
    assert status == 400


def test_stopping_twice_is_stopping() -> None:
    github = LocalGitHub().start()
    github.stop()
    github.stop()


def test_half_a_call_of_somebody_who_died_over_it_is_no_call(github: LocalGitHub) -> None:
    head = f"POST /repos/{REPO}/issues HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
    url = urlsplit(github.base_url)
    with socket.create_connection((url.hostname, url.port), timeout=30) as caller:
        caller.sendall(f'{head}{{"title":'.encode())
        caller.shutdown(socket.SHUT_WR)
        assert caller.recv(1024) == b""
    assert list(github.requests()) == []
