"""A decision explains itself, and computed again it is what was recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.application.explain import as_text, explain_message, matches, record_of
from supportbot.application.ports import DecisionRecord
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.triage.decision import triage
from supportbot.domain.triage.message import InboundMessage, Sender
from supportbot.domain.triage.rule import ALWAYS, Consequence, Not, Rule, Where
from tests.domain.samples import (
    DAY,
    NOON,
    P1,
    P2,
    Phrases,
    fact,
    message,
    playbooks,
    rule,
    step,
    text_is,
)

LOGIN = rule("login", text_is(0, "login"), severity="P1", symptom="login", incident=True)
CLASS = rule("class", text_is(1, "class"), goes_on=True, labels=("class",))
ASKED = rule("asked", Not(fact("sender_kind", "representative")), severity="P4", reply="none")
REST = rule("rest", ALWAYS, severity="P3")
POLICY = playbooks(rules=(CLASS, LOGIN, ASKED, REST), matcher=Phrases("text:login", "text:class"))


def record(said: InboundMessage, policy: Playbooks = POLICY) -> DecisionRecord:
    return record_of(said, triage(said, policy, NOON), policy, NOON)


def explain(said: InboundMessage, policy: Playbooks = POLICY) -> dict[str, Any]:
    return explain_message(said, policy, NOON)


TEXTS = st.lists(
    st.sampled_from(["login", "class", "hub.northfield.example", "x", "\n", "ß"]), max_size=6
).map(" ".join)
SENDERS = st.sampled_from(
    [Sender(slack="UMARA"), Sender(slack="UINES"), Sender(mail="s@northfield.example"), Sender()]
)
CHANNELS = st.sampled_from([None, "dm", "#northfield", "#else"])
MESSAGES = st.builds(
    lambda text, sender, channel, subject: message(
        text, sender=sender, channel=channel, subject=subject
    ),
    TEXTS,
    SENDERS,
    CHANNELS,
    st.none() | TEXTS,
)


@given(MESSAGES)
def test_what_is_recorded_is_what_is_computed_again(said: InboundMessage) -> None:
    kept = record(said)
    again = explain(said)
    assert matches(kept, again)
    assert list(kept.timers) == again["timers"]
    assert kept.hits == triage(said, POLICY, NOON).decision.hits
    assert json.loads(json.dumps(again)) == again


@given(MESSAGES)
def test_an_explanation_shows_every_rule_and_whatever_hit_says_why(said: InboundMessage) -> None:
    rules = explain(said)["rules"]
    assert [shown["rule"] for shown in rules] == ["class", "login", "asked", "rest"]
    for shown in rules:
        assert shown["hit"] == all(condition["hit"] for condition in shown["conditions"])
        for condition in shown["conditions"]:
            assert set(condition) == {"condition", "expected", "seen", "hit"}


def with_rules(*rules: Rule) -> Playbooks:
    return replace(POLICY, rules=rules)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(with_rules(CLASS, ASKED, REST), id="a rule is gone"),
        pytest.param(
            with_rules(rule("early", ALWAYS, severity="P1"), CLASS, LOGIN, REST),
            id="an earlier one",
        ),
        pytest.param(
            with_rules(CLASS, replace(LOGIN, then=Consequence("P2")), REST),
            id="another consequence",
        ),
        pytest.param(replace(POLICY, communities={}), id="another community"),
        pytest.param(replace(POLICY, rotations={}), id="other people"),
    ],
)
def test_a_decision_that_would_be_another_one_now_does_not_match(other: Playbooks) -> None:
    said = message("login")
    assert not matches(record(said), explain(said, other))


def test_an_explanation_has_the_shape_that_programs_read() -> None:
    said = message("no login for the class at hub.northfield.example")
    explained = explain(said)
    keys = {"facts", "decision", "rules", "owners", "timers", "playbooks", "commit", "decided_by"}
    assert set(explained) == keys
    assert explained["facts"] == {
        "source": "slack",
        "channel": "#northfield",
        "community": "northfield",
        "hub": "prod",
        "cluster": "northfield-1",
        "sender": {"kind": "representative", "person": "mara", "mail": "mara@desk.example"},
        "users_affected": "unknown",
        "users_number": None,
        "capability": "login",
        "since": None,
        "always": None,
        "trouble": False,
        "later": False,
        "resolved": False,
        "question": False,
        "exam": False,
        "not_urgent": False,
        "certain": False,
        "unclear": False,
        "event": None,
        "ready_mode": False,
        "engineers": [],
        "known_problem": None,
        "open_incident": "none",
        "attachments": False,
        "automatic": False,
    }
    assert explained["decision"] == {
        "kind": "request",
        "incident": True,
        "severity": "P1",
        "lifted_from": None,
        "symptom": "login",
        "labels": ["class"],
        "ask": [],
        "reply": "receipt",
        "needs_approval": False,
        "github_issue": "on_open",
        "quarantine": False,
        "rule": "login",
    }
    assert [owner["person"] for owner in explained["owners"]["first_line"]] == ["ines"]
    assert [owner["person"] for owner in explained["owners"]["second_line"]] == ["jonas"]
    assert explained["playbooks"] == "v1"


def test_what_would_come_due_is_told_in_order_with_offsets() -> None:
    timers = explain(message("login"))["timers"]
    assert [(timer["kind"], timer["at"], timer["step"]) for timer in timers] == [
        ("page", "2026-11-24T12:00:00+00:00", 1),
        ("page", "2026-11-24T12:10:00+00:00", 2),
        ("page", "2026-11-24T12:20:00+00:00", 3),
        ("page", "2026-11-24T12:30:00+00:00", 3),
        ("first_answer", "2026-11-24T12:30:00+00:00", None),
        ("page", "2026-11-24T12:40:00+00:00", 3),
    ]


def test_the_rule_that_hit_is_shown_with_its_file_and_line_and_what_it_saw() -> None:
    shown = next(r for r in explain(message("login"))["rules"] if r["rule"] == "login")
    assert shown == {
        "rule": "login",
        "file": "rules/10.yaml",
        "line": 1,
        "hit": True,
        "conditions": [
            {"condition": "text", "expected": "any of: login", "seen": "login", "hit": True}
        ],
    }


def test_people_read_the_decision_its_reason_and_why_not_the_others() -> None:
    text = as_text(explain(message("login")))
    for line in (
        "Severity P1, because of the rule “login”.",
        "Sender: mara (representative).",
        "Community: northfield.",
        "✔ login (rules/10.yaml:1)",
        "✘ class (rules/10.yaml:1)",
        "text: wanted any of: class; saw none",
        "· rest would hit too, but an earlier rule decided",
        "If nobody acts: page (step 1) at 2026-11-24T12:00:00+00:00.",
        "Playbooks v1.",
    ):
        assert line in text
    assert "✘" not in as_text(explain(message("login")), misses=False)


def test_a_decision_that_no_longer_holds_is_shouted_about() -> None:
    explained = explain(message("login"))
    assert "NOT what was decided then" in as_text({**explained, "matches": False})
    assert "NOT" not in as_text({**explained, "matches": True})


def test_nobody_on_call_is_said_so() -> None:
    severities = {"P1": replace(P1, steps=(step("#ops"),)), "P3": replace(P2, key="P3")}
    bare = replace(POLICY, rotations={}, severities=severities)
    assert "First line: nobody is on call." in as_text(explain(message("x"), bare))


def test_an_explanation_is_as_of_its_time() -> None:
    later = explain_message(message("login"), POLICY, NOON + 7 * DAY)
    assert [owner["person"] for owner in later["owners"]["first_line"]] == ["tomasz"]


def test_a_rule_stands_where_a_person_would_look_for_it() -> None:
    elsewhere = replace(LOGIN, where=Where("rules/20-outages.yaml", 14))
    text = as_text(explain(message("login"), with_rules(elsewhere, REST)))
    assert "✔ login (rules/20-outages.yaml:14)" in text


def test_a_decision_names_the_commit_and_the_place_of_the_rule_that_made_it() -> None:
    at_commit = replace(POLICY, commit="3f2a91c04d17 + local changes")
    said = message("login")
    explained = explain(said, at_commit)
    assert explained["commit"] == "3f2a91c04d17 + local changes"
    assert explained["decided_by"] == {"rule": "login", "file": "rules/10.yaml", "line": 1}
    assert "Playbooks 3f2a91c04d17 + local changes (version v1)." in as_text(explained)
    record = record_of(said, triage(said, at_commit, NOON), at_commit, NOON)
    assert (record.commit, record.where) == (at_commit.commit, Where("rules/10.yaml", 1))
    assert explain(said)["commit"] is None
