"""Mail that programs wrote is known, and never answered by a program."""

from __future__ import annotations

import pytest

from supportbot.adapters.mail.reading import read_mail
from tests.adapters.mail.messages import mail, read

_REPORT = (
    "--b\r\n\r\nIt did not arrive.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; mx.example\r\n\r\nAction: {action}\r\nStatus: 5.1.1\r\n--b--\r\n"
)
_REPORT_HEAD = 'Content-Type: multipart/report; report-type={kind}; boundary="b"'


def test_a_person_s_mail_may_be_answered() -> None:
    found = read(
        "Subject: Nobody can log in", "Auto-Submitted: no", "Return-Path: <mara@x.example>"
    )
    signs = found.signs
    assert (signs.is_auto_reply, signs.is_bounce, signs.auto_reply_allowed) == (False, False, True)


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; owner-email=a@b.example",
        "X-Autoreply: yes",
        "Precedence: auto_reply",
        "Subject: Automatic reply: Nobody can log in",
        "Subject: Re: Out of Office: away until Monday",
        "Subject: Abwesenheitsnotiz",
        "Subject: =?utf-8?q?R=C3=A9ponse_automatique?= : absente",
    ],
)
def test_automatic_answers_are_known_and_not_answered(header: str) -> None:
    signs = read(header).signs
    assert signs.is_auto_reply
    assert not signs.is_bounce
    assert not signs.auto_reply_allowed


@pytest.mark.parametrize(
    "headers",
    [
        ("Return-Path: <>",),
        ("Precedence: bulk",),
        ("List-Id: <users.lists.example>",),
        ("List-Unsubscribe: <mailto:leave@lists.example>",),
        ("X-Auto-Response-Suppress: DR, OOF",),
        ("From: noreply@shop.example",),
        ("From: Shop <orders-no-reply@shop.example>",),
        ("From: nobody at all",),
    ],
)
def test_what_is_not_automatic_may_still_be_not_to_be_answered(headers: tuple[str, ...]) -> None:
    signs = read(*headers).signs
    assert (signs.is_auto_reply, signs.auto_reply_allowed) == (False, False)


@pytest.mark.parametrize(
    "raw",
    [
        mail(_REPORT_HEAD.format(kind="delivery-status"), body=_REPORT.format(action="failed")),
        mail("From: MAILER-DAEMON@mx.example", "Subject: Returned mail: see transcript"),
        mail("From: postmaster@mx.example", "Return-Path: <>", "Subject: Hello"),
        mail("X-Failed-Recipients: gone@x.example", "Subject: Mail delivery failed"),
        mail("Return-Path: <>", "Subject: Undeliverable: your question"),
    ],
)
def test_bounces_are_known_and_not_answered(raw: bytes) -> None:
    signs = read_mail(raw).signs
    assert (signs.is_auto_reply, signs.is_bounce, signs.auto_reply_allowed) == (False, True, False)


@pytest.mark.parametrize(
    ("kind", "action"),
    [("delivery-status", "delivered"), ("disposition-notification", "displayed")],
)
def test_a_report_of_success_is_no_bounce_and_not_answered(kind: str, action: str) -> None:
    signs = read(_REPORT_HEAD.format(kind=kind), body=_REPORT.format(action=action)).signs
    assert (signs.is_bounce, signs.auto_reply_allowed) == (False, False)


def test_a_complaint_about_delivery_is_no_bounce() -> None:
    signs = read("Subject: Undeliverable mail from our hub, please help").signs
    assert (signs.is_bounce, signs.auto_reply_allowed) == (False, True)
