"""One network with a logit a finding: unknown truths add nothing, and one finding is computed as ever."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, roc_auc_score

from core.explain.gradcam import HeatMaps
from core.model.fit import Examples, _mean_figures, loss_of_each
from core.model.network import Preprocessing, build_network, load_checkpoint, save_checkpoint
from core.model.scorer import Scorer

LABEL = np.array([[1, 0, np.nan], [0, np.nan, np.nan], [1, 1, 0]], dtype=np.float32)


def test_the_loss_is_the_mean_over_the_known_findings_of_an_image() -> None:
    outputs = torch.tensor([[0.5, -1.0, 9.0], [2.0, 7.0, -8.0], [-0.3, 0.1, 1.5]], requires_grad=True)
    losses = loss_of_each(outputs, torch.from_numpy(LABEL))
    p = torch.sigmoid(outputs).detach().numpy()
    for row, found in enumerate(losses.tolist()):
        known = ~np.isnan(LABEL[row])
        wanted = [log_loss([y], [q], labels=[0, 1]) for y, q in zip(LABEL[row][known], p[row][known], strict=True)]
        assert found == pytest.approx(np.mean(wanted), rel=1e-5)
    losses.sum().backward()
    assert outputs.grad is not None
    assert (outputs.grad.numpy()[np.isnan(LABEL)] == 0).all()
    assert (outputs.grad.numpy()[~np.isnan(LABEL)] != 0).all()


def test_figures_of_an_epoch_are_the_mean_of_those_that_are_defined() -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, (40, 2)).astype(np.float32)
    label[:7, 0] = np.nan
    label = np.column_stack([label, np.ones(40, dtype=np.float32)])  # a finding of one class has no area
    outputs = rng.normal(size=(40, 3))
    found = _mean_figures(label, outputs)
    areas = [roc_auc_score(label[7:, 0], outputs[7:, 0]), roc_auc_score(label[:, 1], outputs[:, 1])]
    assert found["val_auroc"] == pytest.approx(np.mean(areas))


def test_examples_say_how_many_findings_they_are_of() -> None:
    pixels, rows = np.zeros((3, 8, 8), dtype=np.uint8), np.arange(3)
    assert Examples(pixels=pixels, rows=rows, label=LABEL).outputs == 3
    assert Examples(pixels=pixels, rows=rows, label=np.zeros(3, dtype=np.int8)).outputs == 1


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(3)
    file = tmp_path_factory.mktemp("network") / "two.pt"
    save_checkpoint(file, build_network(outputs=2).eval(), Preprocessing(image_size=32))
    return file


def test_a_checkpoint_of_two_findings_is_read_with_both(two: Path) -> None:
    network, _, _ = load_checkpoint(two)
    assert network.get_submodule("fc").out_features == 2
    saved = torch.load(two, weights_only=True)["state_dict"]
    assert torch.equal(network.state_dict()["fc.weight"], saved["fc.weight"])


def test_a_scorer_gives_the_logits_of_its_finding(two: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 32, 32), dtype=np.uint8)
    first, second = (Scorer.load(two, output=place) for place in (0, 1))
    outputs = first.scores(pixels).outputs
    assert outputs.shape == (5, 2)
    np.testing.assert_array_equal(first.logits(pixels), outputs[:, 0])
    np.testing.assert_array_equal(second.logits(pixels), outputs[:, 1])
    assert not np.array_equal(outputs[:, 0], outputs[:, 1])


def test_a_heat_map_explains_its_finding(two: Path) -> None:
    square = np.random.default_rng(1).integers(0, 256, (32, 32), dtype=np.uint8)
    maps = [HeatMaps(Scorer.load(two, output=place))(square, layer="layer2") for place in (0, 1)]
    assert not np.array_equal(*maps)
