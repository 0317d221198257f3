"""The command line. Importing it costs next to nothing; each command imports what it needs."""

from __future__ import annotations

import sys

from supportbot import __version__


def main() -> None:
    """The console script `supportbot`."""
    # Asked by every health check and installer: answered before click is imported.
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"supportbot {__version__}\n")
        return
    from supportbot.entrypoints.cli.root import cli

    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter shows a question mark; it is no reason to stop.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    cli(prog_name="supportbot")
