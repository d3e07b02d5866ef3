"""The stress test of a run: logits written into its folder by hand, and the figures that follow from them."""

from dataclasses import replace
from hashlib import sha256

import cv2
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import core.stress_test
from core.data.acquisition import SHIFTS, seed_of, shifted
from core.errors import ImageError, RunFolderError
from core.runs.files import RECORDS
from dashboard import gateway
from tests.dashboard.gateway import otherwise

BLOCK = 16


def stressed_by_hand(run):
    """Every variant is the stored logit moved down by a tenth of its number; the images rescored differ by 0.001."""
    logit = run.predictions("test").logit
    return logit + 0.001 - 0.1 * np.arange(len(core.stress_test.VARIANTS))[:, None]


def keep(run, logits, blocks=(0, 1)):
    """What the stress test leaves in the run's folder, block by block."""
    for block in blocks:
        part = np.ascontiguousarray(logits[:, BLOCK * block : BLOCK * (block + 1)])
        core.stress_test._kept(run).write(
            core.stress_test._key(run, core.stress_test.stressed_sets(run)[0], BLOCK * block), part.tobytes()
        )


@pytest.fixture
def begin(make_run):
    def begin(*splits, **named):
        return replace(make_run(*splits, **named), manifest={"files": {RECORDS: {"sha256": "0"}}})

    return begin


def test_images_are_counted_anew_each_time(begin):
    run = begin()
    assert gateway.images_stressed(run) == (0, 30)
    keep(run, stressed_by_hand(run), blocks=(1,))
    assert gateway.images_stressed(run) == (14, 30)
    keep(run, stressed_by_hand(run), blocks=(0,))
    assert gateway.images_stressed(run) == (30, 30)


def test_before_its_end_there_is_no_stress_test_and_then_there_is(begin):
    run = begin()
    keep(run, stressed_by_hand(run), blocks=(0,))
    with pytest.raises(RunFolderError, match="not run to its end"):
        gateway.stressed(run)
    keep(run, stressed_by_hand(run), blocks=(1,))
    predictions, logits = gateway.stressed(run)
    assert predictions is run.predictions("test")
    np.testing.assert_array_equal(logits, stressed_by_hand(run))


def test_without_test_validation_is_stressed(begin, counted):
    nothing = counted.predictions("test")
    fields = ("image_id", "patient_id", "y_true", "logit")
    run = begin(None, replace(nothing, subgroups={}, **{name: getattr(nothing, name)[:0] for name in fields}))
    assert gateway.images_stressed(run) == (0, 20)
    logits = np.zeros((len(core.stress_test.VARIANTS), 20))
    keep(run, logits)
    assert gateway.stressed(run)[0] is run.predictions("validation")


def test_rates_and_changes_of_every_variant(begin):
    run = begin()
    keep(run, stressed_by_hand(run))
    found, test = gateway.under_shifts(run, 1.5), run.predictions("test")
    names = [("", 0), *((shift.name, strength) for shift in SHIFTS for strength in (1, 2, 3))]
    assert [(one.variant.shift, one.variant.strength) for one in found] == names
    for one, logit in zip(found, stressed_by_hand(run), strict=True):
        moved = replace(test, logit=logit)
        for rate in ("sensitivity", "specificity"):
            now = getattr(otherwise, rate)(moved, 1.5)
            assert otherwise.limits(one.rates[rate]) == pytest.approx(now)
            assert one.changes[rate].value == pytest.approx(now[0] - getattr(otherwise, rate)(test, 1.5)[0])
    # The eleventh is a logit lower: one of the ill and one of the well at 1.5 are no longer called positive.
    assert [found[10].changes[rate].value for rate in ("sensitivity", "specificity")] == [-1 / 18, 1 / 12]


def test_another_threshold_or_run_has_other_rates(begin):
    first, second = begin(), begin()
    keep(first, stressed_by_hand(first))
    keep(second, stressed_by_hand(second) - 2)
    keys = ((first, 1.5), (first, 4.5), (second, 1.5))
    for _ in range(2):
        found = [gateway.under_shifts(*key)[0].rates["sensitivity"].value for key in keys]
        assert found == [16 / 18, 11 / 18, 13 / 18]


def test_areas_are_scikit_learns(begin):
    run, draw = begin(), np.random.default_rng(3)
    logits = stressed_by_hand(run) + draw.normal(size=stressed_by_hand(run).shape)
    keep(run, logits)
    expected = [roc_auc_score(run.predictions("test").y_true, logit) for logit in logits]
    assert [area.value for area in gateway.shifted_areas(run)] == pytest.approx(expected)


def test_rescoring_differs_by_the_largest_difference(begin):
    run = begin()
    logits = stressed_by_hand(run)
    logits[0, 7] -= 0.031
    keep(run, logits)
    assert gateway.rescoring_difference(run) == pytest.approx(0.03)


def test_shifts_are_those_of_acquisition():
    assert gateway.shifts() is SHIFTS


def test_examples_are_the_picture_under_the_three_strengths(write_run_with_images, tmp_path):
    run = gateway.run(write_run_with_images(tmp_path, "run"))
    pictures, (first, second) = gateway.pictures(run, None), run.records["image_id"][:2]
    gray = pictures.radiograph(first)
    for name in ("darker", "noise", "cropped"):
        shift = next(shift for shift in SHIFTS if shift.name == name)
        found = gateway.example_pictures(pictures, first, name)
        assert len(found) == 4
        for strength, jpeg in enumerate(found):
            shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_UNCHANGED)
            expected = shifted(gray, shift, strength, seed_of(gray))
            assert shown.shape == expected.shape == (240, 300)
            assert np.abs(shown.astype(int) - expected).mean() < 4
    assert gateway.example_pictures(pictures, second, "blur") != gateway.example_pictures(pictures, first, "blur")
    with pytest.raises(ImageError):
        gateway.example_pictures(pictures, "no such image", "blur")


def test_examples_are_shifted_first_and_then_reduced(write_run_with_images, tmp_path):
    gray = np.random.default_rng(4).integers(0, 256, (600, 800), dtype=np.uint8)

    def change(records):
        cv2.imwrite(str(tmp_path / "data" / "large.png"), gray)
        content = (tmp_path / "data" / "large.png").read_bytes()
        records.loc[0, ["path", "sha256"]] = "large.png", sha256(content).hexdigest()
        return records

    run = gateway.run(write_run_with_images(tmp_path, "run", change=change))
    jpegs = gateway.example_pictures(gateway.pictures(run, None), run.records["image_id"][0], "harder")
    shift = next(shift for shift in SHIFTS if shift.name == "harder")
    for strength, jpeg in enumerate(jpegs):
        shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_UNCHANGED)
        whole = shifted(gray, shift, strength, seed_of(gray))
        expected = cv2.resize(whole, (320, 240), interpolation=cv2.INTER_AREA)
        assert shown.shape == (240, 320)
        assert np.abs(shown.astype(int) - expected).mean() < 4
    reduced_first = shifted(cv2.resize(gray, (320, 240), interpolation=cv2.INTER_AREA), shift, 3, 0)
    assert np.abs(shown.astype(int) - reduced_first).mean() > 8
