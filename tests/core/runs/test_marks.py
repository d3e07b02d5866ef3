"""Reviewers' marks: nothing lost, exact in every character, and a damaged file is named and left alone."""

import csv
import io
import math
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RunFolderError
from core.runs import marks as rooms_marks
from core.runs.files import MARKS
from core.runs.folder_lock import lock_folder, unlock
from core.runs.marks import LONGEST_NOTE, Mark, marks_csv, marks_table, read_marks, write_mark
from core.runs.store import Run, read_run

ROOT = Path(__file__).resolve().parents[3]
TIME = "2026-01-02T03:04:05+00:00"


def a_mark(image_id: str, note: str = "", *, label_error: bool = True, reviewer: str = "R") -> Mark:
    rest = {"poor_image": False, "ambiguous": False, "note": note, "reviewer": reviewer, "marked": TIME}
    return Mark(image_id=image_id, label_error=label_error, **rest)


def test_without_a_file_there_are_no_marks(tmp_path: Path):
    assert read_marks(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_the_newest_mark_of_an_image_stays_and_one_that_says_nothing_takes_it_out(tmp_path: Path):
    for one in (a_mark("001"), a_mark("NA"), a_mark("001", "again", reviewer="S"), a_mark("b", label_error=False)):
        write_mark(tmp_path, one)
    assert read_marks(tmp_path) == {"001": a_mark("001", "again", reviewer="S"), "NA": a_mark("NA")}
    assert list(read_marks(tmp_path)) == ["001", "NA"]
    write_mark(tmp_path, a_mark("001", label_error=False))
    write_mark(tmp_path, a_mark("NA", label_error=False))
    assert read_marks(tmp_path) == {}


HARD = ["001", "NA", "", " ", "=1+1", '"', '""",\n', "a,b;c\t", "\r", "\r\n", "\n\n", "🫁 é\u202e", "\0", "true", "'"]
TEXTS = st.one_of(st.sampled_from(HARD), st.text(max_size=60))


@given(
    found=st.lists(
        st.builds(
            Mark,
            image_id=TEXTS.filter(bool),
            label_error=st.booleans(),
            poor_image=st.booleans(),
            ambiguous=st.booleans(),
            note=TEXTS,
            reviewer=TEXTS,
            marked=st.datetimes().map(lambda moment: moment.isoformat()),
        ),
        max_size=5,
    )
)
def test_marks_are_read_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, found: list[Mark]):
    folder, expected = tmp_path_factory.mktemp("marks"), {}
    for mark in found:
        write_mark(folder, mark)
        expected[mark.image_id] = mark
        if not (mark.label_error or mark.poor_image or mark.ambiguous or mark.note):
            del expected[mark.image_id]
    assert read_marks(folder) == expected


def test_every_cell_of_the_file_is_quoted(tmp_path: Path):
    write_mark(tmp_path, a_mark("001", "a\nb"))
    header, first, second = (tmp_path / MARKS).read_text().splitlines()
    assert header == '"image_id","label_error","poor_image","ambiguous","note","reviewer","marked"'
    assert [first, second] == ['"001","true","false","false","a', f'b","R","{TIME}"']


def test_a_note_too_long_to_be_read_back_is_refused(tmp_path: Path):
    write_mark(tmp_path, a_mark("a", "x" * LONGEST_NOTE))
    assert len(read_marks(tmp_path)["a"].note) == LONGEST_NOTE
    with pytest.raises(RunFolderError, match=r"b: the note has 10,001 characters; shorten it"):
        write_mark(tmp_path, a_mark("b", "x" * (LONGEST_NOTE + 1)))


ROW = f'"a","true","false","false","","R","{TIME}"\n'
HEADER = '"image_id","label_error","poor_image","ambiguous","note","reviewer","marked"\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("image_id,note\n", "does not have the columns"),
        (HEADER + ROW + ROW, "row 2: 'a' is marked twice"),
        (HEADER + ROW + ROW.replace('"true"', '"yes"').replace('"a"', '"b"'), "row 2: label_error is 'yes'"),
        (HEADER + ROW.replace('"R",', ""), "row 1: has 6 cells, not 7"),
        (HEADER + ROW.replace('"a"', '""'), "row 1: has no image_id"),
        (HEADER + ROW.replace(TIME, "yesterday"), "row 1: marked is 'yesterday'"),
        (HEADER + ROW[:-4], "row 1: is not CSV"),
        (HEADER + "\n", "row 1: has 0 cells"),
    ],
)
def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, content: str, message: str):
    (tmp_path / MARKS).write_text(content)
    for ask in (read_marks, lambda folder: write_mark(folder, a_mark("c"))):
        with pytest.raises(RunFolderError, match=f"{MARKS}: {message}.*; mend that row, or move the file away"):
            ask(tmp_path)
    assert (tmp_path / MARKS).read_text() == content


def test_what_is_not_text_or_no_file_is_a_run_folder_error(tmp_path: Path):
    (tmp_path / MARKS).write_bytes(b"\xff\xfe")
    with pytest.raises(RunFolderError, match=MARKS):
        read_marks(tmp_path)
    (tmp_path / MARKS).unlink()
    os.mkfifo(tmp_path / MARKS)
    with pytest.raises(RunFolderError, match="not a regular file"):
        read_marks(tmp_path)
    with pytest.raises(RunFolderError):
        write_mark(tmp_path / "gone", a_mark("a"))


