"""Message-IDs from the keys of deliveries, and back to the ticket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.adapters.mail.message_ids import message_id_of, ticket_of

DOMAIN = "openfield.example"
ANY = st.text(st.characters(), max_size=300)
ATOMS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=")


@pytest.mark.parametrize(
    ("key", "message_id"),
    [
        ("SUP-1.3.reply.received", "SUP-1.3.reply.received@openfield.example"),
        ("SUP-1.4.page.ines.mail", "SUP-1.4.page.ines.mail@openfield.example"),
        ("SUP-1.4.page.o'neil", "SUP-1.4.page.o=27neil@openfield.example"),
        ("SUP-1.4.page.a=b", "SUP-1.4.page.a=3Db@openfield.example"),
        ("SUP-1.4.page.é", "SUP-1.4.page.=C3=A9@openfield.example"),
        (".a..b.", "=2Ea.=2Eb=2E@openfield.example"),
        ("a b\r\n", "a=20b=0D=0A@openfield.example"),
        ("", "=@openfield.example"),
    ],
)
def test_a_key_is_told_in_a_message_id(key: str, message_id: str) -> None:
    assert message_id_of(key, DOMAIN) == message_id


@given(ANY | st.text("=.a", max_size=8), ANY | st.text("=.a", max_size=8))
def test_different_keys_have_different_ids(one: str, other: str) -> None:
    assert (message_id_of(one, DOMAIN) == message_id_of(other, DOMAIN)) == (one == other)


@given(ANY)
def test_an_id_is_a_dot_atom_that_fits_on_a_line(key: str) -> None:
    local, _, domain = message_id_of(key, DOMAIN).rpartition("@")
    atoms = local.split(".")
    assert domain == DOMAIN
    assert all(atoms)
    assert ATOMS.issuperset("".join(atoms))
    assert len(local) <= 200


@given(st.integers(1, 10**9), ANY.filter(bool))
def test_an_id_leads_back_to_its_ticket(number: int, rest: str) -> None:
    named = message_id_of(f"SUP-{number}.{rest}", DOMAIN)
    assert ticket_of(named, DOMAIN) == number
    assert ticket_of(f" <{named.upper()}>", DOMAIN) == number
    assert ticket_of(named.lower(), DOMAIN.upper()) == number


@pytest.mark.parametrize(
    "message_id",
    [
        "SUP-1.3.reply.received@elsewhere.example",
        "SUP-1.3.reply.received@evil.openfield.example",
        "SUP-1@openfield.example",
        "SUP-1.@openfield.example",
        "SUP-.3.x@openfield.example",
        "SUP-x.3@openfield.example",
        "\u017fup-1.3@openfield.example",
        "SUP-\u0661.3@openfield.example",
        f"SUP-{'9' * 5000}.3@openfield.example",
        "outage-7.reply@openfield.example",
        "SUP-1.3.reply.received",
        "",
        "@",
    ],
)
def test_what_is_not_ours_leads_to_no_ticket(message_id: str) -> None:
    assert ticket_of(message_id, DOMAIN) is None


def test_a_domain_beyond_ascii_is_the_same_in_either_form() -> None:
    named = message_id_of("SUP-7.1.reply.received", "Bücher.example")
    assert named == "SUP-7.1.reply.received@xn--bcher-kva.example"
    assert ticket_of(named, "bücher.example") == 7
    assert ticket_of(named, "xn--bcher-kva.example") == 7


@pytest.mark.parametrize("domain", ["", "not a domain", "a..b", "[127.0.0.1]"])
def test_nothing_is_ours_without_a_domain(domain: str) -> None:
    assert ticket_of("SUP-1.3.x@", domain) is None
    with pytest.raises(ValueError, match="domain"):
        message_id_of("SUP-1.3.x", domain)
