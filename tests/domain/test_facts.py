"""What is known of a message before any rule is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from supportbot.domain.policy.playbook import Community, Person, Playbooks
from supportbot.domain.triage import facts as judged
from supportbot.domain.triage.facts import JUDGED_CHARACTERS, Facts, origin_of
from supportbot.domain.triage.message import InboundMessage, Sender
from tests.domain.samples import (
    NORTHFIELD,
    Phrases,
    community,
    message,
    playbooks,
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


def facts_of(said: InboundMessage, policy: Playbooks) -> Facts:
    return judged.facts_of(said, origin_of(said, policy), policy, said.at)


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


def test_a_fact_that_is_none_is_a_mistake_of_the_rule() -> None:
    facts: Facts = facts_of(message(), playbooks())
    with pytest.raises(AttributeError):
        facts.value("colour")


def test_a_community_without_hubs_gives_none() -> None:
    bare = Community("bare", "Bare", slack_channels=("#bare",))
    policy = playbooks(communities={"bare": bare})
    facts = facts_of(message(channel="#bare", sender=NOBODY), policy)
    assert (facts.community, facts.hub, facts.cluster) == ("bare", None, None)


def test_a_forged_address_gives_nobody_s_rights_and_joins_no_community() -> None:
    policy = playbooks(people={"mara": Person("mara", "Mara", mail="mara@northfield.example")})
    mara = message(
        "help", sender=Sender(mail="mara@northfield.example"), source="mail", channel=None
    )
    for authenticated, kind, home in (
        (True, "representative", "northfield"),
        (None, "representative", "northfield"),
        (False, "stranger", None),
    ):
        facts = facts_of(replace(mara, authenticated=authenticated), policy)
        assert (facts.sender_kind, facts.community) == (kind, home)
        assert facts.mail == "mara@northfield.example"
        for fact, known in (("mail", facts.mail), ("mail_domain", "northfield.example")):
            assert facts.value(fact) == (None if authenticated is False else known)


def test_an_outage_is_of_its_hub_whoever_writes() -> None:
    forged = message(
        "hub.northfield.example", sender=Sender(mail="mara@northfield.example"), source="mail"
    )
    facts = facts_of(replace(forged, authenticated=False), playbooks())
    assert (facts.community, facts.hub) == ("northfield", "northfield/prod")
