"""One scorer: the network's logits, bit by bit the same whatever is scored beside them, by whom and how often."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from scipy.special import expit

import core.model.scorer
from core.errors import WeightsError
from core.model.network import Preprocessing, build_network, load_checkpoint, prepare, save_checkpoint
from core.model.scorer import BATCH, Scorer


@pytest.fixture(scope="module")
def scorer(network_file) -> Scorer:
    return Scorer.load(network_file)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2 * BATCH + 5, 64, 64), dtype=np.uint8)


@pytest.fixture(scope="module")
def logits(scorer, pixels) -> np.ndarray:
    return scorer.logits(pixels)


def test_logits_and_features_are_the_networks(network_file, scorer, pixels, logits):
    network, preprocessing, _ = load_checkpoint(network_file)
    seen = []
    network.avgpool.register_forward_hook(lambda module, inputs, output: seen.append(output.flatten(1)))
    with torch.inference_mode():
        expected = network(prepare(torch.from_numpy(pixels), preprocessing))[:, 0].numpy()
    assert np.abs(logits - expected).max() < 1e-5
    features = scorer.features(pixels)
    assert features.shape == (len(pixels), 512) and features.dtype == np.float32
    assert np.abs(features - seen[0].numpy()).max() < 1e-5


def test_an_image_has_one_logit_alone_in_any_batch_and_at_any_place(scorer, pixels, logits):
    alone = [scorer.logits(pixels[i : i + 1])[0] for i in range(len(pixels))]
    assert (alone == logits).all()
    order = np.random.default_rng(1).permutation(len(pixels))
    assert (scorer.logits(pixels, order) == logits[order]).all()
    assert (scorer.logits(pixels, np.full(BATCH + 1, 3)) == logits[3]).all()
    assert (scorer.scores(pixels).logit == logits).all()


def test_the_network_sees_batches_of_one_shape_only(network_file, pixels):
    scorer, shapes = Scorer.load(network_file), []
    scorer.network.conv1.register_forward_hook(lambda module, inputs, output: shapes.append(tuple(inputs[0].shape)))
    for count in (1, BATCH, len(pixels)):
        scorer.logits(pixels[:count])
    assert set(shapes) == {(BATCH, 3, 64, 64)} and len(shapes) == 1 + 1 + 3


def test_many_threads_get_the_same_bits(scorer, pixels, logits):
    parts = [np.random.default_rng(i).permutation(len(pixels))[: 1 + i] for i in range(12)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda rows: scorer.logits(pixels, rows), parts))
    assert all((logit == logits[rows]).all() for logit, rows in zip(found, parts, strict=True))


def test_the_threads_of_the_fit_are_used_and_given_back(network_file, pixels, monkeypatch):
    monkeypatch.setattr(core.model.scorer, "processors", lambda: 3)
    before, asked = torch.get_num_threads(), []
    scorer = Scorer.load(network_file)
    assert scorer.threads == before
    scorer.network.conv1.register_forward_hook(lambda *_: asked.append(torch.get_num_threads()))
    for scorer.threads in (3, 4, None):
        scorer.logits(pixels[:1])
    assert asked == [3, before, before]
    assert torch.get_num_threads() == before


def test_a_checkpoint_that_notes_no_threads_is_read_and_one_that_notes_nonsense_is_not(tmp_path):
    save_checkpoint(tmp_path / "w.pt", build_network(), Preprocessing(image_size=64))
    saved = torch.load(tmp_path / "w.pt", weights_only=True)
    torch.save({name: saved[name] for name in ("state_dict", "preprocessing")}, tmp_path / "old.pt")
    assert Scorer.load(tmp_path / "old.pt").threads is None
    torch.save({**saved, "threads": "many"}, tmp_path / "bad.pt")
    with pytest.raises(WeightsError, match=r"bad.pt: was fitted with 'many' threads"):
        Scorer.load(tmp_path / "bad.pt")


def test_a_network_that_is_being_fitted_is_scored_in_evaluation_mode(network_file, pixels, logits):
    network, preprocessing, _ = load_checkpoint(network_file)
    assert (Scorer(network.train(), preprocessing).logits(pixels) == logits).all()


def test_no_images_no_logits(scorer, pixels):
    assert scorer.logits(pixels[:0]).shape == (0,)
    assert scorer.features(pixels[:0]).shape == (0, 512)


def test_images_of_another_size_are_refused(scorer):
    with pytest.raises(ValueError, match=r"images of \(32, 64\), the network sees 64 x 64"):
        scorer.logits(np.zeros((2, 32, 64), np.uint8))


def test_the_probability_is_calibrated_where_there_is_a_temperature(network_file):
    logit = np.array([-800.0, -1.0, 0.0, 3.0, 800.0])
    assert (Scorer.load(network_file, temperature=2.5).probability(logit) == expit(logit / 2.5)).all()
    assert (Scorer.load(network_file).probability(logit) == expit(logit)).all()
