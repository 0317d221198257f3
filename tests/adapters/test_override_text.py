"""Overrides go between the lines of rotations.yaml, or are left to a person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from supportbot.adapters.playbook_files.override_text import with_overrides
from supportbot.adapters.playbook_files.tree import Document, read
from supportbot.domain.on_call.rotation import Override

SWAP = Override(
    datetime(2027, 1, 4, 8, tzinfo=UTC),
    datetime(2027, 1, 11, 8, tzinfo=UTC),
    "ines",
    "tomasz",
    'ines is away: a trip, with "ends"',
)
LINE = (
    "- {from: 2027-01-04T09:00+01:00, to: 2027-01-11T09:00+01:00, replace: ines, with: tomasz,"
    ' reason: "ines is away: a trip, with \\"ends\\""}'
)
PLAIN = """\
rotations:
  # ours
  first-line:
    people: [ines, tomasz]   # in turn
    swap_every: 1 week

  second-line: {people: jonas}
periods: {}
"""
WITH_SOME = """\
rotations:
  first-line:
    overrides:
    - {from: 2026-12-24T00:00Z, to: 2026-12-27T00:00Z, remove: ines}
    - from: 2026-12-28T00:00Z
      to: 2026-12-29T00:00Z
      # why not
      add: ines
    people: [ines, tomasz]
"""
LAST = "rotations:\n  first-line:\n    people:\n    - ines\n    - tomasz"


def put(text: str, rotation: str = "first-line") -> str | None:
    document = read("rotations.yaml", text)
    assert isinstance(document, Document)
    return with_overrides(text, document, rotation, [SWAP], "Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "after", "fresh"),
    [
        pytest.param(
            PLAIN, "    swap_every: 1 week\n", f"    overrides:\n      {LINE}\n", id="new"
        ),
        pytest.param(WITH_SOME, "      add: ines\n", f"    {LINE}\n", id="after those there are"),
        pytest.param(LAST, "    - tomasz", f"\n    overrides:\n      {LINE}", id="at the end"),
    ],
)
def test_a_line_is_added_and_every_other_stays(text: str, after: str, fresh: str) -> None:
    assert put(text) == text.replace(after, after + fresh)


@pytest.mark.parametrize(
    ("text", "rotation"),
    [
        pytest.param(PLAIN, "second-line", id="a rotation within braces"),
        pytest.param(PLAIN, "third-line", id="no such rotation"),
        pytest.param(WITH_SOME.replace("overrides:\n", "overrides: [\n"), "first-line", id="list"),
        pytest.param("rotations: {}\n", "first-line", id="no rotations"),
    ],
)
def test_what_has_no_place_is_left_to_a_person(text: str, rotation: str) -> None:
    document = read("rotations.yaml", text)
    if isinstance(document, Document):
        assert put(text, rotation) is None
