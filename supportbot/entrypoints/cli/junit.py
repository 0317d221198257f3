"""Results as JUnit XML, the form that CI systems read.

There is no standard; this is what they have in common (https://github.com/testmoapp/junitxml).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

# What XML 1.0 has no place for, not even escaped (https://www.w3.org/TR/xml/#charsets).
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test: where it stands, its name, and if it failed what about it, a line each."""

    file: str
    line: int
    name: str
    failures: tuple[str, ...]
    why: tuple[str, ...]


def junit_xml(outcomes: Sequence[Outcome]) -> str:
    """A document with a suite for each file, in the order of the outcomes."""
    files = list(dict.fromkeys(outcome.file for outcome in outcomes))
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="supportbot" {_counts(outcomes)}>')
    for file in files:
        lines += _suite(file, [outcome for outcome in outcomes if outcome.file == file])
    return "\n".join([*lines, "</testsuites>", ""])


def _suite(file: str, outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield f"  <testsuite name={_attribute(file)} {_counts(outcomes)}>"
    for outcome in outcomes:
        name = _attribute(f"{outcome.name} (line {outcome.line})")
        place = f'file={_attribute(file)} line="{outcome.line}"'
        case = f"    <testcase classname={_attribute(file)} name={name} {place}"
        if not outcome.failures:
            yield f"{case}/>"
            continue
        text = "\n".join((*outcome.failures, *outcome.why))
        message = _attribute("; ".join(outcome.failures))
        yield f"{case}>"
        yield f"      <failure message={message}>{escape(_clean(text))}</failure>"
        yield "    </testcase>"
    yield "  </testsuite>"


def _counts(outcomes: Sequence[Outcome]) -> str:
    failed = sum(bool(outcome.failures) for outcome in outcomes)
    return f'tests="{len(outcomes)}" failures="{failed}" errors="0"'


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
