"""The words that ship with the program, read in real sentences; and what a team makes of them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.sentence_ends import cut
from supportbot.adapters.playbook_files.source import (
    DEFAULT_WORDS,
    PlaybookFiles,
    read_folder,
    read_playbooks,
)
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.triage.decision import triage
from supportbot.domain.triage.extraction import Words, understood
from supportbot.domain.triage.message import InboundMessage, Sender
from supportbot.domain.triage.sentence import Sentence
from tests.adapters.playbook_files_base import BASE, faults_of, loaded, loaded_from

HERE = Path(__file__).parent
MESSAGES = HERE / "triage_messages"
AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def example() -> Playbooks:
    return parse(read_folder(HERE.parents[1] / "playbooks"))


def sentences(text: str) -> tuple[Sentence, ...]:
    return tuple(loaded().incident.reader.sentences(text))


def words(text: str) -> Words:
    return understood(sentences(text), AT, "America/Toronto")


SPOKEN = [
    ("Nobody can log in", "login", "all"),
    ("Unsere Studierenden kommen nicht auf den Hub, er ist nicht erreichbar", "reach", "several"),
    ("Le noyau meurt pour tout le monde", "run", "all"),
    ("No podemos guardar los archivos", "storage", "several"),
    ("Il server non parte, solo a me", "start", "one"),
    ("Os jobs não arrancam no cluster", "compute", "unknown"),
    ("De server start niet op bij mijn studenten", "start", "several"),
    ("Not only me: the hub is down", "reach", "several"),
    ("one of my students cannot log in", "login", "one"),
    ("gpu.longwave.example does not respond", "reach", "unknown"),
    ("No, the others are fine, but I cannot log in", "login", "one"),
    ("How do I log in?", None, "unknown"),
]


@pytest.mark.parametrize(("text", "capability", "users"), SPOKEN)
def test_what_fails_and_for_whom_is_understood(
    text: str, capability: str | None, users: str
) -> None:
    found = words(text)
    assert (found.capability, found.users_affected) == (capability, users)


def test_numbers_are_read_with_what_they_count() -> None:
    (found,) = sentences("12 students, 97 % full since 8:30 am, and on 12 January 2027")
    assert (found.people, found.percent, found.clock) == (12, 97, time(8, 30))
    assert found.dates == ((2027, 1, 12),)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2 hours ago", 2),
        ("seit 3 Stunden", 3),
        ("depuis 2 heures", 2),
        ("desde hace 4 horas", 4),
        ("da 5 ore", 5),
        ("há 2 horas", 2),
        ("sinds 2 dagen", 48),
        ("in 2 hours", None),
    ],
)
def test_how_long_ago_is_read(text: str, hours: int | None) -> None:
    (found,) = sentences(text)
    assert found.ago == (timedelta(hours=hours) if hours else None)


def test_a_text_is_read_sentence_by_sentence() -> None:
    found = sentences("Is it down? I think so.\n\n- one\n- two; see a.b.c.example, please")
    assert [sentence.question for sentence in found] == [True, False, False, False, False]


def test_a_hostile_text_is_read_no_further_than_its_head() -> None:
    assert len(sentences("a. " * 100_000)) <= 100


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one, but two but  but three", ["one", "two", "three"]),
        ("one. But two.three", ["one", "but two.three"]),
        ("one...  aber two", ["one", "two"]),
        ("one.\n\n\n  - two\n * three", ["one", "- two", "three"]),
        ("一。二！三", ["一", "二", "三"]),  # noqa: RUF001
        ("?! . ", []),
        (" \n", []),
    ],
)
def test_sentences_end_at_stops_items_and_buts(text: str, pieces: list[str]) -> None:
    assert [piece.strip() for piece, _ in cut(text.lower())] == pieces


OTHERWISE_WRITTEN = [
    ("Noteboks and the servre are unrecahable", "the notebooks and the server are unreachable"),
    ("Hello everyone, the hub hangs", "the hub hangs"),
    ("Der Rechenserver hängt", "der server hängt"),
    ("crashing, the hub", "it crashed, the hub"),
]


@pytest.mark.parametrize(("written", "meant"), OTHERWISE_WRITTEN)
def test_slips_greetings_and_forms_of_a_word_hide_no_failure(written: str, meant: str) -> None:
    assert words(written) == words(meant)


def test_a_signature_says_nothing_and_what_is_quoted_is_over_when_it_is_resolved() -> None:
    assert not words("Thanks!\n--\nJo Ferris\nDepartment of hub failures, all down").trouble
    assert not words("Please disregard my mail.\n\n> The hub is down\n> for all of us").trouble
    assert words("See below.\n\n> The hub is down\n> for all of us").capability == "reach"


def test_half_a_character_in_a_text_is_passed_over() -> None:
    assert words("the hub is \ud800down").capability == "reach"


def rows(file: str) -> list[tuple[str, str]]:
    text = (MESSAGES / file).read_text(encoding="utf-8")
    lines = [line.split(" | ", 1) for line in text.splitlines() if not line.startswith("#")]
    return [(kind, said.replace("\\n", "\n")) for kind, said in lines]


@pytest.mark.parametrize("file", sorted(file.name for file in MESSAGES.glob("*.txt")))
def test_outages_page_and_harmless_messages_wake_nobody(example: Playbooks, file: str) -> None:
    severities: dict[str, list[str]] = {"outage": [], "harmless": [], "one": []}
    for number, (kind, said) in enumerate(rows(file)):
        sender = Sender(slack="USTRANGER")
        message = InboundMessage(source="slack", key=str(number), sender=sender, text=said, at=AT)
        severities[kind].append(triage(message, example, AT).decision.severity)
    outages, harmless = severities["outage"], severities["harmless"]
    assert sum(s in ("P1", "P2") for s in outages) >= 0.98 * len(outages)
    assert harmless.count("P1") <= 0.03 * len(harmless)
    assert severities["one"].count("P1") <= 0.1 * len(severities["one"])


def test_a_team_adds_words_replaces_them_and_asks_in_its_own(example: Playbooks) -> None:
    text = "more_words: {reach: cube}\nwords: {exam: [[viva], [defence]]}\nquestions: {hub: Où?}\n"
    changed = loaded_from({**BASE, "incident.yaml": text}).incident
    topics = [s.topics for s in changed.reader.sentences("The cube is down. The exam. The viva")]
    assert [("reach" in t, "exam" in t) for t in topics] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert changed.questions == {**example.incident.questions, "hub": "Où?"}


FAULTS = [
    ("more_words: {rech: x}", "unknown list of words 'rech' — did you mean 'reach'?"),
    ("questions: {hubs: x}", "unknown question 'hubs' — did you mean 'hub'?"),
    ("word: {reach: x}", "unknown key 'word' — did you mean 'words'?"),
    ("words: {reach: []}", "this list is empty — write something into it or delete the key"),
]


@pytest.mark.parametrize(("text", "fault"), FAULTS)
def test_a_mistake_in_it_is_told_with_its_place(text: str, fault: str) -> None:
    (found,) = faults_of({**BASE, "incident.yaml": text})
    assert found.startswith("incident.yaml:1:")
    assert found.endswith(fault)


def test_what_is_missing_is_asked_and_nothing_else(example: Playbooks) -> None:
    def asked(text: str) -> tuple[str, ...]:
        message = InboundMessage("slack", "k", Sender(slack="U0MARA"), text, AT)
        return triage(message, example, AT).decision.ask

    questions = example.incident.questions
    assert asked("The hub is down") == tuple(
        questions[fact] for fact in ("hub", "users_affected", "since", "always")
    )
    whole = "hub.northfield.example is always down for all of us since 8:30"
    assert asked(whole) == ()
    assert asked("Only me: I cannot log in") == ()


def test_the_program_s_own_words_belong_to_the_version_and_are_kept_with_it() -> None:
    folder = HERE.parents[1] / "playbooks"
    shipped = read_playbooks(folder)
    assert shipped.version != read_folder(folder).version
    text = shipped.files[DEFAULT_WORDS].replace("wheel of doom", "no such words")
    older = PlaybookFiles.of({**shipped.files, DEFAULT_WORDS: text})
    today, then = parse(shipped), parse(older)
    assert today.version != then.version
    said = "the wheel of doom"
    assert tuple(today.incident.reader.sentences(said)) != tuple(
        then.incident.reader.sentences(said)
    )
