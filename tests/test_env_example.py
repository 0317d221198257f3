"""deploy/env.example: every setting, each with a sentence and its default."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel, SecretStr

from supportbot.settings import PREFIX, Settings, load_settings

LINES = (
    (Path(__file__).parents[1] / "deploy" / "env.example").read_text(encoding="utf-8").splitlines()
)
SETTING = re.compile(r"^#(?P<name>[A-Z0-9_]+)=(?P<value>.*)$")
# The one variable beside the tree: it says where files with settings are looked for.
SECRETS_DIR = {f"{PREFIX}SECRETS_DIR": "/run/secrets"}


def shown() -> dict[str, str]:
    """The settings of the file, and the values that stand there."""
    found = [match for line in LINES if (match := SETTING.match(line))]
    values = {match["name"]: match["value"] for match in found}
    assert len(values) == len(found), "a setting stands there twice"
    return values


def settings_of(tree: type[BaseModel], path: str = PREFIX) -> Iterator[tuple[str, str]]:
    """Every leaf of the tree as a variable, with its default as people write it."""
    for name, field in tree.model_fields.items():
        variable = path + name.upper()
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            yield from settings_of(type(default), f"{variable}__")
        elif isinstance(default, SecretStr):
            yield variable, default.get_secret_value()
        else:
            yield variable, "" if default is None else str(default)


def secrets_of(tree: type[BaseModel]) -> set[str]:
    """The variables whose values are secrets."""
    return {name for name, _ in settings_of(tree) if _is_secret(tree, name.removeprefix(PREFIX))}


def _is_secret(tree: type[BaseModel], variable: str) -> bool:
    group, _, rest = variable.lower().partition("__")
    field = tree.model_fields[group]
    if rest:
        return _is_secret(type(field.get_default()), rest)
    return SecretStr in (field.annotation, *get_args(field.annotation))


def test_every_setting_stands_there_with_its_default_and_no_other() -> None:
    assert shown() == dict(settings_of(Settings)) | SECRETS_DIR


def test_every_setting_has_a_sentence() -> None:
    for before, line in zip(["", *LINES], LINES, strict=False):
        if SETTING.match(line):
            assert before.startswith("# "), f"{line} stands there without a word"


def test_a_secret_says_so_and_has_no_value_but_the_database_s_address() -> None:
    values = shown()
    for before, line in zip(["", *LINES], LINES, strict=False):
        match = SETTING.match(line)
        if match and match["name"] in secrets_of(Settings) - {f"{PREFIX}DATABASE"}:
            assert before.endswith("A secret.")
            assert values[match["name"]] == ""


def test_nothing_is_set_until_somebody_takes_the_comment_sign_away() -> None:
    assert [line for line in LINES if line and not line.startswith("#")] == []


def test_as_the_environment_it_is_what_the_desk_assumes_anyway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)
    untouched = load_settings()
    for name, value in shown().items():
        if value:
            monkeypatch.setenv(name, value)
    assert load_settings() == untouched


def test_a_copy_of_it_can_be_read_as_a_dotenv_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)
    mine = [line.removeprefix("#") for line in LINES if "SLACK__TEAM_CHANNEL=" in line]
    Path(".env").write_text("\n".join([*LINES, *mine]).replace("#support-desk", "#desk"))
    assert load_settings().slack.team_channel == "#desk"
