"""The local relay: what it keeps, and how it goes wrong."""

from __future__ import annotations

import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from supportbot.sandbox.mail import (
    HANG_UP,
    TAKE_AND_HANG_UP,
    Failure,
    Faults,
    LocalRelay,
    answer,
)

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MAIL = b"Subject: Hello\r\n\r\nHello\r\n"


def send(relay: LocalRelay, to: str = "mara@northfield.example", raw: bytes = MAIL) -> None:
    with smtplib.SMTP(relay.host, relay.port, local_hostname="test.example", timeout=30) as client:
        client.sendmail("desk@openfield.example", [to], raw)


def test_a_mail_is_kept_as_it_came() -> None:
    with LocalRelay(now=lambda: NOW) as relay:
        send(relay)
        (mail,) = relay.mails
        assert mail.sender == "desk@openfield.example"
        assert mail.recipients == ("mara@northfield.example",)
        assert mail.raw == MAIL
        assert mail.at == NOW
        assert not mail.encrypted
        assert mail.login is None


def test_one_can_wait_for_a_mail() -> None:
    with LocalRelay() as relay, ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send, relay)
        assert relay.wait_until(lambda: relay.mails)[0].raw == MAIL
        sent.result()
        with pytest.raises(TimeoutError, match="1 mails"):
            relay.wait_until(lambda: len(relay.mails) > 1, timeout=0.01)


def test_many_send_at_once() -> None:
    with LocalRelay() as relay:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: send(relay, f"p{number}@x.example"), range(40)))
        assert len(relay.mails) == 40


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: x\n\r\nHello\r\n",
        b"Subject: x\r\n\r\nHel\rlo\r\n",
        b"Subject: \xc3\xa9\r\n\r\nx\r\n",
        b"Subject: x\r\n\r\n" + b"x" * 999 + b"\r\n",
    ],
    ids=["line feed", "carriage return", "eight bits", "long line"],
)
def test_what_some_relays_refuse_this_one_does(raw: bytes) -> None:
    with LocalRelay() as relay:
        with pytest.raises(smtplib.SMTPDataError):
            send(relay, raw=raw)
        assert relay.mails == ()


def test_a_fault_for_one_recipient_waits_for_them() -> None:
    with LocalRelay() as relay:
        relay.fail_next("rcpt", answer(550, "gone"), to="mara@northfield.example")
        send(relay, "deshawn@northfield.example")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(relay)
        send(relay)
        assert len(relay.mails) == 2


@pytest.mark.parametrize(("how", "kept"), [(HANG_UP, 0), (TAKE_AND_HANG_UP, 1)])
def test_the_last_word_gets_lost(how: Failure, kept: int) -> None:
    with LocalRelay() as relay:
        relay.fail_next("content", how)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(relay)
        assert len(relay.mails) == kept


def test_a_fault_lasts_until_calm() -> None:
    with LocalRelay() as relay:
        relay.fail_always("mail", answer(451))
        for _ in range(3):
            with pytest.raises(smtplib.SMTPSenderRefused):
                send(relay)
        relay.calm()
        send(relay)


def test_it_can_be_away_and_come_back_at_the_same_port() -> None:
    with LocalRelay() as relay:
        port = relay.port
        relay.refuse_connections()
        with pytest.raises(ConnectionRefusedError):
            send(relay)
        relay.listen_again()
        send(relay)
        assert relay.port == port
    with pytest.raises(ConnectionRefusedError):
        send(relay)


def test_a_client_in_the_middle_of_something_is_hung_up_on_at_the_end() -> None:
    with LocalRelay() as relay:
        client = smtplib.SMTP(relay.host, relay.port, local_hostname="test.example", timeout=30)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()
    client.close()


def test_both_ends_of_the_last_word_are_told() -> None:
    told: list[tuple[str, str, int]] = []
    relay = LocalRelay(on_wire=lambda stage, what: told.append((stage, what, len(relay.mails))))
    with relay:
        send(relay)
        relay.fail_next("content", answer(451))
        with pytest.raises(smtplib.SMTPDataError):
            send(relay)
    assert told == [("before-reply", "mail", 1), ("after-reply", "mail", 1)]


def outcomes(seed: int) -> list[str]:
    """What became of forty mails, each sent until it goes through."""
    found = []
    with LocalRelay(faults=Faults.hostile(seed)) as relay:
        for number in range(40):
            before, tries = len(relay.mails), 0
            while True:
                tries += 1
                try:
                    send(relay, f"p{number}@x.example")
                except smtplib.SMTPException:
                    continue
                break
            found.append(f"{tries} tries, {len(relay.mails) - before} taken")
            assert tries <= 3
    return found


def test_a_hostile_relay_fails_the_same_way_for_the_same_seed_and_patience_wins() -> None:
    first = outcomes(7)
    assert first == outcomes(7)
    assert first != outcomes(8)
    assert any(each.endswith("2 taken") for each in first)
    assert all(not each.endswith("0 taken") for each in first)
