"""A rota as an HTML page that needs nothing else: a timeline of each rotation, and its table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import escape

from supportbot.domain.on_call.wall_clock import zone
from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli.rota_output import HEAD, Asked, rows_of
from supportbot.entrypoints.cli.rota_picture import figures

_TICK = timedelta(microseconds=1)
_STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2127;--faint:#5c6670;--line:#d5dae0;
--rest:#eef1f4;--gap:#c22f2f;--l0:#2f6db3;--l1:#8f5c0f;--l2:#147567;--l3:#7a4fb5;--l4:#b83b74;
--l5:#3f7526}
@media(prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e8eaed;--faint:#a3adb8;
--line:#363d45;--rest:#1e2328;--gap:#e05252}}
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--faint:#444;--line:#bbb;
--rest:#eee;--gap:#b00}body{max-width:none;margin:0}figure,tr,h2{break-inside:avoid}
h2,figcaption{break-after:avoid}nav{display:none}}
body{font:15px/1.5 system-ui,sans-serif;background:var(--paper);color:var(--ink);
max-width:70rem;margin:2rem auto;padding:0 1rem;print-color-adjust:exact}
h1{font-size:1.6rem;margin:0}h2{font-size:1.25rem;margin:2.5rem 0 .25rem}
p,figcaption{color:var(--faint);margin:.25rem 0 .75rem}nav a{color:inherit;margin-right:1rem}
figure{margin:1rem 0;overflow-x:auto}svg{display:block;min-width:46rem;width:100%;height:auto}
svg text{font-size:12px;fill:var(--ink)}svg .week{fill:var(--faint)}svg .on{fill:#fff}
.rest{fill:var(--rest)}.line{stroke:var(--line)}.stay{opacity:.22}
.l0{fill:var(--l0)}.l1{fill:var(--l1)}.l2{fill:var(--l2)}.l3{fill:var(--l3)}.l4{fill:var(--l4)}
.l5{fill:var(--l5)}.gap{fill:var(--gap)}.usual{opacity:.3}
.override{stroke:var(--ink);stroke-width:2;stroke-dasharray:4 2}
.key{display:inline-block;margin-right:1.25rem}.key svg{display:inline-block;min-width:0;
width:14px;height:14px;vertical-align:-2px;margin-right:.35rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;
font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.3rem 1rem .3rem 0;
border-bottom:1px solid var(--line);white-space:nowrap}td:last-child{white-space:normal}
"""


def html_page(asked: Sequence[Asked], playbooks: Playbooks) -> str:
    """The whole document: the rotations one below the other."""
    title = f"Rota from {_day(asked[0].start, asked[0])} to {_day(asked[0].end - _TICK, asked[0])}"
    parts = [
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f"<h1>{escape(title)}</h1>",
        f"<p>By the playbooks {escape(playbooks.named)}.</p>",
        _contents(asked),
    ]
    for number, one in enumerate(asked):
        parts += _section(number, one, playbooks)
    return "\n".join([*parts, "</html>", ""])


def _contents(asked: Sequence[Asked]) -> str:
    if len(asked) < 2:
        return ""
    links = (f'<a href="#r{n}">{escape(one.rotation.name)}</a>' for n, one in enumerate(asked))
    return f'<nav aria-label="Rotations">{"".join(links)}</nav>'


def _section(number: int, asked: Asked, playbooks: Playbooks) -> Iterator[str]:
    name = escape(asked.rotation.name)
    yield f'<section aria-labelledby="r{number}"><h2 id="r{number}">{name}</h2>'
    yield f"<p>Times of {escape(asked.zone)}.</p>"
    yield from figures(asked, playbooks, f"t{number}")
    rows = list(rows_of(asked, playbooks))
    yield _table(rows, f"t{number}") if rows else "<p>Nothing in these weeks.</p>"
    yield "</section>"


def _table(rows: Sequence[Sequence[str]], name: str) -> str:
    """Without the columns that are empty."""
    columns = [cells for cells in zip(HEAD, *rows, strict=True) if any(cells[1:])]
    head, *body = zip(*columns, strict=True)
    titles = "".join(f'<th scope="col">{escape(cell.capitalize())}</th>' for cell in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body
    )
    return (
        f'<div class="scroll"><table id="{name}"><thead><tr>{titles}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _day(at: datetime, asked: Asked) -> str:
    local = at.astimezone(zone(asked.zone))
    return f"{local.day} {local:%B %Y}"
