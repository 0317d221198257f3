"""known_problems.yaml: what one has seen before, what helps meanwhile, and where it is mended."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator

from supportbot.adapters.playbook_files import shapes, words
from supportbot.adapters.playbook_files.condition_forms import (
    ConditionForm,
    look_back,
    read_times,
)
from supportbot.adapters.playbook_files.conditions import Conditions
from supportbot.adapters.playbook_files.faults import Unreadable, quoted
from supportbot.adapters.playbook_files.filling import Filled
from supportbot.adapters.playbook_files.forms import Form, Name, Text
from supportbot.adapters.playbook_files.place import At
from supportbot.domain.triage.known_problem import KnownProblem, Often

LONGEST_TITLE = 200


def read_title(value: object) -> str:
    """It may become the title of an issue, which GitHub limits to 256 characters."""
    said = words.text(value)
    if len(said) > LONGEST_TITLE or "\n" in said:
        raise Unreadable(f"{quoted(said[:40])} … is no title", f"a line of {LONGEST_TITLE} at most")
    return said


def read_link(value: object) -> str:
    said = words.text(value)
    try:
        fits = urlsplit(said).scheme == "https" and bool(urlsplit(said).hostname)
    except ValueError:
        fits = False
    if not fits:
        mend = "write its whole address: https://github.com/…/issues/12"
        raise Unreadable(f"{quoted(said)} is no link to an issue", mend)
    return said


_LINK = shapes.pattern("Link", "the whole address of an issue", r"[hH][tT][tT][pP][sS]://\S+")


class OpenIssueForm(Form):
    """So many tickets within a time, and an issue is opened."""

    times: Annotated[int, PlainValidator(read_times), shapes.WHOLE] = Field(
        examples=["5"], description="so many tickets: 2 to 100"
    )
    within: Annotated[Text, shapes.ELAPSED] = Field(
        examples=["7 days"], description="in how long a time: 90 days at most"
    )


class ProblemForm(Form):
    title: Annotated[str, PlainValidator(read_title), shapes.TEXT] = Field(
        examples=["Kernels die"], description="what it is called, also as the title of its issue"
    )
    when: ConditionForm = Field(
        examples=["{text: kernel died}"], description="how a message looks like it, as in rules"
    )
    workaround: Text | None = Field(
        None, description="what helps until it is mended, for the reporter"
    )
    issue: Annotated[str | None, PlainValidator(read_link), _LINK] = Field(
        None, description="where it is mended"
    )
    open_issue: OpenIssueForm | None = Field(
        None, description="when it comes so often, an issue is opened for it"
    )


class KnownProblemsFile(Form):
    known_problems: dict[Name, ProblemForm] = Field(
        examples=["{kernels-die: {title: …}}"],
        description="what one has seen before, by a key of your choice",
    )


def link_known_problems(
    file: Filled[KnownProblemsFile], conditions: Conditions
) -> dict[str, KnownProblem]:
    """The problems by their keys, in the order of the file, in which they are asked."""
    at = file.at.to("known_problems")
    return {
        key: _problem(key, form, conditions, at.to(key))
        for key, form in file.form.known_problems.items()
    }


def _problem(key: str, form: ProblemForm, conditions: Conditions, at: At) -> KnownProblem:
    if form.issue and form.open_issue:
        mend = "delete one of the two"
        at.to("open_issue").fault("it has an issue already: none is opened for it", mend)
    if not (form.workaround or form.issue or form.open_issue):
        mend = "add workaround, issue or open_issue"
        at.fault("nothing would come of knowing this problem", mend)
    return KnownProblem(
        key=key,
        title=form.title,
        when=conditions.link(form.when, at.to("when")),
        workaround=form.workaround,
        issue=form.issue,
        often=_often(form.open_issue, at.to("open_issue", "within")) if form.open_issue else None,
    )


def _often(form: OpenIssueForm, at: At) -> Often | None:
    within = at.attempt(lambda: look_back(form.within))
    return Often(form.times, within, form.within) if within else None
