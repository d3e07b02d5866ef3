"""The embedded data set as records, pixels and files."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from core.data import phantom
from core.data.decode import decode_image
from core.data.index import index_images
from core.data.phantom import GENERATOR_VERSION, PhantomSource, index_phantom, opacity_mask, write_phantom
from core.data.split import assign_splits, find_leakage
from core.errors import DataError, ImageError

SEED = 0


@pytest.fixture(scope="module")
def records():
    return index_phantom(SEED).records


def some(records, n, **wanted):
    """``n`` records, spread over those whose fields have the wanted values."""
    found = [r for r in records if all(getattr(r, name) == value for name, value in wanted.items())]
    return found[:: len(found) // n][:n]


def pixels_sha256(gray):
    return hashlib.sha256(repr(gray.shape).encode() + gray.tobytes()).hexdigest()


def test_index_is_complete_and_repeatable(records):
    index = index_phantom(SEED)
    assert index.records == records
    assert (index.name, index.root, index.class_names, index.skipped) == ("phantom", None, ("NORMAL", "PNEUMONIA"), ())
    assert "synthetic" in index.layout
    assert len({record.image_id for record in records}) == len(records) == sum(phantom.IMAGES.values())
    assert all(record.path is None and record.sha256 is None for record in records)


def test_other_seed_is_other_patients(records):
    other = index_phantom(SEED + 1).records
    assert {record.image_id for record in other} != {record.image_id for record in records}


def test_labels_agree_with_names_and_subgroups(records):
    for record in records:
        split, folder, name = record.image_id.split("/")
        patient, cause, _ = name.split("_")
        assert (record.split, record.patient_id) == (split, patient)
        assert (record.label, folder) == ((0, "NORMAL") if cause == "normal" else (1, "PNEUMONIA"))
        assert record.subgroups["subtype"] == (cause if record.label else None)
        assert record.subgroups["subtlety"] in (("subtle", "moderate", "obvious") if record.label else (None,))


def test_class_and_subtype_balance(records):
    share = {split: np.mean([r.label for r in records if r.split == split]) for split in ("train", "test")}
    assert 0.55 <= share["test"] < share["train"] <= 0.7
    for split in ("train", "test"):
        positives = [r for r in records if r.split == split and r.label]
        subtypes = Counter(r.subgroups["subtype"] for r in positives)
        subtleties = Counter(r.subgroups["subtlety"] for r in positives)
        assert min(subtypes.values()) / len(positives) > 0.4
        assert min(subtleties.values()) / len(positives) > 0.2


def test_patients_have_several_images_and_one_side_only(records):
    of_patient = defaultdict(list)
    for record in records:
        of_patient[record.patient_id].append(record)
    assert all(len({(r.split, r.label) for r in images}) == 1 for images in of_patient.values())
    sizes = Counter(len(images) for images in of_patient.values())
    assert set(sizes) == {1, 2, 3, 4, 5}
    assert sum(n for size, n in sizes.items() if size > 1) > 0.4 * len(of_patient)


def test_patient_numbers_say_nothing_about_the_class(records):
    number = [int(record.patient_id.removeprefix("phantom")) for record in records]
    for column in ([r.label for r in records], [r.split == "test" for r in records]):
        assert abs(np.corrcoef(number, column)[0, 1]) < 0.1


def test_split_as_the_main_job_does(records):
    columns = zip(*((r.label, r.patient_id, r.image_id, r.split) for r in records), strict=True)
    label, patient, image, given = map(np.array, columns)
    split = assign_splits(label, patient, image, given, seed=0)
    assert Counter(split)["test"] == sum(r.split == "test" for r in records)
    assert 0.08 < (split == "validation").sum() / (given == "train").sum() < 0.12
    assert find_leakage(image, patient, image, split).patients == ()


def test_same_pixels_in_any_order_and_thread(records):
    chosen = some(records, 4, label=1) + some(records, 4, label=0)
    source = PhantomSource(SEED)
    alone = [pixels_sha256(source.read(record).gray) for record in chosen]
    with ThreadPoolExecutor(4) as workers:
        together = list(workers.map(lambda r: pixels_sha256(source.read(r).gray), [*reversed(chosen)] * 2))
    assert together == alone[::-1] * 2
    assert len(set(alone)) == len(alone)


def test_seed_changes_pixels_and_key(records):
    record = records[0]
    first, second = PhantomSource(0), PhantomSource(1)
    assert first.key(record) == f"phantom-{GENERATOR_VERSION}-0-{record.image_id}" != second.key(record)
    assert first.stamp(record) == first.key(record)
    assert pixels_sha256(first.read(record).gray) != pixels_sha256(second.read(record).gray)


def test_pictures_are_radiograph_like(records):
    for record in some(records, 12):
        image = PhantomSource(SEED).read(record, at_least=64)
        gray = image.gray
        assert gray.dtype == np.uint8
        assert gray.shape == (image.height, image.width)
        assert 220 <= image.height < image.width <= 360 or record.split == "test"
        h, w = gray.shape
        spine, lungs = gray[h // 3 : h // 2, w // 2 - 8 : w // 2 + 8], gray[h // 3 : h // 2, w // 4 : 3 * w // 4]
        assert np.median(spine) > np.percentile(lungs, 30) + 30
        assert (gray == 255).mean() < 0.2


def test_masks(records):
    for record in some(records, 12, label=1):
        gray, mask = PhantomSource(SEED).read(record).gray, opacity_mask(record, SEED)
        assert mask.shape == gray.shape
        assert mask.dtype == np.bool_
        assert 0.001 < mask.mean() < 0.3
        assert np.median(gray[mask]) > 40  # inside the body, never in the dark around it
    for record in some(records, 4, label=0):
        mask = opacity_mask(record.image_id, SEED)
        assert mask.shape == PhantomSource(SEED).read(record).gray.shape
        assert not mask.any()


@pytest.mark.parametrize(
    "image_id",
    ["train/NORMAL/phantom0001_virus_1.png", "train/PNEUMONIA/phantom0001_normal_1.png", "val/NORMAL/x.png", ""],
)
def test_ids_of_no_phantom_are_refused(image_id):
    with pytest.raises(ImageError, match="no phantom"):
        opacity_mask(image_id)


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
