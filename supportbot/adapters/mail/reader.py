"""Reads an inbox row of the mail's into a message, or says why it belongs into quarantine."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence

import structlog

from supportbot.adapters.mail.addresses import Address
from supportbot.adapters.mail.authentication import is_authenticated
from supportbot.adapters.mail.envelope import answered_key, id_key
from supportbot.adapters.mail.message_ids import ticket_of
from supportbot.adapters.mail.reading import read_mail
from supportbot.adapters.mail.values import Attachment, ParsedMail
from supportbot.application.ports import InboxRow, Quarantined
from supportbot.domain.ticket.ticket import number_of, reference
from supportbot.domain.triage.message import File, InboundMessage, Place, Sender

log = structlog.get_logger()

MOST_FILES = 100
LARGEST_FILES = 50 * 1024 * 1024
_MOST_CHARACTERS = 100_000
_SHOWN = 300
_HEAD_SHOWN = 4_000
# Searched in a subject of bounded length only, and without any repetition that could run away.
_TAG = re.compile(r"\[(SUP-[0-9]{1,9})\]", re.IGNORECASE)


class MailReader:
    """A `Reader` for rows of the source `mail`.

    `own` is the desk's own address. `keep_file` stores what is in a file durably, by its hash.
    `relay` is the authserv-id of the relay that checks senders, empty where none is trusted.
    """

    def __init__(self, own: str, keep_file: Callable[[str, bytes], None], relay: str = "") -> None:
        self._own = own.casefold()
        self._keep_file = keep_file
        self._relay = relay

    def read(self, row: InboxRow) -> InboundMessage | Quarantined:
        """The message in a row. A mail that cannot be read is one, too, with a note."""
        raw = row.raw or b""
        try:
            mail = read_mail(raw)
        except Exception:
            # No mail is worth losing for a fault of ours: a person reads it as it came.
            log.exception("mail_unreadable", row=row.id)
            return _unreadable(row, raw)
        reason = None if row.released else self._noise(mail)
        if reason is not None:
            sender = mail.sender.email if mail.sender else ""
            # It is told in a list, where a line of its own would pass for another entry.
            subject = " ".join(mail.subject.split())
            return Quarantined(reason, sender[:_SHOWN], subject[:_SHOWN])
        return self._message(row, mail)

    def _noise(self, mail: ParsedMail) -> str | None:
        """Why a program wrote it, as a code; None for all that may be a request."""
        if mail.sender is not None and mail.sender.email.casefold() == self._own:
            return "own-mail"
        if mail.signs.is_bounce:
            return "bounce"
        return "automatic-reply" if mail.signs.is_auto_reply else None

    def _message(self, row: InboxRow, mail: ParsedMail) -> InboundMessage:
        files, notes = self._files(mail.attachments)
        text = mail.reply if mail.reply.strip() else mail.text
        named = "".join(f"\n[file: {file.filename or file.content_type}]" for file in files)
        keys, weak, found_by = _threads(mail)
        ticket, where = self._ticket_named(mail)
        if ticket is not None:
            found_by[reference(ticket)] = where
        writer = mail.sender or mail.requester
        address = writer.email if writer else ""
        return InboundMessage(
            source="mail",
            key=_key(mail.message_id, row),
            sender=_sender(writer),
            authenticated=is_authenticated(mail.authentication, self._relay, address),
            headers=mail.headers,
            text=(text[:_MOST_CHARACTERS] + named).strip() or "(no text)",
            # Not the Date it carries: that is whatever its writer says.
            at=row.received_at,
            subject=mail.subject or None,
            thread_keys=keys,
            weak_keys=weak,
            known_as=_names(mail),
            reply_to=_place(mail),
            direct=True,
            starts_thread=not (mail.in_reply_to or mail.references),
            whole=mail.text[:_MOST_CHARACTERS] if mail.text.strip() != text.strip() else "",
            files=files,
            notes=(*mail.notes, *notes),
            names_ticket=ticket,
            found_by=found_by,
            automatic_answers=mail.signs.auto_reply_allowed,
        )

    def _files(self, attachments: Sequence[Attachment]) -> tuple[tuple[File, ...], list[str]]:
        """Those that were kept, and what to say of the others."""
        kept: list[File] = []
        room = LARGEST_FILES
        for one in attachments[:MOST_FILES]:
            if one.size > room:
                continue
            room -= one.size
            self._keep_file(one.sha256, one.content)
            kept.append(File(one.filename, one.content_type, one.size, one.sha256))
        left_out = len(attachments) - len(kept)
        notes = [f"{left_out} of its {len(attachments)} files were too many or too large"]
        return tuple(kept), notes if left_out else []

    def _ticket_named(self, mail: ParsedMail) -> tuple[int | None, str]:
        """The ticket of one of our own Message-IDs, else of `[SUP-42]` in the subject."""
        domain = self._own.partition("@")[2]
        for where, ids in _ids(mail):
            for named in ids:
                number = ticket_of(named, domain)
                if number is not None and where != "message-id":
                    return number, where
        tag = _TAG.search(mail.subject)
        return (number_of(tag.group(1)), "subject") if tag else (None, "")


def _threads(mail: ParsedMail) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]:
    """The mails that it answers, and itself where one that we have answered it; those that others
    answered, too, though we never saw them; and the header that names each."""
    found_by: dict[str, str] = {}
    weak: dict[str, str] = {}
    for where, ids in _ids(mail):
        for named in ids:
            if where == "message-id":
                found_by.setdefault(answered_key(named), where)
            else:
                found_by.setdefault(id_key(named), where)
                weak.setdefault(answered_key(named), where)
    return tuple(found_by), tuple(weak), weak | found_by


def _names(mail: ParsedMail) -> tuple[str, ...]:
    """Itself, and what it answers."""
    own = [id_key(mail.message_id)] if mail.message_id else []
    answered = (answered_key(named) for named in (*mail.in_reply_to, *mail.references))
    return (*own, *dict.fromkeys(answered))


def _ids(mail: ParsedMail) -> Iterator[tuple[str, Sequence[str]]]:
    """What it says it answers, the nearest first (RFC 5322 3.6.4), then its own name."""
    yield "in-reply-to", mail.in_reply_to
    yield "references", mail.references[::-1]
    yield "message-id", [mail.message_id] if mail.message_id else []


def _key(message_id: str | None, row: InboxRow) -> str:
    if message_id is not None:
        return id_key(message_id)
    return f"mail:sha256:{hashlib.sha256(row.raw or b'').hexdigest()}"


def _sender(writer: Address | None) -> Sender:
    """Whoever wrote. A Reply-To says where the answer goes, and nothing of who asks."""
    if writer is None:
        return Sender(name="someone without an address")
    return Sender(mail=writer.email, name=writer.name or None)


def _place(mail: ParsedMail) -> Place | None:
    """Where an answer goes, and the thread it continues (RFC 5322 3.6.4)."""
    if mail.requester is None:
        return None
    parents = [*(mail.references or mail.in_reply_to[:1]), mail.message_id or ""]
    return Place(
        "mail",
        {
            "to": mail.requester.email,
            "name": mail.requester.name,
            "subject": mail.subject,
            "message_id": mail.message_id or "",
            "references": " ".join(parents[:-1]),
        },
    )


def _unreadable(row: InboxRow, raw: bytes) -> InboundMessage:
    head = raw[:_HEAD_SHOWN].decode("utf-8", "replace").replace("\0", "")
    return InboundMessage(
        source="mail",
        key=_key(None, row),
        sender=Sender(name="someone"),
        subject="A mail that could not be read",
        text=head or "(nothing)",
        at=row.received_at,
        direct=True,
        notes=("reading it failed, this is how it begins",),
        automatic_answers=False,
    )
