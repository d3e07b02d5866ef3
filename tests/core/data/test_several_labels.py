"""A table that tells of several findings of the same images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.data.index import index_images
from core.data.several_labels import ANY, NONE, findings_of
from core.errors import DataError

TABLE = """path,label:A,label:B,patient_id,split
a.png,1,0,p1,train
b.png,0,1,p2,train
c.png,,0,p3,test
d.png,1,unknown,p4,test
e.png,0,0,p5,train
f.png,,,p6,train
gone.png,1,1,p7,train
"""


@pytest.fixture
def images(tmp_path: Path, fill_folder: Callable[..., object]) -> Path:
    fill_folder(tmp_path, [f"{name}.png" for name in "abcdef"])
    return tmp_path


def _labels(images: Path, text: str) -> Path:
    (images / "labels.csv").write_text(text)
    return images / "labels.csv"


def test_each_image_has_the_truth_of_each_finding(images: Path) -> None:
    index = index_images(images, labels=_labels(images, TABLE))
    assert index.findings == ("A", "B") and index.class_names == (NONE, ANY)
    found = {record.image_id: (record.truths, record.label, record.split) for record in index.records}
    assert found == {
        "a.png": ((1, 0), 1, "train"),
        "b.png": ((0, 1), 1, "train"),
        "c.png": ((None, 0), 0, "test"),
        "d.png": ((1, None), 1, "test"),
        "e.png": ((0, 0), 0, "train"),
    }
    skipped = {one.path: one.reason for one in index.skipped if one.path in ("f.png", "gone.png")}
    assert "no label" in skipped["f.png"] and len(skipped) == 2
    assert not any(name.startswith("label:") for record in index.records for name in record.subgroups)


def test_a_table_of_one_column_of_labels_is_read_as_ever(images: Path) -> None:
    one = _labels(images, "path,label\na.png,1\nb.png,0\n")
    assert findings_of(one, None) == ()
    index = index_images(images, labels=one)
    assert index.findings == () and all(record.truths == () for record in index.records)


def test_a_finding_of_one_class_is_refused(images: Path) -> None:
    text = "path,label:A,label:B\na.png,1,0\nb.png,0,0\nc.png,0,\n"
    with pytest.raises(DataError, match="B has one class alone"):
        index_images(images, labels=_labels(images, text))


def test_findings_of_a_public_data_set_are_named_with_commas(images: Path) -> None:
    header = "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Pneumonia,Edema,Support Devices"
    rows = [
        "a.png,Male,50,Frontal,AP,0.0,1.0,0.0,",
        "b.png,Male,50,Frontal,AP,0.0,0.0,1.0,",
        "c.png,Male,50,Frontal,AP,1.0,0.0,-1.0,",
        "d.png,Male,50,Frontal,AP,1.0,,0.0,",
        "e.png,Male,50,Frontal,AP,1.0,0.0,0.0,",
    ]
    file = _labels(images, "\n".join([header, *rows]))
    assert findings_of(file, "Pneumonia") == ()
    assert findings_of(file, "Pneumonia, Edema") == ("Pneumonia", "Edema")
    index = index_images(images, labels=file, positive_class="Pneumonia,Edema")
    found = {record.image_id: record.truths for record in index.records}
    assert found["a.png"] == (1, 0) and found["b.png"] == (0, 1)
    assert found["c.png"][1] is None  # uncertain
