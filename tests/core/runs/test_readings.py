"""A radiologist's file is a run: 0 and 1, or grades from 1 to 5, centred on where a reader parts well from ill."""

import numpy as np
import pandas as pd
import pytest

from core.errors import ImportFileError
from core.runs.compare import points_of
from core.runs.importer import import_predictions, import_sites
from core.runs.odd_scores import odd_scores_in_words
from core.runs.store import read_run


@pytest.fixture
def imported(tmp_path):
    def make(readings, **columns):
        table = pd.DataFrame(
            {
                "image_id": [f"{i}.png" for i in range(len(readings))],
                "y_true": np.arange(len(readings)) % 2,
                "reading": readings,
                **columns,
            }
        )
        table.to_csv(tmp_path / "reader.csv", index=False)
        return read_run(import_predictions(tmp_path / "reader.csv", name="reader", out=tmp_path))

    return make


@pytest.mark.parametrize(
    ("readings", "zero", "first"),
    [
        ([0, 1, 1, 0], 0.5, "the higher of its two scores"),
        ([1, 5, 3, 2, 4, 3], 2.5, "3 or above"),
        ([1, 5, 4, 2], 2.5, "4 or above"),
        ([1, 2, 1, 2], 2.5, "2 or above"),
        ([4, 5, 4, 5], 2.5, "5 or above"),
    ],
)
def test_a_score_of_zero_parts_well_from_ill(imported, readings, zero, first):
    run = imported(readings)
    images = run.predictions("test")
    assert images.logit.tolist() == [reading - zero for reading in readings]
    assert run.manifest["data"]["score"] == "reading" and run.manifest["data"]["reading_at_zero"] == zero
    point = points_of(run, images)[0]
    assert point.name == first
    if len(set(readings)) > 2 or zero == 0.5:
        assert ((images.logit >= point.threshold) == (images.logit >= 0)).all()
    assert odd_scores_in_words(run) == []


@pytest.mark.parametrize(
    ("readings", "said"), [([1, 2, 6], "'6' is not a whole"), ([0, 1, 2], "'0' is not a whole"), ([1, 2.5], "'2.5'")]
)
def test_what_is_no_reading_is_refused_by_its_row(imported, readings, said):
    with pytest.raises(ImportFileError, match=said):
        imported(readings)


def test_beside_a_models_score_the_column_is_a_subgroup(imported):
    run = imported(["a", "b", "a", "b"], logit=[0.5, -1.0, 2.0, 0.1])
    assert run.predictions("test").subgroups["reading"].tolist() == ["a", "b", "a", "b"]
    assert run.manifest["data"]["score"] == "logit"


def test_a_site_has_the_grades_of_its_run(tmp_path, imported):
    run = imported([1, 5, 3, 2, 4, 3])
    for name, readings in (("ones", [1, 1, 1, 1]), ("yes-no", [0, 1, 1, 0])):
        table = pd.DataFrame({"image_id": range(4), "y_true": [0, 1, 0, 1], "reading": readings})
        table.to_csv(tmp_path / "site.csv", index=False)
        with pytest.raises(ImportFileError, match="not readings of the same grades"):
            import_sites(tmp_path / "site.csv", run, site=name)
    assert not read_run(run.folder).sites.whole
