"""Copies of values with fields changed: as `dataclasses.replace` makes them, only quicker."""

from __future__ import annotations

import dataclasses

import pytest

from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.ticket.copying import replace
from tests.domain.samples import HOUR, NOON, P1, ticket


def test_a_copy_is_what_the_standard_library_would_make_and_leaves_the_old_one_alone() -> None:
    before = ticket(P1)
    copy = replace(before, state="resolved", resolved_at=NOON)
    assert copy == dataclasses.replace(before, state="resolved", resolved_at=NOON)
    assert (before.state, before.resolved_at, type(copy)) == ("new", None, type(before))


def test_a_value_that_checks_itself_is_not_copied_without() -> None:
    with pytest.raises(TypeError, match="looks at itself"):
        replace(Delay(HOUR), length=-HOUR)


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises((AttributeError, TypeError)):
        replace(ticket(P1), no_such=1)  # type: ignore[call-arg]
