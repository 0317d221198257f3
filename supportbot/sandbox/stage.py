"""A stage for stories: a local Slack, GitHub and mail relay at the wire, and the real bot between.

Everyone in the playbooks has an account, every channel in them exists, and time is the story's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from supportbot.adapters.mail.envelope import envelope
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.application import intake
from supportbot.bootstrap import Bot, open_bot
from supportbot.domain.policy.playbook import Playbooks
from supportbot.sandbox.clock import VirtualClock
from supportbot.sandbox.drive import Driver
from supportbot.sandbox.github import LocalGitHub, Role
from supportbot.sandbox.mail import LocalRelay
from supportbot.sandbox.slack.human import Human
from supportbot.sandbox.slack.local import LocalSlack
from supportbot.settings import (
    GitHubSettings,
    MailSettings,
    Settings,
    SlackSettings,
    SmtpSettings,
)

TEAM_CHANNEL = "#support-desk"
REPOSITORY = "openfield/incidents"
BOT_ACCOUNT = "openfield-supportbot"
DESK_ADDRESS = "Openfield Support <help@openfield.example>"


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a story needs. `people` are the accounts in Slack by the playbooks' keys."""

    clock: VirtualClock
    slack: LocalSlack
    github: LocalGitHub
    relay: LocalRelay
    people: dict[str, Human]
    bot: Bot
    driver: Driver

    def mail_arrives(self, raw: bytes) -> None:
        """A message comes in as by a relay's pipe."""
        context = self.bot.context
        intake.receive(context, envelope(raw, context.clock.now()))


@dataclass(frozen=True, slots=True)
class Scenery:
    """The outside alone: what stays when the bot goes down and comes back."""

    clock: VirtualClock
    slack: LocalSlack
    github: LocalGitHub
    relay: LocalRelay
    people: dict[str, Human]
    settings: Settings


@contextmanager
def open_stage(folder: Path, playbooks: Path, start: datetime) -> Iterator[Stage]:
    """Raise the curtain at `start` (aware UTC). `folder` is for the database."""
    with open_scenery(folder, playbooks, start) as scenery, open_play(scenery) as stage:
        yield stage


@contextmanager
def open_scenery(
    folder: Path,
    playbooks: Path,
    start: datetime,
    *,
    slack: LocalSlack | None = None,
    github: LocalGitHub | None = None,
    relay: LocalRelay | None = None,
    clock: VirtualClock | None = None,
    database: str | None = None,
) -> Iterator[Scenery]:
    """The outside. A story that wants it hostile brings its own `slack`, `github` and `relay`."""
    clock = clock or VirtualClock(start)
    with ExitStack() as stack:
        local_slack = stack.enter_context(slack or LocalSlack(now=clock.now))
        local_github = stack.enter_context(github or LocalGitHub(now=clock.now))
        local_relay = stack.enter_context(relay or LocalRelay(now=clock.now))
        policy = FolderShelf(playbooks).current
        people = _move_in(local_slack, policy)
        settings = Settings.model_construct(
            playbooks=playbooks,
            database=SecretStr(database or f"sqlite:///{folder / 'supportbot.db'}"),
            slack=SlackSettings(
                bot_token=SecretStr(local_slack.bot_token),
                app_token=SecretStr(local_slack.app_token),
                team_channel=TEAM_CHANNEL,
                api_url=local_slack.base_url,
            ),
            github=GitHubSettings(
                repository=REPOSITORY,
                token=SecretStr(_repository(local_github, policy)),
                api_url=local_github.base_url,
            ),
            mail=MailSettings(
                address=DESK_ADDRESS,
                smtp=SmtpSettings(host=local_relay.host, port=local_relay.port, security="none"),
            ),
            files=folder / "files",
        )
        yield Scenery(clock, local_slack, local_github, local_relay, people, settings)


@contextmanager
def open_play(scenery: Scenery) -> Iterator[Stage]:
    """The bot on its scenery, connected, driven by hand."""
    with open_bot(scenery.settings, scenery.clock, one_thread=True) as bot:
        bot.begin()
        bot.listener.start()
        scenery.slack.wait_until(lambda: scenery.slack.connections())
        driver = Driver(bot, scenery.clock)
        try:
            yield Stage(
                scenery.clock,
                scenery.slack,
                scenery.github,
                scenery.relay,
                scenery.people,
                bot,
                driver,
            )
        finally:
            bot.listener.close()


def _move_in(slack: LocalSlack, playbooks: Playbooks) -> dict[str, Human]:
    people = {
        person.key: slack.human(
            person.key,
            real_name=person.name,
            email=person.mail,
            tz=person.zone,
            user_id=person.slack,
        )
        for person in playbooks.people.values()
    }
    everyone = list(people.values())
    named = {c for com in playbooks.communities.values() for c in com.slack_channels}
    told = {rule.then.tell for rule in playbooks.rules if rule.then.tell}
    for channel in sorted(named | told | {TEAM_CHANNEL}):
        slack.channel(channel.removeprefix("#"), everyone)
    return people


def _repository(github: LocalGitHub, playbooks: Playbooks) -> str:
    """The repository for incidents, where the team may be assigned; a token for it."""
    github.add_user(BOT_ACCOUNT)
    github.add_repo(REPOSITORY)
    github.allow(BOT_ACCOUNT, REPOSITORY, Role.WRITE)
    for person in playbooks.people.values():
        if person.github:
            github.add_user(person.github)
            github.allow(person.github, REPOSITORY, Role.TRIAGE)
    return github.add_token(BOT_ACCOUNT)
