"""Forms filled in from files, and what is wrong with a file's shape said in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from supportbot.adapters.playbook_files.faults import Fault, Unreadable, did_you_mean, quoted
from supportbot.adapters.playbook_files.forms import Form
from supportbot.adapters.playbook_files.place import At
from supportbot.adapters.playbook_files.tree import Path, Plain

F = TypeVar("F", bound=Form)

_BLANK = (
    "nothing is written here",
    "write a value or delete the key; a text that begins with # needs quotes",
)


@dataclass(frozen=True, slots=True)
class Filled(Generic[F]):
    """A form, and the file it comes from; not `whole` when entries with faults are left out."""

    form: F
    at: At
    whole: bool


def fill_in(form: type[F], at: At) -> Filled[F] | None:
    """The form filled in from a file, as far as it makes sense; what does not is noted."""
    document = at.document
    for fault in document.faults:
        at.faults.add(fault)
    blanks = tuple(document.blanks())
    for mark in blanks:
        at.faults.add(Fault(document.file, mark.line, mark.column, *_BLANK))
    plain = document.plain()
    try:
        return Filled(form.model_validate(plain), at, whole=not (document.faults or blanks))
    except ValidationError as error:
        faulty = error.errors(include_url=False)
    for details in faulty:
        if not at.faults.full:
            _note(form, details, at)
    try:
        return Filled(form.model_validate(_pruned(plain, faulty)), at, whole=False)
    except ValidationError:
        return None


def _pruned(plain: Plain, faulty: list[ErrorDetails]) -> Plain:
    """The file without each person, rule or other entry in which something is wrong."""
    if not isinstance(plain, dict):
        return plain
    left: dict[str, Any] = {
        # A list's places stay what they were: faults to come name them.
        key: dict(enumerate(entries)) if isinstance(entries, list) else entries
        for key, entries in plain.items()
    }
    for details in faulty:
        section, *entry = details["loc"]
        entries = left.get(str(section))
        if entry and isinstance(entries, dict):
            entries.pop(entry[0], None)
        elif details["type"] == "extra_forbidden":
            left.pop(str(section), None)
    return left


def _note(form: type[Form], details: ErrorDetails, at: At) -> None:
    if details["input"] is None:  # noted as blank already
        return
    path = tuple(part for part in details["loc"] if part != "[key]")
    place = at.to(*path)
    match details["type"]:
        case "extra_forbidden":
            wrong = str(path[-1])
            possible = _keys(_form_at(form, path[:-1]))
            mend = did_you_mean(wrong, possible, every="possible here are")
            place.fault_in_key(f"unknown key {quoted(wrong)}", mend)
        case "missing":
            _note_missing(form, path, at)
        case "value_error":
            cause = details.get("ctx", {}).get("error")
            mend = cause.mend if isinstance(cause, Unreadable) else ""
            note = place.fault_in_key if details["loc"][-1] == "[key]" else place.fault
            note(str(cause), mend)
        case "list_type":
            place.fault("a list is wanted here", "write each item on its own line, after '- '")
        case _:  # "model_type" and "dict_type": the forms hold nothing else
            place.fault(*_not_a_mapping(_form_at(form, path), details["input"]))


def _not_a_mapping(form: type[Form] | None, found: object) -> tuple[str, str]:
    kind = "a list" if isinstance(found, list) else "a single text"
    example = f", such as `{next(iter(_keys(form)))}: …`" if form else ""
    return f"keys and values are wanted here, not {kind}", f"write `key: value`{example}"


def _note_missing(form: type[Form], path: Path, at: At) -> None:
    key = str(path[-1])
    examples = _keys(_form_at(form, path[:-1]))[key].examples
    mend = f"add `{key}: {examples[0]}`" if examples else ""
    at.to(*path[:-1]).fault(f"the key {quoted(key)} is missing", mend)


def _keys(form: type[Form] | None) -> dict[str, FieldInfo]:
    fields = form.model_fields if form else {}
    return {field.alias or name: field for name, field in fields.items()}


def _form_at(form: type[Form], path: Path) -> type[Form] | None:
    """The form of the mapping that a path leads to, if it is one."""
    current, passing = form, 0
    for part in path:
        if passing:
            passing -= 1
            continue
        field = _keys(current).get(str(part))
        found, passing = _inner_form(field.annotation) if field else (None, 0)
        if found is None:
            return None
        current = found
    return None if passing else current


def _inner_form(annotation: Any) -> tuple[type[Form] | None, int]:
    """The form within an annotation, and how many lists and dicts it is wrapped in."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return (annotation, 0) if issubclass(annotation, Form) else (None, 0)
    wrapping = 1 if get_origin(annotation) in (list, dict) else 0
    for argument in get_args(annotation):
        found, depth = _inner_form(argument)
        if found:
            return found, depth + wrapping
    return None, 0
