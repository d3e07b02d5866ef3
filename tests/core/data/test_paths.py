"""Files are found by another spelling or without another machine's folders, never two paths at one file by a guess."""

import unicodedata
from pathlib import Path

import pytest

from core.data.index import index_images
from core.data.paths import find_files
from core.errors import DataError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "chest"
    for name in ("train/a.png", "train/Bänd.PNG", "test/c.png", "test/d.jpeg"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    return folder


@pytest.mark.parametrize(
    ("path", "image_id"),
    [
        ("train/a.png", "train/a.png"),
        ("./test/../train/a.png", "train/a.png"),
        ("train\\a.png", "train/a.png"),
        (".\\train\\a.png", "train/a.png"),
        ("TRAIN/A.PNG", "train/a.png"),
        ("train/b\u00e4nd.png", "train/Bänd.PNG"),
        (unicodedata.normalize("NFD", "train/Bänd.PNG"), "train/Bänd.PNG"),
        ("C:\\data\\chest\\train\\a.png", "train/a.png"),
        ("D:/x/train/a.png", "train/a.png"),
        ("/home/me/pictures/train/a.png", "train/a.png"),
        ("\\\\server\\share\\TEST\\c.png", "test/c.png"),
        ("file:///home/me/test/c.png", "test/c.png"),
        ("chest/train/a.png", "train/a.png"),
        ("data/chest/train/a.png", "train/a.png"),
        ("train//a.png", "train/a.png"),
        ("test\\..\\train/a.png", "train/a.png"),
        ("chest\\test\\c.png", "test/c.png"),
        ("/mnt/c/Users/me/chest/train/a.png", "train/a.png"),
        ("\\\\?\\C:\\data\\train\\a.png", "train/a.png"),
        ("z:test/c.png", "test/c.png"),
        ("file:///C:/data/test/c.png", "test/c.png"),
        (unicodedata.normalize("NFKD", "TRAIN/BÄND.png"), "train/Bänd.PNG"),
        ("/data/" + unicodedata.normalize("NFD", "train/Bänd.PNG"), "train/Bänd.PNG"),
        ("test/D.JPEG", "test/d.jpeg"),
    ],
)
def test_found(root: Path, path: str, image_id: str):
    found = find_files(root, [path])
    assert (found.image_ids, found.missing) == ({path: image_id}, {})


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Ångström.png", "\u212bngstr\u00f6m.png"),  # the sign of the unit is the letter
        ("Việt.png", unicodedata.normalize("NFD", "Việt.png")),  # two marks on one letter
        ("한국.png", unicodedata.normalize("NFD", "한국.png")),  # syllables of several letters
        ("Straße.png", "STRASSE.PNG"),
    ],
)
@pytest.mark.parametrize("asked", [0, 1])
def test_other_alphabets_are_found_in_either_composition(tmp_path: Path, name: str, other: str, asked: int):
    names = (name, other)
    (tmp_path / names[1 - asked]).write_bytes(b"x")
    found = find_files(tmp_path, [names[asked]])
    assert found.image_ids == found.respelled == {names[asked]: names[1 - asked]}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a.png", "file is missing; did you mean 'train/a.png'?"),
        ("test/d.png", "file is missing; did you mean 'test/d.jpeg'?"),
        ("test/c", "file is missing; did you mean 'test/c.png'?"),
        ("other/a.png", "file is missing; did you mean 'train/a.png'?"),
        ("zzz.png", "file is missing"),
        ("../chest2/a.png", "the path leads out of the data folder"),
        ("/home/me/zzz.png", "the path leads out of the data folder"),
        ("bad\0.png", "file is missing"),
    ],
)
def test_missing_with_the_nearest_match(root: Path, path: str, reason: str):
    assert find_files(root, [path]).missing == {path: reason}


def test_a_file_of_this_machine_elsewhere_is_not_taken_for_one_here(root: Path, tmp_path: Path):
    (tmp_path / "train").mkdir()
    (tmp_path / "train/a.png").write_bytes(b"y")
    path = f"{tmp_path}/train/a.png"
    assert find_files(root, [path]).missing == {path: "the path leads out of the data folder"}


def test_two_paths_at_one_file_by_a_guess_are_refused(root: Path):
    found = find_files(root, ["/one/train/a.png", "/two/train/a.png", "/one/test/c.png"])
    assert found.image_ids == {"/one/test/c.png": "test/c.png"}
    assert all("other rows may mean" in reason for reason in found.missing.values())


def test_names_that_differ_in_case_alone_are_not_guessed(root: Path):
    (root / "train/A.png").write_bytes(b"z")
    assert "differ from it in case alone" in find_files(root, ["train/a.PNG"]).missing["train/a.PNG"]


def table(root: Path, text: str) -> Path:
    file = root.parent / "labels.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_labels_say_what_was_read_otherwise(root: Path):
    text = (
        "Path,label,patient_id,split\nC:\\x\\train\\a.png,FALSE ,NA,Training\n"
        "TRAIN/bänd.png,True,anonymous,Train\ntest/c.png,false,p,TEST\ntest/d.jpeg,TRUE,p,testing\n,,,\n"
    )
    index = index_images(root, labels=table(root, text))
    assert [(one.image_id, one.label, one.split) for one in index.records] == [
        ("train/a.png", 0, "train"),
        ("train/Bänd.PNG", 1, "train"),
        ("test/c.png", 0, "test"),
        ("test/d.jpeg", 1, "test"),
    ]
    assert [one.patient_id for one in index.records] == ["train/a.png", "train/Bänd.PNG", "p", "p"]
    assert index.skipped == ()
    said = "; ".join(index.changed)
    for part in (
        "1 cell padded",
        "1 row of empty cells",
        "2 cells of column patient_id ('NA', 'anonymous')",
        "'Training', 'Train') were read as train",
        "without the folders of another place, 'C:/x' (row 2)",
        "found in another case or composition of letters (row 3)",
    ):
        assert part in said


