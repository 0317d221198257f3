"""What is found in sound playbooks: rules that never run, pages to nobody, what lies idle."""

from __future__ import annotations

from dataclasses import replace

import pytest

from supportbot.domain.policy.lint import Finding, contradiction, findings, implies
from supportbot.domain.policy.playbook import Person, Playbooks
from supportbot.domain.triage.rule import ALWAYS, All, AnyOf, Condition, Is, Not, Rule, Text
from tests.domain.samples import (
    EVERYTHING_ELSE,
    P1,
    SEVERITIES,
    fact,
    playbooks,
    rotation,
    rule,
    step,
    text_is,
    with_steps,
)

DOWN = Text("text", ("down", "broken"), (1, 2))
DOWN_ONLY = text_is(1, "down")
MAIL = fact("source", "mail")


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [
        pytest.param(MAIL, ALWAYS, True, id="whatever it is, it is anything"),
        pytest.param(ALWAYS, MAIL, False, id="anything is not always a mail"),
        pytest.param(DOWN_ONLY, DOWN, True, id="fewer phrases are narrower"),
        pytest.param(DOWN, DOWN_ONLY, False, id="more phrases are wider"),
        pytest.param(text_is(1, "down", "subject"), DOWN, False, id="another part of a message"),
        pytest.param(MAIL, fact("source", "mail", "slack"), True, id="fewer values are narrower"),
        pytest.param(MAIL, fact("channel", "mail"), False, id="another fact"),
        pytest.param(All((DOWN_ONLY, MAIL)), DOWN, True, id="more conditions are narrower"),
        pytest.param(DOWN_ONLY, All((DOWN, MAIL)), False, id="one condition of two is wider"),
        pytest.param(All((DOWN_ONLY, MAIL)), All((MAIL, DOWN)), True, id="in another order"),
        pytest.param(MAIL, AnyOf((DOWN, MAIL)), True, id="one of the alternatives"),
        pytest.param(AnyOf((DOWN, MAIL)), MAIL, False, id="an alternative is left over"),
        pytest.param(AnyOf((DOWN_ONLY, DOWN)), DOWN, True, id="every alternative"),
        pytest.param(Not(DOWN), Not(DOWN_ONLY), True, id="what is denied turns round"),
        pytest.param(Not(DOWN_ONLY), Not(DOWN), False, id="what is denied turns round, again"),
        pytest.param(Not(MAIL), DOWN, False, id="a denial proves nothing else"),
    ],
)
def test_one_condition_implies_another_where_that_is_provable(
    narrow: Condition, wide: Condition, expected: bool
) -> None:
    assert implies(narrow, wide) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param(MAIL, "", id="one fact"),
        pytest.param(
            All((MAIL, fact("source", "slack"))),
            "the source cannot be both mail and slack",
            id="two values of one fact",
        ),
        pytest.param(
            All((MAIL, All((DOWN, fact("source", "slack"))))),
            "the source cannot be both mail and slack",
            id="nested",
        ),
        pytest.param(
            All((MAIL, AnyOf((fact("source", "slack"), fact("source", "cli"))))),
            "the source cannot be both slack and mail",
            id="no alternative is left",
        ),
        pytest.param(All((MAIL, AnyOf((fact("source", "slack"), DOWN)))), "", id="one is left"),
        pytest.param(
            All((DOWN_ONLY, Not(DOWN))), "its `not` rules out what it looks for", id="denied"
        ),
        pytest.param(All((DOWN, Not(DOWN_ONLY))), "", id="a part of it denied"),
        pytest.param(
            All((fact("hub", "northfield/prod"), fact("cluster", "elsewhere"))),
            "northfield/prod runs on northfield-1, not on elsewhere",
            id="a hub of another cluster",
        ),
        pytest.param(
            All((fact("hub", "northfield/prod"), fact("cluster", "northfield-1"))),
            "",
            id="a hub of that cluster",
        ),
    ],
)
def test_why_a_condition_can_never_hold(condition: Condition, expected: str) -> None:
    assert contradiction(condition, playbooks()) == expected


def faults(book: Playbooks) -> list[str]:
    return [found.message for found in findings(book) if found.fault]


def advice(book: Playbooks) -> list[str]:
    return sorted(found.message for found in findings(book) if not found.fault)


