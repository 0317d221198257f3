"""Slack's text, read and written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.adapters.slack import text

NAMES = {"U0000000001": "ana", "C0000000001": "#general"}


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("see <https://hub.example/a?b=1&amp;c=2|the hub>", "see https://hub.example/a?b=1&c=2"),
        ("see <https://hub.example>", "see https://hub.example"),
        ("write to <mailto:a@b.example|a@b.example>", "write to a@b.example"),
        ("ask <@U0000000001> please", "ask @ana please"),
        ("ask <@U0000000009>", "ask @U0000000009"),
        ("ask <@U0000000009|bob>", "ask @bob"),
        ("in <#C0000000001>", "in #general"),
        ("in <#C0000000001|>", "in #general"),
        ("in <#C0000000009|old-name>", "in #old-name"),
        ("<!channel> <!here>", "@channel @here"),
        ("<!subteam^S0000000001|@oncall>", "@oncall"),
        ("<!subteam^S0000000001>", "@subteam"),
        ("<!date^1764000000^{date}|24 Nov>", "24 Nov"),
        ("an open < stays, and &amp;lt; is &lt;", "an open < stays, and &lt; is <"),
        ("<<>>", "<>"),
        ("", ""),
        ("nul\x00 and \ud800 go", "nul and  go"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
    ],
)
def test_slacks_text_reads_as_a_person_sees_it(raw: str, seen: str) -> None:
    assert text.plain(raw, NAMES.get, NAMES.get) == seen


@given(st.text())
def test_any_text_can_be_read(raw: str) -> None:
    text.plain(raw, lambda _: None, lambda _: None)


@given(st.text())
def test_what_is_written_reads_as_it_was(words: str) -> None:
    assert text.plain(text.escaped(words, 10**6), NAMES.get, NAMES.get) == text.clean(words).strip()


@given(st.text(), st.integers(min_value=1, max_value=60))
def test_escaped_text_keeps_its_limit_and_opens_nothing(words: str, limit: int) -> None:
    shown = text.escaped(words, limit)
    assert len(shown) <= limit
    assert "<" not in shown
    assert ">" not in shown
    rest = shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in rest


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://h.example/a?b&c", "<https://h.example/a?b&amp;c|it>"),
        ("javascript:alert(1)", "it"),
        ("https://h.example|<!channel>", "it"),
        ("https://h.example/ <!here>", "it"),
        ("", "it"),
    ],
)
def test_only_plain_web_addresses_become_links(url: str, link: str) -> None:
    assert text.link(url, "it") == link


@pytest.mark.parametrize(
    ("user", "shown"),
    [
        ("U0000000001", "<@U0000000001>"),
        ("W0000000001", "<@W0000000001>"),
        (None, "*Ines*"),
        ("", "*Ines*"),
        ("U1> <!channel", "*Ines*"),
    ],
)
def test_only_ids_ring(user: str | None, shown: str) -> None:
    assert text.mention(user, "Ines") == shown


@pytest.mark.parametrize(
    ("names", "joined"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_are_joined(names: list[str], joined: str) -> None:
    assert text.joined(names) == joined
