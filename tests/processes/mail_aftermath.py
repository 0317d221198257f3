"""What must be true when the story of a mail is over, whenever a process was killed on the way.

Looked at where mail went out, in Slack, in the database, and in the folder of attachments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.pool import NullPool

from supportbot.adapters.db import schema
from supportbot.adapters.mail.message_ids import message_id_of
from supportbot.domain.ticket import events as e
from supportbot.sandbox.mail import ReceivedMail
from supportbot.sandbox.stage import TEAM_CHANNEL
from tests.processes import mail_story as story
from tests.processes.aftermath import (
    Inside,
    all_in,
    differs,
    is_root,
    named,
    read,
    timers_left,
    twice,
    undone,
)
from tests.processes.play import Play

MAYBE_REPEATED = b"X-Supportbot-Maybe-Repeated: yes\r\n"


def faults(play: Play, database: str) -> list[str]:
    """Everything that is not as it must be, in words; nothing when all is well."""
    inside = read(database)
    if len(inside.tickets) != 1:
        return [f"{len(inside.tickets)} tickets instead of one"]
    rows = _rows(database)
    return [
        *_ticket(inside),
        *_mailed(play, inside),
        *_inbox(inside, rows["raw"]),
        *_files(play, rows["files"]),
        *_threads(rows["threads"], inside),
        *_team(play),
        *timers_left(inside),
        *undone(inside),
    ]


def _ticket(inside: Inside) -> Iterator[str]:
    if inside.tickets[0].state != "closed":
        yield f"the ticket is {inside.tickets[0].state}"
    yield from differs("events", Counter(map(named, inside.events)), story.EVENTS)
    heard = [event.threaded_by for event in inside.events if isinstance(event, e.Heard)]
    yield from differs("ways into the thread", Counter(heard), story.THREADED)


def _mailed(play: Play, inside: Inside) -> Iterator[str]:
    """Every delivery went out; what went out more than once says so under the same name."""
    mails = play.scenery.relay.mails
    names = [mail.message_id or "" for mail in story.sent(play)]
    wanted = {
        message_id_of(row.key, "openfield.example"): row.key
        for row in inside.deliveries
        if row.kind.startswith("mail.")
    }
    yield from (f"never mailed: {key}" for name, key in wanted.items() if name not in names)
    yield from (f"a mail nobody asked for: {name}" for name in names if name not in wanted)
    yield from mailed_twice(mails, names)
    told = [mail.text for mail in story.sent(play)]
    first = [told[names.index(name)] for name in dict.fromkeys(names)]
    if len(first) != len(story.TOLD):
        yield f"the reporter was told {len(first)} things instead of {len(story.TOLD)}: {first}"
    for text, words in zip(first, story.TOLD, strict=False):
        if words not in text:
            yield f"a mail to the reporter lacks {words!r}: {text!r}"


def mailed_twice(mails: Sequence[ReceivedMail], names: Sequence[str]) -> Iterator[str]:
    """Mails of the same name of which the later does not say that it may be a repetition."""
    seen: set[str] = set()
    for mail, name in zip(mails, names, strict=True):
        if name in seen and MAYBE_REPEATED not in mail.raw:
            yield f"{name} was mailed twice, unmarked"
        seen.add(name)


def _inbox(inside: Inside, raw: list[Any]) -> Iterator[str]:
    outcomes = Counter(inside.inbox)
    expected = [("done", "opened"), *[("done", "joined")] * 2, ("quarantined", "automatic-reply")]
    yield from differs("rows of the inbox", outcomes, expected)
    if len(set(raw)) != story.MAILS or None in raw:
        yield "not every message is kept as it came"


def _files(play: Play, rows: list[Any]) -> Iterator[str]:
    """Every row that names a file has its content on disk, and nothing else lies there."""
    expected = [(name, story.sha256(content)) for name, content in story.FILES]
    yield from differs("files of the ticket", Counter(tuple(row) for row in rows), expected)
    kept = {
        path.name: story.sha256(path.read_bytes())
        for path in play.scenery.settings.files.glob("??/*")
        if not path.name.startswith(".new-")
    }
    yield from (f"no content for {row.filename}" for row in rows if row.sha256 not in kept)
    yield from (f"other content in {name}" for name, found in kept.items() if name != found)
    yield from (f"a content of no file: {n}" for n in kept.keys() - {row.sha256 for row in rows})


def _threads(rows: list[Any], inside: Inside) -> Iterator[str]:
    """What came and what was sent is known as this one ticket's conversation."""
    known = {row.key: row.ticket for row in rows}
    ours = [row.key for row in inside.deliveries if row.kind.startswith("mail.")]
    came = ["first@meadow.example", "second@meadow.example", "third@meadow.example"]
    # The newest comes first: nobody has answered that one.
    answered = [message_id_of(key, "openfield.example") for key in ours[1:]]
    names = [f"mail:id:{n}" for n in came] + [f"mail:answers:{n}" for n in answered]
    yield from (f"in no thread: {name}" for name in names if known.get(name) != 1)
    yield from (f"{key} leads to ticket {number}" for key, number in known.items() if number != 1)


def _team(play: Play) -> Iterator[str]:
    said = all_in(play.slack, TEAM_CHANNEL)
    yield from twice(said)
    shown = [message.text for message in said if is_root(message)]
    if len(shown) != 1 or "(closed)" not in shown[0]:
        yield f"the team's message shows {shown}"
    kept_aside = [m.text for m in said if "In quarantine" in m.text and "repeated" not in m.text]
    if len(kept_aside) != 1 or "1 automatic-reply" not in kept_aside[0]:
        yield f"the team was told of the quarantine: {kept_aside}"


def _rows(database: str) -> dict[str, list[Any]]:
    engine = create_engine(database, poolclass=NullPool)
    files, threads = schema.files.c, schema.threads.c
    with engine.connect() as connection:
        found = {
            "raw": list(connection.execute(select(schema.inbox.c.raw)).scalars()),
            "files": list(connection.execute(select(files.filename, files.sha256))),
            "threads": list(connection.execute(select(threads.key, threads.ticket))),
        }
    engine.dispose()
    return found