def with_rules(*rules: Rule) -> Playbooks:
    return playbooks(rules=(*rules, EVERYTHING_ELSE))


def test_a_rule_whose_messages_an_earlier_one_takes_never_runs() -> None:
    wide, narrow = rule("wide", DOWN), rule("narrow", All((MAIL, DOWN_ONLY)))
    (fault,) = faults(with_rules(wide, narrow))
    assert fault.startswith("the rule 'narrow' never runs: 'wide' in rules/10.yaml, line 1, takes")
    assert faults(with_rules(narrow, wide)) == []


def test_what_is_behind_a_rule_for_noise_sees_only_what_a_person_lets_through() -> None:
    noise, narrow = rule("noise", DOWN, quarantine=True), rule("narrow", DOWN_ONLY)
    assert faults(with_rules(noise, narrow)) == []
    (note,) = (text for text in advice(with_rules(noise, narrow)) if "narrow" in text)
    assert note.startswith("the rule 'narrow' sees only what a person lets out of quarantine")


def test_a_rule_that_continues_takes_nothing_from_the_others() -> None:
    assert faults(with_rules(rule("wide", DOWN, goes_on=True), rule("narrow", DOWN_ONLY))) == []


@pytest.mark.parametrize("wide", [Not(MAIL), AnyOf((DOWN, MAIL)), Is("hub", frozenset({"a/b"}))])
def test_what_shadows_is_found_whatever_kind_of_condition_it_is(wide: Condition) -> None:
    (fault,) = faults(with_rules(rule("wide", wide), rule("narrow", All((DOWN_ONLY, wide)))))
    assert fault.startswith("the rule 'narrow' never runs")


def test_a_rule_that_contradicts_itself_is_a_fault_at_its_place() -> None:
    odd = rule("odd", All((MAIL, fact("source", "slack"))))
    (found,) = [one for one in findings(with_rules(odd)) if one.fault]
    assert found.at == odd.where
    assert found.message.startswith("the rule 'odd' can never hit: the source cannot be both")


def test_a_hub_of_another_community_is_worth_a_look() -> None:
    both = All((fact("hub", "northfield/prod"), fact("community", "lakeside")))
    (note,) = (text for text in advice(with_rules(rule("odd", both))) if "odd" in text)
    assert "a hub of northfield and for the community lakeside" in note


def test_a_step_that_pages_only_people_without_any_address_is_a_fault() -> None:
    book = with_steps(step("first-line"), step("ghost"))
    book = replace(book, people={**book.people, "ghost": Person("ghost", "Ghost")})
    expected = "step 2 of P1 can never page anyone: it is for ghost without a Slack id or a mail"
    (found,) = [one for one in findings(book) if one.fault]
    assert found.message.startswith(expected)
    assert found.at == ("severities", "P1", "escalate", 1)


def test_a_step_that_only_tells_needs_no_address() -> None:
    book = with_steps(step("first-line"), step("ghost", page=False))
    assert faults(replace(book, people={**book.people, "ghost": Person("ghost", "Ghost")})) == []


def test_what_nobody_uses_is_advice() -> None:
    usual = playbooks()
    book = replace(
        usual,
        rotations={**usual.rotations, "weekends": rotation("weekends", "amina")},
        roles={**usual.roles, "board": ("amina",)},
    )
    assert advice(book) == [
        "the role board is used nowhere",
        "the rotation weekends is used nowhere",
        "zoe is used nowhere",
    ]


def test_somebody_whom_a_rule_asks_for_is_used() -> None:
    asked = rule("zoe again", All((MAIL, Not(fact("person", "zoe")))))
    assert advice(with_rules(asked)) == []


def test_somebody_who_works_tickets_without_a_slack_id_is_advice() -> None:
    usual = playbooks(severities={**SEVERITIES, "P1": P1})
    people = {**usual.people, "ines": replace(usual.people["ines"], slack=None)}
    found = [one for one in findings(replace(usual, people=people)) if one.at == ("people", "ines")]
    assert [(one.message, one.fault) for one in found] == [
        ("ines is in first-line and has no Slack id: they cannot be paged in Slack", False)
    ]
    assert isinstance(found[0], Finding)
