"""Mail is taken from a real server, and marked or moved when it is kept."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from supportbot.adapters.mail.mailbox import Mailbox
from supportbot.adapters.mail.mailbox_memory import Backoff
from supportbot.adapters.mail.reading import LARGEST_MESSAGE, read_mail
from tests.adapters.mail.mailbox_room import (
    PATIENT,
    QUICK,
    Desk,
    Security,
    address_of,
    letter,
    listening,
    subject_of,
)
from tests.peers.dovecot import (
    OTHER_PASSWORD,
    Dovecot,
    MailFolder,
    running_dovecot,
    wanted_dovecot,
)
from tests.peers.imap_proxy import ImapProxy


def test_unseen_mail_is_received_and_then_marked(inbox: MailFolder) -> None:
    inbox.drop(letter("first"))
    inbox.drop(letter("second"))
    unseen_meanwhile = []
    desk = Desk(before=lambda raw: unseen_meanwhile.append(inbox.subjects("UNSEEN")))
    with listening(address_of(inbox), desk):
        desk.wait_for("first", "second")
    assert desk.mails == [letter("first"), letter("second")]
    assert unseen_meanwhile == [["first", "second"], ["second"]]
    assert inbox.subjects("SEEN") == ["first", "second"]


def test_what_somebody_has_read_is_left_alone(inbox: MailFolder) -> None:
    inbox.append(letter("read"), r"(\Seen)")
    inbox.append(letter("unread"))
    desk = Desk()
    with listening(address_of(inbox), desk):
        desk.wait_for("unread")
    assert desk.subjects == ["unread"]


def test_mail_that_comes_while_idling_is_received_at_once(inbox: MailFolder) -> None:
    desk = Desk()
    with (
        ImapProxy(inbox.dovecot.port) as proxy,
        listening(address_of(inbox, port=proxy.port), desk) as mailbox,
    ):
        proxy.wait_until(lambda: "IDLE" in proxy.commands)
        assert mailbox.connected
        inbox.drop(letter("first"))
        desk.wait_for("first")
        inbox.drop(letter("second"))
        desk.wait_for("second")
    assert inbox.subjects("UNSEEN") == []
    assert proxy.commands.count("GREETING") == 1


def test_news_that_comes_in_one_piece_with_the_start_of_the_idle_is_not_overlooked(
    inbox: MailFolder,
) -> None:
    desk = Desk()
    with (
        ImapProxy(inbox.dovecot.port, glue_idling=True) as proxy,
        listening(address_of(inbox, port=proxy.port), desk),
    ):
        proxy.wait_until(lambda: "IDLE" in proxy.commands)
        inbox.drop(letter("glued"))
        desk.wait_for("glued")
        # The next IDLE has not begun for the client: let the server say something.
        inbox.drop(letter("another"))
        desk.wait_for("another")


def test_mail_that_comes_while_another_is_being_kept_does_not_wait_for_an_idle(
    inbox: MailFolder,
) -> None:
    inbox.drop(letter("first"))

    def send_another_meanwhile(raw: bytes) -> None:
        if subject_of(raw) == "first":
            inbox.append(letter("second"))

    desk = Desk(before=send_another_meanwhile)
    with listening(address_of(inbox), desk):
        desk.wait_for("first", "second")
    assert inbox.subjects("UNSEEN") == []


def test_an_idle_is_renewed(inbox: MailFolder) -> None:
    with (
        ImapProxy(inbox.dovecot.port) as proxy,
        listening(address_of(inbox, port=proxy.port), Desk(), QUICK),
    ):
        proxy.wait_until(lambda: proxy.commands.count("IDLE") == 3)
    assert proxy.commands.count("GREETING") == 1


def test_a_server_without_idle_is_asked_now_and_then(bare_dovecot: Dovecot) -> None:
    inbox = bare_dovecot.fresh_inbox()
    desk = Desk()
    with (
        ImapProxy(bare_dovecot.port) as proxy,
        listening(address_of(inbox, port=proxy.port), desk, QUICK),
    ):
        proxy.wait_until(lambda: "SEARCH" in proxy.commands)
        inbox.drop(letter("polled"))
        desk.wait_for("polled")
    assert "IDLE" not in proxy.commands


def test_mail_is_moved_when_it_is_kept(inbox: MailFolder) -> None:
    done = inbox.sibling("Done")
    inbox.append(letter("read by somebody"), r"(\Seen)")
    inbox.append(letter("unread"))
    desk = Desk()
    with listening(address_of(inbox, done_folder="Done"), desk):
        desk.wait_for("read by somebody", "unread")
    assert inbox.subjects() == []
    assert done.subjects() == ["read by somebody", "unread"]


def test_without_move_what_others_have_marked_as_deleted_stays(
    dovecot_without_move: Dovecot,
) -> None:
    inbox = dovecot_without_move.fresh_inbox()
    done = inbox.sibling("Done")
    inbox.append(letter("somebody's"), r"(\Deleted)")
    inbox.append(letter("ours"))
    desk = Desk()
    with (
        ImapProxy(dovecot_without_move.port) as proxy,
        listening(address_of(inbox, port=proxy.port, done_folder="Done"), desk),
    ):
        desk.wait_for("ours")
        proxy.wait_until(lambda: "IDLE" in proxy.commands)
    assert inbox.subjects() == ["somebody's"]
    assert done.subjects() == ["ours"]
    assert "MOVE" not in proxy.commands
    assert [line.split()[1:] for line in proxy.lines if b"EXPUNGE" in line] == [
        [b"UID", b"EXPUNGE", b"2"]
    ]


def test_without_uidplus_what_is_copied_stays_marked_as_deleted_and_is_not_taken_again(
    bare_dovecot: Dovecot,
) -> None:
    inbox = bare_dovecot.fresh_inbox()
    done = inbox.sibling("Done")
    inbox.append(letter("ours"))
    desk = Desk()
    with ImapProxy(bare_dovecot.port) as proxy:
        address = address_of(inbox, port=proxy.port, done_folder="Done")
        with listening(address, desk, QUICK):
            desk.wait_for("ours")
            inbox.append(letter("next"))
            desk.wait_for("next")
        assert inbox.subjects("DELETED") == done.subjects() == ["ours", "next"]
    assert desk.subjects == ["ours", "next"]
    assert not any(b"EXPUNGE" in line for line in proxy.lines)


def test_folders_have_names_in_any_script(inbox: MailFolder) -> None:
    # "Anfragen & Ärger/受信" and "Erledigt ✓" in modified UTF-7 (RFC 3501, 5.1.3)
    waiting = inbox.sibling("Anfragen &- &AMQ-rger &U9dP4Q-")
    done = inbox.sibling("Erledigt &JxM-")
    waiting.append(letter("first"))
    desk = Desk()
    address = address_of(waiting, name="Anfragen & Ärger 受信", done_folder="Erledigt ✓")
    with listening(address, desk):
        desk.wait_for("first")
    assert done.subjects() == ["first"]


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"no header", b"\x00\xff\r\n" * 3, b'a "quote" \\'])
def test_whatever_lies_there_is_received(inbox: MailFolder, raw: bytes) -> None:
    inbox.drop(raw)
    inbox.drop(letter("last"))
    desk = Desk()
    with listening(address_of(inbox), desk):
        desk.wait_for("last")
    # An IMAP server ends lines with CR LF, and does not hand out NUL.
    assert desk.mails[0].replace(b"\x80", b"\x00") == raw
    assert inbox.subjects("UNSEEN") == []


def test_of_a_message_beyond_the_limit_the_beginning_is_fetched(inbox: MailFolder) -> None:
    head = letter("big", body="")
    inbox.drop(head + b"0123456789abcde\n" * (LARGEST_MESSAGE // 16 + 1000))
    desk = Desk()
    with listening(address_of(inbox), desk):
        desk.wait_for("big")
    assert len(desk.mails[0]) == LARGEST_MESSAGE + 1
    assert "larger than" in read_mail(desk.mails[0]).notes[0]
    assert inbox.subjects("UNSEEN") == []


def test_what_was_not_kept_stays_unseen_and_holds_up_no_other(inbox: MailFolder) -> None:
    for subject in ("poison", "wholesome"):
        inbox.drop(letter(subject))
    tries = []

    def fail_on_poison(raw: bytes) -> None:
        tries.append(subject_of(raw))
        if subject_of(raw) == "poison" and tries.count("poison") < 4:
            raise ConnectionError("the database is away")

    desk = Desk(before=fail_on_poison)
    with listening(address_of(inbox), desk):
        desk.wait_for("wholesome")
        desk.wait_for("poison")
    assert tries[:2] == ["poison", "wholesome"]
    assert tries.count("poison") == 4
    assert inbox.subjects("UNSEEN") == []


def test_what_is_never_kept_is_never_marked(inbox: MailFolder) -> None:
    inbox.drop(letter("poison"))
    third_try = threading.Event()
    tries = []

    def fail(raw: bytes) -> None:
        tries.append(raw)
        if len(tries) == 3:
            third_try.set()
        raise RuntimeError("no")

    with listening(address_of(inbox), Desk(before=fail)):
        assert third_try.wait(30)
    assert inbox.subjects("UNSEEN") == ["poison"]


def test_mail_is_kept_once_while_the_folder_to_move_it_to_is_missing(inbox: MailFolder) -> None:
    inbox.append(letter("first"))
    inbox.append(letter("second"))
    desk = Desk()
    with ImapProxy(inbox.dovecot.port) as proxy:
        address = address_of(inbox, port=proxy.port, done_folder="Done")
        with listening(address, desk, QUICK):
            desk.wait_for("first", "second")
            proxy.wait_until(lambda: proxy.commands.count("MOVE") > 3)
            done = inbox.sibling("Done")
            proxy.wait_until(lambda: not inbox.subjects())
    assert sorted(done.subjects()) == desk.subjects == ["first", "second"]
    assert proxy.commands.count("GREETING") == 1


def test_numbers_given_anew_hide_no_message(inbox: MailFolder) -> None:
    """The new message has the UID of one that will not be tried again for an hour. And Dovecot goes
    on showing the old folder to whoever has it selected."""
    folder = inbox.sibling("Tickets")
    folder.append(letter("poison"))

    def refuse_poison(raw: bytes) -> None:
        if subject_of(raw) == "poison":
            failed.set()
            raise RuntimeError("no")

    failed = threading.Event()
    desk = Desk(before=refuse_poison)
    an_hour = Backoff(first=3600.0, longest=3600.0)
    with listening(address_of(folder), desk, replace(QUICK, message=an_hour)):
        assert failed.wait(30)
        folder.delete()
        folder.create()
        folder.append(letter("new"))
        desk.wait_for("new")


def test_closing_does_not_wait_for_an_idle_to_end(inbox: MailFolder) -> None:
    with ImapProxy(inbox.dovecot.port) as proxy:
        with listening(address_of(inbox, port=proxy.port), Desk(), PATIENT):
            proxy.wait_until(lambda: "IDLE" in proxy.commands)
        assert proxy.commands[-2:] == ["DONE", "LOGOUT"]


def test_a_mailbox_that_was_never_started_can_be_closed(inbox: MailFolder) -> None:
    mailbox = Mailbox(address_of(inbox), Desk())
    mailbox.close()
    assert not mailbox.connected


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_is_received_over_a_connection_that_is_encrypted(
    inbox: MailFolder, security: Security, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(inbox.dovecot.certificate))
    desk = Desk()
    with listening(address_of(inbox, security=security), desk):
        inbox.drop(letter("first"))
        desk.wait_for("first")
        inbox.drop(letter("second"))  # now surely in an IDLE, or about to be
        desk.wait_for("second")
    assert inbox.subjects("UNSEEN") == []


def test_passwords_have_letters_of_any_script(inbox: MailFolder) -> None:
    inbox.drop(letter("first"))
    desk = Desk()
    with listening(address_of(inbox, password=OTHER_PASSWORD), desk):
        desk.wait_for("first")


def test_a_server_that_comes_back_is_found_again() -> None:
    with running_dovecot(wanted_dovecot()) as server:
        inbox = server.fresh_inbox()
        inbox.drop(letter("first"))
        desk = Desk()
        with listening(address_of(inbox), desk, QUICK):
            desk.wait_for("first")
            server.stop()
            inbox.drop(letter("meanwhile"))
            server.start()
            desk.wait_for("meanwhile")
        assert inbox.subjects("UNSEEN") == []
