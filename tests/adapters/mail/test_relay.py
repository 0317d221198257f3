"""How the relay is reached: encryption that is checked, logins that stay secret, and the doctor."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from supportbot.adapters.mail.addresses import Address
from supportbot.adapters.mail.errors import RelayFault
from supportbot.adapters.mail.relay import RelayAddress, may_hear_passwords
from supportbot.adapters.mail.relay_check import check_relay
from supportbot.adapters.mail.relay_wire import Patience
from supportbot.adapters.mail.sender import MailSender
from supportbot.domain.notices.delivery import SendFailure
from supportbot.sandbox.mail import HANG, HANG_UP, LocalRelay, answer
from tests.adapters.mail.outgoing import OWN, address_of, reply
from tests.sandbox.certificates import Certificate, self_signed

SECRET = "s3cret pässword"
LOGIN = {"user": "desk", "password": SECRET}
HASTY = Patience(step=2.0, attempt=20.0)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate for 127.0.0.1 that we trust."""
    made = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.trust))
    return made


def send(address: RelayAddress, patience: Patience | None = None) -> None:
    MailSender(address, OWN, patience).send(reply())


def failing(address: RelayAddress, patience: Patience | None = None) -> SendFailure:
    with pytest.raises(SendFailure) as raised:
        send(address, patience)
    _never_told(raised.value)
    with pytest.raises(RelayFault) as fault:
        check_relay(address, OWN, patience)
    _never_told(fault.value)
    return raised.value


def _never_told(error: BaseException | None) -> None:
    """No secret, in any spelling, in the error or in what caused it."""
    while error is not None:
        for secret in (SECRET, base64.b64encode(f"\0desk\0{SECRET}".encode()).decode()):
            assert secret not in f"{error!s}{error!r}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_goes_encrypted_and_logged_in(certificate: Certificate, security: Any) -> None:
    login = ("desk", SECRET)
    with LocalRelay(tls=certificate.server, security=security, login=login) as relay:
        send(address_of(relay, security, **LOGIN))
        (mail,) = relay.mails
        assert mail.encrypted
        assert mail.login == "desk"
        assert relay.logins == (("desk", True),)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_nobody_vouches_for_is_refused(
    tmp_path: Path, security: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    made = self_signed(tmp_path)
    with LocalRelay(tls=made.server, security=security, login=("desk", SECRET)) as relay:
        failure = failing(address_of(relay, security, **LOGIN))
        assert failure.kind == "transient"
        assert "certificate does not hold" in failure.reason
        assert (relay.logins, relay.mails) == ((), ())


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("wrong", [{"name": "elsewhere.example"}, {"days": -2}])
def test_a_certificate_of_another_name_or_time_is_refused(
    tmp_path: Path, security: Any, wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = self_signed(tmp_path, **wrong)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.trust))
    with LocalRelay(tls=made.server, security=security, login=("desk", SECRET)) as relay:
        failure = failing(address_of(relay, security, **LOGIN))
        assert "certificate does not hold" in failure.reason
        assert (relay.logins, relay.mails) == ((), ())


def test_without_starttls_nothing_is_said_in_the_clear() -> None:
    with LocalRelay(login=("desk", SECRET)) as relay:
        failure = failing(address_of(relay, "starttls", **LOGIN))
        assert failure.kind == "transient"
        assert "offers no STARTTLS" in failure.reason
        assert (relay.logins, relay.mails) == ((), ())


@pytest.mark.parametrize("how", [answer(454, "not now"), answer(501), HANG_UP, HANG])
def test_a_starttls_that_fails_is_no_reason_to_go_on_in_the_clear(
    certificate: Certificate, how: Any
) -> None:
    with LocalRelay(tls=certificate.server, login=("desk", SECRET)) as relay:
        relay.fail_always("starttls", how)
        patience = HASTY if how == HANG else None
        assert failing(address_of(relay, "starttls", **LOGIN), patience).kind == "transient"
        assert (relay.logins, relay.mails) == ((), ())


def test_tls_at_a_port_without_it_names_the_mend() -> None:
    with LocalRelay() as relay:
        assert "465" in failing(address_of(relay, "tls")).reason


