"""A season drawn from rates: the same every time, lived by the production code, summed up."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from supportbot.adapters.playbook_files.faults import PlaybookFaults
from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.source import read_folder
from supportbot.sandbox.simulate.page import html_page
from supportbot.sandbox.simulate.scenario_file import read_scenario
from supportbot.sandbox.simulate.season import Lived, live
from supportbot.sandbox.simulate.season_file import read_season
from supportbot.sandbox.simulate.summary import Summary, summed_up
from tests.entrypoints.command_line import ALWAYS_ON, SHIPPED, answer, run, write_playbooks

RATES = """\
start: 2026-11-02T00:00Z
until: 1 week
seed: 3
tickets:
  - {a_month: 30, from: mara, text: login fails}
answers: {after: 3 minutes, percent: 100, resolve_after: 1 hour}
"""
# Everybody is paged again and again, so that three days are long.
NOBODY = RATES.replace("percent: 100", "percent: 0").replace("1 week", "3 days")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_playbooks(tmp_path / "playbooks", rotations=ALWAYS_ON)


def lived(folder: Path, rates: str = RATES) -> Lived:
    return live(read_season("r.yaml", rates, parse(read_folder(folder))), folder)


def figures(folder: Path, rates: str = RATES) -> Summary:
    return summed_up(lived(folder, rates), parse(read_folder(folder)))


def faults(folder: Path, rates: str) -> str:
    with pytest.raises(PlaybookFaults) as refused:
        read_season("r.yaml", rates, parse(read_folder(folder)))
    return str(refused.value)


def test_the_same_seed_lives_the_same_season_and_another_one_does_not(folder: Path) -> None:
    first = lived(folder)
    assert first == lived(folder)
    assert first.tickets
    assert first.rows != lived(folder, RATES.replace("seed: 3", "seed: 4")).rows


def test_who_answers_every_page_acknowledges_every_ticket(folder: Path) -> None:
    worst = figures(folder).severities[0]
    assert worst.severity == "P1"
    assert worst.tickets - worst.attached == worst.acknowledged > 0
    assert worst.late_first_answers == 0
    assert worst.median is not None
    assert worst.ninth_decile is not None
    assert worst.median <= worst.ninth_decile


def test_where_nobody_answers_every_promise_is_broken_and_the_nights_too(folder: Path) -> None:
    summary = figures(folder, NOBODY)
    worst = summary.severities[0]
    assert (worst.acknowledged, worst.median) == (0, None)
    assert worst.late_first_answers > 0
    assert sum(person.broken_nights for person in summary.people) > 0
    assert all(person.broken_nights <= 3 for person in summary.people)


def test_whoever_answers_in_their_hours_alone_is_quicker_by_day(folder: Path) -> None:
    awake = "time_zone: Europe/Berlin, hours: Mon-Fri 09:00-17:00}"
    people = (folder / "people.yaml").read_text(encoding="utf-8")
    (folder / "people.yaml").write_text(people.replace("time_zone: Europe/Berlin}", awake))
    always, by_day = (
        figures(folder, RATES.replace("percent", f"only_in_hours: {said}, percent"))
        for said in ("no", "yes")
    )
    assert by_day.people != always.people


def test_the_page_is_whole_and_nothing_of_it_is_markup_from_outside(folder: Path) -> None:
    page = html_page(figures(folder), 'A <b>season</b> & "more"')
    head, _, rest = page.partition('<meta charset="utf-8">')
    document = ElementTree.fromstring("<html>" + rest)  # noqa: S314 - our own page
    assert head == '<!doctype html><html lang="en">'
    assert document.findtext("title") == 'A <b>season</b> & "more"'
    assert len(document.findall("svg")) >= 4
    assert "://" not in page


@pytest.mark.parametrize(
    ("wrong", "right", "fault"),
    [
        ("from: mara", "from: marra", "r.yaml:5:25: unknown person 'marra'"),
        ("percent: 100", "percent: 101", "more than all cannot be answered"),
        ("a_month: 30", "a_month: 20000", "more than 10,000 tickets a month"),
        ("until: 1 week", "until: 2026-11-01T00:00Z", "the end is not after the start"),
        ("seed", "sead", "did you mean 'seed'?"),
    ],
)
def test_a_mistake_in_the_rates_is_told_with_its_line(
    folder: Path, wrong: str, right: str, fault: str
) -> None:
    assert fault in faults(folder, RATES.replace(wrong, right))


def test_the_examples_of_the_documentation_can_be_played() -> None:
    text = (SHIPPED.parent / "docs" / "simulate.md").read_text(encoding="utf-8")
    scenario, season = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    playbooks = parse(read_folder(SHIPPED))
    assert read_scenario("scenario", scenario, playbooks).happenings
    assert read_season("season", season, playbooks).rates


def test_the_command_tells_the_figures_and_writes_the_page(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("r.yaml").write_text(RATES, encoding="utf-8")
    told = run("simulate", "--season", "r.yaml", "--html", "r.html")
    assert told.stdout.startswith("SEVERITY  TICKETS")
    assert "<h1>A season: r</h1>" in Path("r.html").read_text(encoding="utf-8")
    found = answer("simulate", "--season", "r.yaml")
    assert set(found) == {"severities", "people", "months"}
    assert "waits" not in found["severities"][0]


@pytest.mark.parametrize(
    "arguments", [(), ("s.yaml", "--season", "r.yaml"), ("s.yaml", "--html", "x.html")]
)
def test_a_scenario_and_a_season_are_two_things(folder: Path, arguments: tuple[str, ...]) -> None:
    assert run("simulate", *arguments, "--playbooks", folder).exit_code == 2
