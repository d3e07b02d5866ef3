"""Batch-norm statistics of some patients of a set, judged on the others."""

import numpy as np
import pandas as pd
import pytest

from core.explain.pictures import Pictures
from core.model.site_statistics import with_statistics_of
from core.run_scorer import run_scorer
from core.runs.store import read_run
from core.unlabelled_site import SIZES, sizes_for, with_batch_norm_of


@pytest.fixture
def run(tmp_path, write_run_with_images, monkeypatch):
    """Eight patients with an image each in test."""

    def alone(records: pd.DataFrame) -> pd.DataFrame:
        return records.assign(patient_id=records["image_id"])

    monkeypatch.setattr("core.unlabelled_site.SIZES", (4,))
    monkeypatch.setattr("core.model.site_statistics.FEWEST", 4)
    return read_run(write_run_with_images(tmp_path, "own", change=alone))


def test_sizes_leave_half_of_the_patients(run, write_run, tmp_path):
    assert sizes_for(run.predictions("test")) == (4,)
    assert SIZES[0] == 16


def test_whoever_gives_statistics_is_not_judged(run):
    found = with_batch_norm_of(run, "test", Pictures(run), 4)
    images = run.predictions("test")
    assert found.used == 4 and found.before.n == 4
    assert list(found.before.image_id) == list(found.after.image_id)
    gave = sorted(set(images.image_id) - set(found.before.image_id))
    squares = np.stack([Pictures(run).square(one, 64) for one in gave])
    rest = np.stack([Pictures(run).square(one, 64) for one in found.after.image_id])
    expected = with_statistics_of(run_scorer(run), squares).logits(rest)
    np.testing.assert_allclose(found.after.logit, expected, atol=1e-4)
    stored = dict(zip(images.image_id, images.logit, strict=True))
    assert [stored[name] for name in found.before.image_id] == list(found.before.logit)


def test_another_size_is_refused(run):
    with pytest.raises(ValueError, match="possible"):
        with_batch_norm_of(run, "test", Pictures(run), 5)
