"""Keeping what can be made again: whole or not at all, whatever the disk does and whatever the key is."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kept import KeptFiles


@given(key=st.text(), content=st.binary(max_size=300))
def test_what_is_kept_is_read_back_and_nothing_lies_outside(tmp_path_factory, key: str, content: bytes):
    folder = tmp_path_factory.mktemp("kept") / "inside"
    kept = KeptFiles(folder, "kind", ".bin")
    assert kept.read(key) is None
    kept.write(key, content)
    assert kept.read(key) == content
    assert [path.parent for path in folder.parent.rglob("*.bin")] == [folder / "cache" / "kind"]


@pytest.mark.parametrize("key", ["../x", "/etc/passwd", "a/../../x", "..", "\0"])
def test_hostile_keys_stay_inside(tmp_path: Path, key: str):
    KeptFiles(tmp_path / "in", "side", ".jpg").write(key, b"x")
    assert [path.parent for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "in" / "cache" / "side"]


def test_any_damaged_byte_counts_as_not_kept(tmp_path: Path):
    kept = KeptFiles(tmp_path, "kind", ".jpg")
    kept.write("a", b"picture")
    (path,) = (tmp_path / "cache" / "kind").iterdir()
    whole = path.read_bytes()
    for i in range(len(whole)):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :])
        assert kept.read("a") is None, i
        path.write_bytes(whole[:i])
        assert kept.read("a") is None, i
    path.write_bytes(whole)
    assert kept.read("a") == b"picture"


def test_a_folder_that_cannot_be_made_keeps_nothing_and_raises_nothing(tmp_path: Path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    kept = KeptFiles(tmp_path, "thumbnails", ".jpg")
    kept.write("a", b"x")
    assert kept.read("a") is None


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    KeptFiles(tmp_path, "kind", ".jpg").write("a", b"x")
    assert list((tmp_path / "cache" / "kind").iterdir()) == []


def test_who_must_know_is_told_that_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(OSError):
        KeptFiles(tmp_path, "kind", ".jpg").keep("a", b"x")


def test_nothing_is_written_where_a_link_leads_out_of_the_run(tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "cache").symlink_to(tmp_path / "elsewhere")
    kept = KeptFiles(tmp_path / "run", "kind", ".jpg")
    kept.write("a", b"x")
    with pytest.raises(OSError, match="leads out"):
        kept.keep("a", b"x")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_a_killed_writer_left_is_cleared_and_what_is_kept_stays(tmp_path: Path):
    kept = KeptFiles(tmp_path, "kind", ".jpg")
    kept.clear()
    kept.write("a", b"x")
    (kept.folder / ".new-abc").write_bytes(b"half")
    kept.clear()
    assert kept.read("a") == b"x"
    assert len(list(kept.folder.iterdir())) == 1


def test_what_lies_in_the_place_of_a_file_is_not_opened(tmp_path: Path):
    import os

    kept = KeptFiles(tmp_path, "kind", ".jpg")
    kept.write("a", b"x")
    (path,) = (tmp_path / "cache" / "kind").iterdir()
    path.unlink()
    os.mkfifo(path)
    assert kept.read("a") is None
    path.unlink()
    path.mkdir()
    kept.write("a", b"x")
    assert kept.read("a") is None


def test_many_writers_of_one_key(tmp_path: Path):
    kept = KeptFiles(tmp_path, "kind", ".bin")
    contents = [bytes([i]) * 50_000 for i in range(8)]

    def work(content: bytes) -> None:
        for _ in range(10):
            kept.write("a", content)
            assert kept.read("a") in contents

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, contents))
    assert len(list((tmp_path / "cache" / "kind").iterdir())) == 1
