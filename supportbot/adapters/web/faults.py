"""What keeps the web server from starting. Here, so that to catch it loads no web server."""

from __future__ import annotations


class CannotListen(Exception):
    """The address cannot be listened on; the message names the setting and the mend."""
