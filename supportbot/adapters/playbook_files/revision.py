"""The playbooks of a git revision, read without touching the working tree."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from supportbot.adapters.playbook_files.source import LARGEST_FOLDER, PlaybookFiles, read_playbooks

# A tar has a header and padding for each file, and tests/ beside what is read.
_LARGEST_ARCHIVE = 8 * LARGEST_FOLDER
_SECONDS = 30


class NoRevision(Exception):
    """git has no such revision of the folder; the text says why."""


def read_revision(folder: Path, name: str) -> PlaybookFiles:
    """The files of `folder` as they are in the revision called `name` (a branch, tag or commit).

    Raises NoRevision, and PlaybookFaults like `read_playbooks`.
    """
    commit = _git(folder, "rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
    archive = _git(folder, "archive", "--format=tar", commit.decode("ascii").strip(), "--", ".")
    with TemporaryDirectory(prefix="supportbot-revision-") as target:
        _unpack(archive, Path(target))
        return read_playbooks(Path(target))


def _git(folder: Path, *arguments: str) -> bytes:
    # A hook's GIT_DIR is relative to another folder than ours.
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    command = ["git", "-C", str(folder), *arguments]
    try:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean
        ) as git:
            return _answer(git)
    except OSError as error:
        raise NoRevision(f"git cannot be run: {error.strerror or error}") from None


def _answer(git: subprocess.Popen[bytes]) -> bytes:
    assert git.stdout is not None  # noqa: S101 - both are pipes
    assert git.stderr is not None  # noqa: S101
    content = git.stdout.read(_LARGEST_ARCHIVE + 1)
    if len(content) > _LARGEST_ARCHIVE:
        git.kill()
        raise NoRevision(f"the folder is larger than {_LARGEST_ARCHIVE // 1024} KiB there")
    said = git.stderr.read(10_000).decode("utf-8", "replace").strip()
    if git.wait(_SECONDS) != 0:
        why = said.splitlines()[0].removeprefix("fatal: ") if said else "git gives no reason"
        raise NoRevision(why)
    return content


def _unpack(archive: bytes, target: Path) -> None:
    """Plain files alone: a link would lead out of the folder."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            content = tar.extractfile(member) if member.isreg() else None
            if content is None or path.is_absolute() or ".." in path.parts:
                continue
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.read())
