"""Clears away contents of files that no message has any more, while others are being kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import structlog

log = structlog.get_logger()

_GOING = ".going-"
_HALF_WRITTEN = ".new-"


class Folder(Protocol):
    """Where the contents lie, each in a file named by its sha256 in hex."""

    def path(self, sha256: str) -> Path:
        """Where a content is, if it is there. Raises ValueError for what is no hash."""

    def all(self) -> Iterator[Path]:
        """Every file, and what a crash left half written."""


class OldContents:
    """`application.pruning.FileContents` on a folder.

    Whoever keeps a content that is there already must touch its file (its time of change becomes
    now), and must write it anew when it is gone by then: that is how both know of each other.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def untouched_since(self, before: datetime) -> Iterator[str]:
        for path in self._folder.all():
            if path.name.startswith(_GOING):
                _bring_back(path)
            elif self._is_content(path) and _is_older(path, before):
                yield path.name

    def forget(self, sha256: str, before: datetime) -> bool:
        place = self._folder.path(sha256)
        going = place.with_name(_GOING + sha256)
        try:
            # Out of the way first: whoever keeps it from now on writes it anew, and whoever kept
            # it a moment ago has left a time that is looked at after.
            place.rename(going)
            if _is_older(going, before):
                going.unlink()
                return True
            _bring_back(going)
        except FileNotFoundError:
            pass  # somebody else clears the same folder
        except OSError as error:
            log.warning("file_not_pruned", file=sha256, reason=str(error.strerror))
        return False

    def unfinished(self, before: datetime) -> int:
        return len(self._half_written(before))

    def sweep(self, before: datetime) -> int:
        swept = self._half_written(before)
        for path in swept:
            path.unlink(missing_ok=True)
        return len(swept)

    def _half_written(self, before: datetime) -> list[Path]:
        half = (path for path in self._folder.all() if path.name.startswith(_HALF_WRITTEN))
        return [path for path in half if _is_older(path, before)]

    def _is_content(self, path: Path) -> bool:
        """Nothing else is touched, whatever people put into the folder."""
        try:
            return self._folder.path(path.name) == path
        except ValueError:
            return False


def _is_older(path: Path, before: datetime) -> bool:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) < before
    except FileNotFoundError:
        return False


def _bring_back(going: Path) -> None:
    """Also after a crash between the two renames. A newer copy of the same content stays."""
    place = going.with_name(going.name.removeprefix(_GOING))
    try:
        if place.exists():
            going.unlink()
        else:
            going.rename(place)
    except FileNotFoundError:
        pass  # it is back, or deleted by another process, already