def test_a_wrong_password_names_the_mend() -> None:
    with LocalRelay(login=("desk", "right")) as relay:
        failure = failing(address_of(relay, **LOGIN))
        assert failure.kind == "transient"
        assert failure.retry_after is not None
        assert "Check the relay's user and password" in failure.reason
        assert relay.logins == (("desk", False), ("desk", False))


@pytest.mark.parametrize("said", [SECRET, base64.b64encode(f"\0desk\0{SECRET}".encode()).decode()])
def test_a_password_that_the_relay_says_again_is_left_out(said: str) -> None:
    with LocalRelay(login=("desk", SECRET)) as relay:
        relay.fail_always("auth", answer(535, f"no: {said}"))
        assert "535 to our login: no: …" in failing(address_of(relay, **LOGIN)).reason


@pytest.mark.parametrize("code", [454, 421])
def test_a_login_that_fails_for_now_is_soon_tried_again(code: int) -> None:
    with LocalRelay(login=("desk", SECRET)) as relay:
        relay.fail_always("auth", answer(code, "directory away"))
        assert failing(address_of(relay, **LOGIN)).retry_after is None


def test_a_relay_that_wants_a_login_says_so() -> None:
    with LocalRelay(login=("desk", SECRET)) as relay:
        failure = failing(address_of(relay))
        assert failure.kind == "transient"
        assert "wants a login" in failure.reason


def test_a_login_where_none_is_offered_names_the_mend() -> None:
    with LocalRelay() as relay:
        assert "offers no login" in failing(address_of(relay, **LOGIN)).reason


@pytest.mark.parametrize(
    ("encryption", "peer", "may"),
    [
        (None, "127.0.0.1", True),
        (None, "127.8.8.8", True),
        (None, "::1", True),
        (None, "192.0.2.1", False),
        (None, "10.0.0.1", False),
        (None, "2001:db8::1", False),
        (None, "fe80::1%eth0", False),
        (None, "", False),
        ("TLSv1.3", "192.0.2.1", True),
    ],
)
def test_a_password_goes_to_no_other_machine_in_the_clear(
    encryption: str | None, peer: str, may: bool
) -> None:
    assert may_hear_passwords(encryption, peer) == may


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_either_way_to_log_in_will_do(mechanism: str) -> None:
    with LocalRelay(login=("desk", SECRET), mechanisms=frozenset({mechanism})) as relay:
        send(address_of(relay, **LOGIN))
        assert relay.mails[0].login == "desk"


def test_a_login_in_no_way_that_we_know_names_the_mend() -> None:
    with LocalRelay(login=("desk", SECRET), mechanisms=frozenset()) as relay:
        assert "offers no login" in failing(address_of(relay, **LOGIN)).reason


def test_a_name_with_several_addresses_is_tried_at_each() -> None:
    with LocalRelay() as relay:
        send(RelayAddress("localhost", relay.port, "none"))
        assert len(relay.mails) == 1


def test_a_relays_address_shows_no_password() -> None:
    assert SECRET not in repr(RelayAddress("127.0.0.1", 25, "none", "desk", SECRET))


# --- the doctor


def test_the_doctor_says_what_it_found_and_sends_nothing(certificate: Certificate) -> None:
    with LocalRelay(tls=certificate.server, login=("desk", SECRET)) as relay:
        found = check_relay(address_of(relay, "starttls", **LOGIN), OWN)
        assert found == (
            f"127.0.0.1:{relay.port} takes mail from desk@openfield.example"
            " (TLSv1.3, logged in as desk, up to 30 MB, SMTPUTF8)"
        )
        assert relay.mails == ()


def test_the_doctor_tells_of_a_relay_without_anything() -> None:
    with LocalRelay(smtputf8=False) as relay:
        assert "(not encrypted, no login, up to 30 MB)" in check_relay(address_of(relay), OWN)


def test_the_doctor_hears_that_the_relay_refuses_our_address() -> None:
    with LocalRelay() as relay:
        relay.fail_next("mail", answer(553, "not yours"))
        with pytest.raises(RelayFault, match="not yours"):
            check_relay(address_of(relay), OWN)


def test_the_doctor_finds_an_address_that_is_none() -> None:
    with pytest.raises(RelayFault, match="nobody can answer to desk"):
        check_relay(RelayAddress("127.0.0.1", 25, "none"), Address("desk"))
