"""What git knows of a folder of playbooks: its revisions, and which of them the folder is.

git itself is asked, for only git reads its own files for certain (packed refs, worktrees). Where
the program is missing, the hash of the contents alone names the playbooks.
"""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import threading
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from supportbot.adapters.playbook_files.faults import PlaybookFaults
from supportbot.adapters.playbook_files.source import LARGEST_FOLDER, PlaybookFiles, read_playbooks

# A tar has a header and padding for each file, and tests/ beside what is read.
_LARGEST_ARCHIVE = 8 * LARGEST_FOLDER
_SECONDS = 30
# The desk asks now and then, and works without an answer.
_SECONDS_FOR_A_NAME = 5
_SHORT = 12
LOCAL_CHANGES = " + local changes"


class NoRevision(Exception):
    """git has no such revision of the folder; the text says why."""


def read_revision(folder: Path, name: str) -> PlaybookFiles:
    """The files of `folder` as they are in the revision called `name` (a branch, tag or commit).

    Raises NoRevision, and PlaybookFaults like `read_playbooks`.
    """
    return _read_commit(folder, _commit(folder, name, _SECONDS), _SECONDS)


def with_commit(
    folder: Path, files: PlaybookFiles, seconds: float = _SECONDS_FOR_A_NAME
) -> PlaybookFiles:
    """`files`, which were read from the folder, with the commit that it is at.

    It is empty where there is no git, or git knows nothing of the folder, or takes longer than
    `seconds` for one of two answers.
    """
    return replace(files, commit=_name_of(folder, files, seconds))


def git_files(folder: Path) -> tuple[Path, ...]:
    """The files that change when another commit is made or checked out; none without a git."""
    if not _in_a_repository(folder):
        return ()
    wanted = [part for name in ("HEAD", "index", "logs/HEAD") for part in ("--git-path", name)]
    try:
        answer = _git(folder, _SECONDS_FOR_A_NAME, "rev-parse", *wanted)
    except NoRevision:
        return ()
    return tuple(folder / os.fsdecode(line) for line in answer.splitlines())


def _name_of(folder: Path, files: PlaybookFiles, seconds: float) -> str:
    if not _in_a_repository(folder):
        return ""
    try:
        commit = _commit(folder, "HEAD", seconds)
        # Read as the folder was: what nothing reads (tests, hidden files) makes no difference.
        same = _read_commit(folder, commit, seconds).version == files.version
    except NoRevision:
        return ""
    except PlaybookFaults:
        same = False
    return commit[:_SHORT] + ("" if same else LOCAL_CHANGES)


def _in_a_repository(folder: Path) -> bool:
    """Whether it is worth asking git, which takes milliseconds to start."""
    here = folder.resolve()
    return any((above / ".git").exists() for above in (here, *here.parents))


def _commit(folder: Path, name: str, seconds: float) -> str:
    wanted = ("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
    return _git(folder, seconds, *wanted).decode("ascii").strip()


def _read_commit(folder: Path, commit: str, seconds: float) -> PlaybookFiles:
    archive = _git(folder, seconds, "archive", "--format=tar", commit, "--", ".")
    with TemporaryDirectory(prefix="supportbot-revision-") as target:
        _unpack(archive, Path(target))
        return read_playbooks(Path(target))


def _git(folder: Path, seconds: float, *arguments: str) -> bytes:
    # A hook's GIT_DIR is relative to another folder than ours.
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    command = ["git", "-C", str(folder), *arguments]
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean,
        ) as git:
            return _answer(git, seconds)
    except OSError as error:
        raise NoRevision(f"git cannot be run: {error.strerror or error}") from None


def _answer(git: subprocess.Popen[bytes], seconds: float) -> bytes:
    assert git.stdout is not None  # noqa: S101 - both are pipes
    assert git.stderr is not None  # noqa: S101
    # Whatever it waits for (a network drive, a lock): its pipes end with it.
    killer = threading.Timer(seconds, git.kill)
    killer.start()
    try:
        content = git.stdout.read(_LARGEST_ARCHIVE + 1)
        if len(content) > _LARGEST_ARCHIVE:
            git.kill()
            raise NoRevision(f"the folder is larger than {_LARGEST_ARCHIVE // 1024} KiB there")
        said = git.stderr.read(10_000).decode("utf-8", "replace").strip()
        status = git.wait()
    finally:
        killer.cancel()
    if status != 0:
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
