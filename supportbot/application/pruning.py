"""What retention asks of the store and of the folder of files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, get_args

Part = Literal["inbox", "messages", "timers", "deliveries", "lanes", "playbook_versions", "files"]
PARTS: tuple[Part, ...] = get_args(Part)
Key = int | str


@dataclass(frozen=True, slots=True)
class Limits:
    """What was over before these moments (aware UTC) may go; `playbooks` is the version in force.

    `messages`: when a message came. `files`: when a ticket was closed. `rows`: when work was done.
    `lanes`: when somebody last drew on one.
    """

    messages: datetime
    files: datetime
    rows: datetime
    lanes: datetime
    playbooks: str


class Pruning(Protocol):
    """Clears parts of the store. `messages` are bodies that leave their row; else rows go whole."""

    def old(self, part: Part, limits: Limits, after: Key | None, most: int) -> Sequence[Key]:
        """Some of what may go, `most` at the most, in the order of its keys, behind `after`."""

    def prune(self, part: Part, limits: Limits, keys: Sequence[Key]) -> int:
        """Clear those of them that may still go; how many that were."""

    def counts(self, limits: Limits) -> Mapping[str, int]:
        """How much of each part may go."""

    def without_files(self, contents: Sequence[str], limits: Limits | None = None) -> Sequence[str]:
        """Those contents (sha256 in hex) that no file has; or, with limits, that none would have
        once the old files are gone."""


class FileContents(Protocol):
    """What is in files, by its sha256 in hex. Moments are aware UTC."""

    def untouched_since(self, before: datetime) -> Iterator[str]:
        """The contents that nobody has kept (again) since then."""

    def forget(self, sha256: str, before: datetime) -> bool:
        """Delete it; False when somebody kept it again since then, or it is gone."""

    def unfinished(self, before: datetime) -> int:
        """How many half-written files a crash left before then."""

    def sweep(self, before: datetime) -> int:
        """Delete those; how many that were."""
