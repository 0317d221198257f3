"""Contents on disk: what nobody has goes, and nothing that somebody is just keeping."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from supportbot.adapters.file_pruning import OldContents
from supportbot.adapters.files import FileStore

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
DAY = timedelta(days=1)
BEFORE = NOW - DAY


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
def contents(store: FileStore) -> OldContents:
    return OldContents(store)


def keep(store: FileStore, content: bytes, at: datetime = NOW - 2 * DAY) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    store.keep(sha256, content)
    touch(store.path(sha256), at)
    return sha256


def touch(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def test_only_contents_that_are_old_enough_are_found(
    store: FileStore, contents: OldContents
) -> None:
    old = keep(store, b"old")
    keep(store, b"new", NOW - DAY + timedelta(seconds=1))

    assert list(contents.untouched_since(BEFORE)) == [old]


def test_what_is_no_content_is_left_alone(store: FileStore, contents: OldContents) -> None:
    old = keep(store, b"old")
    folder = store.path(old).parent
    for name in ("README", "0" * 64 if folder.name != "00" else "1" * 64, ".hidden"):
        (folder / name).write_text("mine")
        touch(folder / name, NOW - 9 * DAY)

    assert list(contents.untouched_since(BEFORE)) == [old]
    assert contents.sweep(BEFORE) == 0


def test_a_folder_that_is_not_there_holds_nothing(contents: OldContents) -> None:
    assert list(contents.untouched_since(NOW)) == []
    assert contents.sweep(NOW) == 0


def test_a_content_is_forgotten_once(store: FileStore, contents: OldContents) -> None:
    old = keep(store, b"old")

    assert contents.forget(old, BEFORE)
    assert not contents.forget(old, BEFORE)
    assert list(store.all()) == []


def test_what_was_kept_again_since_it_was_found_stays(
    store: FileStore, contents: OldContents
) -> None:
    yesterday = datetime.now(UTC) - DAY
    old = keep(store, b"old", yesterday - DAY)
    [found] = contents.untouched_since(yesterday)
    store.keep(old, b"old")

    assert not contents.forget(found, yesterday)
    assert store.path(old).read_bytes() == b"old"
    assert list(store.all()) == [store.path(old)]


def test_what_a_crash_left_on_its_way_out_is_there_again(
    store: FileStore, contents: OldContents
) -> None:
    old, new = keep(store, b"old"), keep(store, b"kept anew", NOW)
    store.path(old).rename(store.path(old).with_name(f".going-{old}"))
    store.path(new).with_name(f".going-{new}").write_bytes(b"kept anew")

    list(contents.untouched_since(BEFORE))
    assert set(store.all()) == {store.path(old), store.path(new)}
    assert list(contents.untouched_since(BEFORE)) == [old]


def test_what_was_half_written_goes_after_a_day(store: FileStore, contents: OldContents) -> None:
    folder = store.path(keep(store, b"old")).parent
    for name, at in ((".new-a", NOW - 2 * DAY), (".new-b", NOW)):
        (folder / name).write_bytes(b"ha")
        touch(folder / name, at)

    assert contents.unfinished(BEFORE) == 1
    assert contents.sweep(BEFORE) == 1
    assert contents.unfinished(BEFORE) == 0
    assert {path.name for path in store.all() if path.name.startswith(".")} == {".new-b"}


def test_nothing_outside_the_folder_can_be_named(contents: OldContents) -> None:
    with pytest.raises(ValueError, match="not a sha256"):
        contents.forget("../../etc/passwd", NOW)
