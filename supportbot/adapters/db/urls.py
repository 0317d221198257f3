"""Database URLs, as settings have them."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError


def parse_url(url: str) -> URL:
    """`sqlite:///FILE`, `postgresql://…` or `postgresql+psycopg://…`; ValueError for all else."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    backend = parsed.get_backend_name() if parsed is not None else ""
    if parsed is None or backend not in ("sqlite", "postgresql"):
        # Without the URL itself: it may hold a password.
        raise ValueError(
            "the database's URL begins with sqlite:/// and a file, or with postgresql://"
        )
    return parsed.set(drivername="postgresql+psycopg") if backend == "postgresql" else parsed
