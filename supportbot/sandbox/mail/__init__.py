"""A local mail relay at the wire: it takes mail, shows it, and goes wrong when it is told to.

    with LocalRelay() as relay:
        ...  # send through relay.host and relay.port
        relay.wait_until(lambda: relay.mails)

It is stricter than relays are where strictness helps to find faults: bare line ends, lines that are
too long, and bytes that nobody announced are refused.
"""

from supportbot.sandbox.mail.faults import (
    HANG,
    HANG_UP,
    TAKE_AND_HANG,
    TAKE_AND_HANG_UP,
    Failure,
    Faults,
    Stage,
    answer,
)
from supportbot.sandbox.mail.local import LocalRelay
from supportbot.sandbox.mail.model import ReceivedMail

__all__ = [
    "HANG",
    "HANG_UP",
    "TAKE_AND_HANG",
    "TAKE_AND_HANG_UP",
    "Failure",
    "Faults",
    "LocalRelay",
    "ReceivedMail",
    "Stage",
    "answer",
]
