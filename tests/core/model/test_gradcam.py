"""Heat maps: the definition of Grad-CAM written out, many threads, and what the overlay leaves visible."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from core.model.gradcam import HeatMaps
from core.model.heat_overlay import overlay
from core.model.network import Preprocessing, build_network, load_checkpoint, prepare, save_checkpoint


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(4)
    file = tmp_path_factory.mktemp("gradcam") / "best_model.pt"
    network = build_network()
    network.train()
    for _ in range(3):  # running statistics away from their initial values
        network(torch.rand(8, 3, 96, 96))
    save_checkpoint(file, network, Preprocessing(image_size=96))
    return file


@pytest.fixture(scope="module")
def squares() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (8, 96, 96), dtype=np.uint8)


def written_out(checkpoint: Path, square: np.ndarray) -> np.ndarray:
    """Grad-CAM of the logit at the last block, before scaling: ReLU of the gradient-weighted sum of feature maps."""
    network, preprocessing = load_checkpoint(checkpoint)
    features = {}
    network.layer4[-1].register_forward_hook(lambda module, inputs, output: features.update(last=output))
    logit = network(prepare(torch.from_numpy(square)[None], preprocessing))[0, 0]
    (gradient,) = torch.autograd.grad(logit, features["last"])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return torch.relu((weights * features["last"]).sum(dim=1))[0].detach().numpy()


def test_map_is_grad_cam_of_the_logit(checkpoint: Path, squares: np.ndarray):
    heat_maps = HeatMaps(checkpoint)
    for square in squares[:3]:
        expected, found = written_out(checkpoint, square), heat_maps(square)
        assert found.shape == (96, 96)
        assert 0 <= found.min() <= found.max() <= 1
        if expected.max() == 0:
            assert found.max() == 0
            continue
        blocks = found.reshape(3, 32, 3, 32)[:, 12:20, :, 12:20].mean(axis=(1, 3))  # the middle of each feature's block
        assert np.corrcoef(blocks.ravel(), expected.ravel())[0, 1] > 0.97


def test_many_threads_get_their_own_maps(checkpoint: Path, squares: np.ndarray):
    heat_maps = HeatMaps(checkpoint)
    alone = [heat_maps(square) for square in squares]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(heat_maps, list(squares) * 4))
    for i, found in enumerate(together):
        assert np.allclose(found, alone[i % len(squares)], atol=1e-5)


def test_an_image_of_another_size_is_refused(checkpoint: Path):
    with pytest.raises(ValueError, match="96 x 96"):
        HeatMaps(checkpoint)(np.zeros((64, 64), dtype=np.uint8))


def test_without_evidence_the_radiograph_shows_unchanged():
    gray = np.arange(60, dtype=np.uint8).reshape(6, 10)
    shown = overlay(gray, np.zeros((3, 3), dtype=np.float32))
    assert shown.shape == (6, 10, 3)
    assert (shown == gray[:, :, np.newaxis]).all()


def test_evidence_colours_its_place_only():
    gray, heat = np.full((60, 60), 100, dtype=np.uint8), np.zeros((60, 60), dtype=np.float32)
    heat[:30] = 1
    shown = overlay(gray, heat).astype(int)
    assert np.ptp(shown[10, 30]) > 20
    assert np.ptp(shown[50, 30]) == 0
