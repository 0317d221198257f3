"""Templates: fields filled in, lines without anything to say left out."""

from __future__ import annotations

import pytest

from supportbot.domain.notices.template import fields, render, render_issue

RECEIPT = """\
Your reference is {reference}.

{first_line} will look at it.

By {next_word}, {owner} answers.
Good-bye.
"""


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (
            {"first_line": "Ines", "next_word": "noon", "owner": "Sam"},
            "Your reference is SUP-1.\n\nInes will look at it.\n\nBy noon, Sam answers.\nGood-bye.",
        ),
        (
            {"first_line": "Ines", "next_word": "noon", "owner": None},
            "Your reference is SUP-1.\n\nInes will look at it.\n\nGood-bye.",
        ),
        ({"first_line": "", "next_word": "  "}, "Your reference is SUP-1.\n\nGood-bye."),
        ({}, "Your reference is SUP-1.\n\nGood-bye."),
    ],
)
def test_a_line_with_nothing_to_say_is_left_out(values: dict[str, str | None], text: str) -> None:
    assert render(RECEIPT, {"reference": "SUP-1", **values}) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{answer}}", "{answer}"),
        ("{{{answer}}}", "{{reference}}"),
        ("{ {answer}", "{ {reference}"),
        ("{answer} }", "{reference} }"),
        ("{answer}{answer}", "{reference}{reference}"),
    ],
)
def test_what_a_value_says_is_not_searched_for_fields(template: str, text: str) -> None:
    assert render(template, {"answer": "{reference}", "reference": "SUP-1"}) == text


@pytest.mark.parametrize("place", ["{answer.__class__}", "{answer[0]}", "{answer!r}", "{}", "{0}"])
def test_there_are_names_and_nothing_else(place: str) -> None:
    assert fields(place) == {place[1:-1]}
    assert render(f"{place}\nend", {"answer": "x"}) == "end"


def test_an_answer_of_several_lines_stays_as_it_is() -> None:
    answer = "Dear Mara,\n\n\n  it works.\n"
    assert render("{answer}\n\nYours", {"answer": answer}) == "Dear Mara,\n\n\n  it works.\n\nYours"


ISSUE = """\
# {symptom} fails on {hub}
# {symptom} fails
# {severity} incident

Hub: {hub}
Severity: {severity}
"""


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ({"symptom": "login", "hub": "a/b"}, "login fails on a/b"),
        ({"symptom": "login"}, "login fails"),
        ({"hub": "a/b"}, "P1 incident"),
    ],
)
def test_the_first_title_with_everything_to_say_is_taken(
    values: dict[str, str], title: str
) -> None:
    hub = f"Hub: {values['hub']}\n" if "hub" in values else ""
    assert render_issue(ISSUE, {"severity": "P1", **values}) == (title, f"{hub}Severity: P1")


def test_a_title_is_one_line_and_never_empty() -> None:
    assert render_issue("# {symptom}\n", {"symptom": "a\nb", "reference": "SUP-1"}) == ("a b", "")
    assert render_issue("# {symptom}\nx", {"reference": "SUP-1"}) == ("SUP-1", "x")
    assert render_issue("x", {"reference": "SUP-1"}) == ("SUP-1", "x")
