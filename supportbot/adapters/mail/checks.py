"""The mailbox's check for `supportbot doctor`."""

from __future__ import annotations

import imaplib

from imap_tools.errors import UnexpectedCommandStatusError

from supportbot.adapters.mail.imap_login import Box, open_box, words
from supportbot.adapters.mail.imap_session import Refused, Session
from supportbot.adapters.mail.mailbox_address import MailboxAddress, MailboxFault

_OF_USE = ("IDLE", "UIDPLUS", "MOVE")


def check_mailbox(address: MailboxAddress) -> str:
    """What is there, in one line; nothing is changed by looking.

    Raises MailboxFault, whose message names the mend.
    """
    try:
        with open_box(address, readonly=True) as box:
            _, messages = box.wire.response("EXISTS")
            unseen = Session(box).unseen()
            if address.done_folder is not None:
                _check_folder(box, address, address.done_folder)
            able = [name for name in _OF_USE if name in box.abilities()]
    except (OSError, imaplib.IMAP4.error, Refused) as error:
        raise MailboxFault(
            f"the connection to {address.host} was lost ({type(error).__name__}): try again"
        ) from error
    return (
        f"{address.folder}: {int(messages[-1] or 0)} messages, {len(unseen)} unseen; "
        f"{', '.join(able) or 'neither IDLE, UIDPLUS nor MOVE'}"
    )


def _check_folder(box: Box, address: MailboxAddress, name: str) -> None:
    try:
        box.folder.status(name, ("MESSAGES",))
    except imaplib.IMAP4.abort:
        raise
    except (UnexpectedCommandStatusError, imaplib.IMAP4.error, ValueError) as error:
        raise MailboxFault(
            f"{address.user} has no folder {name!r} at {address.host}"
            f"{words(error, address.password)}: check the mailbox's done_folder, or create it"
        ) from None
