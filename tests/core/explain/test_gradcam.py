"""Heat maps: each definition written out, the library as it is, many threads, and what the overlay leaves visible."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import pytorch_grad_cam
import torch
from pytorch_grad_cam.utils.model_targets import BinaryClassifierOutputTarget
from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection_with_sign_correction

from core.explain.gradcam import EXPLAINS_THE_CLASS, LAYERS, METHODS, HeatMaps, first_component
from core.explain.heat_overlay import overlay
from core.model.network import Preprocessing, build_network, load_checkpoint, prepare, save_checkpoint
from core.model.scorer import Scorer


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(4)
    file = tmp_path_factory.mktemp("gradcam") / "best_model.pt"
    network = build_network()
    network.train()
    for _ in range(3):  # running statistics away from their initial values
        network(torch.rand(8, 3, 96, 96))
    network.fc.weight.data += 0.01  # so that most images have some evidence
    save_checkpoint(file, network, Preprocessing(image_size=96))
    return file


@pytest.fixture(scope="module")
def heat_maps(checkpoint: Path) -> HeatMaps:
    return HeatMaps(Scorer.load(checkpoint))


@pytest.fixture(scope="module")
def squares() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (8, 96, 96), dtype=np.uint8)


def differentiated(checkpoint: Path, square: np.ndarray, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """Output of a block, (c, h, w), and the gradient of the logit there, by hooks on the whole network."""
    network, preprocessing, _ = load_checkpoint(checkpoint)
    features = {}
    getattr(network, layer).register_forward_hook(lambda module, inputs, output: features.update(last=output))
    logit = network(prepare(torch.from_numpy(square)[None], preprocessing))[0, 0]
    (gradient,) = torch.autograd.grad(logit, features["last"])
    return features["last"][0].detach().double().numpy(), gradient[0].double().numpy()


def grad_cam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Selvaraju et al. 2017, equations 1 and 2."""
    return np.einsum("c,chw->hw", g.mean(axis=(1, 2)), a)


