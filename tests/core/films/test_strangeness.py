"""What a network knows, against distances by scipy and limits by hand."""

import json
import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from core.errors import RunFolderError
from core.films.features import read_features
from core.films.strangeness import FEWEST_PATIENTS, acquaintance, alarms, conformal_limit, too_few
from core.runs.hiding import visible
from core.runs.store import read_run
from tests.core.films.features_of_runs import add_drawn_features


@pytest.fixture(scope="module")
def run(tmp_path_factory, write_run):
    folder = write_run(tmp_path_factory.mktemp("runs"), "known", sizes={"train": 60, "validation": 240, "test": 100})
    add_drawn_features(folder)
    return read_run(folder)


def standardised(run, name):
    sets = read_features(run)
    spread = sets["train"].values.astype(np.float64).std(axis=0) + 1e-3
    return sets[name].values.astype(np.float64) / spread


def test_a_distance_is_that_to_the_tenth_nearest_of_train(run):
    films = read_features(run)["test"].values
    expected = np.sort(cdist(standardised(run, "test"), standardised(run, "train")), axis=1)[:, 9]
    np.testing.assert_allclose(acquaintance(run).distance(films), expected, rtol=1e-4)


def test_the_nearest_films_are_those_of_brute_force(run):
    film = read_features(run)["test"].values[3]
    apart = cdist(standardised(run, "test")[3:4], standardised(run, "train"))[0]
    found = acquaintance(run).nearest(film)
    assert [name for name, _ in found] == list(read_features(run)["train"].image_id[np.argsort(apart)[:3]])
    assert [distance for _, distance in found] == pytest.approx(np.sort(apart)[:3], rel=1e-4)


def test_validation_counts_one_image_a_patient(run):
    validation = run.predictions("validation")
    assert validation.n == 240 and validation.n_patients == 120
    assert len(acquaintance(run).validation) == 120


@pytest.mark.parametrize(("n", "rank"), [(99, 99), (100, 100), (199, 198), (500, 496)])
def test_the_limit_is_the_conformal_quantile(n, rank):
    assert conformal_limit(np.arange(1.0, n + 1)) == rank


def test_below_99_patients_there_is_no_limit_and_the_reason(tmp_path, write_run):
    assert FEWEST_PATIENTS == 99
    assert math.isnan(conformal_limit(np.arange(98.0)))
    folder = write_run(tmp_path, "few", sizes={"train": 20, "validation": 196, "test": 20})
    add_drawn_features(folder)
    known = acquaintance(read_run(folder))
    assert math.isnan(known.limit) and known.reason == too_few(98)
    found = alarms(known, read_run(folder).predictions("test"), read_features(read_run(folder))["test"])
    assert math.isnan(found.value) and "98 patients" in found.reason


def test_the_mean_share_of_false_alarms_keeps_the_promise():
    """Exchangeable films: the share beyond the limit is 1 % or less, on average over calibrations."""
    rng = np.random.default_rng(0)
    rates = [(rng.random(2000) > conformal_limit(np.sort(rng.random(150)))).mean() for _ in range(2000)]
    assert np.mean(rates) <= 0.0105
    assert np.mean(rates) > 0.005


def test_the_p_value_counts_patients_at_least_as_strange(run):
    known = acquaintance(run)
    at = float(known.validation[100])
    assert known.as_strange(at) == (20 + 1) / (120 + 1)
    assert known.as_strange(known.validation[-1] + 1) == 1 / 121


def test_alarms_of_a_set_are_counted(run):
    known, features = acquaintance(run), read_features(run)["test"]
    found = alarms(known, run.predictions("test"), features)
    beyond = known.distance(features.of(run.predictions("test").image_id)) > known.limit
    assert found.value == pytest.approx(beyond.mean())
    assert found.low < found.value or not beyond.any()


def test_a_hidden_run_gives_no_features_of_test(run):
    assert set(read_features(visible(run, hidden=True))) == {"train", "validation"}


def test_a_run_without_features_is_whole_and_knows_nothing(tmp_path, write_run):
    run = read_run(write_run(tmp_path, "plain"))
    assert read_features(run) is None and acquaintance(run) is None


def test_another_file_in_its_place_is_refused(tmp_path, write_run):
    folder = write_run(tmp_path, "odd")
    add_drawn_features(folder)
    run = read_run(folder)
    (folder / "features.npz").write_bytes(b"nothing")
    with pytest.raises(RunFolderError, match=r"has \d+ bytes"):
        read_run(folder)
    with pytest.raises(RunFolderError, match="not a file of features"):
        read_features(run)
    assert "features.npz" in json.loads((folder / "manifest.json").read_text())["files"]
