"""The embedded data set written as files, which are read again."""

from __future__ import annotations

import csv

import cv2
import numpy as np
import pytest

from core.data import phantom
from core.data.decode import decode_image
from core.data.index import index_images
from core.data.phantom import PhantomSource, index_phantom, opacity_mask
from core.data.phantom_files import write_phantom
from core.errors import DataError

SEED = 0
BOTH = ("PNEUMONIA", "EFFUSION")


@pytest.fixture
def few(monkeypatch):
    """A data set of a few images, for what writes files."""
    monkeypatch.setattr(phantom, "IMAGES", dict.fromkeys(phantom.IMAGES, 3))
    return index_phantom(SEED).records


def test_written_files_read_back_the_same(few, tmp_path):
    steps = []
    write_phantom(tmp_path / "new", seed=SEED, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(k + 1, len(few)) for k in range(len(few))]
    by_folder = index_images(tmp_path / "new")
    by_labels = index_images(tmp_path / "new", labels=tmp_path / "new" / "labels.csv")
    assert "SYNTHETIC" in (tmp_path / "new" / "README.txt").read_text()
    expected = {r.image_id: (r.label, r.split) for r in few}
    assert {r.image_id: (r.label, r.split) for r in by_folder.records} == expected
    assert {r.image_id: (r.label, r.split) for r in by_labels.records} == expected
    generated = {r.image_id: r for r in few}
    assert {r.image_id: r.patient_id for r in by_folder.records} == {r.image_id: r.patient_id for r in few}
    for record in by_labels.records:
        phantom_record = generated[record.image_id]
        assert (record.patient_id, dict(record.subgroups)) == (phantom_record.patient_id, phantom_record.subgroups)
        from_file = decode_image(tmp_path / "new" / record.image_id).gray
        assert np.array_equal(from_file, PhantomSource(SEED).read(phantom_record).gray)


def test_written_masks(few, tmp_path):
    write_phantom(tmp_path, seed=SEED)
    masks = {path.relative_to(tmp_path / "masks").as_posix(): path for path in (tmp_path / "masks").rglob("*.png")}
    assert set(masks) == {record.image_id for record in few if record.label}
    for image_id, path in masks.items():
        mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(mask, 255 * opacity_mask(image_id, SEED).astype(np.uint8))


def test_labels_csv(few, tmp_path):
    write_phantom(tmp_path, seed=SEED)
    with (tmp_path / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["path", "label", "patient_id", "split", "subtype", "subtlety"]
    assert [row["path"] for row in rows] == [record.image_id for record in few]
    assert {row["label"] for row in rows} == {"NORMAL", "PNEUMONIA"}


def test_folder_that_holds_anything_is_left_alone(few, tmp_path):
    (tmp_path / "thesis.txt").write_text("draft")
    with pytest.raises(DataError, match="not empty"):
        write_phantom(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_file_in_place_of_the_folder(few, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(DataError, match="taken"):
        write_phantom(tmp_path / "taken")


def test_two_findings_are_read_back_from_their_table(monkeypatch, tmp_path):
    monkeypatch.setattr(phantom, "IMAGES", dict.fromkeys(phantom.IMAGES, 7))
    generated = {record.image_id: record for record in index_phantom(SEED, findings=BOTH).records}
    write_phantom(tmp_path, seed=SEED, findings=BOTH)
    index = index_images(tmp_path, labels=tmp_path / "labels.csv")
    assert index.findings == BOTH
    assert {r.image_id: r.truths for r in index.records} == {i: r.truths for i, r in generated.items()}
    for record in index.records:
        own = generated[record.image_id]
        assert (record.patient_id, record.split, dict(record.subgroups)) == (own.patient_id, own.split, own.subgroups)
    for place, finding in enumerate(BOTH):
        folder = tmp_path / "masks" / finding
        masks = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.png")}
        assert set(masks) == {image_id for image_id, record in generated.items() if record.truths[place]} != set()
        for image_id, path in masks.items():
            mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            assert np.array_equal(mask, 255 * opacity_mask(image_id, SEED, finding=finding).astype(np.uint8))
    said = (tmp_path / "README.txt").read_text()
    assert "SYNTHETIC" in said and "label:PNEUMONIA, label:EFFUSION" in said


def test_effusion_alone_is_read_back_by_its_name(few, tmp_path):
    write_phantom(tmp_path, seed=SEED, findings=("EFFUSION",))
    index = index_images(tmp_path, labels=tmp_path / "labels.csv", positive_class="EFFUSION")
    found = {record.image_id: record.label for record in index.records}
    assert found == {r.image_id: r.label for r in index_phantom(SEED, findings=("EFFUSION",)).records}
