"""Builds everything, once; the only place that knows both the ports and what stands behind them.

Nothing here connects to Slack, GitHub or a mail server, and no thread starts, until somebody calls
`start`.
"""

from supportbot.bootstrap.bot import Bot, Listener, Listeners
from supportbot.bootstrap.opening import ALL_ROLES, SystemClock, open_bot, open_context
from supportbot.bootstrap.parts import mail_reader

__all__ = [
    "ALL_ROLES",
    "Bot",
    "Listener",
    "Listeners",
    "SystemClock",
    "mail_reader",
    "open_bot",
    "open_context",
]
