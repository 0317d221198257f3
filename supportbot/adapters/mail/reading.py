"""Reading a message: raw bytes become a ParsedMail, whatever they are."""

from __future__ import annotations

from supportbot.adapters.mail.addresses import Address, addresses
from supportbot.adapters.mail.automatic import signs
from supportbot.adapters.mail.body import LARGEST_TEXT, attachments, body_text
from supportbot.adapters.mail.encoded_words import eight_bit_text
from supportbot.adapters.mail.headers import Headers, asked_for, moment, split_head
from supportbot.adapters.mail.mime import walk
from supportbot.adapters.mail.parameters import value_and_parameters
from supportbot.adapters.mail.reply import new_words
from supportbot.adapters.mail.values import ParsedMail

LARGEST_MESSAGE = 64 * 1024 * 1024
_MOST_ADDRESSES = 1_000
_MOST_REFERENCES = 200
_LONGEST_SUBJECT = 2_000
_MOST_RESULTS = 5
_LONGEST_ID = 998  # RFC 5322 2.1.1: no line is longer


def read_mail(raw: bytes) -> ParsedMail:
    """What a message says. Never raises: what is broken is read as well as it can be, what is
    beyond the limits is left out and named in `notes`."""
    notes: list[str] = []
    if len(raw) > LARGEST_MESSAGE:
        notes.append(f"larger than {LARGEST_MESSAGE // 2**20} MB: the rest was not read")
    headers, body = split_head(raw[:LARGEST_MESSAGE])
    tree = walk(headers, body)
    text, cut = body_text(tree.leaves)
    if cut:
        notes.append(f"text longer than {LARGEST_TEXT:,} characters: the rest was not read")
    people = _People(headers, _charset(headers), notes)
    sender = next(iter(people.under("from", "sender")), None)
    subject = headers.get("subject", _charset(headers))[:_LONGEST_SUBJECT]
    return ParsedMail(
        subject=subject,
        sender=sender,
        to=people.under("to"),
        cc=people.under("cc"),
        reply_to=people.under("reply-to"),
        date=moment(headers.get("date")),
        message_id=message_id(headers),
        in_reply_to=_ids(headers, "in-reply-to"),
        references=_ids(headers, "references"),
        text=text,
        reply=new_words(text),
        attachments=attachments(tree.leaves),
        signs=signs(headers, tree, sender, subject),
        notes=(*notes, *tree.notes),
        authentication=_authentication(headers),
        headers=asked_for(headers),
    )


def message_id(headers: Headers) -> str | None:
    """What the sender calls the message, without brackets."""
    return next(iter(_ids(headers, "message-id")), None)


def _authentication(headers: Headers) -> tuple[str, ...]:
    # Nothing is decoded: a stranger's address stands in there, which would become anything.
    values = headers.raw.get("authentication-results", [])[:_MOST_RESULTS]
    return tuple(eight_bit_text(value, None) for value in values)


class _People:
    """The addresses of a message's headers, up to a limit for each."""

    def __init__(self, headers: Headers, charset: str | None, notes: list[str]) -> None:
        self._headers, self._charset, self._notes = headers, charset, notes

    def under(self, *names: str) -> tuple[Address, ...]:
        """The addresses of the first of these headers that has any."""
        for name in names:
            values = self._headers.raw.get(name, [])
            texts = (eight_bit_text(value, self._charset) for value in values)
            found = [a for text in texts for a in addresses(text, _MOST_ADDRESSES + 1)]
            if len(found) > _MOST_ADDRESSES:
                self._notes.append(f"more than {_MOST_ADDRESSES} addresses in {name}")
            if found:
                return tuple(found[:_MOST_ADDRESSES])
        return ()


def _charset(headers: Headers) -> str | None:
    """The body's charset: raw 8-bit headers are mostly in the same."""
    return value_and_parameters(headers.get("content-type"))[1].get("charset")


def _ids(headers: Headers, name: str) -> tuple[str, ...]:
    """Message ids without their brackets; without brackets in the header, its words."""
    text = " ".join(headers.all(name))
    bracketed = [piece.partition(">")[0] for piece in text.split("<")[1:]]
    ids = ("".join(i.split()) for i in (bracketed or text.split()))
    return tuple(i for i in ids if i and len(i) <= _LONGEST_ID)[-_MOST_REFERENCES:]
