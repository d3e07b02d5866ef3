"""The embedded data set as records, pixels and files."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.data import phantom
from core.data.phantom import GENERATOR_VERSION, PhantomSource, index_phantom, opacity_mask
from core.data.phantom_effusion import SHARE_OF_SIDES, SHARE_WITH_EFFUSION
from core.data.split import assign_splits, find_leakage
from core.errors import ImageError

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


BOTH = ("PNEUMONIA", "EFFUSION")
AS_IT_WAS = {
    "train/NORMAL/phantom0012_normal_2.png": [
        *(108.537, 103.653, 108.261, 109.491, 97.032, 139.089, 145.639, 101.889),
        *(82.982, 139.474, 194.507, 88.426, 104.909, 218.502, 226.475, 134.239),
    ],
    "train/PNEUMONIA/phantom0003_virus_1.png": [
        *(11.456, 44.029, 36.607, 6.830, 66.306, 138.002, 143.093, 64.068),
        *(44.307, 141.527, 161.338, 47.561, 53.892, 201.053, 189.683, 39.009),
    ],
    "test/PNEUMONIA/phantom0929_bacteria_1.png": [
        *(48.570, 73.278, 78.692, 46.580, 85.739, 101.892, 110.627, 88.631),
        *(90.638, 132.958, 138.778, 82.497, 91.134, 148.999, 155.031, 102.883),
    ],
}
"""Mean grey of the fields of three pictures, four rows of four."""


@pytest.fixture(scope="module")
def of_both():
    return index_phantom(SEED, findings=BOTH).records


def test_without_a_word_about_effusions_the_set_is_as_it_was(records):
    """Figures of the set before there were effusions. Pixels are compared in sixteen fields, as the last bit of a
    logarithm differs between processors."""
    assert index_phantom(SEED, findings=("PNEUMONIA",)).records == records
    digest = hashlib.sha256("\n".join(record.image_id for record in records).encode()).hexdigest()
    assert digest == "791b17ba605411c25e6501c2474bf07c3e31ca896b79de0251716720b77aa376"
    for image_id, fields in AS_IT_WAS.items():
        gray = PhantomSource(SEED).read(next(r for r in records if r.image_id == image_id)).gray
        h, w = (4 * (side // 4) for side in gray.shape)
        found = gray[:h, :w].reshape(4, h // 4, 4, w // 4).mean(axis=(1, 3))
        assert found.ravel() == pytest.approx(fields, abs=0.01)


def test_two_findings_agree_with_names_and_subgroups(of_both):
    index = index_phantom(SEED, findings=BOTH)
    assert (index.findings, index.class_names) == (BOTH, ("none of them", "any of them"))
    assert len({record.image_id for record in of_both}) == len(of_both) == sum(phantom.IMAGES.values())
    for record in of_both:
        split, name = record.image_id.split("/")
        patient, *shown, _ = name.removesuffix(".png").split("_")
        assert (record.split, record.patient_id) == (split, patient)
        assert record.truths == (int(shown[0] != "normal"), int(shown[1:] == ["effusion"]))
        assert record.label == max(record.truths)
        assert (record.subgroups["subtype"] is None) == (record.subgroups["subtlety"] is None) == (shown[0] == "normal")
        for column, words in (
            ("side", SHARE_OF_SIDES),
            ("extent", ("small effusion", "moderate effusion", "large effusion")),
        ):
            assert record.subgroups[f"effusion_{column}"] in (words if record.truths[1] else (None,))


def test_findings_come_in_the_order_asked_and_one_alone_is_a_pair(of_both):
    turned = index_phantom(SEED, findings=BOTH[::-1])
    assert turned.findings == BOTH[::-1]
    assert [record.truths for record in turned.records] == [record.truths[::-1] for record in of_both]
    alone = index_phantom(SEED, findings=("EFFUSION",))
    assert (alone.findings, alone.class_names) == ((), ("no EFFUSION", "EFFUSION"))
    assert [(r.image_id, r.label, r.truths) for r in alone.records] == [(r.image_id, r.truths[1], ()) for r in of_both]


@pytest.fixture(scope="module")
def four_sets():
    return [index_phantom(seed, findings=BOTH).records for seed in range(4)]


def test_effusions_are_as_frequent_as_stated_and_a_patient_keeps_it(four_sets):
    """By cause within three standard errors of the patients' binomial, in four sets together."""
    found = defaultdict(dict)
    for seed, records in enumerate(four_sets):
        for record in records:
            before = found[record.subgroups["subtype"]].setdefault((seed, record.patient_id), record.truths[1])
            assert before == record.truths[1]
    for cause, share in SHARE_WITH_EFFUSION.items():
        patients = [*found[cause].values()]
        assert np.mean(patients) == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / len(patients)))


def test_effusions_go_with_pneumonia_as_documented(four_sets):
    """The correlation of the two truths over images that the constants mean, worked out from a two by two table."""
    images = Counter()
    for (_, cause), n in phantom.IMAGES.items():
        images[cause is not None, True] += n * SHARE_WITH_EFFUSION[cause]
        images[cause is not None, False] += n * (1 - SHARE_WITH_EFFUSION[cause])
    n, both = sum(images.values()), images[True, True]
    ill, fluid = both + images[True, False], both + images[False, True]
    phi = (both * n - ill * fluid) / np.sqrt(ill * (n - ill) * fluid * (n - fluid))
    assert fluid / n == pytest.approx(0.30, abs=0.005)
    assert phi == pytest.approx(0.17, abs=0.005)
    truths = np.concatenate([[record.truths for record in records] for records in four_sets])
    assert truths[:, 1].mean() == pytest.approx(fluid / n, abs=0.03)
    assert np.corrcoef(truths.T)[0, 1] == pytest.approx(phi, abs=0.06)


def test_an_effusion_changes_nothing_but_itself(records, of_both):
    """A patient without one has the same pixels as before; with one the pneumonia and the framing stay."""
    before = {(r.patient_id, r.image_id[-5]): r for r in records}
    for record in [*some(of_both, 3, truths=(1, 0)), *some(of_both, 3, truths=(1, 1))]:
        old = before[record.patient_id, record.image_id[-5]]
        gray, was = (PhantomSource(SEED).read(r).gray for r in (record, old))
        assert np.array_equal(gray, was) == (not record.truths[1])
        assert np.array_equal(opacity_mask(record, SEED), opacity_mask(old, SEED))
        fluid = opacity_mask(record, SEED, finding="EFFUSION")
        assert fluid.shape == gray.shape
        assert fluid.any() == bool(record.truths[1])
        assert not opacity_mask(old, SEED, finding="EFFUSION").any()
        if record.truths[1]:
            gain = gray.astype(float) - was
            assert gain[fluid].mean() > np.median(gain[~fluid]) + 8


def test_every_effusion_is_seen_somewhere(of_both):
    for record in some(of_both, 40, truths=(0, 1)):
        assert 0.0005 < opacity_mask(record, SEED, finding="EFFUSION").mean() < 0.2


@pytest.mark.parametrize(
    "image_id", ["train/PNEUMONIA/phantom0001_bacteria_effusion_1.png", "train/phantom0001_effusion_1.png"]
)
def test_no_folder_of_a_class_holds_an_effusion(image_id):
    with pytest.raises(ImageError, match="no phantom"):
        opacity_mask(image_id)
