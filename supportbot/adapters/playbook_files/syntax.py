"""What is wrong with a file that is no YAML, in other words than the parser's."""

from __future__ import annotations

import yaml

from supportbot.adapters.playbook_files.faults import Fault

_INDENT = "indent it like the lines it belongs to"
_NO_MEMBER = "this line is indented unlike those it belongs to"

# A piece of what libyaml says; what a newcomer has most likely done; how to mend it.
_MEANINGS = (
    (
        "cannot start any token",
        "a character that no text may begin with",
        "a tab: indent with blanks; anything else: put the text in quotes",
    ),
    (
        "mapping values are not allowed",
        "a ':' where none can be",
        "put a text with a colon in quotes, and indent equally what belongs together",
    ),
    ("could not find expected ':'", "a line without its ':'", "write `key: value`"),
    ("',' or ']'", "a list that begins here with [ does not end", "add the ] or a comma"),
    ("',' or '}'", "a mapping that begins here with { does not end", "add the } or a comma"),
    ("end of stream", "a text in quotes that begins here does not end", "add the closing quote"),
    ("unknown escape", "a backslash within double quotes", "use 'single quotes' for such a text"),
    ("expected '-' indicator", "a line of a list without its '- '", _INDENT),
    ("did not find expected key", _NO_MEMBER, _INDENT),
    ("entries are not allowed", "a list cannot begin on this line", "begin it on the next line"),
    ("node content", "a value is missing", "a text that begins with # or a comma needs quotes"),
)


def syntax_fault(file: str, error: yaml.YAMLError) -> Fault:
    """The fault for what the parser raised."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return Fault(file, 1, 1, f"not YAML: {str(error).splitlines()[0]}")
    problem = error.problem or "not YAML"
    meanings = (meaning for meaning in _MEANINGS if meaning[0] in problem)
    _, message, mend = next(meanings, ("", problem, ""))
    # Of what is never closed, its beginning is the place to look at.
    opened = error.context_mark if "begins here" in message else None
    mark = opened or error.problem_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Fault(file, line, column, message, mend)
