"""What the playbooks answer when asked for a person, a hub or the team."""

from __future__ import annotations

import pytest

from supportbot.domain.policy.playbook import Person
from tests.domain.samples import (
    EVERYTHING_ELSE,
    NORTHFIELD,
    P1,
    community,
    hub,
    playbooks,
    rule,
    step,
    text_is,
    with_steps,
)

TWO = playbooks(
    people={
        "old": Person("old", "Old", mail="Noor@lake.example"),
        "noor": Person("noor", "Noor", slack="UNOOR"),
    }
)


@pytest.mark.parametrize(
    ("slack", "mail", "key"),
    [
        pytest.param("UNOOR", None, "noor", id="by Slack id"),
        pytest.param(None, "noor@LAKE.example", "old", id="by mail, in any case"),
        pytest.param("UNOOR", "noor@lake.example", "noor", id="the Slack id before the mail"),
        pytest.param("UELSE", "noor@lake.example", "old", id="an unknown id leaves the mail"),
        pytest.param("unoor", None, None, id="an id in another case is another id"),
        pytest.param("", "", None, id="nothing said"),
        pytest.param(None, None, None, id="nothing known"),
    ],
)
def test_a_person_is_found(slack: str | None, mail: str | None, key: str | None) -> None:
    person = TWO.person_of(slack=slack, mail=mail)
    assert (person.key if person else None) == key


def test_the_team_is_everyone_in_a_rotation_or_role_or_named_by_a_step_or_rule() -> None:
    usual = {"ines", "tomasz", "jonas", "amina", "lucia"}
    assert playbooks().team() == usual
    assert with_steps(step("zoe", "gone", "#ops", "owner")).team() == usual | {"zoe"}
    named = rule("a", text_is(0, "x"), owner="zoe", second_line="first-line")
    assert playbooks(rules=(named, EVERYTHING_ELSE)).team() == usual | {"zoe"}


def test_the_representatives_are_those_of_all_communities() -> None:
    lake = community("lake", representatives=("noor", "mara"))
    both = playbooks(communities={"northfield": NORTHFIELD, "lake": lake})
    assert both.representatives() == {"mara", "noor"}


def test_the_worst_severity_has_the_lowest_rank() -> None:
    assert playbooks().worst() == P1


@pytest.mark.parametrize(
    ("hub_id", "found"),
    [
        ("northfield/prod", True),
        ("northfield/gone", False),
        ("gone/prod", False),
        ("northfield", False),
        ("", False),
        (None, False),
    ],
)
def test_a_hub_is_found_by_its_id(hub_id: str | None, found: bool) -> None:
    assert (playbooks().hub(hub_id) is not None) is found


def test_hubs_are_listed_by_their_hosts() -> None:
    found = playbooks().hubs()
    assert list(found) == ["hub.northfield.example"]
    assert found["hub.northfield.example"].id == "northfield/prod"
    assert hub("h.example", "staging", "lake").id == "lake/staging"
