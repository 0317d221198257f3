"""House laws that no linter knows; the import layers are import-linter's, see `make test`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "supportbot"
LONGEST_FILE = 400
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "monotonic"),
    ("time", "sleep"),
}


def test_domain_imports_the_standard_library_alone() -> None:
    assert list(_foreign_imports("domain", allowed=set())) == []


def test_application_imports_no_library_but_structlog() -> None:
    assert list(_foreign_imports("application", allowed={"structlog"})) == []


def test_domain_and_application_are_told_the_time() -> None:
    assert [place for room in ("domain", "application") for place in _clock_reads(room)] == []


def test_tests_do_not_patch_our_own_functions() -> None:
    assert [place for path in _python(ROOT / "tests") for place in _patches(path)] == []


def test_every_folder_of_code_is_a_package() -> None:
    """The layers are checked for packages only: a folder without __init__.py would escape them."""
    folders = {path.parent for path in _python(PACKAGE)}
    assert [_shown(d) for d in sorted(folders) if not (d / "__init__.py").exists()] == []


def test_no_file_outgrows_a_reader() -> None:
    lengths = {_shown(path): len(path.read_text().splitlines()) for path in _python(PACKAGE)}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_laws_are_broken_by_what_they_forbid() -> None:
    source = (
        "monkeypatch.setattr('supportbot.domain.ticket.ticket.decide', None)\npatch('os.getcwd')\n"
    )
    assert [call.lineno for call in _calls(ast.parse(source)) if _patches_us(call)] == [1]
    source = "datetime.now(UTC)\ntime.time()\nclock.now()\n"
    assert [call.lineno for call in _calls(ast.parse(source)) if _reads_clock(call)] == [1, 2]


def _foreign_imports(room: str, allowed: set[str]) -> Iterator[str]:
    known = sys.stdlib_module_names | allowed | {"supportbot"}
    for path in _python(PACKAGE / room):
        for node in ast.walk(ast.parse(path.read_text())):
            for name in _imported(node):
                if name.split(".")[0] not in known:
                    yield f"{_shown(path)}: {name}"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [node.module]
    return []


def _clock_reads(room: str) -> Iterator[str]:
    for path in _python(PACKAGE / room):
        for call in _calls(ast.parse(path.read_text())):
            if _reads_clock(call):
                yield f"{_shown(path)}:{call.lineno}"


def _reads_clock(call: ast.Call) -> bool:
    names = ast.unparse(call.func).split(".")
    return len(names) > 1 and (names[-2], names[-1]) in CLOCKS


def _patches(path: Path) -> Iterator[str]:
    for call in _calls(ast.parse(path.read_text())):
        if _patches_us(call):
            yield f"{_shown(path)}:{call.lineno}"


def _patches_us(call: ast.Call) -> bool:
    function = ast.unparse(call.func)
    if not function.endswith(("monkeypatch.setattr", "patch", "patch.object")) or not call.args:
        return False
    target = ast.unparse(call.args[0]).strip("'\"")
    return target.split(".")[0] == "supportbot"


def _calls(tree: ast.Module) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sorted(calls, key=lambda call: call.lineno)


def _python(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "node_modules" not in path.parts)


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
