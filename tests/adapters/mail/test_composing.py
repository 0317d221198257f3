"""What our mails say, and that nobody's words can make them say anything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from supportbot.adapters.mail.addresses import Address
from supportbot.adapters.mail.composing import compose
from supportbot.adapters.mail.deliverable import Undeliverable, deliverable
from supportbot.adapters.mail.plain import clean, one_line
from supportbot.adapters.mail.reading import read_mail
from supportbot.domain.notices.delivery import SendFailure, SendTask
from tests.adapters.mail.outgoing import FACTS, FIRST, OWN, TO, page, reply

ALWAYS = [
    "From", "To", "Subject", "Date", "Message-ID",
    "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
]  # fmt: skip
AUTOMATIC = ["Auto-Submitted", "X-Auto-Response-Suppress"]
ANSWERING = ["In-Reply-To", "References"]
NASTY = [
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\x0b",
    "\x85",
    "\u2028",
    "\ud800",
    "\u202e",
    "\ufeff",
    "\t",
    " ",
]
NASTY += [
    "Bcc: eve@evil.example",
    "<",
    ">",
    '"',
    "\\",
    ",",
    ":",
    ";",
    "@",
    "=?utf-8?q?x?=",
    ".",
    "ß",
]
HOSTILE = st.text(st.characters(), max_size=200) | st.lists(
    st.sampled_from([*NASTY, "a", "Mara", "é", "漢字", "🚨", "x" * 300]), max_size=20
).map("".join)


def parsed(task: SendTask, own: Address = OWN) -> EmailMessage:
    message = message_from_bytes(compose(task, own).raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def headers(task: SendTask) -> dict[str, str]:
    return {name: str(value) for name, value in parsed(task).items()}


def rejection(task: SendTask) -> str:
    with pytest.raises(SendFailure) as raised:
        compose(task, OWN)
    assert raised.value.kind == "rejected"
    return raised.value.reason


# --- what is said


def test_a_receipt_is_a_marked_answer_in_the_reporters_thread() -> None:
    task = reply("Someone has it.", references="zero@northfield.example one@northfield.example")
    said = headers(task)
    assert said == {
        "From": "Openfield Support <desk@openfield.example>",
        "To": "Mara Lindqvist <mara@northfield.example>",
        "Subject": "Re: Nobody gets in [SUP-42]",
        "Date": "Mon, 23 Nov 2026 08:00:30 +0000",
        "Message-ID": "<SUP-42.3.reply.received@openfield.example>",
        "In-Reply-To": "<first@northfield.example>",
        "References": "<zero@northfield.example> <one@northfield.example>"
        " <first@northfield.example>",
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "7bit",
        "MIME-Version": "1.0",
    }
    assert compose(task, OWN).raw.endswith(b"\r\n\r\nSomeone has it.\r\n")


def test_what_a_person_wrote_is_not_marked() -> None:
    assert not set(AUTOMATIC) & set(headers(reply(automatic=False)))
    assert read_mail(compose(reply(automatic=False), OWN).raw).signs.auto_reply_allowed


@pytest.mark.parametrize("payload", [{}, {"automatic": None}, {"automatic": "no"}])
def test_what_does_not_say_that_a_person_wrote_it_is_marked(payload: dict[str, Any]) -> None:
    task = replace(reply(), payload={"text": "x", **payload})
    assert headers(task)["Auto-Submitted"] == "auto-replied"


def test_our_automatic_mail_is_recognised_by_ourselves() -> None:
    for task in (reply(), page()):
        signs = read_mail(compose(task, OWN).raw).signs
        assert signs.is_auto_reply
        assert not signs.auto_reply_allowed


def test_the_place_of_the_ticket_says_where_an_answer_goes() -> None:
    task = replace(reply(), place={"to": "deshawn@northfield.example", "name": ""})
    assert headers(task)["To"] == "deshawn@northfield.example"


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("Nobody gets in", "Re: Nobody gets in [SUP-42]"),
        ("Re: Nobody gets in", "Re: Nobody gets in [SUP-42]"),
        ("RE: AW: Re[2]: Re^3 : Nobody", "Re: Nobody [SUP-42]"),
        ("Antw: SV: Nobody", "Re: Nobody [SUP-42]"),
        ("回复：Nobody", "Re: Nobody [SUP-42]"),  # noqa: RUF001
        ("Fwd: Nobody gets in", "Re: Fwd: Nobody gets in [SUP-42]"),
        ("Recent: trouble", "Re: Recent: trouble [SUP-42]"),
        ("Re: Nobody gets in [SUP-42]", "Re: Nobody gets in [SUP-42]"),
        ("[sup-42] Re: Nobody gets in", "Re: Nobody gets in [SUP-42]"),
        ("Re: [SUP-42] Re: Nobody [SUP-42]", "Re: Nobody [SUP-42]"),
        ("Like [SUP-7], but worse", "Re: Like , but worse [SUP-42]"),
        ("[[SUP-7]SUP-7] x", "Re: x [SUP-42]"),
        ("[prod] [SUP] a]b[", "Re: [prod] [SUP] a]b[ [SUP-42]"),
        ("", "Your request [SUP-42]"),
        ("Re: [SUP-42]", "Your request [SUP-42]"),
        (" \r\n ", "Your request [SUP-42]"),
        ("Über =?utf-8?q?x?= Rechte", "Re: Über =?utf-8?q?x?= Rechte [SUP-42]"),
        ("a  b\tc", "Re: a b c [SUP-42]"),
    ],
)
def test_the_subject_has_one_re_and_one_reference(subject: str, shown: str) -> None:
    raw = compose(reply(subject=subject), OWN).raw
    assert read_mail(raw).subject == shown
    assert parsed(reply(subject=subject))["Subject"] == shown


def test_a_long_subject_is_cut_and_keeps_the_reference() -> None:
    shown = headers(reply(subject="Nobody " * 500))["Subject"]
    assert len(shown) < 300
    assert shown.endswith("… [SUP-42]")


def test_the_conversation_is_told_from_its_first_and_newest_mails() -> None:
    known = " ".join(f"m{number}@northfield.example" for number in range(100))
    mail = read_mail(compose(reply(references=known), OWN).raw)
    assert len(mail.references) == 21
    assert mail.references[0] == "m0@northfield.example"
    assert mail.references[1] == "m81@northfield.example"
    assert mail.references[-2:] == ("m99@northfield.example", "first@northfield.example")
    assert mail.in_reply_to == ("first@northfield.example",)


def test_a_parent_that_is_known_already_is_named_once_and_last() -> None:
    task = reply(references="a@x first@northfield.example b@x b@x")
    assert headers(task)["References"] == "<a@x> <b@x> <first@northfield.example>"


@pytest.mark.parametrize("length", [70, 200, 890])
def test_a_long_id_is_said_again_as_it_is(length: int) -> None:
    named = f"{'i' * length}@x"
    raw = compose(reply(message_id=named, references=f"{named}1 {named}2"), OWN).raw
    mail = read_mail(raw)
    assert mail.in_reply_to == (named,)
    assert mail.references == (f"{named}1", f"{named}2", named)
    assert f"<{named}>".encode() in raw


@pytest.mark.parametrize(
    "named", ["a b@x", "a\r\nBcc: e@x", "a>b@x", "é@x", "=?utf-8?q?a?=@x", "a" * 901, "\0", ""]
)
def test_an_id_that_cannot_be_said_again_is_left_out(named: str) -> None:
    found = headers(reply(message_id=named))
    assert "In-Reply-To" not in found
    assert "References" not in found
    mail = read_mail(compose(reply(message_id="ok@x", references=named.replace(" ", "é")), OWN).raw)
    assert mail.in_reply_to == ("ok@x",)


def test_a_repetition_is_the_same_mail_and_says_that_it_may_be_one() -> None:
    first, second, third = (compose(reply(attempt=n), OWN).raw for n in (1, 2, 3))
    assert second == third
    assert second.replace(b"X-Supportbot-Maybe-Repeated: yes\r\n", b"") == first != second


def test_the_date_is_the_first_tries_in_utc() -> None:
    there = FIRST.astimezone(timezone(timedelta(hours=-5)))
    task = replace(reply(), first_attempt_at=there)
    assert compose(task, OWN).raw == compose(reply(), OWN).raw


# --- pages


def test_a_page_says_why_and_how_to_stop_it() -> None:
    task = page(attempt=2, late_minutes=7, by="Jonas")
    found = headers(task)
    assert found["Subject"] == "P1: Nobody gets in [SUP-42]"
    assert found["To"] == "ines@openfield.example"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Message-ID"] == "<SUP-42.4.page.ines.mail@openfield.example>"
    assert read_mail(compose(task, OWN).raw).text == (
        "P1 SUP-42: Nobody gets in\n"
        "several people cannot work\n"
        "Northfield University · prod · login\n"
        "\n"
        "You are called because: first line, in her first fortnight\n"
        "Step 2, try 2, 7 min late: supportbot was away, asked for by Jonas.\n"
        "\n"
        "If you have it, press Acknowledge in Slack, or run:\n"
        "\n"
        "    supportbot tickets ack SUP-42 --as ines\n"
        "\n"
        "Until somebody does, the policy goes on to its next step.\n"
    )


def test_a_page_leaves_out_what_nobody_knows() -> None:
    said = read_mail(compose(page(community=None, hub=None, symptom=None), OWN).raw).text
    assert said.splitlines()[2:5] == ["", f"You are called because: {FACTS['reason']}", "Step 2."]


def test_a_page_to_somebody_without_an_address_names_the_mend() -> None:
    assert "people.yaml" in rejection(page(mail=""))


def test_news_for_an_address_say_what_they_are_given() -> None:
    task = replace(
        reply(),
        kind="mail.say",
        ticket=None,
        target={"to": "team@openfield.example"},
        payload={"subject": "Tests", "text": "It works."},
    )
    assert headers(task)["Subject"] == "Tests"
    assert headers(task)["Auto-Submitted"] == "auto-generated"


def test_another_kind_is_rejected() -> None:
    assert "mail.fax" in rejection(replace(reply(), kind="mail.fax"))


# --- addresses


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("mara@northfield.example", "mara@northfield.example"),
        (" mara@Northfield.Example ", "mara@northfield.example"),
        ("Mara+tag/x=y@northfield.example", "Mara+tag/x=y@northfield.example"),
        ("mara@bücher.example", "mara@xn--bcher-kva.example"),
        ("mara@例え.example", "mara@xn--r8jz45g.example"),
        ("mära@northfield.example", "mära@northfield.example"),
        ("a..b.@phones.example", '"a..b."@phones.example'),
        ('"mara"@northfield.example', "mara@northfield.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_is_written_as_relays_take_it(given: str, written: str) -> None:
    composed = compose(reply(to=given, name=""), OWN)
    assert composed.recipient == written
    assert f"To: {written}\r\n".encode() in composed.raw


@pytest.mark.parametrize(
    "bad",
    [
        "", "@", "mara", "mara@", "@x.example", "a b@x.example", "a@b@x.example", "mara@x example",
        "mara@x.example\r\nBcc: e@evil.example", "mara\0@x.example", "mara@x\n.example",
        "<a>@x.example",
        'a"b@x.example', '"a b"@x.example', "a,b@x.example", "mara@[127.0.0.1]", "mara@127.0.0.1",
        "mara@-x.example", "mara@x..example", "mara@.example", "mara@x_y.example",
        "\ud800@x.example",
        "mara@\ud800.example", "m\u202ear@x.example", "mara@" + "x" * 64 + ".example",
        "m" * 65 + "@x.example", "mara@" + "x." * 200 + "example", "é" * 40 + "@x.example",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_rejected(bad: str) -> None:
    reason = rejection(reply(to=bad))
    assert reason.startswith("no mail can go to ")
    assert len(reason) < 400
    assert reason == one_line(reason, 400)


def test_a_domain_that_two_standards_read_differently_is_not_guessed() -> None:
    assert "xn--" in rejection(reply(to="mara@straße.example"))


@given(st.tuples(HOSTILE, HOSTILE).map("@".join) | HOSTILE)
def test_whatever_is_given_as_an_address_is_one_or_is_refused(text: str) -> None:
    try:
        found = deliverable(text)
    except Undeliverable:
        return
    local, _, domain = found.rpartition("@")
    assert local.isprintable()
    assert not set(" <>,;()\\") & set(local)
    assert set(domain) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert deliverable(found) == found


@pytest.mark.parametrize("own", ["desk@openfield.example", "DESK@OpenField.example"])
def test_the_desk_never_writes_to_itself(own: str) -> None:
    assert "answer itself" in rejection(reply(to=own))


# --- hostile values


@given(
    text=HOSTILE, name=HOSTILE, subject=HOSTILE, named=HOSTILE, known=HOSTILE, own=HOSTILE,
    key=HOSTILE, automatic=st.booleans(), attempt=st.integers(1, 3),
)  # fmt: skip
@example(
    text="", name="", subject="", named="", known="", own="", key="", automatic=True, attempt=1
)
def test_no_words_make_a_header_or_change_the_text(
    text: str, name: str, subject: str, named: str, known: str, own: str, key: str,
    automatic: bool, attempt: int,
) -> None:  # fmt: skip
    task = reply(
        text, automatic=automatic, attempt=attempt,
        name=name, subject=subject, message_id=named, references=known,
    )  # fmt: skip
    composed = compose(replace(task, key=key), Address(OWN.email, own))
    message = message_from_bytes(composed.raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    found = list(message)
    repeated = ["X-Supportbot-Maybe-Repeated"] if attempt > 1 else []
    expected = [*ALWAYS, *(AUTOMATIC if automatic else []), *repeated]
    assert sorted(set(found) - set(ANSWERING)) == sorted(expected)
    assert len(found) == len(set(found))
    assert message.defects == []
    assert [value.defects for value in message.values()] == [()] * len(found)
    assert [each.addr_spec for each in message["To"].addresses] == [TO]
    assert [each.addr_spec for each in message["From"].addresses] == [OWN.email]
    assert_on_the_wire(composed.raw)
    wanted = clean(text).strip("\n") + "\n"
    assert message.get_content().replace("\r\n", "\n") == wanted
    mail = read_mail(composed.raw)
    assert mail.text == (wanted if wanted.strip() else "")
    assert mail.to == (Address(TO, one_line(name, 100)),)
    assert mail.message_id == composed.message_id
    assert mail.sender is not None
    assert mail.sender.email == OWN.email
    assert mail.subject.endswith("[SUP-42]")


@given(facts=st.fixed_dictionaries(dict.fromkeys(FACTS, HOSTILE | st.integers() | st.none())))
def test_no_facts_make_a_page_anything_else(facts: dict[str, Any]) -> None:
    composed = compose(page(**facts), OWN)
    message = message_from_bytes(composed.raw, policy=SMTP)
    assert sorted(message.keys()) == sorted([*ALWAYS, *AUTOMATIC])
    assert message.defects == []
    assert_on_the_wire(composed.raw)
    assert "\nIf you have it" in read_mail(composed.raw).text


def assert_on_the_wire(raw: bytes) -> None:
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    lines = raw.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines)
    assert max(map(len, lines)) <= 998
    assert not any(
        line and not line.strip() for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    )


def test_a_very_long_text_is_cut() -> None:
    said = read_mail(compose(reply("é" * 1_000_000), OWN).raw).text
    assert len(said) == 300_001
    assert said.endswith("é…\n")


@pytest.mark.parametrize(
    "text",
    ["a\r\n.\r\nb", "From here\n.\n..\n", "x" * 5_000, "  indented", "-- \nInes", "漢字\n" * 50],
)
def test_a_text_arrives_as_it_was_written(text: str) -> None:
    assert read_mail(compose(reply(text), OWN).raw).text == clean(text).strip("\n") + "\n"
