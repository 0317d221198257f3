"""The story of a request by mail: it comes in on both ways, and is answered until it is closed.

A representative writes to the mailbox, with a file. Her answer to the receipt, with another, is
piped in together with what her program says while she is away. First line answers; she writes, with
the second file again; it is resolved, and closed after a silence.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

from supportbot.adapters.mail.reading import read_mail
from supportbot.adapters.mail.values import ParsedMail
from supportbot.adapters.slack import names
from tests.processes.play import Play
from tests.processes.story import root

START = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
ANSWER = "Please open the log."
RESOLUTION = "The notebook was an old copy."
AWAY = "away@meadow.example"

PICTURE, LOG = b"a picture of it", b"a log of it"
FILES = (("shot.png", PICTURE), ("log.txt", LOG), ("again.txt", LOG))
"""Those that came with the ticket, in this order."""

# What there must be in the end.
TOLD = ("your reference is SUP-1", ANSWER, RESOLUTION)
THREADED = ("in-reply-to", "references")
EVENTS = (
    *("Opened", "Heard", "Acknowledged", "Replied", "Heard"),
    *("Resolved", "Closed"),
)
MAILS = 4
"""That came in: each is kept as it came."""


def tell(play: Play) -> None:
    """Tell it from beginning to end, whatever happens to the bot meanwhile."""
    nadia = play.scenery.people["nadia"]
    play.start()
    play.lies_in_the_mailbox(written("first", "My notebook is empty", file=FILES[0]))
    play.live_until(_minute(5))
    receipt = sent(play)[0].message_id or ""
    answer = written("second", "Since when? Today.", In_Reply_To=f"<{receipt}>", file=FILES[1])
    away = written("away", "I am away", Auto_Submitted="auto-replied")
    play.is_piped_in(answer, away)
    play.live_until(_minute(10))
    play.fill_in_and_look(nadia, root(play), names.REPLY, ANSWER)
    play.live_until(_minute(15))
    thread = f"<{receipt}> <{sent(play)[-1].message_id}>"
    play.lies_in_the_mailbox(written("third", "I did", References=thread, file=FILES[2]))
    play.live_until(_minute(20))
    play.fill_in_and_look(nadia, root(play), names.RESOLVE, RESOLUTION)
    play.live_until(_minute(5 * 60))
    play.leave()


def sent(play: Play) -> list[ParsedMail]:
    """The mails that left the desk, oldest first."""
    return [read_mail(mail.raw) for mail in play.scenery.relay.mails]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def written(name: str, text: str, *, file: tuple[str, bytes] | None = None, **more: str) -> bytes:
    """A mail of Rosa's; `more` are further headers."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Rosa Lindt <rosa@meadow.example>"
    mail["To"] = "help@openfield.example"
    mail["Subject"] = "A notebook"
    mail["Message-ID"] = f"<{name}@meadow.example>"
    for header, value in more.items():
        mail[header.replace("_", "-")] = value
    mail.set_content(text)
    if file is not None:
        kind = ("image", "png") if file[0].endswith("png") else ("text", "plain")
        mail.add_attachment(file[1], maintype=kind[0], subtype=kind[1], filename=file[0])
    return bytes(mail)


def _minute(minute: int) -> datetime:
    return START + timedelta(minutes=minute)
