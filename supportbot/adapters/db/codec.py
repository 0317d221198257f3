"""Domain values as JSON text and back, by their type hints.

A text says which format it is in (`"v"`). Reading forgives: fields that this version does not
know are ignored, fields that the text lacks take their defaults. Instants are ISO 8601 in UTC,
lengths of time whole microseconds. The text is ASCII, so that whatever people send (NUL, lone
surrogates) fits every database.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Generic, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

FORMAT = 1

T = TypeVar("T")
Convert = Callable[[Any], Any]
# None stands for "JSON has it as it is".
Pair = tuple[Convert | None, Convert | None]

_MICROSECOND = timedelta(microseconds=1)


class Unreadable(Exception):
    """A stored text that this version of supportbot cannot read."""


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return _instant(value)
    raise TypeError(f"{type(value).__name__} has no place in a stored value: {value!r:.80}")


_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_plain).encode


def dumps(value: object) -> str:
    """Any JSON-like value (mappings, lists, strings, numbers) as compact ASCII text."""
    return _encode(value)


def canonical(address: Mapping[str, str]) -> str:
    """The one text of a mapping, whatever its order: equal mappings, equal texts."""
    return _encode(dict(sorted(address.items())))


loads = json.loads


class Codec(Generic[T]):
    """Writes and reads one dataclass; `without` names fields that are kept somewhere else."""

    def __init__(self, cls: type[T], without: tuple[str, ...] = ()) -> None:
        self._cls = cls
        self._to, self._from = _dataclass(cls, without)

    def dumps(self, value: T) -> str:
        """Raises ValueError for a datetime without a zone."""
        data = self._to(value)
        data["v"] = FORMAT
        return _encode(data)

    def loads(self, text: str, **kept_elsewhere: object) -> T:
        """Raises Unreadable when the text is of a later format or lacks what has no default."""
        data = json.loads(text)
        version = data.pop("v", 0)
        if version > FORMAT:
            raise Unreadable(
                f"{self._cls.__name__} in format {version}: a newer supportbot wrote it,"
                f" this one reads up to {FORMAT}"
            )
        data.update(kept_elsewhere)
        try:
            return self._from(data)  # type: ignore[no-any-return]
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise Unreadable(f"{self._cls.__name__}: {error}") from error


def codec_of(cls: type[T]) -> Codec[T]:
    """The codec of a dataclass, compiled once."""
    compiled: Codec[T] = _codec(cast(Hashable, cls))
    return compiled


@cache
def _codec(cls: Hashable) -> Codec[Any]:
    return Codec(cast("type[Any]", cls))


def _dataclass(cls: type[Any], without: tuple[str, ...] = ()) -> tuple[Convert, Convert]:
    hints = get_type_hints(cls)
    names = [f.name for f in fields(cls) if f.init]
    pairs = {name: _pair(hints[name]) for name in names if name not in without}
    return _writer(pairs), _reader(cls, names, pairs)


def _writer(pairs: Mapping[str, Pair]) -> Convert:
    """The dict display that one would write by hand: a loop over the fields takes twice as long,
    and every timer that fires writes a ticket and its events."""
    fields_of = (
        f"{name!r}: value.{name}"
        if to is None
        else f"{name!r}: None if value.{name} is None else to_{name}(value.{name})"
        for name, (to, _) in pairs.items()
    )
    known = {f"to_{name}": to for name, (to, _) in pairs.items() if to}
    return _compiled(f"lambda value: {{{', '.join(fields_of)}}}", known)


def _reader(cls: type[Any], names: list[str], pairs: Mapping[str, Pair]) -> Convert:
    back = {name: pair[1] for name, pair in pairs.items() if pair[1]}
    given = (
        f"{name}=None if (it := data[{name!r}]) is None else back_{name}(it)"
        if name in back
        else f"{name}=data[{name!r}]"
        for name in names
    )
    known = {f"back_{name}": convert for name, convert in back.items()}
    complete = _compiled(f"lambda data: make({', '.join(given)})", {"make": cls, **known})

    def read(data: Mapping[str, Any]) -> Any:
        try:
            return complete(data)
        except KeyError:
            return _incomplete(cls, names, back, data)

    return read


def _incomplete(
    cls: type[Any], names: list[str], back: Mapping[str, Convert], data: Mapping[str, Any]
) -> Any:
    """Read what an older version wrote: what it did not know takes its default."""
    given = {name: data[name] for name in names if name in data}
    for name, convert in back.items():
        if given.get(name) is not None:
            given[name] = convert(given[name])
    return cls(**given)


def _compiled(source: str, known: Mapping[str, Any]) -> Convert:
    # Nothing from outside is in it: the names are those of our own dataclasses' fields.
    function: Convert = eval(source, dict(known))  # noqa: S307
    return function


def _pair(hint: Any) -> Pair:
    if hint in _LEAVES:
        return _LEAVES[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return None, None
    if origin in (Union, types.UnionType):
        return _union([arg for arg in args if arg is not type(None)])
    if origin is tuple:
        return _tuple(args)
    if origin is frozenset:
        return _frozenset(_pair(args[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(_pair(args[1]))
    if is_dataclass(hint) and isinstance(hint, type):
        return _dataclass(hint)
    raise TypeError(f"no JSON form is known for {hint!r}")


def _union(members: list[Any]) -> Pair:
    if len(members) == 1:
        return _pair(members[0])
    if all(_pair(member) == (None, None) for member in members):
        return None, None
    return _tagged({member.__name__: _dataclass(member) for member in members})


def _tagged(members: Mapping[str, tuple[Convert, Convert]]) -> Pair:
    def write(value: Any) -> Any:
        name = type(value).__name__
        return {**members[name][0](value), "is": name}

    return write, lambda data: members[data["is"]][1](data)


def _tuple(args: tuple[Any, ...]) -> Pair:
    if len(args) == 2 and args[1] is Ellipsis:
        to, back = _pair(args[0])
        write = (lambda value: [to(item) for item in value]) if to else list
        return write, (lambda data: tuple(back(item) for item in data)) if back else tuple
    tos, backs = zip(*(_both(arg) for arg in args), strict=True)
    return (
        lambda value: [to(item) for to, item in zip(tos, value, strict=True)],
        lambda data: tuple(back(item) for back, item in zip(backs, data, strict=True)),
    )


def _both(hint: Any) -> tuple[Convert, Convert]:
    to, back = _pair(hint)
    return to or _same, back or _same


def _same(value: Any) -> Any:
    return value


def _frozenset(item: Pair) -> Pair:
    to, back = item[0] or _same, item[1] or _same
    return (
        lambda value: sorted((to(item) for item in value), key=_encode),
        lambda data: frozenset(back(item) for item in data),
    )


def _mapping(item: Pair) -> Pair:
    to, back = item
    if to is None or back is None:
        return dict, None
    return (
        lambda value: {key: to(item) for key, item in value.items()},
        lambda data: {key: back(item) for key, item in data.items()},
    )


def _instant(value: datetime) -> str:
    if value.tzinfo is UTC:
        # Twice as quick as asking the zone for its offset, and the same text.
        return value.replace(tzinfo=None).isoformat() + "+00:00"
    if value.tzinfo is None:
        raise ValueError(f"a datetime without a zone cannot be stored: {value.isoformat()}")
    return value.astimezone(UTC).isoformat()


def _length(value: timedelta) -> int:
    return value // _MICROSECOND


def _length_back(microseconds: int) -> timedelta:
    return timedelta(microseconds=microseconds)


_LEAVES: dict[Any, Pair] = {
    str: (None, None),
    int: (None, None),
    float: (None, None),
    bool: (None, None),
    Any: (None, None),
    datetime: (_instant, datetime.fromisoformat),
    date: (date.isoformat, date.fromisoformat),
    time: (time.isoformat, time.fromisoformat),
    timedelta: (_length, _length_back),
}
