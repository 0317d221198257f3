"""A folder of playbooks, read within bounds into a value that stays what it was."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from supportbot.adapters.playbook_files.faults import Fault, PlaybookFaults

LARGEST_FOLDER = 2 * 1024 * 1024
MOST_FILES = 500
DEEPEST = 4

_ANYWHERE = (".yaml", ".yml", ".ics")
_TEMPLATES = {"replies": (".md", ".txt"), "issues": (".md", ".txt")}
# It holds examples for the playbooks, no policy.
_IGNORED_FOLDERS = frozenset({"tests"})

# No file of a folder is called so: hidden ones are not read.
DEFAULT_WORDS = ".defaults/incident.yaml"
_SHIPPED_WORDS = Path(__file__).parent / "defaults" / "incident.yaml"

_LEADS_OUT = ("a link that leads out of the folder", "put the file itself here")
_TOP = PurePosixPath()

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class PlaybookFiles:
    """The files by their names (relative, with `/`), and the version that is the hash of both.

    The version is the first 12 hex digits of a SHA-256. `commit` is as in `Playbooks`.
    """

    version: str
    files: Mapping[str, str]
    commit: str = ""

    @classmethod
    def of(cls, files: Mapping[str, str]) -> PlaybookFiles:
        digest = hashlib.sha256()
        for name, text in sorted(files.items()):
            for part in (name.encode(), text.encode()):
                digest.update(len(part).to_bytes(8, "big") + part)
        return cls(digest.hexdigest()[:12], dict(sorted(files.items())))


def read_playbooks(folder: Path) -> PlaybookFiles:
    """The folder, and the program's own words for the incident test: with others the same message
    may be judged differently, so they belong to the version. Raises PlaybookFaults."""
    shipped = _SHIPPED_WORDS.read_text(encoding="utf-8")
    return PlaybookFiles.of({**read_folder(folder).files, DEFAULT_WORDS: shipped})


def read_folder(folder: Path) -> PlaybookFiles:
    """Everything in the folder that is part of the playbooks, hidden files excepted.

    Raises PlaybookFaults when there is no such folder, when it is too large or too deep, or when a
    file is not plain UTF-8 text within it.
    """
    faults: list[Fault] = []
    files: dict[str, str] = {}
    left = LARGEST_FOLDER
    for path in paths(folder):
        name = path.relative_to(folder).as_posix()
        try:
            content = _content(path, folder.resolve(), left)
            left -= len(content)
            files[name] = _text(content)
        except _Unfit as unfit:
            faults.append(Fault(name, unfit.line, 1, unfit.message, unfit.mend))
    if faults:
        raise PlaybookFaults(faults)
    return PlaybookFiles.of(files)


def paths(folder: Path) -> list[Path]:
    """The files that `read_folder` reads. Raises PlaybookFaults like it."""
    if not folder.is_dir():
        raise PlaybookFaults([Fault(str(folder), 1, 1, "there is no such folder of playbooks")])
    found: list[Path] = []
    try:
        for path in _walk(folder, folder.resolve()):
            found.append(path)
            if len(found) > MOST_FILES:
                name = path.relative_to(folder).as_posix()
                raise PlaybookFaults([Fault(name, 1, 1, f"more than {MOST_FILES} files")])
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise PlaybookFaults([Fault(str(error.filename), 1, 1, message)]) from error
    return found


def _walk(folder: Path, root: Path, below: PurePosixPath = _TOP) -> Iterator[Path]:
    # Hidden files are editors' and git's, and the bookkeeping of a Kubernetes ConfigMap volume.
    for path in sorted(folder.iterdir()):
        relative = below / path.name
        if path.name.startswith(".") or relative.as_posix() in _IGNORED_FOLDERS:
            continue
        if path.is_dir():
            _check_folder(path, root, relative)
            yield from _walk(path, root, relative)
        elif path.suffix in (*_ANYWHERE, *_TEMPLATES.get(relative.parts[0], ())):
            yield path


def _check_folder(path: Path, root: Path, relative: PurePosixPath) -> None:
    # Checked before it is listed: what lies outside is none of our business.
    if not path.resolve().is_relative_to(root):
        raise PlaybookFaults([Fault(relative.as_posix(), 1, 1, *_LEADS_OUT)])
    if len(relative.parts) >= DEEPEST:
        message = f"folders nest more than {DEEPEST - 1} deep"
        raise PlaybookFaults([Fault(relative.as_posix(), 1, 1, message)])


class _Unfit(Exception):
    def __init__(self, message: str, mend: str = "", line: int = 1) -> None:
        super().__init__(message)
        self.message, self.mend, self.line = message, mend, line


def _content(path: Path, folder: Path, most: int) -> bytes:
    """The bytes of a file; links count as what they point to, which is to be in the folder."""
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(folder):
            raise _Unfit(*_LEADS_OUT)
        # A pipe would keep us waiting, a device has no end.
        if not stat.S_ISREG(real.stat().st_mode):
            raise _Unfit("not a file")
        with real.open("rb") as opened:
            content = opened.read(most + 1)
    except OSError as error:
        raise _Unfit(f"cannot be read: {error.strerror or error}") from error
    if len(content) > most:
        raise _Unfit(f"the files together exceed {LARGEST_FOLDER // 1024} KiB")
    return content


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _Unfit("not UTF-8 text", "save the file as UTF-8", line) from error
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise _Unfit(f"a control character, {control[0]!r}", "delete it", line)
    return text
