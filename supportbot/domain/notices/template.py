"""Text with places for facts: `{reference}` and nothing cleverer.

A line with a field that has nothing to say is left out, so that one template serves the ticket of
which everything is known and the one of which nothing is. `{{` and `}}` stand for the braces
themselves. Values go in as they are: who sends the text escapes them for its medium first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Nothing a stranger writes is ever searched with this: templates are the team's own.
_PLACE = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}")
_TITLE = "# "

REPLY_FIELDS = frozenset(
    {
        "reference",
        "severity",
        "means",
        "community",
        "hub",
        "first_line",
        "next_word",
        "answer",
        "owner",
        "merged_into",
        "questions",
        "event",
        "when",
        "freeze_until",
        "reason",
        "known_problem",
        "workaround",
        "approvers",
    }
)
"""What a reply to a reporter may say."""

ISSUE_FIELDS = frozenset(
    {
        "reference",
        "severity",
        "community",
        "hub",
        "cluster",
        "symptom",
        "opened",
        "kind",
        "labels",
        "first_line",
        "second_line",
        "link",
        "attempts",
        "users_affected",
    }
)
"""What a public issue may say: never the reporter's subject or text, which stay behind the link."""

PROMPT_FIELDS = frozenset(
    {"event", "hub", "community", "when", "people", "engineers", "freeze_until"}
)
"""What a prompt of an event's checklist may say."""

ALWAYS_KNOWN = frozenset({"reference", "severity"})
"""The fields that have something to say of every ticket."""


def fields(text: str) -> frozenset[str]:
    """Whatever stands between single braces in `text`, whether there is such a field or not."""
    return frozenset(m[1] for m in _PLACE.finditer(text) if m[1] is not None)


def render(text: str, values: Mapping[str, str | None]) -> str:
    """The text with its fields filled in, without the lines that have nothing to say.

    An absent, empty or blank value has nothing to say. Values are not searched for fields.
    """
    kept: list[str] = []
    for line in text.strip("\n").split("\n"):
        if not all(_speaks(values, name) for name in fields(line)):
            continue
        if line.strip() or (kept and kept[-1].strip()):
            kept.append(line)
    return "\n".join(_filled(line, values) for line in kept).strip()


def render_issue(text: str, values: Mapping[str, str | None]) -> tuple[str, str]:
    """The title and the body of an issue.

    The lines at the top that begin with `# ` are titles: the first with something to say for each
    of its fields is taken, or else the reference. Line breaks within a title become blanks.
    """
    titles, body = split_titles(text)
    said = (render(title, values) for title in titles)
    title = next((title for title in said if title), values.get("reference") or "")
    return " ".join(title.split()), render(body, values)


def split_titles(text: str) -> tuple[list[str], str]:
    """The titles at the top of an issue's template, and the rest of it."""
    lines = text.lstrip("\n").split("\n")
    count = 0
    while count < len(lines) and lines[count].startswith(_TITLE):
        count += 1
    return [line.removeprefix(_TITLE) for line in lines[:count]], "\n".join(lines[count:])


def _speaks(values: Mapping[str, str | None], name: str) -> bool:
    return bool((values.get(name) or "").strip())


def _filled(line: str, values: Mapping[str, str | None]) -> str:
    def put(match: re.Match[str]) -> str:
        return match[0][0] if match[1] is None else (values.get(match[1]) or "").strip()

    return _PLACE.sub(put, line)
