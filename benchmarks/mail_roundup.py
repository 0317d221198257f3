"""Roundup's mail gateway in the same place: a classic tracker whose users write to it.

https://www.roundup-tracker.org/docs/admin_guide.html and roundup.mailgw
"""

from __future__ import annotations

import io
import sys
import time
from argparse import Namespace
from collections.abc import Generator
from pathlib import Path

from benchmarks.mail_data import DESK, SENDERS, mails, sender

_TEMPLATE = Path(sys.prefix) / "share" / "roundup" / "templates" / "classic"


def rate(folder: Path, count: int) -> Generator[float]:
    """Mails a second of each round of `count`; the tracker is new, in `folder`, on SQLite as
    Roundup sets it up (durable, too), and knows who writes."""
    from roundup.mailgw import MailGW

    tracker = _new_tracker(folder / "tracker")
    gateway = MailGW(tracker, Namespace(default_class="", set_value=[]))
    # A mail that was refused would be answered rather than kept: that must not pass for quick.
    gateway.trapExceptions = 0
    first = 0
    while True:
        messages = mails(first, count)
        began = time.perf_counter()
        for raw in messages:
            if not gateway.main(io.BytesIO(raw)):
                raise RuntimeError("a mail did not open an issue")
        yield count / (time.perf_counter() - began)
        first += count


def _new_tracker(home: Path) -> object:
    from roundup import init, instance, password

    settings = {
        "rdbms_backend": "sqlite",
        "tracker_email": DESK,
        "mail_domain": DESK.partition("@")[2],
        "mail_host": "localhost",
        # What it sends is written there, and to nobody.
        "mail_debug": str(home / "sent"),
        "tracker_web": "http://localhost/",
    }
    init.install(str(home), str(_TEMPLATE), settings=settings)
    tracker = instance.open(str(home))
    tracker.init(password.Password("benchmark", config=tracker.config), tx_Source="cli")
    db = tracker.open("admin")
    for number in range(SENDERS):
        db.user.create(username=f"user{number}", address=sender(number), roles="User")
    db.commit()
    db.close()
    return tracker
