"""How the command starts: what it imports, and what it says to whoever mistypes."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportbot import __version__
from tests.entrypoints.command_line import python, run, write_playbooks

START = "from supportbot.entrypoints.cli import main; main()"
HEAVY = {"slack_bolt", "slack_sdk", "github", "sqlalchemy", "alembic", "psycopg", "structlog"}


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_told_without_importing_any_library(option: str, tmp_path: Path) -> None:
    told = python("-X", "importtime", "-c", START, option, folder=tmp_path)
    assert told.stdout == f"supportbot {__version__}\n"
    assert told.returncode == 0
    ours = {name for name in _imported(told.stderr) if name.startswith("supportbot")}
    assert ours == {"supportbot", "supportbot.entrypoints", "supportbot.entrypoints.cli"}
    assert not {"click", "json", "dataclasses", "pathlib"} & _imported(told.stderr)


def test_the_version_among_other_arguments_is_told_too(tmp_path: Path) -> None:
    assert run("--version").stdout == f"supportbot {__version__}\n"
    assert run("-V").stdout == f"supportbot {__version__}\n"


def test_who_is_on_call_is_told_without_slack_github_or_a_database(tmp_path: Path) -> None:
    folder = str(write_playbooks(tmp_path / "playbooks"))
    told = python("-X", "importtime", "-c", START, "oncall", "--playbooks", folder, folder=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "first-line" in told.stdout
    roots = {name.split(".")[0] for name in _imported(told.stderr)}
    assert not roots & {*HEAVY, "pydantic_settings"}


def test_help_lists_every_command_and_imports_no_heavy_library(tmp_path: Path) -> None:
    told = python("-X", "importtime", "-c", START, "--help", folder=tmp_path)
    listed = told.stdout.partition("Commands:")[2].splitlines()
    assert [line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "] == [
        "run",
        "demo",
        "check",
        "test",
        "schema",
        "explain",
        "simulate",
        "replay",
        "rules",
        "problems",
        "oncall",
        "load",
        "drill",
        "rota",
        "cover",
        "shift",
        "tickets",
        "events",
        "changes",
        "communities",
        "deliveries",
        "parked",
        "quarantine",
        "db",
        "backup",
        "prune",
        "mail",
        "slack",
        "doctor",
    ]
    roots = {name.split(".")[0] for name in _imported(told.stderr)}
    assert not roots & {*HEAVY - {"structlog"}, "re2"}


def test_a_mistyped_command_is_told_the_nearest() -> None:
    result = run("onccall")
    assert result.exit_code == 2
    assert "oncall" in result.stderr


def test_the_module_runs_like_the_command(tmp_path: Path) -> None:
    told = python("-m", "supportbot.entrypoints.cli", "--version", folder=tmp_path)
    assert told.stdout == f"supportbot {__version__}\n"


def test_a_terminal_without_the_letters_is_no_reason_to_stop(tmp_path: Path) -> None:
    folder = str(write_playbooks(tmp_path / "playbooks"))
    command = ("-c", START, "oncall", "--playbooks", folder, "--at", "2026-11-24T14:05Z")
    told = python(*command, folder=tmp_path, environment={"PYTHONIOENCODING": "latin-1"})
    assert told.returncode == 0, told.stderr
    assert "nobody" in told.stdout
    assert "?" in told.stdout, "for the dashes"


def _imported(importtime: str) -> set[str]:
    """The modules of Python's import report, which has one a line after the last bar."""
    lines = [line for line in importtime.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}
