"""Names and ids, and when Slack is asked for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from supportbot.adapters.slack.directory import Directory, Profile
from supportbot.sandbox.slack import LocalSlack, refused


@dataclass(slots=True)
class Seconds:
    """A clock that only goes forward, when told to."""

    at: float = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_person_is_asked_for_once_in_an_hour(slack: LocalSlack, client: WebClient) -> None:
    ana, seconds = slack.human("ana", email="ana@x.example"), Seconds()
    directory = Directory(client, seconds=seconds)
    profile = Profile(ana.id, "ana", "ana@x.example", active=True)
    assert directory.remembered(ana.id) is None
    assert [directory.person(ana.id), directory.person(ana.id)] == [profile, profile]
    assert directory.remembered(ana.id) == profile
    assert len(slack.calls("users.info")) == 1
    seconds.at = 3601
    assert directory.remembered(ana.id) is None
    directory.person(ana.id)
    assert len(slack.calls("users.info")) == 2


def test_nobody_is_an_answer_that_is_remembered_too(slack: LocalSlack, client: WebClient) -> None:
    directory = Directory(client)
    assert directory.person("U999999999") is None
    assert directory.person("U999999999") is None
    assert len(slack.calls("users.info")) == 1


def test_what_slack_refuses_to_tell_is_raised(slack: LocalSlack, client: WebClient) -> None:
    slack.fail_next("users.info", refused("missing_scope"))
    with pytest.raises(SlackApiError, match="missing_scope"):
        Directory(client).person("U999999999")


def test_deactivated_accounts_are_known_as_such(slack: LocalSlack, client: WebClient) -> None:
    gone = slack.human("gone", deactivated=True)
    profile = Directory(client).person(gone.id)
    assert profile is not None
    assert not profile.active
    directory = Directory(client)
    assert [directory.is_active(one) for one in (gone.id, "U0NOBODY", slack.human("here").id)] == [
        False,
        False,
        True,
    ]


def test_people_are_found_by_mail(slack: LocalSlack, client: WebClient) -> None:
    ana = slack.human("ana", email="ana@x.example")
    directory = Directory(client)
    found = directory.person_by_mail("ana@x.example")
    assert found is not None
    assert found.id == ana.id
    assert directory.remembered(ana.id) == found
    assert directory.person_by_mail("nobody@x.example") is None


def test_channels_go_by_name_and_by_id(slack: LocalSlack, client: WebClient) -> None:
    support = slack.channel("support")
    private = slack.channel("private", private=True)
    directory = Directory(client)
    assert directory.channel_id("#support") == directory.channel_id("support") == support.id
    assert directory.channel_id("#Support") == support.id
    assert directory.channel_id("#private") == private.id
    assert directory.channel_id(support.id) == support.id
    assert directory.channel_name(support.id) == "#support"
    assert slack.calls("conversations.info") == []


def test_a_channel_made_later_is_found(slack: LocalSlack, client: WebClient) -> None:
    slack.channel("support")
    directory = Directory(client)
    assert directory.channel_id("#new") is None
    made = slack.channel("new")
    assert directory.channel_id("#new") == made.id
    assert directory.channel_name("C999999999") is None


def test_memory_is_bounded_and_keeps_the_newest(slack: LocalSlack, client: WebClient) -> None:
    people = [slack.human(f"p{n}") for n in range(3)]
    directory = Directory(client, most=2, lifetime=timedelta(hours=1))
    for human in people:
        directory.person(human.id)
    assert [directory.remembered(human.id) is not None for human in people] == [False, True, True]


def test_more_channels_than_fit_the_memory_are_still_found(
    slack: LocalSlack, client: WebClient
) -> None:
    made = [slack.channel(f"c{n:02}") for n in range(12)]
    directory = Directory(client, most=3)
    assert directory.channel_id("#c00") == made[0].id
    assert directory.channel_id("#c11") == made[11].id
