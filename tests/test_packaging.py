"""What a user installs is what is in the repository, pinned and found by hash."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

import supportbot

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    with zipfile.ZipFile(_wheel(tmp_path)) as wheel:
        packed = {name for name in wheel.namelist() if name.startswith("supportbot/")}
    files = (path for path in (ROOT / "supportbot").rglob("*") if path.is_file())
    kept = (path for path in files if "__pycache__" not in path.parts)
    assert packed == {path.relative_to(ROOT).as_posix() for path in kept}


def test_the_wheel_carries_name_version_licence_and_command(tmp_path: Path) -> None:
    with zipfile.ZipFile(_wheel(tmp_path)) as wheel:
        info = f"supportbot-{supportbot.__version__}.dist-info"
        metadata = wheel.read(f"{info}/METADATA").decode()
        commands = wheel.read(f"{info}/entry_points.txt").decode()
        assert f"{info}/licenses/LICENSE" in wheel.namelist()
    assert "License-Expression: BSD-3-Clause\n" in metadata
    assert "supportbot = supportbot.entrypoints.cli:main" in commands


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_locks_are_exact_hashed_and_know_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert "file:" not in text
    for requirement in text.replace("\\\n", " ").splitlines():
        if not requirement.startswith("#"):
            assert re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", requirement)


def test_locks_agree_on_every_version() -> None:
    everything = _pins("bench")
    for name in ("runtime", "build", "test"):
        assert _pins(name).items() <= everything.items(), name


def test_locks_hold_every_library_that_pyproject_names() -> None:
    project = _pyproject()
    runtime = project["project"]["dependencies"]
    groups = project["dependency-groups"]
    assert _names(runtime) <= _pins("runtime").keys()
    assert _names([*runtime, *groups["test"], *groups["build"]]) <= _pins("test").keys()
    assert _names(groups["build"]) <= _pins("build").keys()
    assert _names(groups["bench"]) <= _pins("bench").keys()


def test_the_peers_from_npm_are_known_by_hash_and_without_addresses() -> None:
    lock = (ROOT / "tests" / "peers" / "package-lock.json").read_text()
    assert "://" not in lock
    assert lock.count('"integrity": "sha512-') == lock.count('"node_modules/')


def _wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


def _pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _names(requirements: list[Any]) -> set[str]:
    """Normalised as in PEP 503; a group that includes another is a table, not a string."""
    found = (re.match(r"[\w.-]+", text) for text in requirements if isinstance(text, str))
    return {re.sub(r"[-_.]+", "-", name[0]).lower() for name in found if name}
