"""Decoding a data set: every image once, the same pixels as one by one, and a cache that is never believed blindly."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data.decode import DecodedImage, decode_image, to_square
from core.data.index import index_images
from core.data.pixels import DecodedDataset, decode_dataset
from core.data.records import ImageRecord
from core.data.sources import FolderSource
from core.errors import DataError, ImageError

ROOT = Path(__file__).resolve().parents[3]
SIZE = 32


def record_of(name: str) -> ImageRecord:
    return ImageRecord(image_id=name, path=name, label=0, patient_id=name)


@dataclass
class Generated:
    """A source without files: pixels from the image's number; counts what is asked of it."""

    reads: list[str] = field(default_factory=list)
    broken: frozenset[str] = frozenset()

    def stamp(self, record: ImageRecord) -> str | None:  # noqa: ARG002
        return None

    def key(self, record: ImageRecord) -> str:
        return f"generated 1 {record.image_id}"

    def read(self, record: ImageRecord, *, at_least: int | None = None) -> DecodedImage:  # noqa: ARG002
        self.reads.append(record.image_id)
        if record.image_id in self.broken:
            raise ImageError("broken on purpose")
        rng = np.random.default_rng(int(record.image_id))
        return DecodedImage(gray=rng.integers(0, 256, (50, 40), dtype=np.uint8), width=40, height=50)


@dataclass(frozen=True)
class Unreadable(FolderSource):
    """A folder in which no file may be opened."""

    def key(self, record: ImageRecord) -> str:  # noqa: ARG002
        raise AssertionError("hashed again")

    def read(self, record: ImageRecord, *, at_least: int | None = None) -> DecodedImage:  # noqa: ARG002
        raise AssertionError("decoded again")


@pytest.fixture
def folder(tmp_path: Path, fill_folder: Callable[..., list[Path]]) -> Path:
    data = tmp_path / "data"
    fill_folder(data, [f"{i}.{ending}" for i in range(6) for ending in ("jpg", "png", "tif")])
    fill_folder(data, ["large.jpg"], (300, 400))
    (data / "copy.jpg").write_bytes((data / "0.jpg").read_bytes())
    return data


def records_in(folder: Path) -> list[ImageRecord]:
    return [record_of(path.name) for path in sorted(folder.iterdir())]


def decode(folder: Path, **options: object) -> DecodedDataset:
    options = {"image_size": SIZE, "cache": folder.parent / "cache", **options}
    return decode_dataset(records_in(folder), FolderSource(folder), **options)  # type: ignore[arg-type]


def assert_right(dataset: DecodedDataset, folder: Path, size: int = SIZE) -> None:
    """Everything equals what one file at a time gives."""
    for i, record in enumerate(dataset.records):
        image = decode_image(folder / str(record.path), at_least=size)
        square = dataset.pixels[dataset.rows[i]]
        np.testing.assert_array_equal(square, to_square(image.gray, size))
        assert dataset.pixel_sha256[i] == hashlib.sha256(square.tobytes()).hexdigest()
        assert record.sha256 == hashlib.sha256((folder / str(record.path)).read_bytes()).hexdigest()
        assert (dataset.width[i], dataset.height[i]) == (image.width, image.height)


def pixel_file(cache: Path, size: int = SIZE) -> Path:
    (file,) = cache.glob(f"pixels-{size}-*.u8")
    return file


@pytest.mark.parametrize("workers", [None, 1, 7])
def test_equals_decoding_one_by_one(folder: Path, workers: int | None) -> None:
    seen: list[tuple[int, int]] = []
    dataset = decode(folder, workers=workers, progress=lambda done, total: seen.append((done, total)))
    assert [record.image_id for record in dataset.records] == [path.name for path in sorted(folder.iterdir())]
    assert_right(dataset, folder)
    assert seen == [(i + 1, 20) for i in range(20)]
    assert not dataset.pixels.flags.writeable
    assert not dataset.skipped


