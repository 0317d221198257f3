"""JSON Schemas of the YAML files, made of the forms that read them, for editors and other programs.

A form called `…File` is a whole file: a new one has its schema without being listed here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, get_args

import yaml
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from supportbot.adapters.playbook_files.documents import RULES
from supportbot.adapters.playbook_files.forms import Form
from supportbot.adapters.playbook_files.incident import default_topics
from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.shapes import SHAPE
from supportbot.adapters.playbook_files.source import PlaybookFiles
from supportbot.adapters.playbook_files.tests import TESTS
from supportbot.application import expectations
from supportbot.domain.triage.incident import Missing

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_HINT = "# yaml-language-server: $schema="

# Forms of which there are many files, by the folder that they lie in.
_FOLDERS = {"rules": RULES, "cases": TESTS}
_SMALLEST = {
    "people.yaml": "people: {ines: {}}",
    "severities.yaml": "severities: {P1: {escalate: [notify: ines]}}",
    "rules/all.yaml": "rules: [{rule: all, then: {severity: P1}}]",
}


def kinds() -> tuple[str, ...]:
    """The kinds of file that there are, such as `people` and `rules`."""
    return tuple(sorted(_forms()))


def files_of(kind: str) -> str:
    """The name of a kind's file in the folder of playbooks, or the pattern of their names."""
    return f"{kind}/*.yaml" if kind in _FOLDERS.values() else f"{kind}.yaml"


def schema_of(kind: str) -> Json:
    """The JSON Schema (2020-12) of a kind of file. Raises KeyError when there is no such kind."""
    form = _forms()[kind]
    made = form.model_json_schema(schema_generator=_Generator)
    for (owner, field), keys in _KEYS.items():
        place = made if owner == form.__name__ else made.get("$defs", {}).get(owner, {})
        if field in place.get("properties", {}):
            value = _close(place["properties"][field], keys(), f"{owner}.{field}")
            made["$defs"].update(value)
    title = {"$schema": DIALECT, "title": f"{files_of(kind)} of supportbot's playbooks"}
    if form.__name__ == "CasesFile":
        # The file is the list itself; only the form has a key for it.
        return {**title, **made["properties"]["tests"], "$defs": made["$defs"]}
    return {**title, **made}


def texts() -> dict[str, str]:
    """The schema of every kind as the text of a file, by the file's name."""
    return {f"{kind}.json": _text(schema_of(kind)) for kind in kinds()}


def hint(file: str, folder: str = ".schema") -> str:
    """The comment by which editors find the schema of a file of the playbooks (`rules/a.yaml`).

    The schemas lie in this folder beside `people.yaml`. Raises KeyError for any other file.
    """
    path = Path(file)
    kind = path.parts[0] if len(path.parts) > 1 else path.stem
    if kind not in _forms():
        raise KeyError(file)
    return f"{_HINT}{'../' * (len(path.parts) - 1)}{folder}/{kind}.json"


def _text(schema: Json) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


@cache
def _forms() -> Mapping[str, type[Form]]:
    """The forms of whole files, by the kind of file."""
    package = __package__ or ""
    for module in iter_modules([str(Path(__file__).parent)]):
        import_module(f"{package}.{module.name}")
    found = {}
    for form in _subclasses(Form):
        if form.__module__.startswith(f"{package}.") and form.__name__.endswith("File"):
            words = re.sub(r"(?<!^)(?=[A-Z])", "_", form.__name__.removesuffix("File")).lower()
            found[_FOLDERS.get(words, words)] = form
    return found


def _subclasses(form: type[Form]) -> Iterable[type[Form]]:
    for each in form.__subclasses__():
        yield each
        yield from _subclasses(each)


class _Generator(GenerateJsonSchema):
    """Leaves out what only pydantic knows, and says of YAML what is otherwise than in Python."""

    schema_dialect = DIALECT

    def generate(self, schema: core_schema.CoreSchema, mode: Any = "validation") -> Json:
        return _tidied(super().generate(schema, mode))

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> Json:
        made = super().model_schema(schema)
        made.pop("title", None)
        return made

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Json:
        """None is what is left out: a key with nothing behind it is a mistake."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Json:
        """As people would write it, where it is a word or a number."""
        made = self.generate_inner(schema["schema"])
        default = schema.get("default")
        if isinstance(default, bool):
            return {**made, "default": "yes" if default else "no"}
        if isinstance(default, str | int) and default != "":
            return {**made, "default": default}
        return made

    def dict_schema(self, schema: core_schema.DictSchema) -> Json:
        values = self.generate_inner(schema["values_schema"])
        keys = schema["keys_schema"]
        if keys["type"] == "int":
            # By place: in the file it is a list.
            return {"type": "array", "items": values}
        expression = self.generate_inner(keys).get("pattern")
        names = {"propertyNames": {"pattern": expression}} if expression else {}
        return {"type": "object", "additionalProperties": values, **names}


def _tidied(made: Json) -> Json:
    """The same schema, with each shape among its definitions, and examples, which the forms have as
    they stand in YAML, as values."""
    shapes: Json = {}

    def tidied(value: Any) -> Any:
        if isinstance(value, list):
            return [tidied(each) for each in value]
        if not isinstance(value, dict):
            return value
        if shape := value.get(SHAPE):
            ((name, whole),) = shape.items()
            shapes[name] = whole
            own = {k: v for k, v in value.items() if k != SHAPE and v != whole.get(k)}
            value = {**own, "$ref": f"#/$defs/{name}"}
        return {k: _examples(v) if _are_examples(k, v) else tidied(v) for k, v in value.items()}

    whole = tidied(made)
    definitions = {**whole.pop("$defs", {}), **tidied(shapes)}
    return {**whole, "$defs": dict(sorted(definitions.items()))}


def _are_examples(key: str, value: object) -> bool:
    return key == "examples" and isinstance(value, list)


def _examples(said: Iterable[str]) -> list[Any]:
    # Read as texts, as the desk does. Those with an ellipsis are for people.
    return [yaml.load(one, Loader=yaml.CBaseLoader) for one in said if "…" not in one]  # noqa: S506


def _close(mapping: Json, keys: Iterable[str], name: str) -> Json:
    """Allow no other keys than these; the definition, under this name, of what each of them has."""
    value = mapping.pop("additionalProperties")
    mapping.pop("propertyNames", None)
    each = {key: {"$ref": f"#/$defs/{name}"} for key in sorted(keys)}
    mapping.update(properties=each, additionalProperties=False)
    return {name: value}


def _expected() -> Iterable[str]:
    return expectations.keys(parse(PlaybookFiles.of(_SMALLEST)))


# Keys that are free in a form and held against the program's own names afterwards.
_KEYS: Mapping[tuple[str, str], Callable[[], Iterable[str]]] = {
    ("CaseForm", "expect"): _expected,
    ("IncidentFile", "words"): default_topics,
    ("IncidentFile", "more_words"): default_topics,
    ("IncidentFile", "questions"): lambda: get_args(Missing),
}
