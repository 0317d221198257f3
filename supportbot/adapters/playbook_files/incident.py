"""incident.yaml: the words by which the incident test understands a message, and its questions.

The program brings its own; a team's file replaces some of it, or adds to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from supportbot.adapters.playbook_files.faults import Unreadable
from supportbot.adapters.playbook_files.filling import Filled, fill_in
from supportbot.adapters.playbook_files.forms import Form, Name, Text, as_list, not_empty
from supportbot.adapters.playbook_files.matcher import PatternRefused
from supportbot.adapters.playbook_files.place import At, Faults, NameSet
from supportbot.adapters.playbook_files.sentences import sentences_of
from supportbot.adapters.playbook_files.tree import Document, read
from supportbot.domain.triage.incident import IncidentTest, Missing

_DEFAULT = Path(__file__).parent / "defaults" / "incident.yaml"


def _flat(value: object) -> object:
    """A list of lists counts as one, so that each language may have a line of its own."""
    return list(_each(as_list(value))) if isinstance(value, list) else as_list(value)


def _each(value: object) -> Iterator[object]:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, list):
            yield from one
        else:
            yield one


WordList = Annotated[
    list[Text],
    BeforeValidator(_flat, json_schema_input_type=list[Text | list[Text]] | Text),
    AfterValidator(not_empty),
]


class IncidentFile(Form):
    words: dict[Name, WordList] = Field(
        {},
        examples=["{exam: [exam, viva]}"],
        description="lists of words that replace those of the program",
    )
    more_words: dict[Name, WordList] = Field(
        {}, examples=["{reach: [our portal]}"], description="words to add to its lists"
    )
    questions: dict[Name, Text] = Field(
        {}, examples=["{hub: Which hub is it?}"], description="what to ask when a fact is missing"
    )


@lru_cache(maxsize=8)
def _default(text: str) -> IncidentFile:
    found = read("incident.yaml", text)
    faults = Faults()
    filled = fill_in(IncidentFile, At(found, faults)) if isinstance(found, Document) else None
    if filled is None or faults.found:
        raise Unreadable(f"the words that ship with the program are faulty: {faults.found}")
    return filled.form


def default_topics() -> tuple[str, ...]:
    """The lists of words that there are."""
    return tuple(_default(_DEFAULT.read_text(encoding="utf-8")).words)


def link_incident(file: Filled[IncidentFile] | None, shipped: str | None = None) -> IncidentTest:
    """The test with the words and questions of the program, and what a team's file makes of them.

    `shipped` are the program's as they were when the playbooks were kept; else those of today.
    Names in a file that the program does not know are noted as faults.
    """
    usual = _default(_DEFAULT.read_text(encoding="utf-8") if shipped is None else shipped)
    words, questions = dict(usual.words), dict(usual.questions)
    if file is not None:
        _check_names(file, words)
        words.update(file.form.words)
        for topic, more in file.form.more_words.items():
            words[topic] = [*words.get(topic, ()), *more]
        questions.update(file.form.questions)
    try:
        reader = sentences_of(tuple((topic, tuple(found)) for topic, found in words.items()))
    except PatternRefused as error:
        # The program's own words are sound, and tested: it is the file's.
        if file is not None:
            file.at.to().fault(f"these words cannot be looked for: {error}", error.mend)
        return IncidentTest()
    return IncidentTest(reader, questions)


def _check_names(file: Filled[IncidentFile], words: dict[str, list[str]]) -> None:
    topics = NameSet(frozenset(words))
    for section in ("words", "more_words"):
        for topic in getattr(file.form, section):
            file.at.to(section, topic).knows("list of words", topic, topics)
    facts = NameSet(frozenset(get_args(Missing)))
    for fact in file.form.questions:
        file.at.to("questions", fact).knows("question", fact, facts)
