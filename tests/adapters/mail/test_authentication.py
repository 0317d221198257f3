"""Who may say that an address is its sender's, and what they must have found (RFC 8601)."""

from __future__ import annotations

import pytest

from supportbot.adapters.mail.authentication import is_authenticated

RELAY = "mx.openfield.example"
MARA = "mara@northfield.example"
RESULTS = [
    ("mx.openfield.example; dmarc=pass header.from=northfield.example", True),
    ("MX.openfield.example 1; dmarc=pass (p=none) header.from=NORTHFIELD.example", True),
    ("mx.openfield.example; dmarc=pass", True),
    ("mx.openfield.example; dmarc=fail header.from=northfield.example", False),
    ("mx.openfield.example; dmarc=pass header.from=attacker.example", False),
    ("mx.openfield.example; spf=fail; dkim=pass header.d=northfield.example", True),
    ("mx.openfield.example; dkim=pass header.i=@lists.northfield.example", True),
    ("mx.openfield.example; dkim=pass header.d=attacker.example", False),
    ("mx.openfield.example; dkim=pass header.d=example", False),
    ("mx.openfield.example; dkim=pass", False),
    ("mx.openfield.example; spf=pass smtp.mailfrom=bounce@northfield.example", True),
    ("mx.openfield.example; spf=pass smtp.mailfrom=bounce@mailer.example", False),
    ("mx.openfield.example; spf=pass smtp.mailfrom=fakenorthfield.example", False),
    ("mx.openfield.example; none", False),
    ("mx.openfield.example; x=(dmarc=pass header.from=northfield.example)", False),
    ("mx.openfield.example; (;dmarc=pass) spf=softfail", False),
    ("mx.attacker.example; dmarc=pass header.from=northfield.example", False),
    ("", False),
    ("(" * 5_000, False),
    (";" * 5_000, False),
]


@pytest.mark.parametrize(("result", "proved"), RESULTS)
def test_a_pass_of_the_trusted_relay_for_the_sender_s_domain_proves_the_address(
    result: str, proved: bool
) -> None:
    assert is_authenticated([result] if result else [], RELAY, MARA) is proved


def test_only_the_newest_results_count() -> None:
    forged = f"{RELAY}; dmarc=pass header.from=northfield.example"
    assert is_authenticated([f"{RELAY}; dmarc=fail", forged], RELAY, MARA) is False


def test_without_a_trusted_relay_nothing_is_known() -> None:
    assert is_authenticated([f"{RELAY}; dmarc=pass"], "", MARA) is None


def test_who_has_no_address_is_not_proved_to_be_anybody() -> None:
    assert is_authenticated([f"{RELAY}; dmarc=pass"], RELAY, "") is False
