"""The figures of a season as an HTML page that needs nothing else: tables and plots in SVG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from supportbot.sandbox.simulate.summary import Summary

_WIDTH, _BAR, _LABEL = 720, 22, 130
_MINUTES = (5, 10, 15, 30, 60, 120, 240, 480, 1440)
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left}"
    "svg{max-width:100%;height:auto}rect{fill:#3b6ea5}text{font-size:12px}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#eee}text{fill:#eee}}"
)


def html_page(summary: Summary, title: str) -> str:
    """The whole document; `title` is shown as text."""
    name = escape(title)
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title>',
        f"<style>{_STYLE}</style><h1>{name}</h1>",
        "<h2>Time to acknowledge</h2>",
        _table(SEVERITY_HEAD, severity_rows(summary)),
        *(
            _plot(f"{s.severity}: minutes until acknowledged", _histogram(s.waits))
            for s in summary.severities
            if s.waits
        ),
        "<h2>Pages and broken nights</h2>",
        _table(PEOPLE_HEAD, people_rows(summary)),
        _plot("Pages", [(p.person, p.pages) for p in summary.people]),
        _plot("Broken nights", [(p.person, p.broken_nights) for p in summary.people]),
        "<h2>Tickets</h2>",
        _plot("Tickets opened in each month", summary.months),
    ]
    return "\n".join([*parts, "</html>", ""])


SEVERITY_HEAD = (
    "SEVERITY",
    "TICKETS",
    "ATTACHED",
    "ACKNOWLEDGED",
    "MEDIAN",
    "90 %",
    "LATE FIRST ANSWERS",
    "LATE UPDATES",
)
PEOPLE_HEAD = ("PERSON", "PAGES", "BROKEN NIGHTS")


def severity_rows(summary: Summary) -> list[tuple[str, ...]]:
    """A row a severity, as text; times in minutes."""
    return [
        (
            s.severity,
            str(s.tickets),
            str(s.attached),
            str(s.acknowledged),
            _minutes(s.median),
            _minutes(s.ninth_decile),
            str(s.late_first_answers),
            str(s.late_updates),
        )
        for s in summary.severities
    ]


def people_rows(summary: Summary) -> list[tuple[str, ...]]:
    """A row for everyone of the team, as text."""
    return [(p.person, str(p.pages), str(p.broken_nights)) for p in summary.people]


def _minutes(value: float | None) -> str:
    return "–" if value is None else f"{value:g} min"


def _histogram(waits: Sequence[float]) -> list[tuple[str, int]]:
    """How many waited up to so many minutes."""
    bins = Counter(next((m for m in _MINUTES if wait <= m), None) for wait in waits)
    named = [(f"up to {m}", bins[m]) for m in _MINUTES]
    return [*named, ("longer", bins[None])]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def row(tag: str, cells: Sequence[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(row("td", cells) for cells in rows)
    return f"<table>{row('th', [cell.capitalize() for cell in head])}{body}</table>"


def _plot(title: str, bars: Sequence[tuple[str, int]]) -> str:
    """Horizontal bars, each with its name and its number."""
    most = max((number for _, number in bars), default=0) or 1
    drawn = []
    for place, (name, number) in enumerate(bars):
        top, length = place * _BAR, (_WIDTH - _LABEL - 60) * number / most
        drawn.append(
            f'<text x="0" y="{top + 15}">{escape(name)}</text>'
            f'<rect x="{_LABEL}" y="{top + 3}" width="{length:.1f}" height="{_BAR - 6}"/>'
            f'<text x="{_LABEL + length + 6:.1f}" y="{top + 15}">{number}</text>'
        )
    size = f'viewBox="0 0 {_WIDTH} {max(1, len(bars)) * _BAR}" width="{_WIDTH}"'
    name = escape(title)
    svg = f'<svg {size} role="img" aria-label="{name}">{"".join(drawn)}</svg>'
    return f"<h3>{name}</h3>{svg}"
