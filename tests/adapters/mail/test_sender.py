"""Mail handed to a real SMTP server, which takes it, refuses it, or is gone at the worst moment."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from threading import Thread

import pytest

from supportbot.adapters.mail.addresses import Address
from supportbot.adapters.mail.reading import read_mail
from supportbot.adapters.mail.relay import RelayAddress
from supportbot.adapters.mail.relay_wire import Patience
from supportbot.adapters.mail.sender import MailSender
from supportbot.domain.notices.delivery import Dead, RetryAt, SendFailure, after_failure
from supportbot.sandbox.mail import (
    HANG,
    HANG_UP,
    TAKE_AND_HANG,
    TAKE_AND_HANG_UP,
    Failure,
    LocalRelay,
    Stage,
    answer,
)
from tests.adapters.mail.outgoing import FIRST, OWN, TO, address_of, page, reply

HASTY = Patience(step=2.0, attempt=3.0)
DOUBT = "nobody knows whether it took the mail"


@pytest.fixture
def relay() -> Iterator[LocalRelay]:
    with LocalRelay() as relay:
        yield relay


def sender_of(relay: LocalRelay, patience: Patience | None = None) -> MailSender:
    return MailSender(address_of(relay), OWN, patience)


def failing(sender: MailSender, to: str = TO, attempt: int = 1) -> SendFailure:
    with pytest.raises(SendFailure) as raised:
        sender.send(reply(to=to, attempt=attempt))
    assert "\n" not in raised.value.reason
    assert len(raised.value.reason) < 700
    return raised.value


def test_an_answer_arrives_as_it_was_composed(relay: LocalRelay) -> None:
    receipt = sender_of(relay).send(reply("Someone has it.\n.\n..\nTschüß"))
    (mail,) = relay.mails
    assert mail.sender == "desk@openfield.example"
    assert mail.recipients == (TO,)
    said = read_mail(mail.raw)
    assert said.text == "Someone has it.\n.\n..\nTschüß\n"
    assert said.message_id == "SUP-42.3.reply.received@openfield.example"
    assert receipt.external == {"message_id": said.message_id}
    assert not receipt.found


def test_a_page_arrives(relay: LocalRelay) -> None:
    receipt = sender_of(relay).send(page())
    assert relay.mails[0].recipients == ("ines@openfield.example",)
    assert receipt.external == {"message_id": "SUP-42.4.page.ines.mail@openfield.example"}


def test_a_long_text_arrives_whole(relay: LocalRelay) -> None:
    text = "Zeile für Zeile.\n" * 15_000
    sender_of(relay).send(reply(text))
    assert read_mail(relay.mails[0].raw).text == text


@pytest.mark.parametrize(
    ("stage", "how", "kind", "says", "waits"),
    [
        ("connect", answer(421, "too busy"), "transient", "421 to the connection: too busy", 0),
        ("connect", answer(554, "go away"), "transient", "554", 15),
        ("connect", HANG_UP, "transient", "hung up after the connection", 0),
        ("connect", HANG, "transient", "gave no answer after the connection", 0),
        ("ehlo", answer(550, "who?"), "transient", "550 to our greeting", 15),
        ("ehlo", HANG_UP, "transient", "hung up after our greeting", 0),
        ("mail", answer(451, "later"), "transient", "451 to our address: later", 0),
        ("mail", answer(452), "transient", "452", 0),
        ("mail", answer(530, "log in"), "transient", "set the relay's user", 15),
        ("mail", answer(550, "not you"), "rejected", "lets us send as this address", 0),
        ("mail", answer(552, "too big"), "rejected", "too large", 0),
        ("mail", HANG_UP, "transient", "hung up after our address", 0),
        ("rcpt", answer(421, "closing"), "transient", "421", 0),
        ("rcpt", answer(450, "greylisted"), "transient", "greylisted", 0),
        ("rcpt", answer(451), "transient", "451", 0),
        ("rcpt", answer(550, "5.1.1 no Mara"), "rejected", "5.1.1 no Mara", 0),
        ("rcpt", answer(553), "rejected", "553", 0),
        ("rcpt", answer(556), "rejected", "takes no mail", 0),
        ("rcpt", HANG_UP, "transient", "hung up after the recipient's address", 0),
        ("rcpt", HANG, "transient", "gave no answer after the recipient's address", 0),
        ("data", answer(451), "transient", "451 to the start of the mail", 0),
        ("data", answer(554), "rejected", "554", 0),
        ("data", answer(250, "what mail?"), "transient", "Is it a mail relay?", 0),
        ("data", HANG_UP, "transient", "hung up after the start of the mail", 0),
        ("content", answer(451, "scanner away"), "transient", "451 to the mail: scanner away", 0),
        ("content", answer(552), "rejected", "too large", 0),
        ("content", answer(554, "spam"), "rejected", "554 to the mail: spam", 0),
        ("content", HANG_UP, "transient", f"hung up after the whole mail: {DOUBT}", 0),
        ("content", TAKE_AND_HANG_UP, "transient", f"hung up after the whole mail: {DOUBT}", 0),
        ("content", HANG, "transient", f"gave no answer after the whole mail: {DOUBT}", 0),
        ("content", TAKE_AND_HANG, "transient", f"gave no answer after the whole mail: {DOUBT}", 0),
    ],
)
def test_every_fault_is_of_a_kind_and_the_next_try_goes_through(
    relay: LocalRelay, stage: Stage, how: Failure, kind: str, says: str, waits: int
) -> None:
    relay.fail_next(stage, how)
    failure = failing(sender_of(relay, HASTY if how.how == "hang" else None))
    assert failure.kind == kind
    assert says in failure.reason
    assert failure.retry_after == (timedelta(minutes=waits) if waits else None)
    assert len(relay.mails) == how.takes
    sender_of(relay).send(reply())
    assert len(relay.mails) == how.takes + 1


def test_a_mail_whose_last_word_got_lost_is_sent_again_under_the_same_name(
    relay: LocalRelay,
) -> None:
    relay.fail_next("content", TAKE_AND_HANG_UP)
    relay.fail_next("content", TAKE_AND_HANG_UP)
    failing(sender_of(relay))
    failing(sender_of(relay), attempt=2)
    receipt = sender_of(relay).send(reply(attempt=3))
    assert receipt.external == {
        "message_id": "SUP-42.3.reply.received@openfield.example",
        "maybe_repeated": "yes",
    }
    first, second, third = (mail.raw for mail in relay.mails)
    assert second == third
    assert second.replace(b"X-Supportbot-Maybe-Repeated: yes\r\n", b"") == first
    assert len({read_mail(mail.raw).message_id for mail in relay.mails}) == 1


def test_one_recipients_trouble_is_not_anothers(relay: LocalRelay) -> None:
    relay.fail_always("rcpt", answer(550), to=TO)
    failing(sender_of(relay))
    sender_of(relay).send(reply(to="deshawn@northfield.example"))
    failing(sender_of(relay))
    assert len(relay.mails) == 1


def test_a_relay_that_is_away_is_waited_for(relay: LocalRelay) -> None:
    sender = sender_of(relay)
    relay.refuse_connections()
    failure = failing(sender)
    assert failure.kind == "transient"
    assert "check its host and port" in failure.reason
    relay.listen_again()
    sender.send(reply())
    assert len(relay.mails) == 1


@pytest.mark.parametrize("host", ["relay.invalid", "a..b", "x" * 70])
def test_a_relay_whose_name_is_unknown_is_waited_for(host: str) -> None:
    failure = failing(MailSender(RelayAddress(host, 25, "none"), OWN))
    assert failure.kind == "transient"
    assert "check its host" in failure.reason


def test_what_the_relay_says_stays_on_one_short_line(relay: LocalRelay) -> None:
    relay.fail_next("rcpt", answer(550, f"no\x1b[31m\u202e {'very ' * 100}sorry"))
    reason = failing(sender_of(relay)).reason
    assert "\x1b" not in reason
    assert "\u202e" not in reason
    assert len(reason) < 400


def test_a_relay_that_never_stops_talking_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        talking = Thread(target=_talk, args=(server,))
        talking.start()
        address = RelayAddress("127.0.0.1", server.getsockname()[1], "none")
        assert failing(MailSender(address, OWN)).kind == "transient"
        talking.join()


def _talk(server: socket.socket) -> None:
    """Greet one client for as long as they listen."""
    sock, _ = server.accept()
    with sock, suppress(OSError):
        while True:
            sock.sendall(b"220-welcome\r\n" * 1000)


def test_a_slow_relay_is_given_its_time_and_no_more(relay: LocalRelay) -> None:
    relay.slow_down(0.1)
    failure = failing(sender_of(relay, Patience(step=0.3, attempt=0.35)))
    assert failure.kind == "transient"
    assert "gave no answer" in failure.reason
    sender_of(relay).send(reply())
    assert len(relay.mails) == 1


def test_an_address_beyond_ascii_is_sent_where_the_relay_takes_it(relay: LocalRelay) -> None:
    sender_of(relay).send(reply(to="mära@bücher.example"))
    assert relay.mails[0].recipients == ("mära@xn--bcher-kva.example",)
    assert read_mail(relay.mails[0].raw).to[0].email == "mära@xn--bcher-kva.example"


def test_an_address_beyond_ascii_is_rejected_where_the_relay_does_not_take_it() -> None:
    with LocalRelay(smtputf8=False) as relay:
        failure = failing(sender_of(relay), to="mära@northfield.example")
        assert failure.kind == "rejected"
        assert "SMTPUTF8" in failure.reason
        sender_of(relay).send(reply(to="mara@bücher.example"))
        assert relay.mails[0].recipients == ("mara@xn--bcher-kva.example",)


def test_a_mail_that_is_too_large_is_rejected() -> None:
    with LocalRelay(largest=5_000) as relay:
        with pytest.raises(SendFailure, match="too large") as raised:
            sender_of(relay).send(reply("word " * 5_000))
        assert raised.value.kind == "rejected"
        sender_of(relay).send(reply())


def test_an_address_that_is_none_never_reaches_the_relay(relay: LocalRelay) -> None:
    failure = failing(sender_of(relay), to="mara@x.example>\r\nRCPT TO:<eve@evil.example")
    assert failure.kind == "rejected"
    assert relay.mails == ()


@pytest.mark.parametrize("own", ["", "desk", "desk@", "desk@[127.0.0.1]"])
def test_nobody_sends_from_an_address_that_is_none(own: str) -> None:
    with pytest.raises(ValueError, match=r"address|domain"):
        MailSender(RelayAddress("127.0.0.1", 25, "none"), Address(own))


def test_a_wrong_password_keeps_an_answer_waiting_and_ends_a_page_at_once() -> None:
    with LocalRelay(login=("desk", "right")) as relay:
        failure = failing(MailSender(address_of(relay, user="desk", password="wrong"), OWN))
    assert after_failure(reply(), failure, FIRST) == RetryAt(FIRST + timedelta(minutes=15))
    assert isinstance(after_failure(page(), failure, FIRST), Dead)
