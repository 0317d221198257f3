"""A local Slack at the wire: Web API, Socket Mode or signed HTTP, and people to use it.

    with LocalSlack() as slack:
        ana = slack.human("ana")
        slack.channel("support", [ana])
        ...  # start the app with slack.base_url, slack.bot_token, slack.app_token,
        ...  # or let it listen with slack.signing_secret, and call slack.deliver_to(url)
        asked = ana.say("support", "The hub is down")
        slack.wait_until(lambda: slack.thread("support", asked.ts)[1:])

It is stricter than Slack where strictness helps to find faults, and knows only what supportbot
uses: a block or method it has no check for is refused rather than waved through.
"""

from supportbot.sandbox.slack.deliveries import Patience
from supportbot.sandbox.slack.faults import (
    BAD_GATEWAY,
    DROP_REPLY,
    REFUSED_CONNECTION,
    SERVER_ERROR,
    UNAVAILABLE,
    Failure,
    Faults,
    rate_limited,
    refused,
)
from supportbot.sandbox.slack.human import Human
from supportbot.sandbox.slack.local import SCOPES, LocalSlack
from supportbot.sandbox.slack.model import (
    Channel,
    Event,
    Interaction,
    Message,
    User,
    View,
    WebCall,
)

__all__ = [
    "BAD_GATEWAY",
    "DROP_REPLY",
    "REFUSED_CONNECTION",
    "SCOPES",
    "SERVER_ERROR",
    "UNAVAILABLE",
    "Channel",
    "Event",
    "Failure",
    "Faults",
    "Human",
    "Interaction",
    "LocalSlack",
    "Message",
    "Patience",
    "User",
    "View",
    "WebCall",
    "rate_limited",
    "refused",
]
