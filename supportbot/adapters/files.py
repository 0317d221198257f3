"""What is in the files that people send: on disk, each under the hash of its content."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


class FileStore:
    """A folder of files named by their sha256 (hex), spread over 256 folders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, sha256: str, content: bytes) -> None:
        """Store it durably; what is there already stays. Raises OSError."""
        place = self.path(sha256)
        try:
            # Whoever clears away old files looks at this time: it is wanted anew.
            os.utime(place)
        except FileNotFoundError:
            pass
        else:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=".new-", delete=False) as new:
            try:
                new.write(content)
                new.flush()
                os.fsync(new.fileno())
                Path(new.name).replace(place)
            except BaseException:
                Path(new.name).unlink(missing_ok=True)
                raise
        _sync(place.parent)

    def path(self, sha256: str) -> Path:
        """Where a file is, if it is there. Raises ValueError for what is no hash."""
        if len(sha256) != 64 or not all(c in "0123456789abcdef" for c in sha256):
            raise ValueError(f"not a sha256 in hex: {sha256[:80]!r}")
        return self._folder / sha256[:2] / sha256

    def all(self) -> Iterator[Path]:
        """Every file, and what a crash left half written."""
        yield from (path for path in self._folder.glob("??/*") if path.is_file())


def _sync(folder: Path) -> None:
    """A rename is durable once its folder is written."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
