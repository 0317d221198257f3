"""Issues and comments on GitHub: the client, and the sender of `github.*` deliveries."""

from __future__ import annotations