def grad_cam_plus_plus(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Chattopadhay et al. 2018, equations 11 and 19, for an exponential score, whose derivatives are powers of g."""
    guard = 1e-6  # the library's; it decides where the gradient is as small as its square root
    alpha = g**2 / (2 * g**2 + a.sum(axis=(1, 2), keepdims=True) * g**3 + guard)
    return np.einsum("c,chw->hw", (alpha * np.maximum(g, 0)).sum(axis=(1, 2)), a)


def hires_cam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Draelos and Carin 2020, equation 5."""
    return (a * g).sum(axis=0)


def layer_cam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Jiang et al. 2021, equations 6 and 7."""
    return (np.maximum(g, 0) * a).sum(axis=0)


def eigen_cam(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """First principal component, by the eigenvectors of the inner products of places; its larger end is positive."""
    centred = (a - a.mean(axis=(1, 2), keepdims=True)).reshape(len(a), -1)
    value, vector = np.linalg.eigh(centred.T @ centred)
    projection = np.sqrt(max(value[-1], 0)) * vector[:, -1].reshape(a.shape[1:])
    return projection * np.sign(projection.ravel()[np.abs(projection).argmax()])


DEFINITIONS = {
    "grad_cam": grad_cam,
    "grad_cam_plus_plus": grad_cam_plus_plus,
    "hires_cam": hires_cam,
    "eigen_cam": eigen_cam,
    "layer_cam": layer_cam,
}


def interpolated(coarse: np.ndarray, size: int) -> np.ndarray:
    """Bilinear between the middles of the fields, which reach to the border; torch's, where ours is OpenCV's."""
    evidence = torch.from_numpy(np.maximum(coarse, 0))[None, None]
    return torch.nn.functional.interpolate(evidence, size=(size, size), mode="bilinear")[0, 0].numpy()


@pytest.mark.parametrize("layer", ["layer4", pytest.param("layer2", marks=pytest.mark.long)])
@pytest.mark.parametrize("method", METHODS)
def test_map_is_its_definition_written_out(
    checkpoint: Path, heat_maps: HeatMaps, squares: np.ndarray, method: str, layer: str
):
    with_evidence = 0
    for square in squares[:4]:
        found = heat_maps(square, method=method, layer=layer)
        expected = interpolated(DEFINITIONS[method](*differentiated(checkpoint, square, layer)), 96)
        assert found.shape == (96, 96) and found.dtype == np.float32
        if expected.max() > 0:
            with_evidence += 1
            assert np.abs(found - expected / expected.max()).max() < 2e-4
            assert found.min() >= 0 and found.max() == 1
        else:
            assert not found.any()
    assert with_evidence


@pytest.mark.parametrize(
    "layer", ["layer4", *(pytest.param(one, marks=pytest.mark.long) for one in LAYERS if one != "layer4")]
)
@pytest.mark.parametrize("method", sorted(EXPLAINS_THE_CLASS))
def test_map_is_the_library_s(checkpoint: Path, heat_maps: HeatMaps, squares: np.ndarray, method: str, layer: str):
    """As pytorch-grad-cam makes it by hooks and a whole backward pass; it takes the smallest value as 0."""
    network, preprocessing, _ = load_checkpoint(checkpoint)
    library = {
        "grad_cam": pytorch_grad_cam.GradCAM,
        "grad_cam_plus_plus": pytorch_grad_cam.GradCAMPlusPlus,
        "hires_cam": pytorch_grad_cam.HiResCAM,
        "layer_cam": pytorch_grad_cam.LayerCAM,
    }[method](network, [getattr(network, layer)])
    batch = prepare(torch.from_numpy(squares[0])[None], preprocessing)
    expected = library(batch, targets=[BinaryClassifierOutputTarget(1)])[0]
    library.activations_and_grads.release()
    found = heat_maps(squares[0], method=method, layer=layer)
    lifted = np.maximum(found - found.min(), 0)
    assert np.abs(expected - lifted / max(lifted.max(), 1e-9)).max() < 1e-3


def test_cutting_the_network_leaves_its_logit(checkpoint: Path, heat_maps: HeatMaps, squares: np.ndarray):
    network, preprocessing, _ = load_checkpoint(checkpoint)
    batch = prepare(torch.from_numpy(squares), preprocessing)
    with torch.no_grad():
        for before, after in heat_maps._parts.values():
            assert torch.equal(after(before(batch)), network(batch))


def test_a_map_of_one_field_is_that_field_everywhere(tmp_path: Path):
    """At 32 pixels the last block has one field: evidence or none, but not nothing because nothing stands out."""
    torch.manual_seed(0)
    network = build_network()
    torch.nn.init.ones_(network.fc.weight)
    save_checkpoint(tmp_path / "m.pt", network, Preprocessing(image_size=32))
    assert (HeatMaps(Scorer.load(tmp_path / "m.pt"))(np.full((32, 32), 90, np.uint8)) == 1).all()


def test_without_evidence_the_map_is_zero(tmp_path: Path, squares: np.ndarray):
    torch.manual_seed(0)
    network = build_network()
    torch.nn.init.constant_(network.fc.weight, -1.0)
    save_checkpoint(tmp_path / "m.pt", network, Preprocessing(image_size=96))
    for method in EXPLAINS_THE_CLASS:
        assert not HeatMaps(Scorer.load(tmp_path / "m.pt"))(squares[0], method=method).any()


def test_eigen_cam_does_not_ask_what_follows(tmp_path: Path, squares: np.ndarray):
    """The same features under the opposite classifier: the same map, which is why it explains no class."""
    torch.manual_seed(0)
    network, maps = build_network(), []
    for _ in range(2):
        save_checkpoint(tmp_path / "m.pt", network, Preprocessing(image_size=96))
        made = HeatMaps(Scorer.load(tmp_path / "m.pt"))
        maps.append({method: made(squares[0], method=method) for method in METHODS})
        torch.nn.init.zeros_(network.fc.bias)
        network.fc.weight.data.neg_()
    unchanged = {method for method in METHODS if (maps[0][method] == maps[1][method]).all()}
    assert unchanged == set(METHODS) - EXPLAINS_THE_CLASS == {"eigen_cam"}


def test_first_component_of_a_single_place_is_nothing():
    assert first_component(np.ones((3, 1, 1), np.float32)) == 0


@pytest.mark.parametrize("shape", [(512, 3, 3), (64, 12, 12), (2, 1, 5)])
def test_first_component_keeps_its_sign(shape: tuple[int, int, int]):
    rng = np.random.default_rng(5)
    for _ in range(3):
        features = rng.normal(size=shape).astype(np.float32)
        found = first_component(features)
        assert np.allclose(found, eigen_cam(features.astype(float), features), atol=1e-3)
        assert np.allclose(found, get_2d_projection_with_sign_correction(features[np.newaxis])[0], atol=1e-3)
        assert found.max() >= -found.min()
        assert np.allclose(first_component(-features), found, atol=1e-3)


def test_nothing_is_left_in_the_network(heat_maps: HeatMaps, squares: np.ndarray):
    with torch.no_grad():
        inside = heat_maps(squares[0])
    modules = [module for parts in heat_maps._parts.values() for part in parts for module in part.modules()]
    for method in METHODS:
        heat_maps(squares[0], method=method)
        assert all(not m._forward_hooks and not m._backward_hooks and not m._forward_pre_hooks for m in modules)
        assert all(p.grad is None for module in modules for p in module.parameters())
    assert (inside == heat_maps(squares[0])).all()


def test_many_threads_get_their_own_maps(heat_maps: HeatMaps, squares: np.ndarray):
    """All methods and layers at once, in a changed order each time."""
    asked = [(i, method, layer) for i in range(2) for method in METHODS for layer in ("layer4", "layer3")]
    alone = {one: heat_maps(squares[one[0]], method=one[1], layer=one[2]) for one in asked}
    mixed = [asked[i] for _ in range(2) for i in np.random.default_rng(0).permutation(len(asked))]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda one: heat_maps(squares[one[0]], method=one[1], layer=one[2]), mixed))
    for one, found in zip(mixed, together, strict=True):
        assert np.allclose(found, alone[one], atol=1e-5), one


def test_an_image_of_another_size_is_refused(heat_maps: HeatMaps):
    with pytest.raises(ValueError, match="96 x 96"):
        heat_maps(np.zeros((64, 64), dtype=np.uint8))


@pytest.mark.parametrize("choice", [{"method": "../x"}, {"layer": "fc"}, {"method": "Grad-CAM"}])
def test_what_does_not_exist_is_refused(heat_maps: HeatMaps, squares: np.ndarray, choice: dict[str, str]):
    with pytest.raises(ValueError, match="no heat map"):
        heat_maps(squares[0], **choice)


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
