"""Heat maps of a run: the network's own, kept exactly and made once."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

import core.explain.explanations
from core.errors import ImageError, RunFolderError, WeightsError
from core.explain.explanations import Explanations
from core.explain.gradcam import HeatMaps
from core.explain.heat_map_choice import LAYERS, METHODS
from core.explain.pictures import Pictures
from core.model.scorer import Scorer
from core.runs.store import Run, read_run


@pytest.fixture
def run(write_run_with_images, tmp_path: Path) -> Run:
    return read_run(write_run_with_images(tmp_path, "run"))


def explanations_of(run: Run) -> Explanations:
    return Explanations(run, Pictures(run))


def kept_maps(run: Run) -> list[Path]:
    return sorted(path for path in (run.folder / "cache" / "heat_maps").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("method", "layer"),
    [
        ("grad_cam", "layer4"),
        pytest.param("layer_cam", "layer2", marks=pytest.mark.long),
        pytest.param("eigen_cam", "layer3", marks=pytest.mark.long),
    ],
)
def test_maps_are_the_network_s_and_kept(run: Run, method: str, layer: str):
    heat_maps, pictures = HeatMaps(Scorer.load(run.checkpoint)), Pictures(run)
    for image_id in run.records["image_id"][:4]:
        found = explanations_of(run).heat_map(image_id, method=method, layer=layer)
        expected = heat_maps(pictures.square(image_id, 64), method=method, layer=layer)
        assert found.dtype == np.float32 and found.shape == (64, 64)
        assert np.abs(found - expected).max() <= 0.51 / 65535
        assert (explanations_of(run).heat_map(image_id, method=method, layer=layer) == found).all()
    assert {path.parent.name for path in kept_maps(run)} == {f"{method}-{layer}"}
    assert cv2.imread(str(kept_maps(run)[0]), cv2.IMREAD_UNCHANGED).dtype == np.uint16, "viewers can show what is kept"


def test_each_image_method_and_layer_is_kept_apart(run: Run):
    explanations, image_ids = explanations_of(run), run.records["image_id"][:2]
    made = [
        explanations.heat_map(image_id, method=method, layer=layer).tobytes()
        for image_id in image_ids
        for method in METHODS
        for layer in LAYERS
    ]
    assert len(kept_maps(run)) == len(made)
    again = [
        explanations.heat_map(image_id, method=method, layer=layer).tobytes()
        for image_id in image_ids
        for method in METHODS
        for layer in LAYERS
    ]
    assert again == made


def test_many_at_once_get_correct_maps_and_each_is_computed_once(run: Run, monkeypatch: pytest.MonkeyPatch):
    image_ids = list(run.records["image_id"][:5])
    alone = {image_id: explanations_of(run).heat_map(image_id) for image_id in image_ids}
    shutil.rmtree(run.folder / "cache")
    computed, compute = [], HeatMaps.__call__

    def counted(self, square, **choice):
        computed.append(square.tobytes())
        return compute(self, square, **choice)

    monkeypatch.setattr(HeatMaps, "__call__", counted)
    together, start = explanations_of(run), threading.Barrier(8)

    def ask(turn: int) -> None:
        start.wait()
        for i in range(len(image_ids)):
            image_id = image_ids[(i + turn // 2) % len(image_ids)]
            other = together if turn % 2 else explanations_of(run)
            assert (other.heat_map(image_id) == alone[image_id]).all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert len(computed) == len(set(computed)) == len(image_ids)


def test_the_network_is_loaded_once(run: Run, monkeypatch: pytest.MonkeyPatch):
    loaded, load = [], Scorer.load
    monkeypatch.setattr(Scorer, "load", lambda file, **where: (loaded.append(file), load(file, **where))[1])
    core.run_scorer._load.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda image_id: explanations_of(run).heat_map(image_id), run.records["image_id"][:4]))
    assert loaded == [run.checkpoint]


@pytest.mark.parametrize("damage", [lambda c: b"", lambda c: c[:-1], lambda c: c[: len(c) // 2], lambda c: c + b"x"])
def test_a_damaged_map_is_made_again(run: Run, damage):
    image_id = run.records["image_id"][0]
    made = explanations_of(run).heat_map(image_id)
    (kept,) = kept_maps(run)
    kept.write_bytes(damage(kept.read_bytes()))
    assert (explanations_of(run).heat_map(image_id) == made).all()


def test_another_network_has_other_maps(write_run_with_images, tmp_path: Path):
    """The cache of one run in the folder of another is not believed."""
    import torch

    from core.model.network import load_checkpoint, save_checkpoint

    run = read_run(write_run_with_images(tmp_path, "run"))
    image_id = run.records["image_id"][0]
    explanations_of(run).heat_map(image_id)
    before = kept_maps(run)
    network, preprocessing, _ = load_checkpoint(run.checkpoint)
    torch.nn.init.ones_(network.fc.weight)
    save_checkpoint(run.checkpoint, network, preprocessing)
    run.manifest["files"]["best_model.pt"]["sha256"] = _sha256(run.checkpoint)
    found = explanations_of(run).heat_map(image_id)
    assert len(kept_maps(run)) == len(before) + 1
    expected = HeatMaps(Scorer.load(run.checkpoint))(Pictures(run).square(image_id, 64), layer="layer2")
    assert np.abs(found - expected).max() < 1e-4


def test_a_network_that_was_changed_explains_nothing(run: Run):
    core.run_scorer._load.cache_clear()
    run.checkpoint.write_bytes(run.checkpoint.read_bytes() + b"x")
    with pytest.raises(RunFolderError, match=r"best_model\.pt: was changed"):
        explanations_of(run).heat_map(run.records["image_id"][0])
    run.checkpoint.unlink()
    with pytest.raises(RunFolderError, match=r"best_model\.pt: cannot be read"):
        explanations_of(run).heat_map(run.records["image_id"][0])
    run.checkpoint.write_bytes(b"no network")
    run.manifest["files"]["best_model.pt"]["sha256"] = _sha256(run.checkpoint)
    with pytest.raises(WeightsError):
        explanations_of(run).heat_map(run.records["image_id"][0])


def test_what_cannot_be_explained_is_said(run: Run):
    first, second = run.records["image_id"][:2]
    shutil.copyfile(Path(run.config.data) / second, Path(run.config.data) / first)
    with pytest.raises(ImageError, match="changed since the fit"):
        explanations_of(run).heat_map(first)
    with pytest.raises(ImageError, match="not an image of this run"):
        explanations_of(run).heat_map("../../x")
    for choice in ({"method": "../../x"}, {"layer": "../x"}):
        with pytest.raises(ValueError, match="no heat map"):
            explanations_of(run).heat_map(second, **choice)
    assert not (run.folder / "cache").exists()


def test_where_nothing_can_be_kept_maps_are_made_each_time(run: Run):
    made = explanations_of(run).heat_map(run.records["image_id"][0])
    shutil.rmtree(run.folder / "cache")
    (run.folder / "cache").write_text("a file in the way")
    assert (explanations_of(run).heat_map(run.records["image_id"][0]) == made).all()


def _sha256(path: Path) -> str:
    from hashlib import sha256

    return sha256(path.read_bytes()).hexdigest()
