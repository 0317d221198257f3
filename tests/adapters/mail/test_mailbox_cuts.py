"""Wherever the connection breaks, mail is received, not marked before, and marked in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.adapters.mail.mailbox_room import QUICK, Desk, address_of, letter, listening, subject_of
from tests.peers.dovecot import Dovecot, MailFolder
from tests.peers.imap_proxy import MOMENTS, ImapProxy, Moment

# Large enough for the middle of the answer to lie within it, and for more than one packet.
BODY = "0123456789abcdef\r\n" * 20_000


def moments(*commands: str) -> list[tuple[str, Moment]]:
    """Every moment of each of these."""
    every = [(command, moment) for command in commands for moment in MOMENTS]
    return [each for each in every if each != ("GREETING", "before")]


@contextmanager
def two_letters_amid(proxy: ImapProxy, inbox: MailFolder, done: str | None) -> Iterator[Desk]:
    """One letter lies there at the start, another comes while the mailbox waits for it."""

    def still_unmarked(raw: bytes) -> None:
        criterion = "UNSEEN" if done is None else "UNDELETED"
        assert subject_of(raw) in inbox.subjects(criterion)

    desk = Desk(before=still_unmarked)
    inbox.append(letter("first", BODY))
    address = address_of(inbox, port=proxy.port, done_folder=done)
    with listening(address, desk, QUICK) as mailbox:
        desk.wait_for("first")
        inbox.append(letter("second", BODY))
        desk.wait_for("second")
        yield desk
        proxy.wait_until(lambda: mailbox.connected)


def assert_received_whole(desk: Desk) -> None:
    assert set(desk.mails) == {letter("first", BODY), letter("second", BODY)}


@pytest.mark.parametrize(
    ("command", "moment"),
    moments(
        "GREETING",
        "CAPABILITY",
        "LOGIN",
        "SELECT",
        "SEARCH",
        "SIZE",
        "FETCH",
        "STORE",
        "IDLE",
        "DONE",
    ),
)
def test_cut_while_mail_is_marked(inbox: MailFolder, command: str, moment: Moment) -> None:
    with ImapProxy(inbox.dovecot.port) as proxy:
        proxy.cut(command, moment)
        with two_letters_amid(proxy, inbox, done=None) as desk:
            proxy.wait_until(lambda: not proxy.cuts_to_come and not inbox.subjects("UNSEEN"))
    assert_received_whole(desk)
    assert proxy.commands.count("GREETING") == 2


@pytest.mark.parametrize(("command", "moment"), moments("SEARCH", "FETCH", "MOVE"))
def test_cut_while_mail_is_moved(inbox: MailFolder, command: str, moment: Moment) -> None:
    done = inbox.sibling("Done")
    with ImapProxy(inbox.dovecot.port) as proxy:
        proxy.cut(command, moment)
        with two_letters_amid(proxy, inbox, done="Done") as desk:
            proxy.wait_until(lambda: not inbox.subjects())
    assert_received_whole(desk)
    assert sorted(done.subjects()) == ["first", "second"]


@pytest.mark.parametrize(("command", "moment"), moments("COPY", "STORE", "EXPUNGE"))
def test_cut_while_mail_is_copied_and_removed(
    dovecot_without_move: Dovecot, command: str, moment: Moment
) -> None:
    inbox = dovecot_without_move.fresh_inbox()
    copy_and_delete_amid(inbox, command, moment)


@pytest.mark.parametrize(("command", "moment"), moments("COPY", "STORE"))
def test_cut_while_mail_is_copied_and_marked_as_deleted(
    bare_dovecot: Dovecot, command: str, moment: Moment
) -> None:
    inbox = bare_dovecot.fresh_inbox()
    copy_and_delete_amid(inbox, command, moment)
    assert inbox.subjects("DELETED") == ["first", "second"]


def copy_and_delete_amid(inbox: MailFolder, command: str, moment: Moment) -> None:
    done = inbox.sibling("Done")
    with ImapProxy(inbox.dovecot.port) as proxy:
        proxy.cut(command, moment)
        with two_letters_amid(proxy, inbox, done="Done") as desk:
            proxy.wait_until(lambda: not inbox.subjects("UNDELETED"))
    assert_received_whole(desk)
    # A copy whose answer was lost is made again: twice there, never nowhere.
    assert set(done.subjects()) == {"first", "second"}


def test_cuts_at_everything_one_after_the_other(inbox: MailFolder) -> None:
    with ImapProxy(inbox.dovecot.port) as proxy:
        for command, moment in moments("LOGIN", "SELECT", "SEARCH", "FETCH", "STORE", "IDLE"):
            proxy.cut(command, moment)
        with two_letters_amid(proxy, inbox, done=None) as desk:
            proxy.wait_until(lambda: not inbox.subjects("UNSEEN"))
    assert_received_whole(desk)


def test_what_is_kept_is_only_marked_when_the_mark_was_lost(inbox: MailFolder) -> None:
    with ImapProxy(inbox.dovecot.port) as proxy:
        proxy.cut("STORE", "before")
        with two_letters_amid(proxy, inbox, done=None) as desk:
            proxy.wait_until(lambda: not inbox.subjects("UNSEEN"))
    assert desk.subjects == ["first", "second"]


def test_a_message_on_which_the_connection_always_breaks_holds_up_no_other(
    inbox: MailFolder,
) -> None:
    for subject in ("breaks", "first", "second"):
        inbox.append(letter(subject))
    desk = Desk()
    with ImapProxy(inbox.dovecot.port) as proxy:
        proxy.cut("FETCH", "half", containing=b" 1 (BODY", for_ever=True)
        with listening(address_of(inbox, port=proxy.port), desk, QUICK):
            desk.wait_for("first", "second")
            inbox.append(letter("third"))
            desk.wait_for("third")
    assert inbox.subjects("UNSEEN") == ["breaks"]
