"""An expectation is held against what the playbooks make of a message, and the reason is shown."""

from __future__ import annotations

import pytest

from supportbot.application.expectations import Case, Result, judge, keys, reasons
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.triage.background import Background, Earlier
from supportbot.domain.triage.message import Sender
from supportbot.domain.triage.rule import ALWAYS, Where
from tests.domain.samples import NOON, Phrases, message, playbooks, rule, text_is

LOGIN = rule(
    "login",
    text_is(0, "login"),
    severity="P1",
    symptom="login",
    incident=True,
    labels=("outage", "login"),
    ask=("Since when?", "Does it happen to others too?"),
)
CLASS = rule("class", text_is(1, "class"), goes_on=True, labels=("class",))
REST = rule("rest", ALWAYS, severity="P3", reply="none", tell="#else")
POLICY = playbooks(rules=(CLASS, LOGIN, REST), matcher=Phrases("text:login", "text:class"))


def judged(
    text: str,
    expect: dict[str, str | tuple[str, ...]],
    policy: Playbooks = POLICY,
    quarantined: str | None = None,
) -> Result:
    said = message(text, sender=Sender(slack="UMARA"))
    wanted = {k: v if isinstance(v, tuple) else (v,) for k, v in expect.items()}
    case = Case("it", Where("tests/a.yaml", 1), said, NOON, wanted)
    return judge(case, said, policy, NOON, quarantined=quarantined)


@pytest.mark.parametrize(
    ("text", "seen"),
    [("hub.northfield.example", "hub"), ("hub.lakeside.example", "none"), ("somewhere", "none")],
)
def test_what_was_earlier_counts_beside_its_own_cluster_alone(text: str, seen: str) -> None:
    said = message(text, sender=Sender(slack="UNOBODY"), channel="#else")
    background = Background((Earlier(1, "northfield/prod", "login", NOON, True),))
    case = Case("it", Where("tests/a.yaml", 1), said, NOON, {"open_incident": (seen,)}, background)
    assert judge(case, said, POLICY, NOON).passed


OUTAGE = "login on hub.northfield.example"
RIGHT: list[tuple[str, str | tuple[str, ...]]] = [
    ("severity", "P1"),
    ("severity", "p1"),
    ("severity", ("P2", "P1")),
    ("community", "northfield"),
    ("hub", "prod"),
    ("hub", "northfield/prod"),
    ("symptom", "login"),
    ("incident", "yes"),
    ("incident", "true"),
    ("labels", "outage"),
    ("labels", ("login", "outage")),
    ("ask", "since  When"),
    ("ask", ("others", "since when?")),
    ("reply", "receipt"),
    ("tell", "none"),
    ("tell", "null"),
    ("rule", "login"),
    ("sender", "representative"),
    ("sender", "mara"),
    ("first_line", "ines"),
    ("second_line", "jonas"),
]
WRONG: list[tuple[str, str | tuple[str, ...], str]] = [
    ("severity", "P3", "P1"),
    ("severity", ("P2", "P3"), "P1"),
    ("hub", "lakeside/prod", "northfield/prod"),
    ("hub", "none", "northfield/prod"),
    ("incident", "no", "yes"),
    ("labels", ("outage", "class"), "outage, login"),
    ("labels", "none", "outage, login"),
    ("ask", "how many", "Since when?, Does it happen to others too?"),
    ("first_line", ("ines", "tomasz"), "ines"),
    ("tell", "#else", "none"),
    ("rule", "rest", "login"),
]


@pytest.mark.parametrize(("key", "wanted"), RIGHT)
def test_what_came_out_as_expected_is_no_difference(
    key: str, wanted: str | tuple[str, ...]
) -> None:
    assert judged(OUTAGE, {key: wanted}).differences == ()


@pytest.mark.parametrize(("key", "wanted", "got"), WRONG)
def test_a_difference_says_what_was_expected_and_what_came(
    key: str, wanted: str | tuple[str, ...], got: str
) -> None:
    (difference,) = judged(OUTAGE, {key: wanted}).differences
    assert (difference.key, difference.got) == (key, got)
    assert difference.expected == (wanted if isinstance(wanted, tuple) else (wanted,))


def test_everything_that_differs_is_told() -> None:
    result = judged("hello", {"severity": "P1", "symptom": "login", "reply": "none", "tell": "#x"})
    assert [difference.key for difference in result.differences] == ["severity", "symptom", "tell"]
    assert not result.passed


@pytest.mark.parametrize(
    ("issue", "right", "wrong"),
    [("on_open", "yes", "no"), ("on_second_line", "no", "yes"), ("never", "no", "yes")],
)
def test_an_issue_is_expected_at_once_or_not(issue: str, right: str, wrong: str) -> None:
    policy = playbooks(rules=(rule("it", ALWAYS, severity="P1", github_issue=issue),))
    assert judged("x", {"github_issue": right}, policy).passed
    assert judged("x", {"github_issue": issue}, policy).passed
    assert not judged("x", {"github_issue": wrong}, policy).passed


def test_a_mail_that_no_rule_would_see_is_to_be_expected_so() -> None:
    (difference,) = judged("x", {"severity": "P3"}, quarantined="bounce").differences
    assert (difference.key, difference.expected, difference.got) == (
        "quarantine",
        ("none",),
        "bounce",
    )
    assert judged("x", {"quarantine": "bounce"}, quarantined="bounce").passed
    assert not judged("x", {"quarantine": "bounce"}).passed


def test_the_reasons_are_the_rules_that_hit_and_those_expected_to() -> None:
    result = judged("class", {"rule": "login"})
    why = reasons(result, POLICY)
    assert [(verdict.rule.name, verdict.hit) for verdict in why] == [
        ("class", True),
        ("login", False),
        ("rest", True),
    ]
    assert why[0].conditions[0].seen == "class"


def test_all_that_an_explanation_says_can_be_expected() -> None:
    assert keys(POLICY) >= {
        *("severity", "kind", "incident", "symptom", "labels", "ask", "reply", "github_issue"),
        *("rule", "tell", "community", "hub", "cluster", "sender", "source", "users_affected"),
        *("first_line", "second_line", "quarantine"),
    }
