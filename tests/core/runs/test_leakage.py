"""What test shares with the data of the fit, in words and figures: of fits, of imports, and where names collide."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from core.__main__ import main
from core.runs.hiding import visible
from core.runs.importer import import_predictions
from core.runs.leakage import leakage_in_words, shared
from core.runs.report import told
from core.runs.seal import sealed
from core.runs.store import Run, read_run


@pytest.fixture
def leaky(write_run: Callable[..., Path], tmp_path: Path) -> Callable[..., Run]:
    """A whole run whose manifest names so many ``patients`` of test, and pairs of identical images."""

    def make(patients: int = 0, copies: int = 0, split: str = "test") -> Run:
        folder = write_run(tmp_path / "runs", "leaky")
        run = read_run(folder)
        ids = list(dict.fromkeys(run.predictions(split).patient_id))[:patients]
        images = [["elsewhere", image] for image in run.predictions(split).image_id[:copies]]
        prefix = "" if split == "test" else "validation_"
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["data"]["leakage"] |= {f"{prefix}patients": ids, f"{prefix}images": images}
        (folder / "manifest.json").write_text(json.dumps(sealed(manifest)))
        return read_run(folder)

    return make


def test_nothing_shared_is_nothing_said(leaky: Callable[..., Run]) -> None:
    run = leaky()
    assert shared(run) == ()
    assert leakage_in_words(run) == []


@pytest.mark.parametrize(("patients", "copies", "split"), [(30, 0, "test"), (0, 9, "test"), (25, 4, "validation")])
def test_counts_and_figures_of_both_parts(leaky: Callable[..., Run], patients: int, copies: int, split: str) -> None:
    run = leaky(patients, copies, split)
    (own,) = shared(run)
    predictions = run.predictions(split)
    known = set(run.manifest["data"]["leakage"]["patients" if split == "test" else "validation_patients"])
    rows = np.array([p in known or i < copies for i, p in enumerate(predictions.patient_id)])
    assert (own.where, own.known, own.copies) == (split, patients, copies)
    assert own.patients == predictions.n_patients
    assert own.parted is not None
    assert own.parted.images == rows.sum()
    (said,) = leakage_in_words(run)
    for part in (~rows, rows):
        assert f"{roc_auc_score(predictions.y_true[part], predictions.logit[part]):.3f} (" in said.text
    if patients:
        assert (
            f"{patients:,} of {predictions.n_patients:,} patients of {split} ({rows.sum():,} images) carry" in said.text
        )
    if copies:
        assert f"{copies:,} images lie there as well, pixel by pixel" in said.text
    assert said.text.endswith("Nothing was dropped.")
    assert str(said).split()[0] in told(run)


def predictions(tmp_path: Path, names: Callable[[int], tuple[str, str, str]]) -> Path:
    """A file of 60 validation and 60 test images; ``names(i)`` gives the patient, and the cause in either set."""
    rng = np.random.default_rng(0)
    rows = []
    for split in ("validation", "test"):
        for i in range(60):
            patient, *causes = names(i)
            cause = causes[split == "test"]
            if i % 2 == 0 or not patient:
                patient, cause = f"{split}-{i}", "none"
            rows.append([f"{patient}_{cause}_{split}.jpeg", patient, split, i % 2, rng.normal() + i % 2, cause])
    file = tmp_path / "rows.csv"
    columns = ["image_id", "patient_id", "split", "y_true", "logit", "subtype"]
    pd.DataFrame(rows, columns=columns).to_csv(file, index=False)
    return file


def test_names_that_collide_are_told_from_patients_that_leak(tmp_path: Path, capsys) -> None:
    """Of 30 shared ids the 10 of whom one side says bacteria and the other virus may be two people each."""
    file = predictions(tmp_path, lambda i: (f"person{i}", "bacteria", "virus" if i < 20 else "bacteria"))
    main(["import", str(file), "--name", "leaky", "--out", str(tmp_path / "runs")])
    out = capsys.readouterr().out
    assert "30 of 60 patients of test (30 images) carry an id that validation has too." in out
    assert "10 of these ids have another subtype there (person1 is person1_virus_test.jpeg in test and " in out
    (own,) = shared(read_run(tmp_path / "runs" / "leaky"))
    assert (own.differ, own.column, own.known) == (10, "subtype", 30)
    assert own.parted is not None
    assert np.isnan(own.parted.shared.value), "all of the shared are ill"


@pytest.mark.parametrize("few", [1, 3, 7])
def test_other_shared_ids(few: int, tmp_path: Path) -> None:
    file = predictions(tmp_path, lambda i: (f"p{i}" if i < 2 * few else "", "none", "none"))
    run = read_run(import_predictions(file, name="few", out=tmp_path / "runs"))
    (said,) = leakage_in_words(run)
    assert said.head == "Test is not apart from validation:"
    assert f"{few} of 60 patients of test ({few} images) carr" in said.text
    assert "Names may collide, if two people were given one id (p1 is " in said.text


def test_a_hidden_test_gives_no_figure(leaky: Callable[..., Run]) -> None:
    hidden = visible(leaky(12), hidden=True)
    (own,) = shared(hidden)
    assert own.parted is None
    (said,) = leakage_in_words(hidden)
    assert said.text.startswith("12 patients of test carry an id")
    assert "AUROC" not in said.text


def test_everybody_shared_leaves_no_rest(leaky: Callable[..., Run]) -> None:
    (said,) = leakage_in_words(leaky(10_000))
    assert "AUROC without them not known, as the area needs images of both classes" in said.text
