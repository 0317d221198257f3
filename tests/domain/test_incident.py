"""What sentences mean together, and whether that is an incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from supportbot.domain.triage.extraction import Words, understood
from supportbot.domain.triage.failing import failing
from supportbot.domain.triage.incident import Answer, is_incident, missing
from supportbot.domain.triage.sentence import Sentence

# A Tuesday, 09:05 in Toronto.
AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
ZONE = "America/Toronto"


def said(topics: str = "", **more: object) -> Sentence:
    return Sentence(frozenset(topics.split()), **more)  # type: ignore[arg-type]


def words(*sentences: Sentence) -> Words:
    return understood(sentences, AT, ZONE)


FAILING = [
    ("reach failing", "reach"),
    ("reach not open", "reach"),
    ("reach not", None),
    ("reach", None),
    ("log_in cannot", "login"),
    ("log_in not", "login"),
    ("log_in", None),
    ("start reach not", "start"),
    ("start reach failing", "start"),
    ("notebook open cannot", "start"),
    ("notebook failing", "run"),
    ("run failing", "run"),
    ("run cannot package", None),
    ("execute code cannot", "run"),
    ("compute not start", "compute"),
    ("storage cannot", "storage"),
    ("storage full", "storage"),
    ("storage full nearly", None),
    ("storage full wish", None),
    ("storage_fails reach failing", "storage"),
    ("reach failing wish", None),
    ("reach failing not wish", "reach"),
    ("reach not open no_matter", None),
    ("reach cannot open no_matter", "reach"),
    ("log_in cannot excuse", None),
    ("log_in cannot hypothetical", None),
]


@pytest.mark.parametrize(("topics", "capability"), FAILING)
def test_a_thing_and_a_failure_in_one_sentence_say_what_fails(
    topics: str, capability: str | None
) -> None:
    assert failing(said(topics)) == capability


CERTAIN = [
    ("reach failing", "", True),
    ("reach failing self", "", False),
    ("reach failing self several", "", True),
    ("reach failing", "wish", False),
    ("reach failing since", "wish", True),
    ("reach failing all", "praise", False),
    ("reach failing all since", "praise", True),
    ("reach failing all past", "", False),
    ("reach failing all wish", "", False),
    ("reach failing all wish look", "", True),
    ("reach failing all", "noise", False),
    ("failing all", "", False),
]


@pytest.mark.parametrize(("topics", "besides", "certain"), CERTAIN)
def test_it_is_certain_while_nothing_lets_one_think_otherwise(
    topics: str, besides: str, certain: bool
) -> None:
    assert words(said(topics), said(besides)).certain is certain


@pytest.mark.parametrize(("percent", "capability"), [(94, None), (95, "storage"), (99, "storage")])
def test_a_disk_is_full_from_95_per_cent_on(percent: int, capability: str | None) -> None:
    assert failing(said("storage", percent=percent)) == capability


USERS = [
    ("", "unknown"),
    ("several", "several"),
    ("all several", "all"),
    ("one_other several", "one"),
    ("one_other all", "all"),
    ("one all", "one"),
    ("one not_only_one", "several"),
    ("others well self", "one"),
    ("others well self part", "unknown"),
    ("one_other too", "several"),
]


@pytest.mark.parametrize(("topics", "users"), USERS)
def test_how_many_follows_from_the_words(topics: str, users: str) -> None:
    assert words(said(f"reach failing {topics}")).users_affected == users


@pytest.mark.parametrize(("people", "users"), [(1, "one"), (2, "several"), (300, "several")])
def test_a_number_of_people_counts(people: int, users: str) -> None:
    found = words(said("people", people=people))
    assert (found.users_affected, found.users_number) == (users, people)


def test_what_comes_before_it_works_again_is_over() -> None:
    over = words(said("reach failing"), said("resolved"))
    assert (over.capability, over.trouble, over.resolved) == (None, False, True)
    again = words(said("reach failing"), said("resolved"), said("log_in cannot"))
    assert (again.capability, again.resolved) == ("login", True)
    assert words(said("reach failing"), said("resolved not_resolved")).capability == "reach"


def test_what_is_planned_for_a_day_to_come_does_not_fail_now() -> None:
    planned = words(said("reach failing planned later"))
    assert (planned.capability, planned.later) == (None, True)
    assert words(said("reach failing later")).capability == "reach"


DATES = [
    ((0, 1, 12), True),
    ((2027, 1, 12), True),
    ((0, 11, 25), False),  # tomorrow is now
    ((0, 11, 20), False),  # four days ago
    ((2025, 12, 24), False),
    ((0, 2, 30), False),
]


@pytest.mark.parametrize(("day", "later"), DATES)
def test_a_date_is_later_when_it_is_to_come(day: tuple[int, int, int], later: bool) -> None:
    assert words(said("planned", dates=(day,))).later is later


SINCE = [
    (said("since", ago=timedelta(hours=2), when=("for",)), "12:05"),
    (said("today", clock=time(8, 30), when=("this morning",)), "13:30"),
    (said("yesterday", clock=time(17), when=("yesterday",)), "2026-11-23 22:00"),
    (said("since", clock=time(22), when=("since",)), "2026-11-24 03:00"),
    (said("now", when=("right now",)), "14:05"),
    (said("", clock=time(8, 30)), None),
    (said("today", when=("this morning",)), None),
    (said("weekday since", clock=time(8), when=("monday",)), None),
]


@pytest.mark.parametrize(("sentence", "instant"), SINCE)
def test_since_when_is_an_instant_where_the_words_settle_it(
    sentence: Sentence, instant: str | None
) -> None:
    found = words(sentence).since
    wanted = instant if instant is None or " " in instant else f"2026-11-24 {instant}"
    assert found == (datetime.fromisoformat(f"{wanted}+00:00") if wanted else None)


def test_words_of_time_are_kept_where_they_settle_nothing() -> None:
    assert words(said("today", when=("this morning",))).since_words == "this morning"


@pytest.mark.parametrize(
    ("topics", "always"), [("always", True), ("sometimes always", False), ("", None)]
)
def test_always_or_sometimes(topics: str, always: bool | None) -> None:
    assert words(said(topics)).always is always


FAILS = Words(capability="login", trouble=True, users_affected="several", certain=True)
TEST = [
    (Words(), None, False, False),
    (Words(), "exam", False, False),
    (FAILS, None, True, False),
    (replace(FAILS, users_affected="all"), None, True, False),
    (replace(FAILS, certain=False), None, True, True),
    (replace(FAILS, certain=False), "exam", True, False),
    (replace(FAILS, users_affected="unknown"), None, True, True),
    (replace(FAILS, users_affected="one"), None, False, False),
    (replace(FAILS, users_affected="one"), "exam", True, False),
    (replace(FAILS, users_affected="one", exam=True), None, True, True),
    (replace(FAILS, capability=None), None, True, True),
    (replace(FAILS, capability=None), "exam", True, False),
    (replace(FAILS, not_urgent=True), None, True, False),
    (replace(FAILS, question=True), None, True, False),
]


@pytest.mark.parametrize(("found", "event", "incident", "unsure"), TEST)
def test_the_worse_reading_holds_unless_one_person_is_alone(
    found: Words, event: str | None, incident: bool, unsure: bool
) -> None:
    answer = is_incident(found, event=event)
    assert answer == Answer(incident, answer.reason, unsure)
    assert answer.reason


def test_only_what_is_missing_is_asked() -> None:
    assert missing(Words(), hub=None) == ("hub", "capability", "users_affected", "since", "always")
    whole = replace(FAILS, since=AT, always=False)
    assert missing(whole, hub="northfield/prod") == ()
    assert missing(replace(whole, since=None, since_words="today"), hub="x/y") == ()
