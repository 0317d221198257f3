"""What is wrong with a mailbox is said with its mend, and never with the password."""

from __future__ import annotations

import logging
import socket
import ssl

import pytest
import structlog

from supportbot.adapters.mail.checks import check_mailbox
from supportbot.adapters.mail.imap_login import is_this_machine, open_box
from supportbot.adapters.mail.mailbox_address import LoginFault, MailboxAddress, MailboxFault
from tests.adapters.mail.mailbox_room import QUICK, Desk, Security, address_of, letter, listening
from tests.adapters.mail.scripted_imap import ScriptedImap
from tests.peers.dovecot import OTHER_PASSWORD, Dovecot, MailFolder
from tests.peers.imap_proxy import ImapProxy

SECRET = 'so "secret" \\ that'


def scripted(server: ScriptedImap, security: Security = "none") -> MailboxAddress:
    return MailboxAddress("127.0.0.1", server.port, security, "mara", SECRET)


def fault(address: MailboxAddress) -> str:
    """What is wrong there."""
    with pytest.raises(MailboxFault) as caught:
        check_mailbox(address)
    assert address.password not in repr(caught.value) + repr(address)
    return str(caught.value)


def test_what_is_found_is_told_in_one_line(inbox: MailFolder) -> None:
    inbox.append(letter("read"), r"(\Seen)")
    inbox.append(letter("unread"))
    inbox.sibling("Done")
    said = check_mailbox(address_of(inbox, done_folder="Done"))
    assert said == "INBOX: 2 messages, 1 unseen; IDLE, UIDPLUS, MOVE"


def test_looking_changes_nothing(inbox: MailFolder) -> None:
    inbox.append(letter("unread"))
    check_mailbox(address_of(inbox))
    assert inbox.subjects("UNSEEN") == ["unread"]


def test_a_server_that_can_do_little_says_so(bare_dovecot: Dovecot) -> None:
    said = check_mailbox(address_of(bare_dovecot.fresh_inbox()))
    assert said == "INBOX: 0 messages, 0 unseen; neither IDLE, UIDPLUS nor MOVE"


@pytest.mark.parametrize("password", ["wrong", "wröng", 'wr"ong\\', "wrong\r\nA1 NOOP"])
def test_a_wrong_password_is_a_fault_of_the_login(inbox: MailFolder, password: str) -> None:
    with pytest.raises(LoginFault, match="check the mailbox's user and password"):
        check_mailbox(address_of(inbox, password=password))


def test_a_folder_that_is_not_there_is_named(inbox: MailFolder) -> None:
    said = fault(address_of(inbox, name="Anfragen & Ärger"))
    assert "'Anfragen & Ärger'" in said
    assert "check the mailbox's folder" in said
    assert "check the mailbox's done_folder" in fault(address_of(inbox, done_folder="Done"))


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = fault(MailboxAddress("127.0.0.1", port, "none", "mara", SECRET))
    assert said == f"nothing listens at 127.0.0.1:{port}: check the mailbox's host and port"


@pytest.mark.parametrize("host", ["support.invalid", "", "a" * 64 + ".example", "mail example"])
def test_a_host_that_is_none(host: str) -> None:
    assert "check the mailbox's host" in fault(MailboxAddress(host, 9, "tls", "mara", SECRET))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for(inbox: MailFolder, security: Security) -> None:
    said = fault(address_of(inbox, security=security))
    assert "is not trusted (self-signed certificate)" in said
    assert "SSL_CERT_FILE" in said


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_for_another_name(
    inbox: MailFolder, security: Security, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(inbox.dovecot.certificate))
    check_mailbox(address_of(inbox, security=security, host="localhost"))
    said = fault(address_of(inbox, security=security, host="127.1"))
    assert "use the name it was issued for" in said


def test_tls_where_there_is_none(inbox: MailFolder) -> None:
    said = fault(address_of(inbox, security="tls", port=inbox.dovecot.port))
    assert "does not answer in TLS" in said
    with ScriptedImap() as server:
        assert "does not offer STARTTLS" in fault(scripted(server, "starttls"))
        assert "LOGIN" not in server.commands


def test_what_was_slipped_in_before_tls_began_is_not_taken_for_the_servers(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(dovecot.certificate, dovecot.folder / "key.pem")
    offering = b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n"
    injected = b"{tag} OK go ahead\r\n* BYE injected\r\n"
    with ScriptedImap({"CAPABILITY": offering, "STARTTLS": injected}, tls=tls) as server:
        assert check_mailbox(scripted(server, "starttls")).startswith("INBOX: 1 messages")
    assert server.commands[:3] == ["CAPABILITY", "STARTTLS", "CAPABILITY"]


def test_a_server_that_skips_the_login_gets_no_starttls_around_it() -> None:
    """Who is in between may claim that we are logged in already (RFC 9051, 11.1)."""
    offering = b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n"
    with ScriptedImap({"CAPABILITY": offering}, greeting=b"* PREAUTH hello\r\n") as server:
        assert "no IMAP server answers" in fault(scripted(server, "starttls"))
    assert server.commands == ["CAPABILITY"]


@pytest.mark.parametrize(
    "greeting",
    [
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"* BYE too busy\r\n",
        b"\xff\x00\r\n",
    ],
)
def test_whoever_answers_is_no_imap_server(greeting: bytes) -> None:
    with ScriptedImap(greeting=greeting) as server:
        assert "no IMAP server answers" in fault(scripted(server))


@pytest.mark.parametrize(
    "answer",
    [
        b"{tag} NO [AUTHENTICATIONFAILED] use an application password\r\n",
        b'{tag} NO you said LOGIN "mara" "' + SECRET.encode() + b'"\r\n',
        b'{tag} NO you said LOGIN "mara" "so \\"secret\\" \\\\ that"\r\n',
        b'{tag} BAD LOGIN "mara" "so \\"secret\\" \\\\ that"\r\n',
    ],
)
def test_a_server_that_repeats_the_password_is_not_quoted(answer: bytes) -> None:
    with ScriptedImap({"LOGIN": answer}) as server:
        said = fault(scripted(server))
    assert "secret" not in said
    assert ("application password)" in said) == (b"application" in answer)


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 EXISTS\r\n* OK [PERMANENTFLAGS (\\Answered)]\r\n{tag} OK [READ-WRITE] done\r\n",
        b"* 1 EXISTS\r\n{tag} OK [READ-ONLY] done\r\n",
    ],
)
def test_a_folder_where_nothing_can_be_marked_is_not_read_again_and_again(answer: bytes) -> None:
    with (
        ScriptedImap({"SELECT": answer}) as server,
        pytest.raises(MailboxFault, match="give the user that right"),
        open_box(scripted(server)),
    ):
        pass


@pytest.mark.parametrize(
    ("peer", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("2001:db8::1", False),
    ],
)
def test_in_clear_only_to_this_machine(peer: str, here: bool) -> None:
    assert is_this_machine(peer) == here


def test_a_wrong_password_is_tried_again_and_told_without_it(
    inbox: MailFolder, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "not-the-password"
    with structlog.testing.capture_logs() as entries, ImapProxy(inbox.dovecot.port) as proxy:
        address = address_of(inbox, port=proxy.port, password=wrong)
        with listening(address, Desk(), QUICK) as mailbox:
            proxy.wait_until(lambda: proxy.commands.count("LOGIN") == 3)
            assert not mailbox.connected
    # Whoever set up logging before this test decides where the lines went.
    said = str(entries) + caplog.text + "".join(capfd.readouterr())
    assert "mailbox_login_failed" in said
    assert wrong not in said
    assert OTHER_PASSWORD not in said