def test_a_disk_that_refuses_leaves_the_old_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_mark(tmp_path, a_mark("a"))

    def refuse(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(RunFolderError, match=r"cannot be written \(No space left on device\)"):
        write_mark(tmp_path, a_mark("b"))
    assert list(read_marks(tmp_path)) == ["a"]


def test_everything_is_on_the_disk_before_and_after_the_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    events: list[str] = []
    monkeypatch.setattr(rooms_marks, "sync", lambda path: events.append(f"sync {path.name}"))
    replaced = Path.replace
    monkeypatch.setattr(Path, "replace", lambda path, to: (events.append("rename"), replaced(path, to))[1])
    write_mark(tmp_path, a_mark("a"))
    assert events == [f"sync .{MARKS}.new", "rename", f"sync {tmp_path.name}"]


def mark_many(folder: Path, who: str, count: int) -> None:
    for i in range(count):
        write_mark(folder, a_mark(f"{who}-{i}", reviewer=who))


def test_nothing_is_lost_when_many_threads_and_processes_mark_at_once(tmp_path: Path):
    code = f"import sys; from tests.core.runs.test_marks import *; mark_many(Path({str(tmp_path)!r}), sys.argv[1], 15)"
    others = [subprocess.Popen([sys.executable, "-c", code, f"p{i}"], cwd=ROOT) for i in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda who: mark_many(tmp_path, who, 10), ("t0", "t1", "t2", "t3")))
    assert [other.wait() for other in others] == [0, 0]
    expected = {f"t{t}-{i}" for t in range(4) for i in range(10)} | {f"p{p}-{i}" for p in range(2) for i in range(15)}
    assert set(read_marks(tmp_path)) == expected


def test_killed_at_any_moment_the_file_is_whole(tmp_path: Path):
    """A writer that says when a mark is kept, killed again and again: what it said is there, and the lock is free."""
    code = f"""
import sys
from pathlib import Path
from tests.core.runs.test_marks import a_mark
from core.runs.marks import write_mark
for i in range(10**6):
    write_mark(Path({str(tmp_path)!r}), a_mark(f"{{sys.argv[1]}}-{{i}}", "note " * 200))
    print(i, flush=True)
"""
    rng = np.random.default_rng(0)
    for turn in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(turn)], cwd=ROOT, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert writer.stdout is not None
        writer.stdout.readline()  # it has begun
        time.sleep(rng.uniform(0, 0.2))
        writer.kill()
        said = 1 + len(writer.stdout.read().splitlines())
        writer.wait()
        writer.stdout.close()
        kept = {image_id for image_id in read_marks(tmp_path) if image_id.startswith(f"{turn}-")}
        assert len(kept) in (said, said + 1)
        assert kept == {f"{turn}-{i}" for i in range(len(kept))}
    write_mark(tmp_path, a_mark("after"))
    assert "after" in read_marks(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {MARKS, f".{MARKS}.new"}


def test_a_writer_that_never_lets_go_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    held = lock_folder(tmp_path)
    waiting = rooms_marks.waiting_for_lock
    monkeypatch.setattr(rooms_marks, "waiting_for_lock", lambda path: waiting(path, patience=0.05))
    with pytest.raises(RunFolderError, match="another process is writing"):
        write_mark(tmp_path, a_mark("a"))
    unlock(held)
    write_mark(tmp_path, a_mark("a"))


def test_marks_do_not_damage_a_run_and_export_with_what_it_knows(copy_of_run: Path):
    run = read_run(copy_of_run)
    test, train = run.predictions("test"), run.records[run.records["split"] == "train"]
    shown, unseen = test.image_id[-1], train["image_id"].iloc[0]
    for one in (a_mark(shown, '=HYPERLINK("x")'), a_mark(unseen, "two\nlines, 🫁"), a_mark("001", "of another run")):
        write_mark(copy_of_run, one)
    read_run(copy_of_run)
    table = marks_table(run, read_marks(copy_of_run))
    record = run.records.set_index("image_id").loc[shown]
    assert list(table["image_id"]) == [shown, unseen, "001"]
    first, second, third = (dict(row) for _, row in table.iterrows())
    assert first["logit"] == test.logit[-1] and first["note"] == '=HYPERLINK("x")'
    assert [first[name] for name in ("path", "patient_id", "split", "label")] == [
        record[name] for name in ("path", "patient_id", "split", "label")
    ]
    assert math.isnan(second["logit"]) and second["split"] == "train"
    assert third["path"] is None or pd.isna(third["path"])
    rows = list(csv.DictReader(io.StringIO(marks_csv(table).decode(), newline="")))
    assert [row["image_id"] for row in rows] == [shown, unseen, "001"]
    assert float(rows[0]["logit"]) == test.logit[-1] and rows[1]["logit"] == ""
    assert [row["note"] for row in rows] == ['=HYPERLINK("x")', "two\nlines, 🫁", "of another run"]
    assert {row["label_error"] for row in rows} == {"true"} and {row["ambiguous"] for row in rows} == {"false"}
    assert rows[0]["label"] == str(record["label"])


def test_an_export_of_nothing_has_its_columns(copy_of_run: Path):
    table = marks_table(read_run(copy_of_run), {})
    assert len(table) == 0
    assert marks_csv(table).decode().startswith('"image_id","path","patient_id","split","label","logit","label_error"')


@pytest.fixture(scope="module")
def known(whole_run: Path) -> Run:
    return read_run(whole_run)


@given(note=TEXTS, image_id=TEXTS.filter(bool))
def test_export_keeps_every_character(known: Run, note: str, image_id: str):
    marks = {image_id: replace(a_mark(image_id), note=note)}
    text = marks_csv(marks_table(known, marks)).decode()
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["image_id"], row["note"]) == (image_id, note)
