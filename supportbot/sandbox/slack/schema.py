"""Small checks that put together the shape of a Block Kit object.

A check looks at one JSON value and notes what Slack would complain of, with a JSON pointer to the
place. The wording follows the messages that Slack's own validator answers with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Findings:
    """What is wrong with a payload, in the order it was found."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, complaint: str, pointer: str) -> None:
        self.messages.append(f"{complaint} [json-pointer:{pointer}]")


Check = Callable[[Any, str, Findings], None]


def string(most: int, least: int = 0) -> Check:
    """A string of `least` to `most` characters."""

    def check(value: Any, pointer: str, findings: Findings) -> None:
        if not isinstance(value, str):
            findings.add("must provide a string", pointer)
        elif len(value) > most:
            findings.add(f"must be less than {most + 1} characters", pointer)
        elif len(value) < least:
            findings.add(f"must be more than {least - 1} characters", pointer)

    return check


def integer(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any, pointer: str, findings: Findings) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            findings.add("must provide a number", pointer)
        elif not least <= value <= most:
            findings.add(f"must be between {least} and {most}", pointer)

    return check


def flag(value: Any, pointer: str, findings: Findings) -> None:
    """A JSON true or false."""
    if not isinstance(value, bool):
        findings.add("must provide a boolean", pointer)


def anything(value: Any, pointer: str, findings: Findings) -> None:
    """A value whose inside the sandbox does not look into."""


def choice(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: Any, pointer: str, findings: Findings) -> None:
        if value not in allowed:
            findings.add("must be a valid enum value", pointer)

    return check


def items(each: Check, *, least: int = 1, most: int) -> Check:
    """A list with bounds on its length, every entry checked alike."""

    def check(value: Any, pointer: str, findings: Findings) -> None:
        if not isinstance(value, list):
            findings.add("must provide an array", pointer)
            return
        if len(value) > most:
            findings.add(f"no more than {most} items allowed", pointer)
        elif len(value) < least:
            findings.add(f"no fewer than {least} items allowed", pointer)
        for index, item in enumerate(value[:most]):
            each(item, f"{pointer}/{index}", findings)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these fields and, as Slack insists, no others."""
    known = {"type": anything, **(optional or {}), **required}

    def check(value: Any, pointer: str, findings: Findings) -> None:
        if not isinstance(value, dict):
            findings.add("must provide an object", pointer)
            return
        for name in required:
            if name not in value:
                findings.add(f"missing required field: {name}", pointer)
        for name, field in value.items():
            if name in known:
                known[name](field, f"{pointer}/{name}", findings)
            else:
                findings.add(f"invalid additional property: {name}", pointer)

    return check


def tagged(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` says which check applies."""

    def check(value: Any, pointer: str, findings: Findings) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            findings.add("missing required field: type", pointer)
        elif kind not in kinds:
            findings.add(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            kinds[kind](value, pointer, findings)

    return check


def both(*checks: Check) -> Check:
    """Every one of several checks."""

    def check(value: Any, pointer: str, findings: Findings) -> None:
        for each in checks:
            each(value, pointer, findings)

    return check


def exactly_one(*names: str) -> Check:
    """An object that has one, and only one, of these fields."""

    def check(value: Any, pointer: str, findings: Findings) -> None:
        if isinstance(value, dict) and sum(name in value for name in names) != 1:
            findings.add(f"must provide exactly one of: {', '.join(names)}", pointer)

    return check


def at_least_one(*names: str) -> Check:
    """An object that has one or more of these fields."""

    def check(value: Any, pointer: str, findings: Findings) -> None:
        if isinstance(value, dict) and not any(value.get(name) for name in names):
            findings.add(f"must provide at least one of: {', '.join(names)}", pointer)

    return check


def text(most: int, *, plain: bool = False) -> Check:
    """A text object of 1 to `most` characters; `plain` where Slack takes no mrkdwn."""
    body = {"text": string(most, 1)}
    kinds = {"plain_text": shape(body, {"emoji": flag})}
    if not plain:
        kinds["mrkdwn"] = shape(body, {"verbatim": flag})
    return tagged(kinds)
