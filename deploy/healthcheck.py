"""Asks the desk in the same container whether it is well: the image's HEALTHCHECK.

Status 0 when /healthz answers 200, or when SUPPORTBOT_HTTP__LISTEN is not set and there is nobody
to ask; 1 otherwise. What it says is what `docker inspect` shows.
"""

from __future__ import annotations

import http.client
import os
import sys

_LISTEN = "SUPPORTBOT_HTTP__LISTEN"
_SECONDS = 4
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not listened on here


def main() -> int:
    listen = os.environ.get(_LISTEN)
    if not listen:
        return _say(f"{_LISTEN} is not set: there is nobody to ask", 0)
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    connection = http.client.HTTPConnection(
        _EVERYWHERE.get(host, host), int(port), timeout=_SECONDS
    )
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        said = answer.read(1000).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return _say(f"no answer: {error}", 1)
    finally:
        connection.close()
    return _say(said, 0 if answer.status == http.client.OK else 1)


def _say(what: str, status: int) -> int:
    sys.stdout.write(f"{what}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
