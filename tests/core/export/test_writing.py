"""A run taken elsewhere: ONNX with torch's logits, thresholds, a card that tells no more than the run, and refusals."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from core import __main__ as program
from core.config import TrainConfig
from core.errors import ConfigError, InstallationError, RunFolderError
from core.explain.pictures import Pictures
from core.export import onnx_model, writing
from core.model.scorer import Scorer
from core.runs.hiding import open_run
from core.runs.store import Run, read_run

MISSING = "needs onnx and onnxruntime: pip install -r requirements-export.txt"


@pytest.fixture
def run(write_run_with_images, tmp_path: Path) -> Run:
    return read_run(write_run_with_images(tmp_path, "run"))


@pytest.fixture
def as_if_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards and thresholds can be looked at without the packages."""
    monkeypatch.setattr(writing, "check_packages", lambda: None)
    monkeypatch.setattr(writing, "onnx_model", lambda scorer: b"model")
    monkeypatch.setattr(writing, "check_model", lambda model, scorer, squares: 1e-6)


def test_onnx_has_torchs_logits_on_the_images_of_the_run(run, tmp_path, capsys):
    pytest.importorskip("onnx", reason=MISSING)
    onnxruntime = pytest.importorskip("onnxruntime", reason=MISSING)
    assert program.main(["export", str(run.folder), "--to", str(tmp_path / "out")]) == 0
    assert "compared with torch on 24 images of the run" in capsys.readouterr().out
    session = onnxruntime.InferenceSession(tmp_path / "out" / "model.onnx", providers=["CPUExecutionProvider"])
    pictures = Pictures(run)
    squares = np.stack([pictures.square(image_id, 64) for image_id in run.records["image_id"]])
    expected = Scorer.load(run.checkpoint).logits(squares)
    for images in (squares, squares[:1]):
        (logit,) = session.run(None, {"images": images})
        assert logit.shape == (len(images),)
        assert np.abs(logit - expected[: len(images)]).max() < 1e-4


def test_a_hundred_phantoms_where_the_images_are_gone(run, tmp_path):
    pytest.importorskip("onnx", reason=MISSING)
    pytest.importorskip("onnxruntime", reason=MISSING)
    shutil.rmtree(run.config.data)
    made = writing.export(run, tmp_path / "out")
    assert (made.images, made.kind) == (100, "phantoms")
    assert made.difference <= 1e-4


def test_logits_that_differ_are_not_written(run, tmp_path, as_if_there, monkeypatch):
    monkeypatch.setattr(writing, "check_model", onnx_model.check_model)
    monkeypatch.setattr(onnx_model, "largest_difference", lambda model, scorer, squares: float("nan"))
    with pytest.raises(RunFolderError, match=r"differ from torch's by up to nan on 24 images.*nothing was written"):
        writing.export(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_missing_packages_are_named_with_the_remedy(run, tmp_path, monkeypatch):
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(onnx_model.importlib, "import_module", missing)
    with pytest.raises(InstallationError, match=r"onnx is not installed[^\n]*\n.*-r requirements-export\.txt"):
        writing.export(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_thresholds_are_those_of_the_run(run, tmp_path, as_if_there):
    writing.export(run, tmp_path / "out")
    told = json.loads((tmp_path / "out" / "thresholds.json").read_text())
    temperature = run.calibration["temperature"]["value"]
    assert told["temperature"] == temperature
    assert {p["name"]: p["threshold"] for p in told["operating_points"]} == {
        p["name"]: p["threshold"] for p in run.operating_points if p["threshold"] is not None
    }
    for point in told["operating_points"]:
        assert point["probability_calibrated"] == pytest.approx(expit(point["threshold"] / temperature))
    assert (told["classes"], told["locked"]) == ({"0": "NORMAL", "1": "PNEUMONIA"}, [])


def head_of(card: str) -> str:
    begin, head, _ = card.split("---\n", 2)
    assert begin == ""
    return head


def test_the_card_tells_what_the_run_says(run, tmp_path, as_if_there):
    made = writing.export(run, tmp_path / "out")
    card = (tmp_path / "out" / "MODEL_CARD.md").read_text()
    assert {path.name for path in made.files} == {"model.onnx", "thresholds.json", "MODEL_CARD.md"}
    area = run.metrics["test"]["auroc"]
    assert f"value: {area['value']!r}" in head_of(card)
    assert f"{area['value']:.3f} ({area['low']:.3f} to {area['high']:.3f})" in card
    assert "Research use only. Not for diagnosis." in card
    assert "uint8 (n, 64, 64)" in card
    assert not [patient for patient in run.records["patient_id"] if str(patient) in card]
    assert str(tmp_path) not in card


def test_a_hidden_test_stays_hidden(write_run, network_file, tmp_path, as_if_there, monkeypatch):
    config = TrainConfig(data="radiographs", image_size=64, epochs=1, weights="none", hide_test=True)
    folder = write_run(tmp_path, "blind", config=config)
    monkeypatch.setattr(writing, "run_scorer", lambda run: Scorer.load(network_file))
    writing.export(open_run(folder), tmp_path / "out")
    card, area = (tmp_path / "out" / "MODEL_CARD.md").read_text(), read_run(folder).metrics["test"]["auroc"]
    assert "Test is hidden until a threshold is locked" in card
    assert "radiographs, test" not in card and f"{area['value']:.3f} (" not in card


def test_text_of_the_data_is_text(write_run_with_images, tmp_path, as_if_there):
    hostile = "![x](http://example.org/x.png) <b>\n# head"
    run = read_run(write_run_with_images(tmp_path, "run", data={"class_names": ["NORMAL", hostile], "name": "a: [b"}))
    writing.export(run, tmp_path / "out")
    card = (tmp_path / "out" / "MODEL_CARD.md").read_text()
    assert "](http" not in card and "<b>" not in card and "\n# head" not in card
    assert 'name: "a: [b, test"' in head_of(card)


def test_places_that_are_no_folders_are_refused(run, tmp_path, as_if_there):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="is a file; name a folder"):
        writing.export(run, tmp_path / "file")
    with pytest.raises(RunFolderError, match="cannot be written"):
        writing.export(run, tmp_path / "file" / "below")
