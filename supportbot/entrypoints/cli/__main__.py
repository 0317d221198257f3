"""`python -m supportbot.entrypoints.cli`, where the console script is not on the path."""

from __future__ import annotations

from supportbot.entrypoints.cli import main

main()
