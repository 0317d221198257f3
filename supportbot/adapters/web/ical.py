"""Feeds as iCalendar, byte for byte the same as long as nothing changes.

https://www.rfc-editor.org/rfc/rfc5545; the properties with X- and the interval are what calendar
programs look at for a name and for how often to ask again (RFC 7986 has both by now).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from supportbot.application.feeds import Event, Feed

CONTENT_TYPE = "text/calendar; charset=utf-8"

_LONGEST_LINE = 75
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def calendar(feed: Feed) -> bytes:
    """The whole file."""
    name = _text(feed.title)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//supportbot//rota//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{name}",
        f"X-WR-CALNAME:{name}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    for event in feed.events:
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) + b"\r\n" for line in lines)


def _event(event: Event) -> Iterator[str]:
    title = _text(event.title)
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    # It has to be there; a time of our own making would make every answer a new one.
    yield f"DTSTAMP:{_utc(event.since)}"
    yield f"DTSTART:{_utc(event.since)}"
    yield f"DTEND:{_utc(event.until)}"
    yield f"SUMMARY:{title}"
    yield f"DESCRIPTION:{_text(event.text)}"
    # To be on call takes no room from what else one does.
    yield "TRANSP:TRANSPARENT"
    for trigger in ("-P1D", "PT0S") if event.fresh else ("PT0S",):
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{title}"
        yield f"TRIGGER:{trigger}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _utc(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub(" ", lines).translate(_ESCAPED)


def _folded(line: str) -> bytes:
    """In lines of at most 75 octets, none of which breaks a letter."""
    raw = line.encode()
    pieces = []
    while len(raw) > _LONGEST_LINE:
        cut = _LONGEST_LINE
        while raw[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(raw[:cut])
        # What goes on begins with a space, which counts.
        raw = b" " + raw[cut:]
    return b"\r\n".join([*pieces, raw])
