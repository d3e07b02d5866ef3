"""Data sets by a CSV: cells are text, bad rows are named with their number, bad files are one error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.data.index import DataIndex, index_images
from core.data.records import subgroup_columns
from core.errors import DataError

Fill = Callable[..., list[Path]]
BACTERIA, NORMAL = "person1_bacteria_2.jpeg", "IM-0115-0001.jpeg"


def found(index: DataIndex) -> dict[str, tuple[int, str, str | None]]:
    return {record.image_id: (record.label, record.patient_id, record.split) for record in index.records}


def write_csv(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder.parent / "labels.csv"
    file.write_text(text, encoding=encoding)
    return file


@pytest.fixture
def images(tmp_path: Path, fill_folder: Fill) -> Path:
    fill_folder(tmp_path / "data", [f"{name}.png" for name in "abcdef"])
    return tmp_path / "data"


def test_csv(images: Path) -> None:
    text = (
        "path,label,patient_id,split,site,age\n"
        "a.png,NORMAL,001,Train,north,\n"
        "./b.png,pneumonia,NA,VAL,,7\n"
        "c.png,NORMAL,,test,south,07\n"
        "d.png,PNEUMONIA,001,,south,nan\n"
    )
    text += "e.png,PNEUMONIA,x,test,south,1\n\n"
    index = index_images(images, labels=write_csv(images, text))
    assert found(index) == {
        "a.png": (0, "001", "train"),
        "b.png": (1, "b.png", "validation"),
        "c.png": (0, "c.png", "test"),
        "d.png": (1, "001", None),
        "e.png": (1, "x", "test"),
    }
    assert [dict(record.subgroups) for record in index.records[:4]] == [
        {"site": "north", "age": None},
        {"site": None, "age": "7"},
        {"site": "south", "age": "07"},
        {"site": "south", "age": "nan"},
    ]
    assert index.class_names == ("NORMAL", "PNEUMONIA")
    assert not index.skipped
    assert "2 patients, and 2 images" in index.layout


def test_bad_rows_are_skipped_with_number_and_reason(images: Path) -> None:
    (images.parent / "outside.png").write_bytes(b"")
    rows = [
        "a.png,NORMAL,,",
        "b.png,PNEUMONIA,,",
        "c.png,NORMAL,,,extra",
        "d.png",
        ",NORMAL,,",
        "d.png,,,",
        "d.png,maybe,,",
        "d.png,NORMAL,,sometimes",
        "nowhere.png,NORMAL,,",
        "../outside.png,NORMAL,,",
        f"{images.parent}/outside.png,NORMAL,,",
        "./x/../a.png,NORMAL,,",
        "e.png,NORMAL,,",
        "e.png,PNEUMONIA,,",
        ".,NORMAL,,",
        "bad\0name.png,NORMAL,,",
        f"{images}/f.png,NORMAL,,",
    ]
    index = index_images(images, labels=write_csv(images, "path,label,patient_id,split\n" + "\n".join(rows)))
    assert sorted(found(index)) == ["a.png", "b.png", "f.png"]
    expected = [
        (4, "5 fields instead of 4"),
        (5, "1 fields instead of 4"),
        (6, "no path"),
        (7, "no label"),
        (8, "label 'maybe' is neither"),
        (9, "split 'sometimes' is neither"),
        (10, "file is missing"),
        (11, "leads out of the data folder"),
        (12, "leads out of the data folder"),
        (13, "repeats row 2"),
        (14, "other rows give this file another label"),
        (15, "other rows give this file another label"),
        (16, "leads out of the data folder"),
        (17, ""),
    ]
    given = sorted((int(file.reason.split(":")[0].split()[-1]), file.reason) for file in index.skipped)
    assert [row for row, _ in given] == [row for row, _ in expected]
    for (_, reason), (row, part) in zip(given, expected, strict=True):
        assert reason.startswith(f"labels.csv row {row}: ")
        assert part in reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_csv_dialects(images: Path, encoding: str, separator: str, newline: str) -> None:
    lines = ["Label,PATH", "NORMAL,a.png", 'PNEUMONIA,"b.png"']
    text = newline.join(line.replace(",", separator) for line in lines)
    file = images.parent / "labels.csv"
    file.write_bytes(text.encode(encoding))
    assert sorted(found(index_images(images, labels=file))) == ["a.png", "b.png"]


@pytest.mark.parametrize("character", list("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))
def test_rows_end_at_line_ends_only(images: Path, fill_folder: Fill, character: str) -> None:
    odd = f"odd{character}name.png"
    fill_folder(images, [odd])
    text = f"path,label,a{character}b\n{odd},NORMAL,x{character}y\nb.png,PNEUMONIA,\nnowhere.png,NORMAL,\n"
    index = index_images(images, labels=write_csv(images, text))
    assert sorted(found(index)) == ["b.png", odd]
    assert index.records[0].subgroups == {f"a{character}b": f"x{character}y"}
    assert [file.reason for file in index.skipped] == ["labels.csv row 4: file is missing"]


@pytest.mark.parametrize(("negative", "positive"), [("No", "Yes"), ("n", "y"), ("F", "T"), ("Negative", "Positive")])
def test_words_for_truths_need_no_positive_class(images: Path, negative: str, positive: str):
    words = {"a": negative, "b": positive.upper(), "c": positive, "d": negative, "e": positive}
    text = "path,label\n" + "".join(f"{name}.png,{word}\n" for name, word in words.items())
    index = index_images(images, labels=write_csv(images, text))
    assert [record.label for record in index.records] == [0, 1, 1, 0, 1]


def test_a_split_that_is_not_known_is_said(images: Path):
    rows = ["a.png,x,NA", "b.png,y,Val", "c.png,y,null", "d.png,x,train", "e.png,x,train"]
    index = index_images(images, labels=write_csv(images, "\n".join(["path,label,split", *rows])), positive_class="y")
    assert [record.split for record in index.records] == [None, "validation", None, "train", "train"]
    assert index.changed == (
        "2 cells of column split ('NA', 'null') are no split: unknown (first: row 2)",
        "1 cell of column split ('Val') was read as validation (row 3)",
    )


def test_csv_with_other_classes_and_public_names(images: Path, fill_folder: Fill) -> None:
    text = "path,label\na.png,no\nb.png,NO\nc.png,Yes\nd.png,yes\ne.png,yes\n"
    index = index_images(images, labels=write_csv(images, text), positive_class="YES")
    assert index.class_names == ("no", "yes")
    assert [record.label for record in index.records] == [0, 0, 1, 1, 1]
    with pytest.raises(DataError, match=r"labels in labels.csv"):
        index_images(images, labels=write_csv(images, text.replace("no", "healthy")))
    fill_folder(images, [BACTERIA, NORMAL])
    public = index_images(images, labels=write_csv(images, f"path,label\n{BACTERIA},PNEUMONIA\n{NORMAL},NORMAL\n"))
    assert [record.patient_id for record in public.records] == ["person1", "IM-0115"]
    assert [record.subgroups["subtype"] for record in public.records] == ["bacteria", None]
    own = write_csv(images, f"path,label,subtype\n{BACTERIA},PNEUMONIA,fungus\n{NORMAL},NORMAL,\n")
    assert [record.subgroups["subtype"] for record in index_images(images, labels=own).records] == ["fungus", None]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty; expected a header"),
        ("path,class\na.png,NORMAL\n", "no column label; found class, path"),
        ("file;class\na.png;NORMAL\n", "no column path and no column label"),
        ("path,label\n", r"no usable row \(0 skipped\)"),
        ("path,label\na.png\n", "no usable row .* 1 fields instead of 2"),
        ("path,label,site,site\na.png,NORMAL,x,y\n", "two columns called 'site'"),
        ("path,label,sha256\na.png,NORMAL,x\n", "column sha256 has a name"),
        ("path,label\na.png,NORMAL\n", "two classes are needed"),
        ("path,label\n" + '"a.png,NORMAL\n', "row 2 is not CSV"),
        ("path,label,split\na.png,NORMAL,train\nb.png,PNEUMONIA,train\nc.png,NORMAL,test\n", "the test split holds no"),
        ("path,label\nx.png,NORMAL\ny.png,PNEUMONIA\n", "no images found; 2 skipped, the first: .*file is missing"),
    ],
)
def test_csv_errors(images: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as failure:
        index_images(images, labels=write_csv(images, text))
    assert "\n" not in str(failure.value)


def test_label_files_that_are_none(images: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: there is no such file"):
        index_images(images, labels=images / "nowhere.csv")
    with pytest.raises(DataError, match="is a folder without Parquet files"):
        index_images(images, labels=images)
    with pytest.raises(DataError, match="not text in UTF-8"):
        index_images(images, labels=images / "a.png")
    with pytest.raises(DataError, match="not text in UTF-8"):
        index_images(images, labels=_broken(images))


def _broken(images: Path) -> Path:
    """A file of which one part is in UTF-8 and another in Latin-1."""
    file = images / "broken.csv"
    file.write_bytes("path,label,ort\na.png,NORMAL,Köln\n".encode() + "b.png,NORMAL,Köln\n".encode("latin-1"))
    return file


def test_labels_0_and_1_are_what_they_are_everywhere_else(images: Path):
    text = "path,label\n" + "".join(f"{name}.png,{i % 2}\n" for i, name in enumerate("abcdef"))
    index = index_images(images, labels=write_csv(images, text))
    assert index.class_names == ("0", "1")
    assert [record.label for record in index.records] == [i % 2 for i in range(6)]


def test_many_subgroups_are_kept_by_column_and_rows_read_them(images: Path):
    """Each row sees its own cells, and the columns of records are theirs, in any order and number."""
    names = [f"s{i}" for i in range(300)]
    cells = {name: [str((i * j) % 7) if j else "" for i in range(300)] for j, name in enumerate("abcdef")}
    text = ",".join(["path", "label", *names]) + "\n"
    text += "".join(f"{name}.png,{j % 2},{','.join(cells[name])}\n" for j, name in enumerate("abcdef"))
    records = index_images(images, labels=write_csv(images, text)).records
    for record in records:
        assert dict(record.subgroups) == dict(zip(names, [c or None for c in cells[record.image_id[0]]], strict=True))
    some = [records[4], records[1], records[0]]
    for table in (subgroup_columns(some), subgroup_columns([replace(r, subgroups=dict(r.subgroups)) for r in some])):
        assert list(table) == names
        assert all(table[name].tolist() == [r.subgroups[name] for r in some] for name in names)
    assert subgroup_columns([]) == {}
    mixed = subgroup_columns([records[1], replace(records[2], subgroups={"other": "x"})])
    assert (mixed["other"].tolist(), mixed["s3"].tolist()) == ([None, "x"], ["3", None])
