"""Where one sentence ends and the next begins: at a stop, a blank line, an item, or a "but"."""

from __future__ import annotations

import re

import re2

# What follows these says something of its own: "I can log in, but nothing starts".
_BUTS = ("but", "aber", "mais", "pero", "però", "maar")

_BLANK = r"[\t\n\f\r ]"
_STOPS = ".!?;…。！？"  # noqa: RUF001
_STOP = f"[{_STOPS}]"
# A stop before a blank; one of a script without blanks; an empty line; an item of a list.
_END = (
    rf"(?:(?<={_STOP})(?<!{_STOP}{_STOP}){_STOP}*+(?:{_BLANK}|\Z)"
    rf"|(?<=[。！？])|(?<=\n){_BLANK}*\n|(?<=\n){_BLANK}*[-*•]{_BLANK})"  # noqa: RUF001
)
_BUT = rf"{_BLANK}*+(?:{'|'.join(_BUTS)}){_BLANK}"
# Linear in the length of any text: a run of stops or blanks is looked at from its start alone,
# which the lookbehinds see to, and what of it was left by the end before by _MORE.
_MORE = rf"(?:(?!\n{_BLANK}*\n){_BLANK}{_BUT})*+"
_A_BUT = re2.compile(rf"{_BLANK}(?:{'|'.join(_BUTS)}){_BLANK}")
_ENDS = re.compile(rf"([{_STOPS}\n]{_END})")
_ENDS_AND_BUTS = re.compile(
    rf"([{_STOPS}\n,\t\f\r ](?:{_END}"
    rf"|(?:(?<=,){_BLANK}|(?<={_BLANK})(?<!{_BLANK}{_BLANK})){_BUT}){_MORE})"
)


def cut(text: str) -> list[tuple[str, bool]]:
    """The sentences of a text in small letters, and whether each is a question."""
    # To look at every blank takes a while, and few texts hold such a word.
    ends = _ENDS_AND_BUTS if _A_BUT.search(text) else _ENDS
    pieces = ends.split(text)
    return [
        (said, "?" in end or "？" in end)  # noqa: RUF001
        for said, end in zip(pieces[::2], [*pieces[1::2], ""], strict=True)
        if said and not said.isspace()
    ]
