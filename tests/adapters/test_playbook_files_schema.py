"""The JSON Schemas that editors use: they take what the desk takes, and refuse what is misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from supportbot.adapters.playbook_files import schema
from supportbot.adapters.playbook_files.documents import _FILES as KNOWN
from tests.adapters.playbook_files_base import BASE
from tests.entrypoints.command_line import FILES as SMALL

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "playbooks"
FOLDERS = (
    SHIPPED,
    ROOT / "tests/processes/playbooks",
    ROOT / "tests/scenarios/playbooks/harbour",
)
DEFAULTS = ROOT / "supportbot/adapters/playbook_files/defaults"
DOCS = ("playbooks.md", "playbook-tests.md")
FAULTS = ROOT / "tests/adapters/playbook_files_faults.txt"


class CoreLoader(yaml.CBaseLoader):
    """YAML 1.2 as editors read it: numbers, true and false are no texts."""


CoreLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), ["t", "f"])
CoreLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789")
)
CoreLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789")
)
CoreLoader.add_constructor(
    "tag:yaml.org,2002:bool", lambda _, node: str(node.value).startswith("t")
)
CoreLoader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))
CoreLoader.add_constructor("tag:yaml.org,2002:float", lambda _, node: float(node.value))


@cache
def validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema.schema_of(kind))


def kind_of(file: str) -> str:
    path = Path(file)
    return path.parts[0] if len(path.parts) > 1 else path.stem


def refused(file: str, text: str) -> list[str]:
    """What the schema of a file has against a text, read as the desk and as editors read it."""
    return [
        f"{error.json_path}: {error.message}"
        for value in read(text)
        for error in validator(kind_of(file)).iter_errors(value)
    ]


def read(text: str) -> list[Any]:
    """A file as the desk reads it, and as editors do."""
    return [yaml.load(text, loader) for loader in (yaml.CBaseLoader, CoreLoader)]  # noqa: S506


def files() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.yaml")):
            yield path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")
    yield "incident.yaml", (DEFAULTS / "incident.yaml").read_text(encoding="utf-8")
    yield from BASE.items()
    yield from SMALL.items()


def examples_of_docs() -> Iterator[tuple[str, str]]:
    """Every whole file that the reference shows; a comment in its first line names it."""
    for name in DOCS:
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        for block in re.findall(
            r"^```yaml\n(# (\S+\.yaml)\n.*?)^```$", text, re.MULTILINE | re.DOTALL
        ):
            yield block[1], block[0]


def test_every_kind_of_file_has_a_schema_that_is_one() -> None:
    kinds = schema.kinds()
    assert {schema.files_of(kind) for kind in kinds} == {*KNOWN, "rules/*.yaml", "tests/*.yaml"}
    for kind in kinds:
        Draft202012Validator.check_schema(schema.schema_of(kind))


def test_the_files_that_ship_those_of_the_tests_and_those_of_the_reference_are_taken() -> None:
    found = [*files(), *examples_of_docs()]
    assert len(found) > 40
    assert {kind_of(file) for file, _ in found} >= {"people", "rules", "tests", "incident"}
    assert [(file, said) for file, text in found if (said := refused(file, text))] == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("people.yaml", "people: {ines: {slak: U0INES}}"),
        ("people.yaml", "poeple: {}"),
        ("people.yaml", "people: {ines: {slack: ines}}"),
        ("people.yaml", "people: {in es: {}}"),
        ("people.yaml", "people: {ines: {slack: }}"),
        ("communities.yaml", "communities: {north: {hubs: {prod: {url: 'https://a.example'}}}}"),
        ("communities.yaml", "communities: {north: {hubs: {prod: {url: a, cluster: b}}}}"),
        ("communities.yaml", "communities: {north: {slack_channels: north}}"),
        ("communities.yaml", "communities: {north: {representatives: []}}"),
        ("rotations.yaml", "rotations: {first-line: {peple: [ines]}}"),
        ("rotations.yaml", "rotations: {first-line: {swap_every: 2 years}}"),
        ("rotations.yaml", "rotations: {first-line: {hand_off: Monday}}"),
        ("rotations.yaml", "rotations: {first-line: {two_at_a_time: maybe}}"),
        ("severities.yaml", "severities: {P1: {means: bad}}"),
        ("severities.yaml", "severities: {P1: {escalate: [{page: ines, after: 10}]}}"),
        ("severities.yaml", "severities: {P1: {escalate: [{page: ines, after: 10 minuts}]}}"),
        ("severities.yaml", "severities: {P1: {escalate: [{page: ines, repeat: often}]}}"),
        ("severities.yaml", "severities: {P1: {escalate: [{page: ines}], github_issue: yes}}"),
        ("rules/a.yaml", "rules: [{rule: a, then: {severety: P1}}]"),
        ("rules/a.yaml", "rules: {rule: a, then: {severity: P1}}"),
        ("rules/a.yaml", "rules: [{rule: a, when: {txt: b}, then: {severity: P1}}]"),
        ("rules/a.yaml", "rules: [{rule: a, when: {not: {txt: b}}, then: {severity: P1}}]"),
        ("rules/a.yaml", "rules: [{rule: a, when: {text: {any: b}}, then: {severity: P1}}]"),
        ("rules/a.yaml", "rules: [{rule: a, when: {source: sms}, then: {severity: P1}}]"),
        ("rules/a.yaml", "rules: [{rule: a, then: {incident: ask the tester}}]"),
        ("incident.yaml", "words: {hubb: [hub]}"),
        ("incident.yaml", "questions: {hubb: Which?}"),
        ("tests/a.yaml", "tests: []"),
        ("tests/a.yaml", "- {message: {txt: a}, expect: {severity: P1}}"),
        ("tests/a.yaml", "- {message: {text: a}, expect: {severty: P1}}"),
    ],
)
def test_what_is_misspelt_or_of_another_kind_is_refused_however_yaml_is_read(
    file: str, text: str
) -> None:
    assert not any(validator(kind_of(file)).is_valid(value) for value in read(text))


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("people.yaml", "people: {ines: {hours: Mon-Fri 08:00-16:00, name: 1984}, 7: {}}"),
        ("people.yaml", "people: {}\nroles: {manager: ines}"),
        ("rotations.yaml", "rotations: {a: {starts: 20260105, swap_every: Weekly}}"),
        ("rotations.yaml", "rotations: {a: {hand_off: 09:00 UTC, two_at_a_time: YES}}"),
        ("rotations.yaml", "rotations: {a: {at_a_time: 2, two_at_a_time: no}}"),
        ("severities.yaml", "severities: {1: {escalate: [{page: [a, '#b'], after: Now}]}}"),
        ("severities.yaml", "severities: {P1: {escalate: [], first_answer: 1 Working Day}}"),
        ("severities.yaml", "severities: {P1: {escalate: [], next_update: every 1 hour}}"),
        ("rules/a.yaml", "rules: [{rule: 404, when: {text: 404}, then: {incident: ask the test}}]"),
        ("rules/a.yaml", "rules: [{rule: a, when: {text: [403, x]}, then: {incident: false}}]"),
        ("rules/a.yaml", "rules: [{rule: a, when: {body: {matches: x}}, then: {labels: 2026}}]"),
        ("rules/a.yaml", "rules: [{rule: a, when: {open_incident: yes}, then: {ask: why?}}]"),
        ("rules/a.yaml", "rules: [{rule: a, when: {open_incident: hub}, then: {ask: why?}}]"),
        ("incident.yaml", "more_words: {reach: [our portal, [nuestro portal]]}"),
        ("incident.yaml", "words: {exam: viva}"),
        ("tests/a.yaml", "- {message: a.eml, expect: {incident: no, severity: [P1, P2]}}"),
        ("tests/a.yaml", "- {message: {text: 5}, at: 2026-11-24T14:05Z, expect: {hub: none}}"),
    ],
)
def test_short_ways_of_writing_are_taken(file: str, text: str) -> None:
    assert refused(file, text) == []


def test_examples_are_what_the_schema_itself_takes() -> None:
    wrong, count = [], 0
    for kind in schema.kinds():
        whole = schema.schema_of(kind)
        for place in places(whole):
            one = Draft202012Validator({**place, "$defs": whole["$defs"]})
            for example in place.get("examples", ()):
                count += 1
                wrong += [(kind, example, error.message) for error in one.iter_errors(example)]
    assert count > 50
    assert wrong == []


def places(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema."""
    if isinstance(value, dict):
        yield value
        for key, each in value.items():
            if key not in ("examples", "enum", "default"):
                yield from places(each)
    elif isinstance(value, list):
        for each in value:
            yield from places(each)


def test_every_key_says_what_it_is_for() -> None:
    silent = {
        f"{kind}: {key}"
        for kind in schema.kinds()
        for place in places(schema.schema_of(kind))
        for key, value in place.get("properties", {}).items()
        if place.get("additionalProperties") is False and not says(value)
    }
    assert silent == set(), "give the field of the form a description"


def says(value: dict[str, Any]) -> bool:
    # What is expected in a test has the names of an explanation, which speak for themselves.
    return "description" in value or "." in str(value.get("$ref"))


def test_the_schemas_that_ship_are_those_of_the_forms() -> None:
    folder = SHIPPED / ".schema"
    shipped = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert shipped == schema.texts(), "run `supportbot schema --write playbooks/.schema`"


def test_every_file_that_ships_names_its_schema_in_its_first_line() -> None:
    for path in sorted(SHIPPED.rglob("*.yaml")):
        file = path.relative_to(SHIPPED).as_posix()
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == schema.hint(file), file
        assert (path.parent / first.partition("=")[2]).is_file()
