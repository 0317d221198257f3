"""Mail of a usual size that nobody has sent before, and playbooks with a thousand rules."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path

from benchmarks.due_data import PLAYBOOKS
from benchmarks.measure import utc_now

RULES = 1_000
SENDERS = 1_000
DESK = "support@openfield.example"
_HEADERS = """\
Return-Path: <{sender}>
Received: from mx2.northfield.example (mx2.northfield.example [192.0.2.17])
\tby mail.openfield.example (Postfix) with ESMTPS id 4XyZ{number:08}
\tfor <{desk}>; {date}
Received: from webmail.northfield.example (webmail.northfield.example [192.0.2.31])
\tby mx2.northfield.example (Postfix) with ESMTPSA id 5AbC{number:08};
\t{date}
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=northfield.example; s=mail;
\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; h=From:To:Subject:Date:Message-ID;
\tb={signature}
From: {name} <{sender}>
To: Support desk <{desk}>
Subject: {subject}
Date: {date}
Message-ID: <{number}.{run}@northfield.example>
MIME-Version: 1.0
User-Agent: Mozilla Thunderbird
Content-Language: en-US
Content-Type: multipart/{kind}; boundary="b-{number}-{run}"

"""
_PARTS = """\
This is a multi-part message in MIME format.
--b-{number}-{run}
Content-Type: text/plain; charset=UTF-8; format=flowed
Content-Transfer-Encoding: 7bit

{plain}
--b-{number}-{run}
Content-Type: text/html; charset=UTF-8
Content-Transfer-Encoding: 7bit

<html><head><meta charset="UTF-8"></head><body>
{html}
</body></html>
"""
_FILE = """\
--b-{number}-{run}
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="log"

{content}
"""
_SYLLABLES = ("ka", "lo", "mi", "ren", "tus", "vel", "dor", "han", "sib", "por", "gal", "net")


def sender(number: int) -> str:
    """One of a few who write again and again."""
    return f"user{number % SENDERS}@northfield.example"


def mails(first: int, count: int, files: int = 0) -> list[bytes]:
    """That many messages of 5 KB each, numbered from `first`, in no two runs the same; besides,
    each has so many small files."""
    source = random.Random(first)
    run = f"{utc_now().timestamp():.6f}"
    return [_mail(number, run, source, files) for number in range(first, first + count)]


def text(source: random.Random, characters: int) -> str:
    """Words in lines of some 70 characters; now and then some that a rule waits for."""
    lines: list[str] = []
    while sum(map(len, lines)) < characters:
        words = [_word(source) for _ in range(10)]
        lines.append(" ".join(words).capitalize() + ".")
    lines[1:1] = [f"It began with {_phrase(source.randrange(10 * RULES))}, and goes on."]
    return "\n".join(lines)


def _mail(number: int, run: str, source: random.Random, files: int) -> bytes:
    plain = text(source, 1_500)
    html = "\n".join(f"<p>{line}</p>" for line in plain.split("\n"))
    values = {
        "number": number,
        "kind": "mixed" if files else "alternative",
        "run": run,
        "sender": sender(number),
        "name": f"User {number % SENDERS}",
        "desk": DESK,
        "subject": f"Question about {_word(source)} {_word(source)}",
        "date": format_datetime(utc_now()),
        "signature": source.randbytes(128).hex(),
        "plain": plain,
        "html": html,
    }
    attached = "".join(
        _FILE.format(**values, content=source.randbytes(300).hex()) for _ in range(files)
    )
    whole = (_HEADERS + _PARTS + attached + "--b-{number}-{run}--\n").format(**values)
    return whole.replace("\n", "\r\n").encode("ascii")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a rule looks for: words, or a regular expression."""

    source: str
    is_pattern: bool


def wanted(count: int = RULES) -> Iterator[Wanted]:
    """Of every ten rules nine look for words, as in most playbooks, and one for a pattern."""
    for number in range(count):
        if number % 10:
            yield Wanted(_phrase(number), is_pattern=False)
        else:
            yield Wanted(rf"\b{_phrase(number)}[- ]?(\d+|failed)\b", is_pattern=True)


def write_playbooks(folder: Path, count: int = RULES) -> Path:
    """The example playbooks with so many rules before their last one."""
    target = folder / "playbooks"
    shutil.copytree(PLAYBOOKS, target)
    rules = "".join(_rule(number, one) for number, one in enumerate(wanted(count)))
    (target / "rules" / "40-many.yaml").write_text(f"rules:\n{rules}")
    return target


def _rule(number: int, one: Wanted) -> str:
    condition = f"{{matches: '{one.source}'}}" if one.is_pattern else f"[{one.source}]"
    then = f"{{severity: P3, labels: [topic-{number}]}}"
    return f"  - rule: topic {number}\n    when: {{text: {condition}}}\n    then: {then}\n"


def _phrase(number: int) -> str:
    """Two words that no other number has, and that look alike as words of a language do."""
    source = random.Random(f"rule {number}")
    return f"{_word(source)} {_word(source)}{_SYLLABLES[number % 12]}{number // 12}"


def _word(source: random.Random) -> str:
    return "".join(source.choice(_SYLLABLES) for _ in range(source.randint(1, 4)))
