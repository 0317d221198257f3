"""`/rota/….ics` at the wire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import icalendar
import pytest

from supportbot.adapters.web.feeds import PATH, Feeds, feed_pages
from supportbot.adapters.web.server import WebServer
from supportbot.application.feeds import Kind, address, token
from tests.adapters.web.serving import ask, says, serving
from tests.domain.samples import HOUR, NOON, playbooks, rotation

SECRET = "5" * 32
OTHERS = {"first-line": rotation("first-line", "zoe tomasz")}


class Desk:
    """Playbooks and a clock that a test changes."""

    def __init__(self) -> None:
        self.playbooks = playbooks()
        self.now = NOON


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def server(desk: Desk) -> Iterator[WebServer]:
    known = Feeds(lambda: desk.playbooks, lambda: desk.now)
    with serving({PATH: feed_pages(SECRET, known), "/rota/exact": says("exact")}) as server:
        yield server


def url(kind: Kind, name: str) -> str:
    return f"{address(kind, name)}?token={token(SECRET, kind, name)}"


FIRST_LINE, INES = url("rotation", "first-line"), url("person", "ines")


@pytest.mark.parametrize(("path", "title"), [(FIRST_LINE, "first-line"), (INES, "Ines")])
def test_who_knows_the_token_reads_the_feed(server: WebServer, path: str, title: str) -> None:
    answer = ask(server, path)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    found = icalendar.Calendar.from_ical(answer.body)
    assert str(found["X-WR-CALNAME"]) == f"On call: {title}"
    assert len(found.walk("VEVENT")) > 25


@pytest.mark.parametrize(
    "path",
    [
        "/rota/first-line.ics",
        "/rota/first-line.ics?token=",
        "/rota/first-line.ics?token=%00%E2%82%AC",
        f"{address('rotation', 'first-line')}?token={token(SECRET, 'person', 'first-line')}",
        f"{address('rotation', 'first-line')}?token={token('6' * 32, 'rotation', 'first-line')}",
        f"{FIRST_LINE}&{'x' * 2000}",
        url("rotation", "third-line"),
        url("person", "nobody"),
        "/rota/",
        "/rota/person/",
        "/rota/../metrics",
        "/rota/person/../first-line.ics",
        "/rotation.ics",
    ],
)
def test_to_all_others_there_is_nothing_here(server: WebServer, path: str) -> None:
    answer = ask(server, path)
    assert (answer.status, answer.body) == (404, "There is nothing at this address.\n")


def test_what_has_not_changed_is_not_sent_again(server: WebServer, desk: Desk) -> None:
    tag = ask(server, FIRST_LINE).headers["etag"]
    assert tag.startswith('"')
    desk.now += 20 * HOUR
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = ask(server, FIRST_LINE, headers={"If-None-Match": known})
        assert (answer.status, answer.body) == (304, "")
        assert answer.headers["etag"] == tag
    assert ask(server, FIRST_LINE, headers={"If-None-Match": '"other"'}).status == 200


def test_an_edit_is_seen_at_once(server: WebServer, desk: Desk) -> None:
    before = ask(server, FIRST_LINE)
    desk.playbooks = playbooks(rotations=OTHERS)
    after = ask(server, FIRST_LINE, headers={"If-None-Match": before.headers["etag"]})
    assert after.status == 200
    assert "Zoe: first-line" in after.body


def test_a_week_later_another_week_is_in_it(server: WebServer, desk: Desk) -> None:
    before = ask(server, FIRST_LINE).headers["etag"]
    desk.now += timedelta(days=7)
    assert ask(server, FIRST_LINE).headers["etag"] != before


def test_it_can_only_be_looked_at(server: WebServer) -> None:
    assert ask(server, FIRST_LINE, "POST").status == 405
    head = ask(server, FIRST_LINE, "HEAD")
    assert (head.status, head.body) == (200, "")
    assert head.headers["etag"] == ask(server, FIRST_LINE).headers["etag"]


def test_a_page_of_its_own_comes_before_its_folder(server: WebServer) -> None:
    assert ask(server, "/rota/exact").body == "exact"
