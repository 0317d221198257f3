"""docs/cli.md: its examples are run, and no command goes without one."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from supportbot.entrypoints.cli.root import cli
from tests.entrypoints.command_line import SHIPPED, python, run
from tests.entrypoints.desk import HandClock, arrive, desk, park_a_message, send_into_nothing

REFERENCE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    command: str
    expected: str


def blocks(language: str) -> list[str]:
    found = _BLOCK.finditer(REFERENCE)
    return [block["text"] for block in found if block["language"] == language]


def examples() -> Iterator[Example]:
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            yield Example(command, expected)


def commands(group: click.Group, ctx: click.Context, *path: str) -> Iterator[str]:
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield " ".join((*path, name))
            yield from commands(command, ctx, *path, name)
        else:
            yield " ".join((*path, name))


def test_every_command_has_an_example() -> None:
    shown = [example.command for example in examples()]
    every = list(commands(cli, click.Context(cli), "supportbot"))
    assert len(every) > 20
    assert [one for one in every if not any(text.startswith(one) for text in shown)] == []


def test_the_examples_say_what_the_reference_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SHIPPED, tmp_path / "playbooks")
    Path("message.json").write_text(blocks("json")[0], encoding="utf-8")
    Path("afternoon.yaml").write_text(blocks("yaml")[0], encoding="utf-8")
    for name, text in zip(("message.eml", "away.eml", "quota.eml"), blocks("eml"), strict=True):
        Path(name).write_text(text, encoding="utf-8")
    Path("clusters").mkdir()
    Path("clusters/north-3.cluster.yaml").write_text(blocks("yaml")[1], encoding="utf-8")
    clock = HandClock(datetime.now(UTC))
    with desk(clock) as context:
        arrive(context)
        send_into_nothing(context)
        park_a_message(context, clock)
    status = 0
    for example in examples():
        if example.command == "echo $?":
            said = f"{status}\n"
        elif example.command.startswith("supportbot demo"):
            told = python("-m", "supportbot.entrypoints.cli", "demo", folder=tmp_path)
            status, said = told.returncode, told.stdout
        else:
            status, said = _outcome(example.command)
        assert _fits(example.expected, said), f"$ {example.command}\n{said}"


def _outcome(command: str) -> tuple[int, str]:
    program, *arguments = shlex.split(command)
    assert program == "supportbot"
    stdin = None
    if "<" in arguments:
        arguments, (file,) = arguments[:-2], arguments[-1:]
        stdin = Path(file).read_text(encoding="utf-8")
    result = run(*arguments, stdin=stdin)
    return result.exit_code, result.output


def _fits(expected: str, said: str) -> bool:
    """Whether the output is what was expected; `…` is anything, columns are as wide as they are.

    A line of `…` is any lines, or none.
    """
    swallowing = re.sub(r"^…\n", "…", expected, flags=re.MULTILINE)
    pieces = (re.sub(r"(\\ )+", " +", re.escape(piece)) for piece in swallowing.split("…"))
    return re.fullmatch(".*".join(pieces), said, re.DOTALL) is not None
