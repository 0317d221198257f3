"""Who may say that an address is its sender's, and what they must have found (RFC 8601)."""

from __future__ import annotations

import pytest

from supportbot.adapters.mail.authentication import is_authenticated

RELAY = "mx.openfield.example"
MARA = "mara@northfield.example"
FORGED = "dmarc=pass header.from=northfield.example"
RESULTS = [
    ("mx.openfield.example; dmarc=pass header.from=northfield.example", True),
    ("MX.openfield.example 1; dmarc=pass (p=none) header.from=NORTHFIELD.example", True),
    ("mx.openfield.example\t1; dmarc = pass; dkim/1=pass header.d=northfield.example", True),
    ("mx.openfield.example; dmarc=pass", False),
    ("mx.openfield.example; dmarc=fail header.from=northfield.example", False),
    ("mx.openfield.example; dmarc=pass header.from=attacker.example", False),
    ("mx.openfield.example; spf=fail; dkim=pass header.d=northfield.example", True),
    ("mx.openfield.example; dkim=pass header.i=@lists.northfield.example", True),
    ("mx.openfield.example; dkim=pass header.d=attacker.example", False),
    ("mx.openfield.example; dkim=pass header.d=example", False),
    ("mx.openfield.example; dkim=pass header.d=a.example header.i=@northfield.example", False),
    ("mx.openfield.example; dkim=pass header.d=a.example header.d=northfield.example", False),
    ("mx.openfield.example; dmarc=fail; dkim=pass header.d=northfield.example", False),
    ("mx.openfield.example; dkim=pass", False),
    ("mx.openfield.example; spf=pass smtp.mailfrom=bounce@northfield.example", True),
    ("mx.openfield.example; spf=pass smtp.mailfrom=bounce@mailer.example", False),
    ("mx.openfield.example; spf=pass smtp.mailfrom=fakenorthfield.example", False),
    ("mx.openfield.example; none", False),
    ("mx.openfield.example; x=(dmarc=pass header.from=northfield.example)", False),
    ("mx.openfield.example; (;dmarc=pass) spf=softfail", False),
    ('mx.openfield.example; spf=pass smtp.mailfrom="a@northfield.example"', True),
    # What a stranger calls themselves stands in what the relay writes.
    (f'mx.openfield.example; spf=none smtp.mailfrom="a; {FORGED}; b"@a.example', False),
    (
        'mx.openfield.example; spf=pass smtp.mailfrom="a smtp.mailfrom=northfield.example "@a.b',
        False,
    ),
    (f"mx.openfield.example; spf=none (of \\) ; {FORGED}; ) x=y", False),
    (f'mx.openfield.example; spf=none smtp.mailfrom="\\"; {FORGED}; "@a.example', False),
    ("mx.openfield.example; x=y dmarc=pass header.from=northfield.example", False),
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


def test_a_name_is_never_cut_into_another_s() -> None:
    start, end = f"{RELAY}; x=", "; dkim=pass header.d=northfield.example"
    padding = "y" * (4_000 - len(start) - len(end))
    assert is_authenticated([start + padding + end], RELAY, MARA) is True
    assert is_authenticated([start + padding + end + ".evil.example"], RELAY, MARA) is False


def test_letters_that_fold_into_others_prove_nothing() -> None:
    for domain, proved in (
        ("stra\u00dfe.example", "strasse.example"),
        ("\u212a.example", "k.example"),
    ):
        for shown in (domain, proved):
            result = f"{RELAY}; dmarc=pass header.from={shown}"
            assert is_authenticated([result], RELAY, f"mara@{domain}") is False


def test_without_a_trusted_relay_nothing_is_known() -> None:
    assert is_authenticated([f"{RELAY}; dmarc=pass"], "", MARA) is None


def test_who_has_no_address_is_not_proved_to_be_anybody() -> None:
    assert is_authenticated([f"{RELAY}; dmarc=pass"], RELAY, "") is False
