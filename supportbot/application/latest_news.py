"""What is said when it is news: not again while the last that was said of it is the same."""

from __future__ import annotations

import hashlib

from supportbot.application.ports import UnitOfWork


def news_key(uow: UnitOfWork, about: str, news: str) -> str | None:
    """The delivery's key under which to say `news` of something; None if that was said last.

    `about` begins the keys of all that is said of it, and of nothing else. Two who come at once
    make the same key, and a key is kept once; what was said before and is true again is news.
    """
    prefix, digest = f"{about}.", hashlib.sha256(news.encode()).hexdigest()[:12]
    last = (uow.deliveries.newest_key(prefix) or "").removeprefix(prefix)
    number, _, told = last.partition(".")
    if told == digest:
        return None
    count = int(number) + 1 if number.isascii() and number.isdigit() else 1
    return f"{prefix}{count}.{digest}"
