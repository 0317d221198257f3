"""Reading the folder: bounded, stable, and deaf to what does not belong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.adapters.playbook_files import source
from supportbot.adapters.playbook_files.faults import PlaybookFaults
from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.source import PlaybookFiles, read_folder
from tests.adapters.playbook_files_base import BASE, faults_in, faults_of


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder


def refusals(folder: Path) -> list[str]:
    with pytest.raises(PlaybookFaults) as refusal:
        read_folder(folder)
    return [str(fault) for fault in refusal.value.faults]


def test_a_folder_becomes_a_value_from_which_the_playbooks_follow(tmp_path: Path) -> None:
    files = read_folder(write(tmp_path, BASE))
    assert dict(files.files) == BASE
    assert parse(files) == parse(PlaybookFiles.of(BASE))


def test_the_version_is_that_of_names_and_contents_alone(tmp_path: Path) -> None:
    files = read_folder(write(tmp_path, BASE))
    assert len(files.version) == 12
    assert files.version == PlaybookFiles.of(dict(reversed(BASE.items()))).version
    assert parse(files).version == files.version
    changed = {**BASE, "people.yaml": BASE["people.yaml"] + "#"}
    renamed = {"rules/11.yaml" if k.startswith("rules") else k: v for k, v in BASE.items()}
    assert len({files.version, *(PlaybookFiles.of(f).version for f in (changed, renamed))}) == 3


def test_contents_cannot_move_from_one_file_to_the_next_unseen() -> None:
    assert PlaybookFiles.of({"a": "bc"}).version != PlaybookFiles.of({"ab": "c"}).version


@given(st.permutations(list(BASE)))
def test_the_order_in_which_files_come_changes_nothing(order: list[str]) -> None:
    shuffled = PlaybookFiles.of({name: BASE[name] for name in order})
    assert parse(shuffled) == parse(PlaybookFiles.of(BASE))


def test_rules_run_in_the_order_of_their_files_and_lines() -> None:
    rule = "  - {{rule: {0}, when: {{text: {0}}}, then: {{severity: P1}}}}\n".format
    files = {
        **BASE,
        "rules/10-rules.yaml": "rules:\n" + rule("c") + rule("b"),
        "rules/05.yaml": "rules:\n" + rule("a"),
        "rules/20/x.yaml": "rules:\n" + rule("d"),
        "rules/90.yaml": "rules:\n  - {rule: last, then: {severity: P2}}\n",
    }
    names = [(r.name, r.where.file, r.where.line) for r in parse(PlaybookFiles.of(files)).rules]
    assert names == [
        ("a", "rules/05.yaml", 2),
        ("c", "rules/10-rules.yaml", 2),
        ("b", "rules/10-rules.yaml", 3),
        ("d", "rules/20/x.yaml", 2),
        ("last", "rules/90.yaml", 2),
    ]


def test_line_ends_and_byte_order_marks_are_no_difference(tmp_path: Path) -> None:
    crlf = {name: "\ufeff" + text.replace("\n", "\r\n") for name, text in BASE.items()}
    assert read_folder(write(tmp_path, crlf)).version == PlaybookFiles.of(BASE).version


def test_hidden_files_tests_and_what_is_no_playbook_are_left_alone(tmp_path: Path) -> None:
    strangers = {
        ".git/config.yaml": "x",
        ".people.yaml.swp": "x",
        "tests/outages.yaml": "x",
        "README.md": "x",
        "rules/notes.txt": "x",
        "replies/logo.png": "x",
    }
    files = read_folder(write(tmp_path, {**BASE, **strangers}))
    assert dict(files.files) == BASE


def test_a_volume_of_links_within_the_folder_is_read(tmp_path: Path) -> None:
    # The way Kubernetes mounts a ConfigMap.
    write(tmp_path / "..2026_11_24", {"people.yaml": BASE["people.yaml"]})
    (tmp_path / "..data").symlink_to("..2026_11_24")
    (tmp_path / "people.yaml").symlink_to("..data/people.yaml")
    assert list(read_folder(tmp_path).files) == ["people.yaml"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("secret: s3cret")
    folder = write(tmp_path / "playbooks", BASE)
    (folder / "rules" / "secret.yaml").symlink_to(tmp_path / "secret.yaml")
    leads_out = "a link that leads out of the folder — put the file itself here"
    assert refusals(folder) == [f"rules/secret.yaml:1:1: {leads_out}"]
    (folder / "replies").symlink_to(tmp_path)
    assert refusals(folder) == [f"replies:1:1: {leads_out}"]


def test_a_broken_link_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / "rules" / "gone.yaml").symlink_to("nowhere.yaml")
    assert refusals(tmp_path) == ["rules/gone.yaml:1:1: cannot be read: No such file or directory"]


def test_folders_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / "rules" / "again").symlink_to(tmp_path)
    assert "nest more than" in refusals(tmp_path)[0]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "people.yaml")
    assert refusals(tmp_path) == ["people.yaml:1:1: not a file"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"people:\n  \xff", "2:1: not UTF-8 text — save the file as UTF-8"),
        ("people: Inés".encode("latin-1"), "1:1: not UTF-8 text — save the file as UTF-8"),
        ("people: x".encode("utf-16"), "1:1: not UTF-8 text — save the file as UTF-8"),
        (b"people:\n\n\x00", "3:1: a control character, '\\x00' — delete it"),
        (b"people: \x1b[31m", "1:1: a control character, '\\x1b' — delete it"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "people.yaml").write_bytes(content)
    assert refusals(tmp_path) == [f"people.yaml:{fault}"]


def test_the_folder_is_bounded_in_size(tmp_path: Path) -> None:
    half = "#" * (source.LARGEST_FOLDER // 2)
    write(tmp_path, {"people.yaml": half, "rules/10.yaml": half})
    read_folder(tmp_path)
    write(tmp_path, {"rules/20.yaml": "#"})
    assert refusals(tmp_path) == ["rules/20.yaml:1:1: the files together exceed 2048 KiB"]


def test_the_folder_is_bounded_in_files(tmp_path: Path) -> None:
    write(tmp_path, {f"rules/{number}.yaml": "" for number in range(source.MOST_FILES + 1)})
    assert "more than 500 files" in refusals(tmp_path)[0]


def test_the_folder_is_bounded_in_depth(tmp_path: Path) -> None:
    write(tmp_path, {"rules/a/b/c.yaml": ""})
    read_folder(tmp_path)
    write(tmp_path, {"rules/a/b/c/d.yaml": ""})
    assert refusals(tmp_path) == ["rules/a/b/c:1:1: folders nest more than 3 deep"]


def test_no_folder_is_a_fault(tmp_path: Path) -> None:
    assert refusals(tmp_path / "none")[0].endswith("none:1:1: there is no such folder of playbooks")


BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (BOMB, "&a names a place"),
        ("people: " + "[" * 1_000_000, "nest more than 20 deep"),
        ("people: " + "{a: " * 400_000, "nest more than 20 deep"),
        ("- " * 500_000, "nest more than 20 deep"),
        ("\n".join(" " * depth + "a:" for depth in range(1_000)), "nest more than 20 deep"),
        ("people: " + "a" * 1_900_000, "keys and values are wanted here"),
        ("people: {ines: {name: " + "a" * 1_900_000 + "}}", "more than 10000 characters"),
        ("people: [" + "," * 1_000_000, "a value is missing"),
        ("%YAML 9.9\n---\na: b", "incompatible YAML document"),
        ("people: \x07", "not YAML: unacceptable character"),
    ],
    ids=["bomb", "lists", "mappings", "dashes", "indents", "long", "name", "commas", "v9", "bell"],
)
def test_hostile_yaml_is_refused(text: str, fault: str) -> None:
    assert any(fault in found for found in faults_in("people.yaml", text))


def test_a_file_of_another_kind_altogether_makes_a_bounded_number_of_faults() -> None:
    text = "people:\n" + "".join(f"  p{n}: {{slak: U{n}}}\n" for n in range(5_000))
    assert 0 < len(faults_of({**BASE, "people.yaml": text})) <= 200


@given(st.sampled_from(sorted(BASE)), st.text(max_size=200))
def test_no_text_makes_the_loader_raise_anything_but_faults(file: str, text: str) -> None:
    faults_in(file, text.encode("utf-8", "ignore").decode())


@given(st.data())
def test_no_damage_to_a_file_makes_the_loader_raise_anything_but_faults(
    data: st.DataObject,
) -> None:
    file = data.draw(st.sampled_from(sorted(BASE)))
    text = BASE[file]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    middle = data.draw(st.text(alphabet="abP1 \n:-[]{}#&*!'\"|>,?%@`", max_size=12))
    faults_in(file, text[:start] + middle + text[end:])
