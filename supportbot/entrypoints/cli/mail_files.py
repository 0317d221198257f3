"""Messages in files, as commands read them."""

from __future__ import annotations

import sys
from pathlib import Path

from supportbot.adapters.mail.reading import LARGEST_MESSAGE


def message_bytes(name: str) -> bytes:
    """A message in a file, or on standard input where the name is `-`. Raises OSError.

    At most a byte more than the limit, by which the reader sees that there is more.
    """
    if name == "-":
        return sys.stdin.buffer.read(LARGEST_MESSAGE + 1)
    with Path(name).open("rb") as file:
        return file.read(LARGEST_MESSAGE + 1)
