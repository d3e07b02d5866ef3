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

from core import disk
from core.errors import RunFolderError
from core.runs import marks as rooms_marks
from core.runs.files import MARKS
from core.runs.folder_lock import lock_folder, unlock
from core.runs.marks import LONGEST_NOTE, Mark, Older, missing_marks, older_of, write_mark
from core.runs.marks import read_marks as marks_by_key
from core.runs.marks_check import check_of
from core.runs.marks_export import marks_csv, marks_table
from core.runs.store import Run, read_run
from core.tables.writing import csv_text, unguarded
from tests.core.runs.marking import TIME, a_mark, mark_many

ROOT = Path(__file__).resolve().parents[3]


def read_marks(folder: Path, older: Older | None = None) -> dict[str, Mark]:
    """The marks by image id, of which no two are."""
    marks = list((marks_by_key(folder, older) if older else marks_by_key(folder)).values())
    assert len({mark.image_id for mark in marks}) == len(marks)
    return {mark.image_id: mark for mark in marks}


def test_without_a_file_there_are_no_marks(tmp_path: Path):
    assert read_marks(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_the_newest_mark_of_an_image_stays_and_one_that_says_nothing_takes_it_out(tmp_path: Path):
    for one in (a_mark("001"), a_mark("NA"), a_mark("001", "again"), a_mark("b", label_error=False)):
        write_mark(tmp_path, one)
    assert read_marks(tmp_path) == {"001": a_mark("001", "again"), "NA": a_mark("NA")}
    assert list(read_marks(tmp_path)) == ["001", "NA"]
    write_mark(tmp_path, a_mark("001", label_error=False))
    write_mark(tmp_path, a_mark("NA", label_error=False))
    assert read_marks(tmp_path) == {}


def test_each_reviewer_has_a_mark_of_each_image_of_each_set_for_each_finding(tmp_path: Path):
    kept = [
        a_mark("a", "one"),
        a_mark("a", "two", reviewer="S"),
        a_mark("a", "three", of=("p", "north")),
        a_mark("a", "four", of=("q", "test")),
    ]
    for one in [*kept, a_mark("a", "five", of=("q", "test"))]:
        write_mark(tmp_path, one)
    assert [mark.note for mark in marks_by_key(tmp_path).values()] == ["one", "two", "three", "five"]
    assert list(marks_by_key(tmp_path))[1] == ("p", "test", "a", "S")
    write_mark(tmp_path, a_mark("a", label_error=False, of=("p", "north")))
    assert [mark.note for mark in marks_by_key(tmp_path).values()] == ["one", "two", "five"]


HARD = ["001", "NA", "", " ", "=1+1", '"', '""",\n', "a,b;c\t", "\r", "\r\n", "\n\n", "🫁 é\u202e", "\0", "true", "'"]
TEXTS = st.one_of(st.sampled_from(HARD), st.text(max_size=60))


@given(
    found=st.lists(
        st.builds(
            Mark,
            finding=TEXTS,
            evaluation_set=TEXTS,
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
        key = (mark.finding, mark.evaluation_set, mark.image_id, mark.reviewer)
        expected[key] = mark
        if not (mark.label_error or mark.poor_image or mark.ambiguous or mark.note):
            del expected[key]
    assert marks_by_key(folder) == expected


def test_every_cell_of_the_file_is_quoted(tmp_path: Path):
    write_mark(tmp_path, a_mark("001", "a\nb"))
    header, first, second = (tmp_path / MARKS).read_text().splitlines()
    assert (
        header == '"finding","set","image_id","label_error","poor_image","ambiguous","note","reviewer","marked","check"'
    )
    assert first == '"p","test","001","true","false","false","a'
    assert second.startswith(f'b","R","{TIME}","1 of 1, ')


def test_a_note_too_long_to_be_read_back_is_refused(tmp_path: Path):
    write_mark(tmp_path, a_mark("a", "x" * LONGEST_NOTE))
    assert len(read_marks(tmp_path)["a"].note) == LONGEST_NOTE
    with pytest.raises(RunFolderError, match=r"b: the note has 10,001 characters; shorten it"):
        write_mark(tmp_path, a_mark("b", "x" * (LONGEST_NOTE + 1)))


def three(folder: Path) -> list[str]:
    """The lines of a file of three marks, the header first."""
    for one in (a_mark("a", "=1"), a_mark("b", "two"), a_mark("c", "-x", reviewer="@S")):
        write_mark(folder, one)
    return (folder / MARKS).read_text().splitlines(keepends=True)


def test_text_is_guarded_in_the_file_and_free_when_it_is_read(tmp_path: Path):
    text = "".join(three(tmp_path))
    assert '"\'=1"' in text and '"\'-x"' in text and '"\'@S"' in text
    assert [(mark.note, mark.reviewer) for mark in read_marks(tmp_path).values()] == [
        ("=1", "R"),
        ("two", "R"),
        ("-x", "@S"),
    ]


def test_a_row_that_was_edited_by_hand_is_read_and_stays_marked_until_it_is_marked_anew(tmp_path: Path):
    lines = three(tmp_path)
    (tmp_path / MARKS).write_text("".join([*lines[:2], lines[2].replace("two", "other"), lines[3]]))
    assert {mark.image_id: (mark.note, mark.edited) for mark in read_marks(tmp_path).values()} == {
        "a": ("=1", False),
        "b": ("other", True),
        "c": ("-x", False),
    }
    write_mark(tmp_path, a_mark("d"))
    assert [mark.edited for mark in read_marks(tmp_path).values()] == [False, True, False, False]
    write_mark(tmp_path, a_mark("b", "again"))
    assert not any(mark.edited for mark in read_marks(tmp_path).values())


def test_a_row_added_by_hand_needs_no_check(tmp_path: Path):
    text = "".join(three(tmp_path))
    row = f'p,test,z,TRUE,False,false,"by hand",R,{TIME}'
    for added in (row, f"{row},"):
        (tmp_path / MARKS).write_text(f"{text}{added}\n")
        assert [mark.edited for mark in read_marks(tmp_path).values()] == [False, False, False, True]
        assert read_marks(tmp_path)["z"].label_error is True
    assert missing_marks(tmp_path) == 0


@pytest.mark.parametrize("kept", [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2], [2, 0, 1]])
def test_rows_that_were_taken_away_are_counted(tmp_path: Path, kept: list[int]):
    header, *rows = three(tmp_path)
    (tmp_path / MARKS).write_text("".join([header, *(rows[i] for i in kept)]))
    assert missing_marks(tmp_path) == 3 - len(kept)
    assert not any(mark.edited for mark in read_marks(tmp_path).values())


def test_a_file_that_lost_all_its_rows_is_refused(tmp_path: Path):
    (tmp_path / MARKS).write_text(three(tmp_path)[0])
    with pytest.raises(RunFolderError, match="has lost its rows"):
        read_marks(tmp_path)


def test_what_a_spreadsheet_saves_again_is_no_edit(tmp_path: Path):
    lines = three(tmp_path)
    rows = list(csv.reader(lines))
    rows = [[cell.upper() if cell in ("true", "false") else cell for cell in row] for row in rows]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)  # no quotes where none are needed, lines ended by CR and LF
    (tmp_path / MARKS).write_text(text.getvalue(), newline="")
    assert not any(mark.edited for mark in read_marks(tmp_path).values())
    assert missing_marks(tmp_path) == 0


def test_no_flipped_bit_goes_unnoticed(tmp_path: Path):
    content, expected = "".join(three(tmp_path)).encode(), marks_by_key(tmp_path)
    for at in range(len(content)):
        for bit in range(8):
            (tmp_path / MARKS).write_bytes(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
            try:
                found = marks_by_key(tmp_path)
            except RunFolderError as error:
                assert MARKS in str(error)
            else:
                assert found == expected or any(mark.edited for mark in found.values()) or missing_marks(tmp_path)


def test_an_older_file_is_read_as_it_stands(tmp_path: Path):
    (tmp_path / MARKS).write_text(HEADER + ROW.replace('""', '"\'=1"'))
    (mark,) = read_marks(tmp_path).values()
    assert (mark.note, mark.edited, missing_marks(tmp_path)) == ("'=1", False, 0)
    write_mark(tmp_path, a_mark("b"))
    assert read_marks(tmp_path)["a"] == mark


def test_an_older_mark_is_completed_by_what_the_run_knows_and_stays_its_reviewers(tmp_path: Path):
    older = Older(finding="p", sets={"a": "validation"})
    (tmp_path / MARKS).write_text(HEADER + ROW + ROW.replace('"a"', '"gone"'))
    found = read_marks(tmp_path, older)
    assert (found["a"].finding, found["a"].evaluation_set) == ("p", "validation")
    assert (found["gone"].finding, found["gone"].evaluation_set) == ("", "")
    for one in (a_mark("a", "north's", of=("p", "north")), a_mark("a", "again", of=("p", "validation"))):
        write_mark(tmp_path, one, older)
    assert [(mark.evaluation_set, mark.note) for mark in marks_by_key(tmp_path).values()] == [
        ("validation", "again"),
        ("", ""),
        ("north", "north's"),
    ]


def test_an_older_file_with_checks_is_read(tmp_path: Path):
    rows = [["a", "true", "false", "false", note, "R", TIME] for note in ("=1", "two")]
    rows[1][0] = "b"
    lines = [[*row, check_of(row, at, 2, edited=False)] for at, row in enumerate(rows, start=1)]
    (tmp_path / MARKS).write_text(csv_text((*HEADER.replace('"', "").strip().split(","), "check"), lines, quoted=True))
    found = read_marks(tmp_path)
    assert [(mark.note, mark.edited) for mark in found.values()] == [("=1", False), ("two", False)]
    assert missing_marks(tmp_path) == 0
    write_mark(tmp_path, a_mark("c"))
    assert list(read_marks(tmp_path)) == ["a", "b", "c"]


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
    with pytest.raises(RunFolderError, match=r"cannot be written \(the disk is full\)"):
        write_mark(tmp_path, a_mark("b"))
    assert list(read_marks(tmp_path)) == ["a"]


def test_everything_is_on_the_disk_before_and_after_the_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    events: list[str] = []
    monkeypatch.setattr(disk, "sync", lambda path: events.append(f"sync {path.name}"))
    replaced = Path.replace
    monkeypatch.setattr(Path, "replace", lambda path, to: (events.append("rename"), replaced(path, to))[1])
    write_mark(tmp_path, a_mark("a"))
    assert events == [f"sync .{MARKS}.new", "rename", f"sync {tmp_path.name}"]


def test_nothing_is_lost_when_many_threads_and_processes_mark_at_once(tmp_path: Path):
    code = "import sys; from pathlib import Path; from tests.core.runs.marking import mark_many; "
    code += f"mark_many(Path({str(tmp_path)!r}), sys.argv[1], 15)"
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
from tests.core.runs.marking import a_mark
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
    for one in (
        a_mark(shown, '=HYPERLINK("x")'),
        a_mark(unseen, "two\nlines, 🫁", of=("p", "train")),
        a_mark("001", "of another run"),
    ):
        write_mark(copy_of_run, one)
    read_run(copy_of_run)
    older = older_of(run)
    assert (older.sets[shown], older.sets[unseen], older.finding) == ("test", "train", run.finding)
    table = marks_table(run, read_marks(copy_of_run).values())
    record = run.records.set_index("image_id").loc[shown]
    assert list(table["image_id"]) == [shown, unseen, "001"]
    first, second, third = (dict(row) for _, row in table.iterrows())
    assert first["logit"] == test.logit[-1] and first["note"] == '=HYPERLINK("x")'
    assert [first[name] for name in ("path", "patient_id", "set", "label")] == [
        record[name] for name in ("path", "patient_id", "split", "label")
    ]
    assert math.isnan(second["logit"]) and second["set"] == "train"
    assert third["path"] is None or pd.isna(third["path"])
    text = marks_csv(table).decode()
    assert """ "'=HYPERLINK(""x"")" """.strip() in text
    found = csv.DictReader(io.StringIO(text, newline=""))
    rows = [{name: unguarded(cell) for name, cell in row.items()} for row in found]
    assert [row["image_id"] for row in rows] == [shown, unseen, "001"]
    assert float(rows[0]["logit"]) == test.logit[-1] and rows[1]["logit"] == ""
    assert [row["note"] for row in rows] == ['=HYPERLINK("x")', "two\nlines, 🫁", "of another run"]
    assert {row["label_error"] for row in rows} == {"true"} and {row["ambiguous"] for row in rows} == {"false"}
    assert rows[0]["label"] == str(record["label"])


def test_an_export_of_nothing_has_its_columns(copy_of_run: Path):
    table = marks_table(read_run(copy_of_run), [])
    assert len(table) == 0
    assert (
        marks_csv(table)
        .decode()
        .startswith('"finding","set","image_id","path","patient_id","label","logit","label_error"')
    )


@pytest.fixture(scope="module")
def known(whole_run: Path) -> Run:
    return read_run(whole_run)


@given(note=TEXTS, image_id=TEXTS.filter(bool))
def test_export_keeps_every_character(known: Run, note: str, image_id: str):
    mark = replace(a_mark(image_id), note=note)
    text = marks_csv(marks_table(known, [mark])).decode()
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (unguarded(row["image_id"]), unguarded(row["note"])) == (image_id, note)
