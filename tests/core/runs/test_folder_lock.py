"""The lock of a folder: what is left behind, what a rename does to it, and where there are no locks."""

import errno
import threading
import time
from pathlib import Path

import pytest

from core.errors import RunFolderError
from core.file_lock import locked
from core.runs.folder_lock import is_held, lock_folder, unlock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".a.partial").mkdir()
    return tmp_path / ".a.partial"


@pytest.mark.parametrize("to_be_renamed", [False, True])
def test_leaves_nothing_behind(folder: Path, to_be_renamed: bool) -> None:
    lock = lock_folder(folder, to_be_renamed=to_be_renamed)
    with pytest.raises(RunFolderError, match="another process is writing this run"):
        lock_folder(folder, to_be_renamed=to_be_renamed)
    unlock(lock)
    unlock(lock)
    assert [path.name for path in folder.parent.rglob("*")] == [".a.partial"]


def test_a_second_unlock_lets_the_next_holder_keep_its_lock(folder: Path) -> None:
    first = lock_folder(folder)
    unlock(first)
    second = lock_folder(folder)
    unlock(first)
    with pytest.raises(RunFolderError, match="another process"):
        lock_folder(folder)
    unlock(second)


def test_nothing_is_open_in_a_folder_that_is_renamed(folder: Path) -> None:
    lock = lock_folder(folder, to_be_renamed=True)
    assert list(folder.iterdir()) == []
    final = folder.rename(folder.with_name("a"))
    unlock(lock)
    assert list(folder.parent.iterdir()) == [final]
    with pytest.raises(RunFolderError, match="finished or removed this run just now"):
        lock_folder(folder, to_be_renamed=True)
    assert list(folder.parent.iterdir()) == [final]


def test_what_a_killed_process_left_behind_does_not_matter(folder: Path) -> None:
    (folder / ".lock").touch()
    unlock(lock_folder(folder))
    assert list(folder.iterdir()) == []


def test_a_file_system_without_locks_will_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(file: Path, patience: float = 0.0) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("core.runs.folder_lock.locked", no_locks)
    for lock in [lock_folder(folder), lock_folder(folder)]:
        unlock(lock)


@pytest.mark.parametrize("to_be_renamed", [False, True])
def test_looking_tells_whether_a_writer_has_it_and_hinders_none(folder: Path, to_be_renamed: bool) -> None:
    assert is_held(folder, to_be_renamed=to_be_renamed) is False
    assert [path.name for path in folder.parent.rglob("*")] == [".a.partial"]
    lock = lock_folder(folder, to_be_renamed=to_be_renamed)
    assert is_held(folder, to_be_renamed=to_be_renamed) is True
    unlock(lock)
    assert is_held(folder, to_be_renamed=to_be_renamed) is False


def test_a_writer_waits_for_who_only_looks(folder: Path) -> None:
    """A look that takes a tenth of a second: a writer that did not wait would give up at once."""
    has_it, done = threading.Event(), threading.Event()

    def look() -> None:
        look_at = locked(folder.with_name(".a.partial.lock"))
        has_it.set()
        time.sleep(0.1)
        done.set()
        look_at.release()

    looking = threading.Thread(target=look)
    looking.start()
    assert has_it.wait(10)
    unlock(lock_folder(folder, to_be_renamed=True))
    assert done.is_set()
    looking.join()
