"""Health checks: one word when all is well, a sentence for each thing that is not."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from structlog.testing import capture_logs

from supportbot.adapters.web.health import health_check
from tests.adapters.web.serving import PATIENCE, Answer, ask, says, serving

SOON = timedelta(milliseconds=20)


def checked(complaints: Sequence[str]) -> Answer:
    with serving({"/readyz": health_check(lambda: complaints)}) as server:
        return ask(server, "/readyz")


def test_without_complaints_it_is_ok() -> None:
    answer = checked([])
    assert (answer.status, answer.body) == (200, "ok\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_every_complaint_is_a_line_of_a_503() -> None:
    answer = checked(["the timers stand still", "Slack is not connected"])
    assert answer.status == 503
    assert answer.body == "the timers stand still\nSlack is not connected\n"


def test_complaints_stay_short_however_they_come() -> None:
    answer = checked(["one\nin two lines", "x" * 5_000, *["more"] * 500])
    assert answer.status == 503
    assert answer.body.startswith("one in two lines\n" + "x" * 200 + "\nmore\n")
    assert answer.body.count("\n") == 20


def test_a_check_that_fails_is_503_and_keeps_its_words_to_itself() -> None:
    def fails() -> Sequence[str]:
        raise OSError("postgresql://bot:hunter2@db/desk")

    with serving({"/readyz": health_check(fails)}) as server, capture_logs() as logged:
        answer = ask(server, "/readyz")

    assert (answer.status, answer.body) == (503, "the check itself failed: OSError\n")
    assert [entry["event"] for entry in logged] == ["health_check_failed"]


def test_a_database_that_hangs_does_not_hang_the_probe_nor_anybody_else() -> None:
    """However often it is asked for, it holds one thread, and is heard again when it comes back."""
    back = threading.Event()
    asked: list[int] = []

    def hangs() -> Sequence[str]:
        asked.append(1)
        back.wait(PATIENCE)
        return []

    routes = {"/readyz": health_check(hangs, SOON), "/other": says("still here")}
    with serving(routes) as server, ThreadPoolExecutor(40) as clients:
        answers = list(clients.map(lambda _: ask(server, "/readyz"), range(40)))
        assert {answer.status for answer in answers} == {503}
        assert {answer.body for answer in answers} == {
            "the check itself does not come back: is the database there?\n"
        }
        assert ask(server, "/other").body == "still here"
        assert len(asked) == 1
        back.set()
        while ask(server, "/readyz").status != 200:
            pass


def test_each_probe_asks_anew() -> None:
    complaints = [["not yet"], []]
    with serving({"/readyz": health_check(lambda: complaints.pop(0))}) as server:
        assert [ask(server, "/readyz").status for _ in range(2)] == [503, 200]
