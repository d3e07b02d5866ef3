"""Finding images: every layout, every name, every row, and every error that a person may meet first."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from core.data.index import DataIndex, index_images
from core.data.names import public_name
from core.errors import ConfigError, DataError

Fill = Callable[..., list[Path]]
BACTERIA, VIRUS, NORMAL = "person1_bacteria_2.jpeg", "person1_virus_6.jpeg", "IM-0115-0001.jpeg"


def found(index: DataIndex) -> dict[str, tuple[int, str, str | None]]:
    return {record.image_id: (record.label, record.patient_id, record.split) for record in index.records}


def reasons(index: DataIndex) -> dict[str, str]:
    return {file.path: file.reason for file in index.skipped}


@pytest.fixture
def public(tmp_path: Path, fill_folder: Fill) -> Path:
    data = tmp_path / "chest"
    names = [f"{split}/{name}" for split in ("train", "test") for name in (f"NORMAL/{NORMAL}", f"PNEUMONIA/{BACTERIA}")]
    fill_folder(data, names)
    return data


# Layouts


def test_public_layout(public: Path, fill_folder: Fill) -> None:
    fill_folder(public, [f"val/PNEUMONIA/{VIRUS}"])
    index = index_images(public)
    assert found(index) == {
        f"test/NORMAL/{NORMAL}": (0, "IM-0115", "test"),
        f"test/PNEUMONIA/{BACTERIA}": (1, "person1", "test"),
        f"train/NORMAL/{NORMAL}": (0, "IM-0115", "train"),
        f"train/PNEUMONIA/{BACTERIA}": (1, "person1", "train"),
        f"val/PNEUMONIA/{VIRUS}": (1, "person1", "train"),
    }
    assert [record.subgroups["subtype"] for record in index.records] == [None, "bacteria", None, "bacteria", "virus"]
    assert (index.name, index.root, index.class_names) == ("chest", public, ("NORMAL", "PNEUMONIA"))
    assert not index.skipped
    assert all(record.path == record.image_id and record.sha256 is None for record in index.records)


def test_flat_layout_gives_no_split(tmp_path: Path, fill_folder: Fill) -> None:
    fill_folder(tmp_path, [f"normal/{NORMAL}", f"Pneumonia/deep/er/{BACTERIA}"])
    index = index_images(tmp_path)
    assert found(index) == {
        f"Pneumonia/deep/er/{BACTERIA}": (1, "person1", None),
        f"normal/{NORMAL}": (0, "IM-0115", None),
    }
    assert index.class_names == ("normal", "Pneumonia")


def test_train_without_test_gives_no_split(tmp_path: Path, fill_folder: Fill) -> None:
    fill_folder(tmp_path, ["train/NORMAL/a.png", "train/PNEUMONIA/b.png", "val/NORMAL/c.png"])
    assert {record.split for record in index_images(tmp_path).records} == {None}


def test_another_pair_of_classes(tmp_path: Path, fill_folder: Fill) -> None:
    fill_folder(tmp_path, [f"healthy/{NORMAL}", f"tuberculosis/{BACTERIA}"])
    with pytest.raises(DataError, match=r"--positive-class NAME.*healthy, tuberculosis"):
        index_images(tmp_path)
    index = index_images(tmp_path, positive_class="Tuberculosis")
    assert index.class_names == ("healthy", "tuberculosis")
    # Names like the public ones mean nothing in another data set.
    assert found(index)[f"healthy/{NORMAL}"] == (0, f"healthy/{NORMAL}", None)
    assert all("subtype" not in record.subgroups for record in index.records)
    with pytest.raises(DataError, match=r"cancer: no such class.*healthy, tuberculosis"):
        index_images(tmp_path, positive_class="cancer")


def test_a_third_class_is_left_out_beside_the_public_pair_only(tmp_path: Path, fill_folder: Fill) -> None:
    fill_folder(tmp_path, ["NORMAL/a.png", "PNEUMONIA/b.png", "COVID/c.png"])
    index = index_images(tmp_path)
    assert sorted(found(index)) == ["NORMAL/a.png", "PNEUMONIA/b.png"]
    assert "neither NORMAL nor PNEUMONIA" in reasons(index)["COVID/"]
    assert index_images(tmp_path, positive_class="COVID").class_names == ("NORMAL", "COVID")
    (tmp_path / "NORMAL").rename(tmp_path / "HEALTHY")
    with pytest.raises(DataError, match="two classes apart"):
        index_images(tmp_path, positive_class="COVID")


# Names


@pytest.mark.parametrize(
    ("name", "patient", "subtype"),
    [
        ("person1000_bacteria_2931.jpeg", "person1000", "bacteria"),
        ("person23_virus_56_1.jpeg", "person23", "virus"),
        ("PERSON7_Virus_1.JPG", "person7", "virus"),
        ("IM-0115-0001.jpeg", "IM-0115", None),
        ("IM-0115-0001-0002.jpeg", "IM-0115", None),
        ("NORMAL2-IM-0383-0001.jpeg", "IM-0383", None),
        ("NORMAL2-IM-1400-0001-0001.jpeg", "IM-1400", None),
        ("IM-0115-0001.dcm", None, None),
        ("person1.jpeg", None, None),
        ("my-person1_virus_2.jpeg", None, None),
        ("IM-0115.jpeg", None, None),
    ],
)
def test_public_names(name: str, patient: str | None, subtype: str | None) -> None:
    facts = public_name(f"train/X/{name}")
    assert (facts.patient_id, facts.subtype) == (patient, subtype)


def test_unknown_names_are_patients_of_their_own_and_counted(tmp_path: Path, fill_folder: Fill) -> None:
    fill_folder(tmp_path, [f"NORMAL/{NORMAL}", "NORMAL/x.png", f"PNEUMONIA/{VIRUS}", "PNEUMONIA/x.png"])
    index = index_images(tmp_path)
    assert [record.patient_id for record in index.records] == ["IM-0115", "NORMAL/x.png", "person1", "PNEUMONIA/x.png"]
    assert "2 patients, and 2 images of unknown patients" in index.layout


def test_patient_pattern(tmp_path: Path, fill_folder: Fill) -> None:
    fill_folder(tmp_path, ["NORMAL/p1-a.png", "NORMAL/other.png", "PNEUMONIA/p2/p1-b.png", f"PNEUMONIA/{VIRUS}"])

    def patients(pattern: str) -> list[str]:
        return [record.patient_id for record in index_images(tmp_path, patient_pattern=pattern).records]

    own = ["NORMAL/other.png", "p1", "p1", f"PNEUMONIA/{VIRUS}"]
    assert patients(r"^(p\d+)-") == own  # the first group
    assert patients(r"p\d+(?=-)") == own  # the whole match
    assert patients(r"(p\d+)/")[2] == "p2"  # with a slash, the path
    assert "1 patients, and 2 images" in index_images(tmp_path, patient_pattern=r"^p\d").layout
    with pytest.raises(ConfigError, match=r"--patient-pattern .* not a regular expression"):
        patients("(p")
    with pytest.raises(DataError, match=r"found in none of the names, such as NORMAL/other\.png"):
        patients("z+$")


# What lies about in data folders


def test_everything_that_is_not_used_is_listed_with_its_reason(public: Path, fill_folder: Fill) -> None:
    fill_folder(
        public, ["train/NORMAL/ok.PNG", "train/NORMAL/ok.JpG", "masks/m.png", "train/OTHER/o.png", "train/x.png"]
    )
    for name in ("readme.txt", "train/NORMAL/notes.doc", "train/NORMAL/no-extension", "train/NORMAL/1.2.840.7"):
        (public / name).write_text("text")
    fill_folder(public, ["train/NORMAL/.hid.jpeg", "train/NORMAL/deep/.thumbs/a.png", "__MACOSX/train/._ok.png"])
    for name in (".DS_Store", "train/.hidden", "train/NORMAL/Thumbs.db", "train/NORMAL/._ok.png"):
        (public / name).write_text("litter")
    fill_folder(public, ["train/OTHER/deep/p.png", "train/OTHER/.q.png"])
    (public / "train/NORMAL/gone.png").symlink_to("nowhere.png")
    index = index_images(public)
    assert len(index.records) == 6
    listed = reasons(index)
    assert len(listed) == len(index.skipped)
    assert sorted(listed) == [
        ".DS_Store",
        "__MACOSX/",
        "masks/",
        "readme.txt",
        "train/.hidden",
        "train/NORMAL/._ok.png",
        "train/NORMAL/.hid.jpeg",
        "train/NORMAL/1.2.840.7",
        "train/NORMAL/Thumbs.db",
        "train/NORMAL/deep/.thumbs/",
        "train/NORMAL/gone.png",
        "train/NORMAL/no-extension",
        "train/NORMAL/notes.doc",
        "train/OTHER/",
        "train/x.png",
    ]
    assert listed["masks/"] == "a folder that is neither train, val nor test (with 1 file)"
    assert listed["train/OTHER/"] == "a folder that is neither NORMAL nor PNEUMONIA (with 3 files)"
    assert listed["train/NORMAL/.hid.jpeg"] == listed["train/NORMAL/._ok.png"] == "hidden file"
    assert listed["train/NORMAL/Thumbs.db"] == listed[".DS_Store"] == "operating-system file"
    assert listed["train/NORMAL/deep/.thumbs/"] == "hidden folder (with 1 file)"
    assert listed["__MACOSX/"] == "operating-system folder (with 1 file)"
    assert "(.doc)" in listed["train/NORMAL/notes.doc"]
    assert "lies in no class folder" in listed["train/x.png"]
    assert "broken link" in listed["train/NORMAL/gone.png"]


def test_dicom_files_need_no_extension(public: Path, write_dicom: Callable[..., Path]) -> None:
    import numpy as np

    for name in ("scan", "1.2.840.113", "scan.DCM"):
        write_dicom(public / "train/NORMAL" / name, np.zeros((16, 16), np.uint16))
    assert {f"train/NORMAL/{name}" for name in ("scan", "1.2.840.113", "scan.DCM")} <= set(found(index_images(public)))


def test_links_are_followed_but_not_in_circles(public: Path, tmp_path: Path, fill_folder: Fill) -> None:
    fill_folder(tmp_path / "elsewhere", ["far.png"])
    (public / "train/NORMAL/away").symlink_to(tmp_path / "elsewhere")
    (public / "train/NORMAL/circle").symlink_to(public / "train")
    (public / "train/NORMAL/self").symlink_to(public / "train/NORMAL")
    index = index_images(public)
    assert "train/NORMAL/away/far.png" in found(index)
    assert Counter(Path(image_id).name for image_id in found(index))["far.png"] == 1
    assert "read elsewhere" in reasons(index)["train/NORMAL/self"]


def test_names_that_are_not_text(public: Path) -> None:
    folder = os.fsencode(public / "train/NORMAL")
    for name in (b"caf\xe9.png", b"\xff\xfe.jpg"):
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(b"")
    for folder in (public, public / "train", public / "train/NORMAL"):
        odd_folder = Path(os.fsdecode(os.fsencode(folder) + b"/\xe9"))
        odd_folder.mkdir()
        (odd_folder / "x.png").write_bytes(b"")
    odd = 'new\nline "quoted", <b>|x?*: ünïcödé.png'
    (public / "train/NORMAL" / odd).write_bytes(b"")
    index = index_images(public)
    assert f"train/NORMAL/{odd}" in found(index)
    assert "not valid UTF-8" in reasons(index)["train/NORMAL/caf\\xe9.png"]
    assert len(index.skipped) == 5
    for name in [file.path for file in index.skipped] + [record.image_id for record in index.records]:
        name.encode()


# Errors that a person meets first


def test_misspelt_paths(public: Path) -> None:
    with pytest.raises(DataError, match=r"chst: no such folder; did you mean .*chest\?"):
        index_images(public.parent / "chst")
    with pytest.raises(DataError, match="no such folder, and neither is"):
        index_images(public / "nowhere" / "chest")
    with pytest.raises(DataError, match=r"a file, not a folder.*expected \{train,test\}"):
        index_images(public / "train/NORMAL" / NORMAL)
    with pytest.raises(DataError, match=rf"one folder deeper; say --data {public}"):
        index_images(public.parent)
    with pytest.raises(DataError, match=r"no class folders found; expected"):
        index_images(public / "train/NORMAL")


def test_folders_without_images(tmp_path: Path, public: Path) -> None:
    with pytest.raises(DataError, match=r"no class folders found; expected \{train,test\}/\{NORMAL,PNEUMONIA\}"):
        index_images(public / "train" / "NORMAL")
    for name in ("NORMAL", "PNEUMONIA"):
        (tmp_path / "empty" / name).mkdir(parents=True)
    with pytest.raises(DataError, match="no images found; expected"):
        index_images(tmp_path / "empty")
    (tmp_path / "empty/NORMAL/x.txt").write_text("")
    with pytest.raises(DataError, match=r"no images found; 1 skipped, the first: .*\.txt"):
        index_images(tmp_path / "empty")


def test_one_class(tmp_path: Path, fill_folder: Fill) -> None:
    fill_folder(tmp_path, ["PNEUMONIA/a.png"])
    with pytest.raises(DataError, match=r"two classes are needed.*PNEUMONIA"):
        index_images(tmp_path)
    (tmp_path / "NORMAL").mkdir()
    with pytest.raises(DataError, match=r"holds no image of class NORMAL \(of PNEUMONIA: 1\)"):
        index_images(tmp_path)


def test_an_empty_class_or_split(public: Path) -> None:
    (public / "test/NORMAL" / NORMAL).unlink()
    with pytest.raises(DataError, match=r"the test split holds no image of class NORMAL \(of PNEUMONIA: 1\)"):
        index_images(public)
    (public / "test/PNEUMONIA" / BACTERIA).unlink()
    with pytest.raises(DataError, match="the test folder holds no images"):
        index_images(public)


def test_only_a_test_folder(tmp_path: Path, fill_folder: Fill) -> None:
    fill_folder(tmp_path, ["test/NORMAL/a.png", "test/PNEUMONIA/b.png"])
    with pytest.raises(DataError, match="data besides test holds no image"):
        index_images(tmp_path)


def test_real_data(real_data: Path) -> None:
    index = index_images(real_data)
    counts = Counter((record.split, record.label) for record in index.records)
    assert counts == {("train", 0): 1206, ("train", 1): 3487, ("test", 0): 135, ("test", 1): 388}
    assert not index.skipped
    assert "unknown" not in index.layout
    patients = {split: {r.patient_id for r in index.records if r.split == split} for split in ("train", "test")}
    assert not patients["train"] & patients["test"]


@pytest.mark.parametrize(("pictures", "masks"), [("images", "masks"), ("CXR", "Lung Masks"), ("a", "segmentation")])
def test_a_folder_of_masks_beside_one_of_pictures_is_no_class(tmp_path: Path, fill_folder, pictures: str, masks: str):
    for folder in (pictures, masks):
        for name in ("NORMAL", "PNEUMONIA"):
            fill_folder(tmp_path / folder / name, ["1.png"])
    for asked in (None, pictures):
        with pytest.raises(DataError, match=f"named by --data {tmp_path / pictures}$"):
            index_images(tmp_path, positive_class=asked)
    assert len(index_images(tmp_path / pictures).records) == 2
