"""`/healthz` and `/readyz`: one word when all is well, or a sentence for each thing that is not.

Which is which is a matter of what is asked: whether the process lives and its loops turn (then it
need not be started anew), or whether it could work if work came.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from supportbot.adapters.web.answers import TEXT, page
from supportbot.adapters.web.bounded import Bounded

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

log = structlog.get_logger()

# Below the second or more that whoever probes allows by default in Kubernetes and in Compose.
PATIENCE = timedelta(milliseconds=900)
_MOST_COMPLAINTS = 20
_LONGEST_COMPLAINT = 200


def health_check(
    complaints: Callable[[], Sequence[str]], patience: timedelta = PATIENCE
) -> WSGIApplication:
    """200 `ok` while there are no complaints; else 503 with one a line.

    `complaints` may ask the database: it is waited for no longer than `patience`. Its sentences are
    shown to whoever can reach the port, so they name no secret.
    """
    ask = Bounded(complaints, patience)

    def show() -> tuple[HTTPStatus, str, str]:
        found = _complaints(ask)
        if not found:
            return HTTPStatus.OK, "ok\n", TEXT
        shown = (" ".join(line.split())[:_LONGEST_COMPLAINT] for line in found[:_MOST_COMPLAINTS])
        return HTTPStatus.SERVICE_UNAVAILABLE, "".join(f"{line}\n" for line in shown), TEXT

    return page(show)


def _complaints(ask: Bounded[Sequence[str]]) -> Sequence[str]:
    try:
        return ask()
    except TimeoutError:
        return ["the check itself does not come back: is the database there?"]
    except Exception as error:
        # Its words may hold an address or a credential; the log hides these.
        log.warning("health_check_failed", exc_info=error)
        return [f"the check itself failed: {type(error).__name__}"]
