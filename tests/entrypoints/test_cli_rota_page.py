"""`supportbot rota --html`: a page that needs nothing else, and says in words what it draws."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.entrypoints.command_line import PEOPLE, ROTATIONS, run, write_playbooks

FROM = ("--from", "2026-11-23")
OVERRIDES = """\
    overrides:
      - {from: 2026-11-25T00:00Z, to: 2026-11-26T00:00Z, remove: noor, reason: "<script>"}
      - {from: 2026-12-02T00:00Z, to: 2026-12-03T00:00Z, add: quinn, reason: help}
"""
VOID = {"meta", "line"}


class Outline(HTMLParser):
    """The text, the tags and the attributes; a tag that is not closed is a fault."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[str] = []
        self.feed(page)
        assert self.open == ["html"][: len(self.open)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "td":
            self.cells[-1] += data


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("desk")
    first, second = ROTATIONS.split("  second-line:")
    people = PEOPLE.replace("Noor Haddad", "Noor & <b>Haddad</b>")
    write_playbooks(folder, people=people, rotations=f"{first}{OVERRIDES}  second-line:{second}")
    file = folder / "rota.html"
    asked = ("--playbooks", folder, *FROM, "--weeks", "12", "--html", file)
    assert run("rota", *asked).exit_code == 0
    return file.read_text(encoding="utf-8")


def test_it_asks_nothing_of_the_network_and_runs_nothing(page: str) -> None:
    names = {tag for tag, _ in Outline(page).tags}
    assert not names & {"script", "link", "img", "iframe", "object", "form"}
    assert not re.search(r"https?:|url\(|@import|javascript:", page)


def test_what_stands_in_the_playbooks_is_text_and_no_markup(page: str) -> None:
    assert "<b>" not in page
    assert "<script>" not in page
    assert "Noor & <b>Haddad</b> (noor)" in Outline(page).cells


def test_each_picture_has_a_name_and_points_to_the_table_that_says_the_same(page: str) -> None:
    outline = Outline(page)
    pictures = [attrs for tag, attrs in outline.tags if tag == "svg" and attrs.get("role") == "img"]
    tables = {attrs["id"] for tag, attrs in outline.tags if tag == "table"}
    assert len(pictures) == 4, "two figures of six weeks for each rotation"
    assert all(picture["aria-label"] for picture in pictures)
    assert {picture["aria-describedby"] for picture in pictures} == tables


def test_bars_say_who_when_and_why_whatever_their_colour(page: str) -> None:
    titles = re.findall(r"<title>([^<]*)</title></rect>", page)
    assert any(one.startswith("Pavel Horak (pavel): Monday 2026-11-30 09:00") for one in titles)
    assert any("quinn as well (help)" in one for one in titles)
    assert any(one.startswith("nobody: Wednesday 2026-11-25 01:00") for one in titles)


def test_nothing_is_drawn_outside_the_picture(page: str) -> None:
    for x, width in re.findall(
        r'<rect class="[^"]*" x="([\d.-]+)" y="\d+" width="([\d.-]+)"', page
    ):
        assert float(x) >= 190
        assert float(width) > 0
        assert float(x) + float(width) <= 1062


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    write_playbooks(tmp_path)
    result = run("rota", "--playbooks", tmp_path, "--html", tmp_path / "no" / "rota.html")
    assert result.exit_code == 2
    assert "rota.html cannot be written: No such file or directory." in result.stderr
