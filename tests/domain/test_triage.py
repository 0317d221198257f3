"""From a message and the playbooks to facts, a decision and its owners."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from supportbot.domain.message import Sender
from supportbot.domain.playbook import Community, Person, Playbooks
from supportbot.domain.rule import ALWAYS, Rule
from supportbot.domain.triage import (
    JUDGED_CHARACTERS,
    Decision,
    Facts,
    Owner,
    facts_of,
    on_call_for,
    title_of,
    triage,
    verdicts,
)
from tests.domain.samples import (
    NOON,
    NORTHFIELD,
    P1,
    SEVERITIES,
    Phrases,
    community,
    message,
    nobody_until,
    playbooks,
    rotation,
    rule,
    step,
    text_is,
)

LAKE = community(
    "lake",
    "hub.lake.example",
    "big.lake.example",
    representatives=("noor",),
    mail_domains=("lake.example",),
    slack_channels=("#lake", "#shared"),
)
SEA = community("sea", "hub.sea.example", representatives=("noor",), slack_channels=("#sea",))
MORE = playbooks(
    communities={"northfield": NORTHFIELD, "lake": LAKE, "sea": SEA},
    people={"noor": Person("noor", "Noor", slack="UN")},
)
NOBODY = Sender(slack="USTRANGER")


@pytest.mark.parametrize(
    "text",
    [
        "hub.northfield.example",
        "https://hub.northfield.example/user/mara/lab?token=1#top",
        "http://HUB.Northfield.EXAMPLE:8000/",
        "our hub (hub.northfield.example) is down",
        "is it hub.northfield.example?",
        "it is hub.northfield.example.",
        "it is hub.northfield.example...",
        "<https://hub.northfield.example|our hub>",
        "“hub.northfield.example”",
        "hub.northfield.example, since noon",
        "host=hub.northfield.example;",
        "hub.northfield.example\nis down",
        "*hub.northfield.example* or _hub.northfield.example_",
        "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE} hub.northfield.example",
    ],
)
def test_a_hub_is_found_by_its_host_wherever_it_stands(text: str) -> None:
    facts = facts_of(message(text, sender=NOBODY, channel="dm"), MORE)
    assert (facts.hub, facts.cluster, facts.community) == (
        "northfield/prod",
        "northfield-1",
        "northfield",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "northfield.example",
        "myhub.northfield.example",
        "hub.northfield.example.evil.test",
        "test.hub.northfield.example",
        "hub northfield example",
        "hub.northfield.examples",
    ],
)
def test_a_host_that_is_no_hub_gives_none(text: str) -> None:
    facts = facts_of(message(text, sender=NOBODY, channel="dm"), MORE)
    assert (facts.hub, facts.cluster, facts.community) == (None, None, None)


def test_of_several_hubs_the_first_named_counts() -> None:
    facts = facts_of(message("big.lake.example, not hub.lake.example", sender=NOBODY), MORE)
    assert facts.hub == "lake/second"


def test_a_hub_in_the_subject_counts() -> None:
    facts = facts_of(message("help", subject="hub.sea.example is away", sender=NOBODY), MORE)
    assert facts.hub == "sea/prod"


def test_only_the_head_of_an_endless_message_is_judged() -> None:
    tail = "a " * JUDGED_CHARACTERS + "hub.sea.example"
    assert facts_of(message(tail, sender=NOBODY, channel="dm"), MORE).hub is None
    assert facts_of(message("x", subject=tail, sender=NOBODY, channel="dm"), MORE).hub is None


MARA, NOOR = Sender(slack="UMARA"), Sender(slack="UN")


@pytest.mark.parametrize(
    ("sender", "channel", "text", "found", "hub"),
    [
        pytest.param(MARA, "dm", "", "northfield", "northfield/prod", id="a representative's own"),
        pytest.param(
            MARA, "#lake", "", "northfield", "northfield/prod", id="wherever they write from"
        ),
        pytest.param(
            MARA, "dm", "hub.sea.example", "northfield", "sea/prod", id="about somebody's hub"
        ),
        pytest.param(NOOR, "#lake", "", "lake", None, id="one of several, told by the channel"),
        pytest.param(NOOR, "#shared", "", "lake", None, id="or by a channel that one of them has"),
        pytest.param(
            NOOR, "dm", "hub.sea.example", "sea", "sea/prod", id="one of several, told by the hub"
        ),
        pytest.param(NOOR, "#northfield", "", None, None, id="none of theirs"),
        pytest.param(NOOR, "dm", "", None, None, id="one of several, not told"),
        pytest.param(
            NOOR, "#northfield", "hub.sea.example", "sea", "sea/prod", id="their own before others'"
        ),
        pytest.param(NOBODY, "#sea", "", "sea", "sea/prod", id="a stranger, by the channel"),
        pytest.param(
            NOBODY, "dm", "hub.lake.example", "lake", "lake/prod", id="a stranger, by the hub"
        ),
        pytest.param(
            Sender(mail="st@lake.example"), None, "", "lake", None, id="a member, by the domain"
        ),
        pytest.param(Sender(mail="St@LAKE.example"), None, "", "lake", None, id="in any case"),
        pytest.param(
            Sender(mail="st@evil.test"), None, "", None, None, id="another domain says nothing"
        ),
        pytest.param(
            Sender(mail="lake.example"), None, "", None, None, id="an address that is none"
        ),
        pytest.param(NOBODY, "dm", "", None, None, id="a stranger"),
        pytest.param(NOBODY, None, "", None, None, id="no channel at all"),
    ],
)
def test_the_community_and_the_hub(
    sender: Sender, channel: str | None, text: str, found: str | None, hub: str | None
) -> None:
    facts = facts_of(message(text, sender=sender, channel=channel), MORE)
    assert (facts.community, facts.hub) == (found, hub)


def test_a_channel_that_communities_share_leaves_a_representative_s_own() -> None:
    shared = {
        "lake": replace(LAKE, representatives=("noor",)),
        "sea": replace(SEA, slack_channels=("#shared",), representatives=("noor",)),
        "bay": community("bay", slack_channels=("#shared",)),
        "dam": community("dam", representatives=("noor",), slack_channels=("#dam",)),
    }
    both = replace(MORE, communities=shared)
    only = replace(both, communities={key: shared[key] for key in ("bay", "dam", "sea")})
    said = message("", sender=NOOR, channel="#shared")
    assert facts_of(said, both).community is None
    assert facts_of(said, only).community == "sea"
    assert facts_of(replace(said, sender=NOBODY), only).community is None


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        (MARA, "representative"),
        (Sender(mail="MARA@desk.example"), "representative"),
        (Sender(slack="UINES"), "team"),
        (Sender(slack="ULUCIA"), "team"),
        (Sender(slack="UZOE"), "known"),
        (Sender(mail="student@northfield.example"), "known"),
        (Sender(mail="student@evil.test"), "stranger"),
        (Sender(slack="USTRANGER", name="Mara"), "stranger"),
        (Sender(), "stranger"),
    ],
)
def test_who_the_sender_is(sender: Sender, kind: str) -> None:
    assert facts_of(message(sender=sender), playbooks()).sender_kind == kind


def test_a_name_alone_is_never_believed() -> None:
    facts = facts_of(message(sender=Sender(slack="USTRANGER", name="ines")), playbooks())
    assert facts.person is None


def test_subject_body_and_both_are_searched_apart() -> None:
    policy = playbooks(matcher=Phrases("text:down", "subject:down", "body:down"))
    assert facts_of(message("x", subject="Down"), policy).patterns == {0, 1}
    assert facts_of(message("down", subject="x"), policy).patterns == {0, 2}
    assert facts_of(message("down"), policy).patterns == {0, 2}


def decided(*rules: Rule, text: str = "a", policy: Playbooks | None = None) -> Decision:
    phrases = Phrases("text:a", "text:b", "text:c")
    chosen = replace(policy or playbooks(), rules=rules, matcher=phrases)
    return triage(message(text), chosen, NOON).decision


A, B, C = (text_is(number, letter) for number, letter in enumerate("abc"))


def test_the_first_rule_that_hits_decides() -> None:
    decision = decided(
        rule("b", B, severity="P1"), rule("a", A, severity="P2"), rule("all", ALWAYS, severity="P4")
    )
    assert (decision.severity, decision.rule, decision.hits) == ("P2", "a", ("a",))


def test_rules_that_go_on_add_labels_and_questions_and_leave_the_decision_to_others() -> None:
    decision = decided(
        rule("one", A, goes_on=True, labels=("class", "night"), ask=("since when?",)),
        rule("not", B, goes_on=True, labels=("never",)),
        rule("two", A, severity="P2", labels=("outage", "class"), ask=("how many?",)),
        rule("late", A, severity="P4", labels=("late",)),
    )
    assert decision.labels == ("class", "night", "outage")
    assert decision.ask == ("since when?", "how many?")
    assert (decision.severity, decision.rule, decision.hits) == ("P2", "two", ("one", "two"))


def test_whichever_rule_speaks_first_of_a_matter_decides_it() -> None:
    decision = decided(
        rule("one", A, goes_on=True, symptom="login"),
        rule("two", A, severity="P3", symptom="reach", kind="outage", incident=True),
    )
    assert (decision.symptom, decision.kind, decision.incident) == ("login", "outage", True)


def test_when_no_rule_speaks_the_worst_severity_stands() -> None:
    decision = decided(rule("b", B, severity="P4"), rule("a", A, goes_on=True, labels=("x",)))
    assert (decision.severity, decision.rule, decision.hits) == ("P1", "no rule", ("a",))
    assert decided().severity == "P1"


def test_what_nobody_says_is_the_usual() -> None:
    decision = decided(rule("a", A, severity="P3"))
    assert (decision.kind, decision.incident, decision.reply) == ("request", False, "receipt")
    assert (decision.first_line, decision.second_line) == ("first-line", "second-line")
    assert (decision.github_issue, decision.tell, decision.symptom) == (
        "on_second_line",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("then", "field", "value"),
    [
        ({"reply": "none"}, "reply", None),
        ({"reply": "short"}, "reply", "short"),
        ({"github_issue": "never"}, "github_issue", "never"),
        ({"owner": "zoe", "second_line": "manager"}, "first_line", "zoe"),
        ({"owner": "zoe", "second_line": "manager"}, "second_line", "manager"),
        ({"tell": "#infra"}, "tell", "#infra"),
        ({"incident": False}, "incident", False),
    ],
)
def test_what_a_rule_says_is_decided(then: dict[str, Any], field: str, value: object) -> None:
    assert getattr(decided(rule("a", A, severity="P3", **then)), field) == value


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ((step("#ops", "owner", "zoe"), step("manager", "#ops")), ("zoe", "manager")),
        ((step("#ops"),), ("first-line", "second-line")),
        ((step("night-line"),), ("night-line", "night-line")),
    ],
    ids=["whoever the first and the last step reach", "nobody but channels", "one for both"],
)
def test_a_team_without_the_usual_rotations_has_lines_all_the_same(
    steps: tuple[object, ...], lines: tuple[str, str]
) -> None:
    severities = {**SEVERITIES, "P1": replace(P1, steps=steps)}  # type: ignore[arg-type]
    policy = playbooks(rotations={}, severities=severities)
    decision = decided(policy=policy)
    assert (decision.first_line, decision.second_line) == lines


@pytest.mark.parametrize(
    ("name", "owners"),
    [
        ("manager", (Owner("lucia", "is manager"),)),
        ("zoe", (Owner("zoe", "named by the rule"),)),
        ("gone", ()),
    ],
)
def test_who_stands_behind_a_name(name: str, owners: tuple[Owner, ...]) -> None:
    assert on_call_for(name, playbooks(), NOON) == owners


def test_owners_are_whoever_is_on_call_at_that_time_with_the_layer_that_names_them() -> None:
    found = triage(message(), playbooks(), NOON)
    ((ines,), (jonas,)) = found.first_line, found.second_line
    assert (ines.person, jonas.person) == ("ines", "jonas")
    assert ines.reason.startswith("week 1 of 2 in main")


def test_nobody_on_call_is_no_owner() -> None:
    empty = nobody_until("first-line", "ines", NOON.replace(hour=18))
    rotations = {"first-line": empty, "second-line": rotation("second-line", "jonas")}
    assert triage(message(), playbooks(rotations=rotations), NOON).first_line == ()


def test_every_rule_is_explained_hit_or_miss_in_order() -> None:
    rules = (rule("a", A, severity="P2"), rule("b", B), rule("all", ALWAYS))
    policy = playbooks(rules=rules, matcher=Phrases("text:a", "text:b"))
    found = verdicts(facts_of(message("a"), policy), policy)
    assert [(verdict.rule.name, verdict.hit) for verdict in found] == [
        ("a", True),
        ("b", False),
        ("all", True),
    ]


@pytest.mark.parametrize(
    ("subject", "text", "title"),
    [
        (None, "\n\n  it is down \nsince noon", "it is down"),
        ("Hub down", "text", "Hub down"),
        ("", "text", "text"),
        (None, " \n ", "(no text)"),
        (None, "\x1c\x1d", "(no text)"),
        (None, "a" * 80, "a" * 80),
        (None, "a" * 81, "a" * 79 + "…"),
        (None, "a" * 78 + " bcd", "a" * 78 + "…"),
    ],
)
def test_a_title_is_the_subject_or_the_first_line_and_short(
    subject: str | None, text: str, title: str
) -> None:
    assert title_of(message(text, subject=subject)) == title


def test_a_fact_that_is_none_is_a_mistake_of_the_rule() -> None:
    facts: Facts = facts_of(message(), playbooks())
    with pytest.raises(AttributeError):
        facts.value("colour")


def test_a_community_without_hubs_gives_none() -> None:
    bare = Community("bare", "Bare", slack_channels=("#bare",))
    policy = playbooks(communities={"bare": bare})
    facts = facts_of(message(channel="#bare", sender=NOBODY), policy)
    assert (facts.community, facts.hub, facts.cluster) == ("bare", None, None)
