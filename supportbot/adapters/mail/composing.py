"""From a delivery to the bytes of a mail: the same bytes at every try, whatever strangers wrote.

| kind | target | payload |
| --- | --- | --- |
| `mail.reply` | to, name, subject, message_id, references | text, automatic |
| `mail.page` | person, mail | as `slack.page`'s |
| `mail.say`, `mail.approval` | to, name | subject, text |

Threading: RFC 5322 3.6.4. What tells that a program wrote it: RFC 3834 5, and Exchange's
X-Auto-Response-Suppress (MS-OXCMAIL 2.2.3.2.14).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Literal

from supportbot.adapters.mail.addresses import Address
from supportbot.adapters.mail.deliverable import Undeliverable, deliverable
from supportbot.adapters.mail.message_ids import message_id_of
from supportbot.adapters.mail.paging import page_subject, page_text
from supportbot.adapters.mail.plain import clean, cut, one_line
from supportbot.adapters.mail.subjects import answer_subject
from supportbot.adapters.mail.written_headers import header, mailbox, unstructured
from supportbot.domain.notices.delivery import SendFailure, SendTask
from supportbot.domain.ticket.ticket import reference

_LONGEST_TEXT = 300_000
_LONGEST_NAME = 100
_LONGEST_SUBJECT = 250
_LONGEST_ID = 900  # with its header's name within the 998 of a line (RFC 5322 2.1.1)
_MOST_REFERENCES = 21
# Seven bits for the body, so that any relay takes it.
_BODY = SMTP.clone(cte_type="7bit")

By = Literal["auto-replied", "auto-generated"]


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready to go. `message_id` is without brackets; `raw` has CRLF line ends."""

    recipient: str
    message_id: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class _Letter:
    """What a kind of delivery says. `by` is None where a person wrote it."""

    to: str
    subject: str
    text: str
    by: By | None
    name: str = ""
    parent: str = ""
    ids: tuple[str, ...] = ()  # the conversation so far, the parent last


def compose(task: SendTask, own: Address) -> Composed:
    """The mail of a delivery, from `own` (an address that is deliverable).

    Raises SendFailure for a kind that is no mail's, and for an address nothing can be sent to.
    """
    kind = _KINDS.get(task.kind)
    if kind is None:
        raise SendFailure("rejected", f"nothing here sends {task.kind}")
    letter = kind(task)
    to = _recipient(letter.to, own)
    message_id = message_id_of(task.key, own.email.rpartition("@")[2])
    head = b"".join(_head(letter, task, own, to, message_id))
    return Composed(to, message_id, head + _body(letter.text))


# --- the kinds


def _reply(task: SendTask) -> _Letter:
    where = {**task.target, **(task.place or {})}
    parent = _id(_text(where, "message_id"))
    return _Letter(
        to=_text(where, "to"),
        name=_text(where, "name"),
        subject=answer_subject(_text(where, "subject"), _LONGEST_SUBJECT),
        text=_text(task.payload, "text"),
        # What does not say that a person wrote it is marked: an unmarked robot makes mail loops.
        by=None if task.payload.get("automatic") is False else "auto-replied",
        parent=parent,
        ids=_conversation(_text(where, "references").split(), parent),
    )


def _page(task: SendTask) -> _Letter:
    facts = task.payload
    return _Letter(
        to=_text(task.target, "mail"),
        subject=page_subject(facts),
        text=page_text(facts, _text(task.target, "person")),
        by="auto-generated",
    )


def _say(task: SendTask) -> _Letter:
    return _Letter(
        to=_text(task.target, "to"),
        name=_text(task.target, "name"),
        subject=one_line(_text(task.payload, "subject"), _LONGEST_SUBJECT),
        text=_text(task.payload, "text"),
        by="auto-generated",
    )


_KINDS: Mapping[str, Callable[[SendTask], _Letter]] = {
    "mail.reply": _reply,
    "mail.page": _page,
    "mail.say": _say,
    "mail.approval": _say,
}


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _conversation(references: list[str], parent: str) -> tuple[str, ...]:
    """The ids to name in References: the first, which threads are made by, and the newest."""
    known = [_id(each) for each in references[:1] + references[1:][-2 * _MOST_REFERENCES :]]
    ids = list(dict.fromkeys(filter(None, known)))
    if parent:
        ids = [*(each for each in ids if each != parent), parent]
    return tuple(ids if len(ids) <= _MOST_REFERENCES else ids[:1] + ids[1 - _MOST_REFERENCES :])


def _id(text: str) -> str:
    """A stranger's Message-ID, or nothing where it cannot be said again as it is."""
    bare = text.removeprefix("<").removesuffix(">")
    # `=?` would make readers decode it.
    sound = bare.isascii() and bare.isprintable() and not {" ", "<", ">"} & set(bare)
    return bare if sound and "=?" not in bare and len(bare) <= _LONGEST_ID else ""


def _recipient(to: str, own: Address) -> str:
    try:
        found = deliverable(to.strip())
    except Undeliverable as error:
        shown = one_line(to, 100) or "an empty address"
        mend = "mend it in people.yaml, or write to them another way"
        raise SendFailure("rejected", f"no mail can go to {shown}: {error}; {mend}") from error
    if found.casefold() == own.email.casefold():
        raise SendFailure("rejected", f"{found} is the desk's own address: it would answer itself")
    return found


# --- the bytes


def _head(
    letter: _Letter, task: SendTask, own: Address, to: str, message_id: str
) -> Iterator[bytes]:
    yield header("From", mailbox(own.email, one_line(own.name, _LONGEST_NAME)))
    yield header("To", mailbox(to, one_line(letter.name, _LONGEST_NAME)))
    tag = [f"[{reference(task.ticket)}]"] if task.ticket is not None else []
    yield header("Subject", [*unstructured(letter.subject), *tag])
    # The first try's moment, so that a repetition is the same mail.
    yield header("Date", [format_datetime(task.first_attempt_at.astimezone(UTC))])
    yield header("Message-ID", [f"<{message_id}>"])
    if letter.parent:
        yield header("In-Reply-To", [f"<{letter.parent}>"])
    if letter.ids:
        yield header("References", [f"<{each}>" for each in letter.ids])
    if letter.by is not None:
        yield header("Auto-Submitted", [letter.by])
        yield header("X-Auto-Response-Suppress", ["All"])
    if task.attempt > 1:
        yield header("X-Supportbot-Maybe-Repeated", ["yes"])


def _body(text: str) -> bytes:
    """The MIME headers and the text; long lines are soft ones (RFC 2045 6.7), no word is cut."""
    content = EmailMessage(policy=_BODY)
    content.set_content(cut(clean(text[: 2 * _LONGEST_TEXT]), _LONGEST_TEXT).strip("\n") + "\n")
    return bytes(content)