def test_rows_without_a_label_are_skipped_and_numerals_stay_classes(root: Path):
    index = index_images(root, labels=table(root, "path,label\ntrain/a.png,0.0\ntest/c.png,1.0\ntest/d.jpeg,NaN\n"))
    assert [one.label for one in index.records] == [0, 1]
    assert [one.reason for one in index.skipped] == ["labels.csv row 4: no label"]


def test_uncertain_labels_and_the_advice_given_for_them(root: Path):
    text = "path,label\ntrain/a.png,0\ntest/c.png,1\ntest/d.jpeg,-1\n"
    for positive in (None, "1"):
        with pytest.raises(DataError, match="leaving the label of rows empty that are neither"):
            index_images(root, labels=table(root, text), positive_class=positive)
    assert len(index_images(root, labels=table(root, text.replace("-1", ""))).records) == 2


def test_three_classes_and_the_advice_given_for_them(root: Path):
    text = "path,label\ntrain/a.png,lupus\ntest/c.png,flu\ntest/d.jpeg,sound\n"
    for positive in (None, "flu"):
        with pytest.raises(DataError, match="merging classes"):
            index_images(root, labels=table(root, text), positive_class=positive)
    merged = table(root, text.replace("lupus", "sick").replace("flu", "sick"))
    assert [one.label for one in index_images(root, labels=merged, positive_class="sick").records] == [1, 1, 0]
    third = text.replace("sound", "NORMAL")
    with pytest.raises(DataError, match="Say --positive-class NAME"):
        index_images(root, labels=table(root, third))
    assert len(index_images(root, labels=table(root, third), positive_class="flu").records) == 2


def test_a_row_a_box_and_the_advice_given_for_it(root: Path):
    text = "path,label,width,height\ntrain/a.png,1,3,4\ntrain/a.png,1,5,6\ntest/c.png,0,,\n"
    with pytest.raises(DataError, match=r"columns height, width have names .* rename them"):
        index_images(root, labels=table(root, text))
    index = index_images(root, labels=table(root, text.replace("width,height", "own_width,own_height")))
    assert len(index.records) == 2
    assert [one.reason for one in index.skipped] == ["labels.csv row 3: repeats row 2"]


def test_several_readers_and_the_advice_given_for_them(root: Path):
    text = "path,label,reader\ntrain/a.png,1,A\ntrain/a.png,0,B\ntest/c.png,0,A\ntest/d.jpeg,1,A\n"
    index = index_images(root, labels=table(root, text))
    assert all("name a table of one reader alone by --labels" in one.reason for one in index.skipped)
    alone = "".join(line for line in text.splitlines(keepends=True) if ",B" not in line)
    assert len(index_images(root, labels=table(root, alone)).records) == 3


def test_rounded_ids_in_labels_are_refused(root: Path):
    text = "path,label,patient_id\ntrain/a.png,0,1.27E+15\ntest/c.png,1,1.27E+15\n"
    with pytest.raises(DataError, match=r"long number as a spreadsheet shows it.*\(2 rows\)"):
        index_images(root, labels=table(root, text))


@pytest.mark.parametrize(
    "rows",
    [
        "path,label,radiologist\ntrain/a.png,1,Dr A\ntrain/a.png,0,Dr B\ntest/c.png,0,Dr A\n",
        "path,label,rater\ntrain/a.png,1,1\ntrain/a.png,1,2\ntrain/a.png,0,3\ntest/c.png,0,1\n",
        "path,annotator,label\ntrain/a.png,x,1\nTRAIN/A.PNG,y,0\ntest/c.png,x,0\n",
    ],
)
def test_other_readers_who_disagree_are_never_one_label(root: Path, rows: str):
    """No row of the image is taken, so that one class is left, which says the same way out."""
    with pytest.raises(DataError) as refused:
        index_images(root, labels=table(root, rows))
    assert "reader" in str(refused.value)


@pytest.mark.parametrize("columns", ["x,y", "bbox_x,bbox_w", "xmin,ymax", "EncodedPixels,area"])
def test_rows_a_box_of_other_programs_are_one_image(root: Path, columns: str):
    rows = f"path,label,{columns}\ntrain/a.png,1,1,2\ntrain/a.png,1,3,4\ntest/c.png,0,,\n"
    index = index_images(root, labels=table(root, rows))
    assert [(one.image_id, one.label) for one in index.records] == [("train/a.png", 1), ("test/c.png", 0)]
    assert [one.reason for one in index.skipped] == ["labels.csv row 3: repeats row 2"]


@pytest.mark.parametrize("word", ["2", "0.5", "maybe", "uncertain"])
def test_other_uncertain_labels_are_refused_with_a_way_that_exists(root: Path, word: str):
    rows = f"path,label\ntrain/a.png,0\ntest/c.png,1\ntest/d.jpeg,{word}\n"
    with pytest.raises(DataError, match=r"leaving the label of rows empty that are neither|merging classes"):
        index_images(root, labels=table(root, rows))
    assert len(index_images(root, labels=table(root, rows.replace(word + "\n", "\n"))).records) == 2
