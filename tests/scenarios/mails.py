"""Mail in a story: how it comes, and what left the desk."""

from __future__ import annotations

from supportbot.adapters.mail.reading import read_mail
from supportbot.adapters.mail.values import ParsedMail
from tests.scenarios.stories import Story


def arrives(story: Story, raw: bytes) -> None:
    story.stage.mail_arrives(raw)
    story.moment()


def sent(story: Story) -> list[ParsedMail]:
    """The mails that left the desk, oldest first."""
    return [read_mail(mail.raw) for mail in story.scenery.relay.mails]
