"""Conditions on what a message says, on what it is, and on when it comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from supportbot.domain.triage.background import NOTHING, Background, Earlier
from supportbot.domain.triage.decision import triage, verdicts
from supportbot.domain.triage.message import File, InboundMessage, Sender
from supportbot.domain.triage.rule import Verdict
from tests.adapters.playbook_files_base import BASE, faults_in, loaded_from, with_rule

RULES = "rules/10-rules.yaml"
# A Tuesday; 09:05 in Toronto.
TUESDAY = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
EVENTS = BASE["communities.yaml"] + (
    "    events: [{name: exam, hub: lab, from: 2026-11-24T14:00, to: 2026-11-24T16:00}]\n"
)
WEEK = timedelta(days=7)
LAB = "lab.lakeside.example"
PLAIN = InboundMessage("mail", "k", Sender(mail="x@else.example"), "hello", TUESDAY)


def hits(
    when: str,
    message: InboundMessage,
    at: datetime = TUESDAY,
    background: Background = NOTHING,
) -> bool:
    files = {**BASE, "communities.yaml": EVENTS, RULES: with_rule(when, "then: {severity: P1}")}
    return triage(message, loaded_from(files), at, background).decision.rule == "it"


SAID = [
    ("when: {capability: login}", "Nobody can log in", "hello"),
    ("when: {capability: [run, storage]}", "The disk is full", "Nobody can log in"),
    ("when: {users_affected: all}", "Nobody can log in", "I cannot log in"),
    ("when: {users_affected: [one, unknown]}", "I cannot log in", "We cannot log in"),
    ("when: {always: sometimes}", "Sometimes the hub is down", "Always the hub is down"),
    ("when: {trouble: yes}", "Nothing works", "hello"),
    ("when: {resolved: yes}", "It works again", "It is down again"),
    ("when: {later: yes}", "We have a class on 12 January 2027", "We have a class now"),
    ("when: {question: yes}", "Is it down? Thanks", "It is down. Thanks"),
    ("when: {exam: yes}", "Our exam begins", "Our class begins"),
    ("when: {certain: yes}", "The hub is down for all of us.", "My own kernel died."),
    ("when: {unclear: yes}", "The files of our students. Friday.", "Could you give us files?"),
    ("when: {event: yes}", f"hello from {LAB}", "hello from db.lakeside.example"),
    ("when: {event: no}", "hello", f"hello from {LAB}"),
    ("when: {all: [trouble: yes, not: {users_affected: one}]}", "It broke", "Only me: it broke"),
]


@pytest.mark.parametrize(("when", "yes", "no"), SAID)
def test_a_rule_may_ask_what_a_message_says(when: str, yes: str, no: str) -> None:
    assert hits(when, replace(PLAIN, text=yes))
    assert not hits(when, replace(PLAIN, text=no))


def test_a_rule_may_ask_for_attachments_and_for_mail_of_programs() -> None:
    attached = replace(PLAIN, files=(File("log.txt", "text/plain", 3, "00"),))
    assert hits("when: {attachments: yes}", attached)
    assert not hits("when: {attachments: yes}", PLAIN)
    assert hits("when: {automatic: yes}", replace(PLAIN, automatic_answers=False))
    assert not hits("when: {automatic: yes}", PLAIN)


SPAM = replace(PLAIN, headers={"x-spam-flag": "YES", "list-id": "<announce.example>"})
HEADERS = [
    ("{X-Spam-Flag: yes}", True),
    ("{x-spam-flag: [no, maybe]}", False),
    ("{List-Id: [team.example, Announce.Example]}", True),
    ("{X-Spam-Flag: yes, List-Id: other}", False),
    ("{List-Id: present}", True),
    ("{List-Id: absent}", False),
    ("{X-Alert: present}", False),
    ("{X-Alert: absent}", True),
]


@pytest.mark.parametrize(("header", "hit"), HEADERS)
def test_a_rule_may_ask_for_a_header_of_a_mail(header: str, hit: bool) -> None:
    assert hits(f"when: {{header: {header}}}", SPAM) is hit


def test_a_rule_may_ask_whether_the_sender_is_proved() -> None:
    proved = replace(PLAIN, authenticated=True)
    slack = replace(PLAIN, source="slack")
    assert hits("when: {authenticated: yes}", proved)
    assert hits("when: {authenticated: yes}", slack)
    assert hits("when: {authenticated: no}", PLAIN)
    assert hits("when: {authenticated: no}", replace(PLAIN, authenticated=False))


def ago(hub: str, symptom: str, *, opened: timedelta, incident: bool = True) -> Earlier:
    return Earlier(1, hub, symptom, TUESDAY - opened, incident)


BAD = replace(PLAIN, text=f"Nobody can log in to {LAB}")
BESIDE = [
    ("recurrence: {times: 2, within: 7 days}", [ago("lakeside/lab", "login", opened=WEEK)], True),
    ("recurrence: {times: 3, within: 7 days}", [ago("lakeside/lab", "login", opened=WEEK)], False),
    ("recurrence: {times: 2, within: 6 days}", [ago("lakeside/lab", "login", opened=WEEK)], False),
    ("recurrence: {times: 2, within: 7 days}", [ago("lakeside/lab", "run", opened=WEEK)], False),
    ("recurrence: {times: 2, within: 7 days}", [ago("lakeside/prod", "login", opened=WEEK)], False),
    (
        "recurrence: {times: 2, within: 7 days, symptom: database}",
        [ago("lakeside/lab", "database", opened=WEEK)],
        True,
    ),
    ("open_incident: yes", [ago("lakeside/lab", "run", opened=WEEK)], True),
    ("open_incident: hub", [ago("lakeside/lab", "run", opened=WEEK)], True),
    ("open_incident: cluster", [ago("lakeside/lab", "run", opened=WEEK)], False),
    ("open_incident: cluster", [ago("northfield/prod", "run", opened=WEEK)], True),
    ("open_incident: hub", [ago("northfield/prod", "run", opened=WEEK)], False),
    ("open_incident: yes", [ago("lakeside/lab", "run", opened=WEEK, incident=False)], False),
    ("open_incident: no", [], True),
]


@pytest.mark.parametrize(("when", "earlier", "hit"), BESIDE)
def test_a_rule_may_ask_for_the_tickets_that_there_are(
    when: str, earlier: list[Earlier], hit: bool
) -> None:
    background = Background(tuple(earlier))
    assert hits(f"when: {{{when}}}", BAD, background=background) is hit


@pytest.mark.parametrize(
    ("when", "looks_back"),
    [
        ("{text: it}", None),
        ("{open_incident: yes}", timedelta(0)),
        ("{any: [open_incident: yes, recurrence: {times: 2, within: 7 days}]}", WEEK),
    ],
)
def test_how_far_the_rules_look_back_is_known(when: str, looks_back: timedelta | None) -> None:
    files = {**BASE, RULES: with_rule(f"when: {when}", "then: {severity: P1}")}
    assert loaded_from(files).looks_back == looks_back


def test_what_was_wanted_and_seen_of_earlier_tickets_is_shown() -> None:
    when = "when: {recurrence: {times: 3, within: 7 days, symptom: login}}"
    playbooks = loaded_from({**BASE, RULES: with_rule(when, "then: {severity: P1}")})
    first, _ = verdicts(triage(PLAIN, playbooks, TUESDAY).facts, playbooks)
    assert first.conditions == (
        Verdict("recurrence", "3 or more of login within 7 days", "1", False),
    )


YEAR_END = "from: 2026-12-18T00:00, to: 2027-01-04T00:00, time_zone: Europe/Berlin"
TIMES = [
    ("hours: Mon-Fri 09:00-17:00, time_zone: America/Toronto", "2026-11-24T14:00", True),
    ("hours: Mon-Fri 09:00-17:00, time_zone: America/Toronto", "2026-11-24T13:59", False),
    ("hours: Mon-Fri 09:00-17:00, time_zone: America/Toronto", "2026-11-28T15:00", False),
    ("hours: [Sat 00:00-24:00 UTC, Sun 00:00-24:00 UTC]", "2026-11-28T15:00", True),
    (YEAR_END, "2026-12-17T23:00", True),
    (YEAR_END, "2026-12-17T22:59", False),
    (YEAR_END, "2027-01-03T23:00", False),
    ("from: 2026-12-18T00:00Z", "2030-01-01T00:00", True),
    ("hours: daily 22:00-06:00, from: 2026-12-18T00:00Z", "2026-12-01T23:00", False),
]


@pytest.mark.parametrize(("time", "at", "hit"), TIMES)
def test_a_rule_may_ask_for_the_time(time: str, at: str, hit: bool) -> None:
    moment = datetime.fromisoformat(f"{at}+00:00")
    assert hits(f"when: {{time: {{{time}}}}}", PLAIN, moment) is hit


def test_what_was_wanted_and_seen_of_the_time_is_shown() -> None:
    when = "when: {time: {hours: Mon-Fri 09:00-17:00, from: 2026-12-18T00:00, time_zone: UTC}}"
    playbooks = loaded_from({**BASE, RULES: with_rule(when, "then: {severity: P1}")})
    first, _ = verdicts(triage(PLAIN, playbooks, TUESDAY).facts, playbooks)
    (verdict,) = first.conditions
    assert (verdict.condition, verdict.hit) == ("time", False)
    assert verdict.expected == "Mon-Fri 09:00-17:00 from 2026-12-18T00:00 (UTC)"
    assert verdict.seen == "2026-11-24T14:05+00:00"


LEAN = (
    BASE["rotations.yaml"]
    + """\
