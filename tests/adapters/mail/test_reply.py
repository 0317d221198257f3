# ruff: noqa: RUF001
"""The new words of a message, in the languages and programs people write with."""

from __future__ import annotations

import pytest

from supportbot.adapters.mail.reply import new_words
from tests.adapters.mail.messages import read

_ADDRESS = "Noor Haddad <help@support.example>"


@pytest.mark.parametrize(
    "introduction",
    [
        f"On Mon, Nov 23, 2026 at 5:10 PM {_ADDRESS} wrote:",
        f"On Mon, Nov 23, 2026 at 5:10 PM {_ADDRESS}\nwrote:",
        "On Mon, Nov 23, 2026 at 5:10 PM Noor Haddad <\nhelp@support.example>\nwrote:",
        f"Am 23.11.2026 um 17:10 schrieb {_ADDRESS}:",
        f"Le lun. 23 nov. 2026 à 17:10, {_ADDRESS} a écrit :",
        f"El lun, 23 nov 2026 a las 17:10, {_ADDRESS} escribió:",
        f"Il giorno lun 23 nov 2026 alle ore 17:10 {_ADDRESS} ha scritto:",
        f"Em seg., 23 de nov. de 2026 às 17:10, {_ADDRESS} escreveu:",
        f"Op ma 23 nov. 2026 om 17:10 schreef {_ADDRESS}:",
        f"Op 23 nov. 2026 om 17:10 heeft {_ADDRESS} het volgende geschreven:",
        f"Den mån 23 nov. 2026 kl 17:10 skrev {_ADDRESS}:",
        f"man. 23. nov. 2026 kl. 17:10 skrev {_ADDRESS}:",
        f"ma 23. marrask. 2026 klo 17.10 {_ADDRESS} kirjoitti:",
        f"W dniu 23.11.2026 o 17:10, {_ADDRESS} pisze:",
        f"pon., 23 lis 2026 o 17:10 {_ADDRESS} napisał(a):",
        f"пн, 23 нояб. 2026 г. в 17:10, {_ADDRESS} написал(а):",
        f"2026年11月23日(月) 17:10 {_ADDRESS}のメール:",
        f"{_ADDRESS} 于2026年11月23日周一 17:10写道：",
        f'23.11.2026, 17:10, "Noor Haddad" {_ADDRESS}:',
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "From: Noor Haddad\nSent: Monday, 23 November 2026 17:10\nTo: Mara\nSubject: Hub",
        "________________\nVon: Noor Haddad\nGesendet: 23. November\nAn: Mara\nBetreff: Hub",
        "De : Noor Haddad\nEnvoyé : lundi 23 novembre 2026 17:10\nÀ : Mara\nObjet : Hub",
        "*From:* Noor Haddad <help@support.example>\n*Sent:* Monday\n*To:* Mara\n*Subject:* Hub",
        "差出人: Noor Haddad\n送信日時: 2026年11月23日\n宛先: Mara\n件名: Hub",
    ],
)
@pytest.mark.parametrize("quoted", ["All is well again.\nNoor", "> All is well again.\n> Noor"])
def test_what_is_answered_goes_with_the_line_that_introduces_it(
    introduction: str, quoted: str
) -> None:
    assert new_words(f"Not here.\n\nMara\n\n{introduction}\n\n{quoted}\n") == "Not here.\n\nMara"


@pytest.mark.parametrize(
    "own",
    [
        "On your host you can run:\n\n  telnet 127.0.0.1 8000",
        "Sent from my desk, this is much easier to write than from my mobile phone.",
        "From: 9 to 11 nobody could log in.",
        "Look:\n\n--> one\n--> two",
        "Von meinem Rechner aus geht es nicht.",
        "On 5 May the form was sent\nand nobody answered",
        "Ich habe es gesendet",
        "我已经发送",
        "Sent with the form yesterday",
        "3 people wrote:\nit fails",
        "--\nMara",
    ],
)
def test_the_writer_s_own_words_stay(own: str) -> None:
    assert new_words(own) == own


@pytest.mark.parametrize(
    "end",
    [
        "-- \nMara Lindqvist\nNorthfield University",
        "--\nMara",
        "Sent from my iPhone",
        "Get Outlook for Android",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verzonden vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Wysłane z iPhone'a",
        "iPhoneから送信",
        "发自我的iPhone",
        "_______________________________________________\nusers mailing list\nusers@lists.example",
    ],
)
def test_signatures_and_footers_go(end: str) -> None:
    assert new_words(f"It works now.\n\n{end}\n") == "It works now."


def test_an_answer_below_the_quote_stands_alone() -> None:
    assert new_words("On 23/11/2026 Noor wrote:\n> Is it well?\n\nNo.\n") == "No."


def test_answers_between_quotes_keep_the_quotes_they_answer() -> None:
    text = "On 23/11/2026 Noor wrote:\n> Which hub?\n\nprod\n\n> Since when?\n\nNine.\n\n> Noor\n"
    assert new_words(text) == "> Which hub?\n\nprod\n\n> Since when?\n\nNine."


def test_a_forwarded_message_stays() -> None:
    text = "See.\n\n------ Forwarded message -----\nFrom: a@b.example\nSubject: x\n\nIt fails."
    assert new_words(text) == text


@pytest.mark.parametrize(
    "source",
    [
        '<div>Not here.</div><div class="gmail_quote">On Mon Noor wrote:<br><blockquote>old',
        "<p>Not here.</p><div>Am 23.11.2026 um 17:10 schrieb Noor:</div><blockquote>old",
        "<div>Not here.</div><hr><b>From:</b> Noor<br><b>Sent:</b> Monday<br><b>To:</b> Mara<p>old",
    ],
)
def test_the_new_words_of_html_are_found_as_well(source: str) -> None:
    assert read("Content-Type: text/html", body=source).reply == "Not here."
