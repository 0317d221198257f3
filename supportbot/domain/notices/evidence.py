"""What second line is given with a ticket: all that is known of it, in one message.

It goes into the team's thread, frozen as of the hand-over. Nothing of it is for the public.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.commands import name_of
from supportbot.domain.ticket.ticket import Ticket

_ASKED = {
    "hub": "which hub",
    "users_affected": "how many users",
    "since": "since when",
    "always": "always or sometimes",
    "capability": "what does not work",
}
_SHORT, _MOST_SAID, _MOST_FILES = 240, 6, 10


@dataclass(frozen=True, slots=True)
class Known:
    """What was kept of the decision: the `facts` as they are shown, the `rule` and its `place`, and
    the reporter's first `words`; `links` by what they are of."""

    facts: Mapping[str, Any]
    rule: str
    place: str
    words: str
    links: Mapping[str, str]


def evidence(ticket: Ticket, events: Sequence[e.Event], known: Known, playbooks: Playbooks) -> str:
    """The message, in plain text, a few lines long; `events` are all up to the hand-over."""
    parts = (
        ("Known", _facts(ticket, known.facts)),
        ("Missing", _missing(known.facts)),
        ("Said", _lines(_said(events, known.words, playbooks))),
        ("Tried", _lines(_tried(events, playbooks))),
        ("Files", _files(events)),
        ("Links", ", ".join(f"{what} {url}" for what, url in known.links.items())),
        ("Decided by", f"{known.rule} {known.place}".strip()),
    )
    lines = [f"{title}: {text}" for title, text in parts if text]
    return "\n".join((f"What is known of {ticket.reference}, for second line:", *lines))


def _facts(ticket: Ticket, facts: Mapping[str, Any]) -> str:
    asked = {name: facts.get(name) for name in _ASKED if name != "hub"}
    told = {
        "community": ticket.community,
        "hub": ticket.hub,
        "cluster": ticket.cluster,
        "symptom": ticket.symptom,
        **{name.replace("_", " "): value for name, value in asked.items() if _is_known(value)},
    }
    return "; ".join(f"{name} {_word(value)}" for name, value in told.items() if value is not None)


def _word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _missing(facts: Mapping[str, Any]) -> str:
    return ", ".join(what for name, what in _ASKED.items() if not _is_known(facts.get(name)))


def _is_known(value: object) -> bool:
    return value is not None and value not in ("", "unknown")


def _said(events: Sequence[e.Event], words: str, playbooks: Playbooks) -> Iterator[str]:
    """Who said what, in short: the first words and the newest ones."""
    yield f"the reporter: {_short(words)}"
    each: list[str] = []
    for event in events:
        if isinstance(event, e.Heard):
            each.append(f"{event.author}: {_short(event.text)}")
        elif isinstance(event, e.Replied):
            each.append(f"{name_of(event.by, playbooks)}, answering: {_short(event.text)}")
    yield from each[-_MOST_SAID:]


def _tried(events: Sequence[e.Event], playbooks: Playbooks) -> Iterator[str]:
    for event in events:
        match event:
            case e.HandedOver() if event.note and event.by:
                yield f"{name_of(event.by, playbooks)}: {_short(event.note)}"
            case e.ChangeMade():
                yield f"{name_of(event.by, playbooks)} changed for a time: {_short(event.text)}"
            case e.Resolved() if event.text:
                yield f"{name_of(event.by, playbooks)} thought it resolved: {_short(event.text)}"


def _files(events: Sequence[e.Event]) -> str:
    came = (event.files for event in events if isinstance(event, e.Opened | e.Heard))
    names = [_short(file.filename) for files in came for file in files]
    more = f" and {len(names) - _MOST_FILES} more" if len(names) > _MOST_FILES else ""
    return ", ".join(names[:_MOST_FILES]) + more


def _lines(each: Iterable[str]) -> str:
    return "".join(f"\n  • {line}" for line in each)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else line[: _SHORT - 1] + "…"
