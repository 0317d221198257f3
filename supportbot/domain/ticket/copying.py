"""`dataclasses.replace` for values of many fields, three times as quick.

It goes through `__init__`, which sets every field of a frozen value by a call of its own, after it
has looked at each field's definition. A timer that fires changes its ticket twice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

Put = Callable[[object, object], None]


@cache
def _slots(cls: type[Any]) -> tuple[Callable[[object], tuple[Any, ...]], tuple[Put, ...]]:
    """What gets all of its fields, and what sets each."""
    if hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__} looks at itself when it is made: a copy would not")
    names = [field.name for field in dataclasses.fields(cls)]
    return attrgetter(*names), tuple(getattr(cls, name).__set__ for name in names)


if TYPE_CHECKING:
    from dataclasses import replace as replace
else:

    def replace(value, /, **changes):
        """A copy of a frozen value with slots, with these fields changed."""
        cls = type(value)
        get, put = _slots(cls)
        copy = object.__new__(cls)
        for set_, old in zip(put, get(value), strict=True):
            set_(copy, old)
        for name, new in changes.items():
            object.__setattr__(copy, name, new)
        return copy