def test_identical_files_share_a_row(folder: Path) -> None:
    dataset = decode(folder)
    row = {record.image_id: int(dataset.rows[i]) for i, record in enumerate(dataset.records)}
    assert row["copy.jpg"] == row["0.jpg"]
    assert len(set(row.values())) == len(dataset.pixels) == 19


def test_a_second_run_opens_no_file(folder: Path) -> None:
    first = decode(folder)
    second = decode_dataset(records_in(folder), Unreadable(folder), image_size=SIZE, cache=folder.parent / "cache")
    np.testing.assert_array_equal(first.pixels[first.rows], second.pixels[second.rows])
    assert first.records == second.records
    assert first.pixel_sha256 == second.pixel_sha256


def test_a_changed_file_is_decoded_again_even_with_its_old_time(folder: Path) -> None:
    decode(folder)
    path = folder / "3.png"
    before = path.stat()
    Image.open(path).rotate(180).save(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert_right(decode(folder), folder)


def test_a_file_that_changes_while_it_is_read_is_skipped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = FolderSource.key

    def change_after_hashing(source: FolderSource, record: ImageRecord) -> str:
        found = key(source, record)
        if record.image_id == "3.png":
            Image.open(folder / "3.png").rotate(180).save(folder / "3.png")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(FolderSource, "key", change_after_hashing)
        (skipped,) = decode(folder).skipped
    assert (skipped.path, skipped.reason) == ("3.png", "the file changed while it was read; run again")
    assert_right(decode(folder), folder)


def test_a_moved_folder_is_hashed_but_not_decoded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = decode(folder)
    moved = folder.rename(folder.parent / "moved")
    monkeypatch.setattr(FolderSource, "read", Unreadable.read)
    assert decode(moved).pixel_sha256 == first.pixel_sha256


def test_sizes_do_not_mix(folder: Path) -> None:
    for size in (SIZE, 48, SIZE):
        dataset = decode(folder, image_size=size)
        assert dataset.pixels.shape[1:] == (size, size)
        assert_right(dataset, folder, size)


def test_generated_images_are_made_once(tmp_path: Path) -> None:
    records = [record_of(str(i)) for i in range(700)]
    source = Generated()
    dataset = decode_dataset(records, source, image_size=SIZE, cache=tmp_path)
    assert sorted(source.reads, key=int) == [str(i) for i in range(700)]
    again = decode_dataset(records[::-1], source, image_size=SIZE, cache=tmp_path)
    assert len(source.reads) == 700
    np.testing.assert_array_equal(dataset.pixels[dataset.rows], again.pixels[again.rows[::-1]])


def test_what_fails_is_skipped_with_its_reason_and_tried_again(tmp_path: Path) -> None:
    records = [record_of(str(i)) for i in range(9)]
    dataset = decode_dataset(records, Generated(broken=frozenset("37")), image_size=SIZE, cache=tmp_path)
    assert [(file.path, file.reason) for file in dataset.skipped] == [
        ("3", "broken on purpose"),
        ("7", "broken on purpose"),
    ]
    assert [record.image_id for record in dataset.records] == list("0124568")
    assert not decode_dataset(records, Generated(), image_size=SIZE, cache=tmp_path).skipped


def test_no_usable_image_is_one_error_with_the_first_reason(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none of 1 images can be used; the first, 1: broken on purpose"):
        decode_dataset([record_of("1")], Generated(broken=frozenset("1")), image_size=SIZE, cache=tmp_path)


def test_more_than_sixty_bad_files_and_the_good_ones_survive(
    tmp_path: Path,
    fill_folder: Callable[..., list[Path]],
    write_bad_files: Callable[[Path], dict[str, str]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    data = tmp_path / "data"
    names = [f"{label}/good-{i}.png" for label in ("NORMAL", "PNEUMONIA") for i in range(5)]
    fill_folder(data, names)
    expected = write_bad_files(data / "NORMAL")
    assert len(expected) >= 60
    index = index_images(data)
    dataset = decode_dataset(index.records, FolderSource(data), image_size=SIZE, cache=tmp_path / "cache")
    assert [record.image_id for record in dataset.records] == names
    assert_right(dataset, data)
    reasons = {file.path: file.reason for file in (*index.skipped, *dataset.skipped)}
    assert len(reasons) == len(index.skipped) + len(dataset.skipped) == len(expected)
    for name, reason in expected.items():
        assert reason in reasons[f"NORMAL/{name}"], name
        assert reasons[f"NORMAL/{name}"]
    assert not any(capfd.readouterr())


@pytest.mark.parametrize("keep", [0, 1, 5 * SIZE**2, 5 * SIZE**2 + 7])
def test_a_truncated_pixel_file_is_mended(folder: Path, keep: int) -> None:
    decode(folder)
    file = pixel_file(folder.parent / "cache")
    file.write_bytes(file.read_bytes()[:keep])
    assert_right(decode(folder), folder)


def test_overwritten_pixels_are_noticed_and_mended_once(folder: Path) -> None:
    decode(folder)
    file = pixel_file(folder.parent / "cache")
    content = bytearray(file.read_bytes())
    content[3 * SIZE**2 + 5] ^= 1
    file.write_bytes(content)
    mended = decode(folder)
    assert_right(mended, folder)
    assert len(mended.pixels) == 20
    assert len(decode(folder).pixels) == 20


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to look at" * 50])
def test_a_damaged_index_starts_the_cache_anew(folder: Path, content: bytes) -> None:
    live = decode(folder)
    kept = live.pixels[live.rows].copy()
    (folder.parent / "cache" / f"pixels-{SIZE}.sqlite").write_bytes(content)
    assert_right(decode(folder), folder)
    np.testing.assert_array_equal(live.pixels[live.rows], kept)  # a fit that goes on meanwhile keeps its pixels


def test_a_torn_index_starts_the_cache_anew(folder: Path) -> None:
    decode(folder)
    index = folder.parent / "cache" / f"pixels-{SIZE}.sqlite"
    content = bytearray(index.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    index.write_bytes(content)
    assert_right(decode(folder), folder)


def test_no_bit_of_the_index_stops_a_fit_or_changes_what_is_recorded(folder: Path) -> None:
    first, index = decode(folder), folder.parent / "cache" / f"pixels-{SIZE}.sqlite"
    pixels = next(index.parent.glob("*.u8"))
    whole, squares = index.read_bytes(), pixels.read_bytes()
    content = [i for i, byte in enumerate(whole) if byte]  # the rest is never read
    draw = np.random.default_rng(0)
    for byte in [*range(100), *draw.choice(content, 60)]:
        damaged = bytearray(whole)
        damaged[byte] ^= 1 << int(draw.integers(8))
        index.write_bytes(damaged)
        again = decode(folder)
        assert again.records == first.records, byte
        np.testing.assert_array_equal(again.pixels[again.rows], first.pixels[first.rows])
        for left in index.parent.iterdir():
            left.unlink()
        index.write_bytes(whole)
        pixels.write_bytes(squares)


def test_an_index_of_another_version_or_program_is_not_believed(folder: Path) -> None:
    decode(folder)
    index = folder.parent / "cache" / f"pixels-{SIZE}.sqlite"
    with sqlite3.connect(index) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert_right(decode(folder), folder)
    with sqlite3.connect(index) as connection:
        connection.execute("DROP TABLE rows")
    connection.close()
    assert_right(decode(folder), folder)


def test_a_folder_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(DataError, match="cannot be kept there"):
        decode_dataset([record_of("1")], Generated(), image_size=SIZE, cache=tmp_path / "cache")


def test_a_full_disk_is_one_error(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100 * SIZE**2, hard))
    try:
        with pytest.raises(DataError, match=r"cannot be kept there \(the file is too large for this disk\)"):
            decode_dataset([record_of(str(i)) for i in range(300)], Generated(), image_size=SIZE, cache=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_failures_of_the_caller_are_not_blamed_on_the_cache(tmp_path: Path) -> None:
    def write_to_closed_pipe(done: int, total: int) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    with pytest.raises(BrokenPipeError):
        decode_dataset([record_of("1")], Generated(), image_size=SIZE, cache=tmp_path, progress=write_to_closed_pipe)
    source = Generated()
    decode_dataset([record_of("1")], source, image_size=SIZE, cache=tmp_path)
    assert not source.reads  # what was done is kept


def test_a_file_system_without_locks_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(file: Path, *, patience: float) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("core.data.pixel_cache.locked", no_locks)
    assert len(decode_dataset([record_of("1")], Generated(), image_size=SIZE, cache=tmp_path).records) == 1


def test_an_interruption_keeps_what_is_done(tmp_path: Path) -> None:
    records = [record_of(str(i)) for i in range(300)]

    def interrupt(done: int, total: int) -> None:
        if done == 120:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode_dataset(records, Generated(), image_size=SIZE, cache=tmp_path, progress=interrupt)
    source = Generated()
    decode_dataset(records, source, image_size=SIZE, cache=tmp_path)
    assert len(source.reads) == 180


SLOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs tests in the background has it ignored
from pathlib import Path
from core.data.pixels import decode_dataset
from core.data.records import ImageRecord
from core.data.sources import FolderSource
folder, cache, pause = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
class Slow(FolderSource):
    def read(self, record, *, at_least=None):
        time.sleep(pause)
        return super().read(record, at_least=at_least)
records = [ImageRecord(image_id=p.name, path=p.name, label=0, patient_id=p.name) for p in sorted(folder.iterdir())]
print("go", flush=True)
found = decode_dataset(records, Slow(folder), image_size=32, cache=cache, workers=2)
print(len(found.records), flush=True)
"""


def start(folder: Path, pause: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SLOW, str(folder), str(folder.parent / "cache"), str(pause)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_kill_leaves_a_valid_cache(
    folder: Path, fill_folder: Callable[..., list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_folder(folder, [f"more-{i}.png" for i in range(600)], (20, 20), seed=1)
    for wait in (0.05, 0.4, 0.8):
        process = start(folder, 0.001)
        assert process.stdout
        assert process.stdout.readline() == "go\n"
        time.sleep(wait)
        process.kill()
        process.communicate()
        cache = folder.parent / "cache"
        for file in cache.glob("*.u8"):
            with file.open("ab") as tail:
                tail.write(b"unrecorded")
    assert_right(decode(folder), folder)


def test_ctrl_c_ends_promptly(folder: Path) -> None:
    process = start(folder, 0.3)
    assert process.stdout
    assert process.stdout.readline() == "go\n"
    time.sleep(0.5)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert time.monotonic() - begin < 2
    assert "KeyboardInterrupt" in errors


def test_two_processes_at_once(folder: Path) -> None:
    processes = [start(folder, 0.02) for _ in range(2)]
    for process in processes:
        output, errors = process.communicate(timeout=60)
        assert output.split() == ["go", "20"], errors
    dataset = decode(folder)
    assert_right(dataset, folder)
    assert len(dataset.pixels) == 19


def test_memory_does_not_grow_with_the_number_of_images(tmp_path: Path) -> None:
    class Blank(Generated):
        def read(self, record: ImageRecord, *, at_least: int | None = None) -> DecodedImage:  # noqa: ARG002
            return replace(super().read(record), gray=np.zeros((500, 500), np.uint8))

    peaks = []
    for n in (50, 400):
        records = [record_of(str(i)) for i in range(n)]
        tracemalloc.start()
        decode_dataset(records, Blank(), image_size=256, cache=tmp_path / str(n), workers=2)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2_000_000  # the squares of 350 images would take 23 MB