periods:
  lean: {hours: "Sat-Sun 00:00-24:00", every_year: 12-18 to 01-03, time_zone: Europe/Berlin}
"""
)
LEAN_TIMES = [
    ("2026-11-27T22:59", False),
    ("2026-11-27T23:00", True),
    ("2026-11-29T22:59", True),
    ("2026-11-29T23:00", False),
    ("2026-12-17T22:59", False),
    ("2026-12-17T23:00", True),
    ("2027-01-01T12:00", True),
    ("2028-01-03T22:59", True),
    ("2028-01-03T23:00", False),
]


@pytest.mark.parametrize(("at", "hit"), LEAN_TIMES)
def test_a_rule_may_ask_for_a_period_by_its_name(at: str, hit: bool) -> None:
    rules = with_rule("when: {time: {period: lean}}", "then: {severity: P1}")
    playbooks = loaded_from({**BASE, "rotations.yaml": LEAN, RULES: rules})
    moment = datetime.fromisoformat(f"{at}+00:00")
    assert (triage(PLAIN, playbooks, moment).decision.rule == "it") is hit


@pytest.mark.parametrize(
    ("period", "fault"),
    [
        ("{time_zone: UTC}", "no time is said here — write hours or every_year"),
        ("{every_year: 02-30 to 03-01}", "'02-30 to 03-01' are no days of a year"),
        ("{every_year: Christmas}", "write months and days: 12-18 to 01-03"),
        ("{hours: Sat-Sun}", "are no hours"),
    ],
)
def test_a_mistake_in_a_period_is_told_with_its_mend(period: str, fault: str) -> None:
    (found,) = faults_in("rotations.yaml", BASE["rotations.yaml"] + f"periods:\n  lean: {period}\n")
    assert found.startswith("rotations.yaml:4:")
    assert fault in found


FAULTS = [
    ("{time: {period: lean}}", "unknown period 'lean'"),
    ("{time: {time_zone: UTC}}", "no time is said here — write hours, from, to or period"),
    (
        "{time: {from: 2026-12-18T00:00, to: 2026-12-18T00:00}}",
        "it ends before it begins — check from and to",
    ),
    ("{time: {hours: Mon-Fri}}", "'Mon-Fri' are no hours — write days, from-to and a zone"),
    ("{capability: log_in}", "'log_in' is not possible here — write reach, login, start, run"),
    ("{users_affected: many}", "'many' is not possible here — write one, several, all or unknown"),
    ("{trouble: maybe}", "'maybe' is neither yes nor no — write yes or no"),
    ("{open_incident: maybe}", "'maybe' is not possible here — write hub, cluster or none"),
    ("{recurrence: {times: 1, within: 7 days}}", "1 is not possible here — write a number from 2"),
    (
        "{recurrence: {times: 3, within: 91 days}}",
        "than the desk looks back — write 90 days",
    ),
    ("{recurrence: {times: 3, within: often}}", "'often'"),
    ("{recurrence: {times: 3}}", "the key 'within' is missing"),
    ("{header: {X Spam: yes}}", "'X Spam' is no header of a mail — write it as X-Spam-Flag"),
    ("{header: {Subject: hi}}", "'Subject' is kept from rules — ask for it by `subject:`"),
    ("{header: {Received: from}}", "'Received' is kept from rules — ask for another one"),
    ("{capabilty: run}", "unknown key 'capabilty' — did you mean 'capability'?"),
]


@pytest.mark.parametrize(("when", "fault"), FAULTS)
def test_a_mistake_in_a_condition_is_told_with_its_mend(when: str, fault: str) -> None:
    found = faults_in(RULES, with_rule(f"when: {when}", "then: {severity: P1}"))
    assert len(found) == 1
    assert found[0].startswith(f"{RULES}:3:")
    assert fault in found[0]
