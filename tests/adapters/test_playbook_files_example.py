"""The worked example in playbooks/ decides what its own comments promise."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.source import read_folder
from supportbot.domain.on_call.rotation import who
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.triage.decision import Decision, triage
from supportbot.domain.triage.facts import CAPABILITIES, Facts
from supportbot.domain.triage.message import InboundMessage, Sender, Source

FOLDER = Path(__file__).parents[2] / "playbooks"
TUESDAY = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def example() -> Playbooks:
    return parse(read_folder(FOLDER))


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.yaml")), ids=lambda file: file.name)
def test_other_tools_read_the_same_in_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert yaml.load(text, yaml.BaseLoader) == yaml.load(text, yaml.CBaseLoader)  # noqa: S506


def judged(
    playbooks: Playbooks,
    text: str,
    *,
    sender: str | None = None,
    mail: str | None = None,
    subject: str | None = None,
) -> tuple[Facts, Decision]:
    person = playbooks.people[sender] if sender else None
    source: Source = "mail" if mail or subject else "slack"
    message = InboundMessage(
        source=source,
        key="1",
        sender=Sender(
            slack=person.slack if person else None, mail=mail or (person.mail if person else None)
        ),
        text=text,
        at=TUESDAY,
        subject=subject,
    )
    found = triage(message, playbooks, TUESDAY)
    return found.facts, found.decision


def test_a_class_that_cannot_open_its_notebooks_is_the_worst(example: Playbooks) -> None:
    text = "Nobody in the 9am class can open their notebooks, hub.northfield.example says 503"
    facts, decision = judged(example, text, sender="mara")
    assert (facts.community, facts.hub, facts.cluster) == (
        "northfield",
        "northfield/prod",
        "north-1",
    )
    assert facts.sender_kind == "representative"
    assert (decision.severity, decision.symptom, decision.incident) == ("P1", "start", True)
    assert (decision.first_line, decision.github_issue) == ("first-line", "on_open")


SYMPTOMS = [
    ("Our students can’t log in since this morning", "login", "P1"),
    ("No podemos iniciar sesión en el hub", "login", "P1"),
    ("Niemand kann sich anmelden", "login", "P1"),
    ("The server doesn't start, it is pending forever", "start", "P1"),
    ("Le serveur ne démarre pas", "start", "P1"),
    ("The kernel keeps dying on everything", "run", "P1"),
    ("O kernel morre sempre", "run", "P1"),
    ("Dask: no workers since noon", "compute", "P2"),
    ("No space left on device", "storage", "P1"),
    ("El disco lleno otra vez", "storage", "P1"),
    ("502 Bad Gateway", "reach", "P1"),
    ("Der Hub ist nicht erreichbar", "reach", "P1"),
    ("Le site est en panne", "reach", "P1"),
    ("O hub está fora do ar", "reach", "P1"),
]


@pytest.mark.parametrize(("text", "symptom", "severity"), SYMPTOMS)
def test_each_capability_is_known_by_its_words(
    example: Playbooks, text: str, symptom: str, severity: str
) -> None:
    _, decision = judged(example, text)
    assert (decision.symptom, decision.severity, decision.incident) == (symptom, severity, True)


def test_every_capability_of_the_test_has_words() -> None:
    assert {symptom for _, symptom, _ in SYMPTOMS} == set(CAPABILITIES)


CASES = [
    (
        "I can't log in, but it works for everyone else",
        "P3",
        "one person alone, by their own words",
    ),
    ("Only me, but our exam is on: I cannot log in", "P1", None),
    ("I pushed my token to GitHub", "P1", None),
    ("How do I log in for the first time?", "P4", None),
    ("Please install tidyverse", "P4", None),
    ("We need more memory for 30 people", "P3", None),
    ("Please add user kim", "P4", None),
    ("Our workshop is in May, 40 people", "P3", None),
    ("The menu is blue now", "P3", None),
    ("Everything is so slow today", "P2", None),
]


@pytest.mark.parametrize(("text", "severity", "hit"), CASES)
def test_severities_follow_from_the_words(
    example: Playbooks, text: str, severity: str, hit: str | None
) -> None:
    _, decision = judged(example, text)
    assert decision.severity == severity
    assert hit is None or hit in decision.hits


def test_one_person_alone_is_no_incident(example: Playbooks) -> None:
    _, decision = judged(example, "Login failed, only for me")
    assert (decision.incident, decision.symptom, decision.severity) == (False, "login", "P3")


def test_a_representative_may_ask_for_access(example: Playbooks) -> None:
    _, decision = judged(example, "Please add user kim", sender="elin")
    assert (decision.severity, decision.ask) == ("P3", ())


def test_a_student_database_goes_to_whoever_holds_the_keys(example: Playbooks) -> None:
    _, decision = judged(example, "Please reset the database of Lerato", sender="thandi")
    assert (decision.kind, decision.second_line) == ("database reset", "priya")
    _, other = judged(example, "Please reset the database of Lerato", sender="mara")
    assert other.kind != "database reset"


NOISE = [
    ("status@status.bigcloud.example", "Incident in region 4", "provider notice", "P3"),
    ("billing@bigcloud.example", "Your budget is at 85%", "budget", "P3"),
    ("billing@bigcloud.example", "Your budget is at 40%", "budget", "P4"),
    ("alerts@openfield.example", "hub down", "alert", "P4"),
]


@pytest.mark.parametrize(("mail", "text", "kind", "severity"), NOISE)
def test_noise_is_answered_by_nobody(
    example: Playbooks, mail: str, text: str, kind: str, severity: str
) -> None:
    _, decision = judged(example, text, mail=mail)
    assert (decision.kind, decision.severity, decision.reply) == (kind, severity, None)


def test_an_out_of_office_note_is_no_outage(example: Playbooks) -> None:
    _, decision = judged(example, "hub is down", subject="Automatic reply: Re: hub is down")
    assert (decision.kind, decision.reply) == ("automatic mail", None)


def test_somebody_is_on_call_at_every_hour_of_a_year(example: Playbooks) -> None:
    for week in range(0, 53, 4):
        for hour in range(0, 168, 3):
            at = datetime.fromtimestamp(1_767_225_600 + (week * 168 + hour) * 3600, UTC)
            assert len(who(example.rotations["first-line"], at).on_call) == 2
            assert who(example.rotations["second-line"], at).on_call


def test_every_community_of_the_example_is_found_by_its_sender(example: Playbooks) -> None:
    for community in example.communities.values():
        for person in community.representatives:
            facts, _ = judged(example, "hello", sender=person)
            assert facts.community == community.key
