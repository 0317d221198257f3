"""Skipping a test because a program is missing, and saying so in the run's last lines.

A test or fixture that needs a program calls `skip_for_want_of("postgres", "apt install …")`.
At the very end the run lists, per program, how many tests went without it; nothing is printed when
all ran. With `TESTS_MAY_NOT_SKIP=1` in the environment any skip, whatever its reason, fails the
run: that is how continuous integration knows that the suite was whole.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from typing import NoReturn

import pytest

MAY_NOT_SKIP = "TESTS_MAY_NOT_SKIP"
_WANTED = re.compile(r"for want of (?P<program>\S+); install it with: (?P<how>.+)")


def skip_for_want_of(program: str, install: str) -> NoReturn:
    """Skip the running test: `program` is one word, `install` the command that brings it."""
    pytest.skip(f"for want of {program}; install it with: {install}")


def summary(reasons: list[str]) -> list[str]:
    """Turn the reasons of skipped tests into the lines to print, the missing programs first."""
    programs: Counter[tuple[str, str]] = Counter()
    others: Counter[str] = Counter()
    for reason in reasons:
        wanted = _WANTED.search(reason)
        if wanted:
            programs[wanted["program"], wanted["how"]] += 1
        else:
            others[reason.removeprefix("Skipped: ")] += 1
    return [
        f"skipped for want of: {program} ({_tests(count)}); install it with: {how}"
        for (program, how), count in sorted(programs.items())
    ] + [f"skipped: {reason} ({_tests(count)})" for reason, count in sorted(others.items())]


def _tests(count: int) -> str:
    return "1 test" if count == 1 else f"{count} tests"


# Outermost, so that these lines come after pytest's own last line.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput"):
        return  # a worker of pytest-xdist: the controller has every report
    skipped = reporter.stats.get("skipped", [])
    for line in summary([_reason(report) for report in skipped]):
        reporter.write_line(line, yellow=True)
    if skipped and os.environ.get(MAY_NOT_SKIP) == "1" and session.exitstatus == 0:
        reporter.write_line(f"{MAY_NOT_SKIP}=1: a run that skips has failed", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The words of a skip: pytest keeps them as (path, line, "Skipped: …")."""
    longrepr = report.longrepr
    return longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
