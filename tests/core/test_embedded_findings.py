"""Several findings without data: a fit on the phantoms for pneumonia and effusion, and every command on its run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import __main__ as program
from core.data import phantom
from core.data.decode import to_square
from core.data.phantom import index_phantom, opacity_mask, picture_and_masks
from core.data.phantom_files import write_phantom
from core.explain.explanations import Explanations
from core.explain.pictures import Pictures
from core.explain.pointing_game import kept_pointing_game, pointing_game
from core.run_scorer import run_scorer
from core.runs.store import read_run

BOTH = ("PNEUMONIA", "EFFUSION")


@pytest.fixture
def folder(run_of_both: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run_of_both, tmp_path / "runs" / "both"))


def command(name: str, folder: Path, *arguments: object) -> int:
    return program.main([name, str(folder), *map(str, arguments)])


def test_one_network_has_a_logit_for_each(folder: Path) -> None:
    run = read_run(folder)
    assert run.synthetic and run.findings == BOTH and run.manifest["schema_version"] == 2
    truth = (lambda image_id: "normal" not in image_id), (lambda image_id: "effusion" in image_id)
    assert run_scorer(run).network.get_submodule("fc").out_features == 2
    for place, finding in enumerate(BOTH):
        own = run.of(finding)
        test = own.predictions("test")
        assert [truth[place](image_id) for image_id in test.image_id] == list(test.y_true)
        square = Pictures(own).square(str(test.image_id[0]), 64)
        assert run_scorer(own).logits(square[np.newaxis])[0] == test.logit[0]


def test_the_opacity_shown_is_that_of_the_finding(folder: Path) -> None:
    run = read_run(folder)
    truths = pd.read_parquet(folder / "records.parquet").set_index("image_id")[[f"label:{name}" for name in BOTH]]
    (ill,) = truths.index[(truths == 1).all(axis=1)][:1]
    shown = [Pictures(run.of(finding)).opacity(ill) for finding in BOTH]
    for finding, opacity in zip(BOTH, shown, strict=True):
        assert opacity is not None and opacity.any()
        assert np.array_equal(opacity, opacity_mask(ill, finding=finding))
    assert not np.array_equal(*shown)
    (alone,) = truths.index[(truths["label:PNEUMONIA"] == 1) & (truths["label:EFFUSION"] == 0)][:1]
    assert Pictures(run.of("EFFUSION")).opacity(alone) is None


class _Pointing:
    """Explanations that point at the first place of the opacity of pneumonia, whatever is asked."""

    def heat_map(self, image_id: str, **_: str) -> np.ndarray:
        return opacity_mask(image_id).astype(np.float32)


def test_the_pointing_game_is_played_for_the_finding(folder: Path) -> None:
    run, choice = read_run(folder), {"method": "grad_cam", "layer": "layer3"}
    games = {}
    for finding in BOTH:
        own = run.of(finding)
        games[finding] = pointing_game(own, _Pointing(), Pictures(own), "test", **choice)
        assert games[finding].n == int((own.records[own.records["split"] == "test"]["label"] == 1).sum())
    assert games["PNEUMONIA"].hits == games["PNEUMONIA"].n > 0
    assert games["EFFUSION"].hits < games["EFFUSION"].n
    for finding, game in games.items():
        assert kept_pointing_game(run.of(finding), "test", **choice) == game


def test_heat_maps_are_of_the_finding(folder: Path) -> None:
    run = read_run(folder)
    image_id = str(run.predictions("test").image_id[0])
    maps = [Explanations(own, Pictures(own)).heat_map(image_id) for own in map(run.of, BOTH)]
    assert not np.array_equal(*maps)


@pytest.mark.parametrize("finding", [BOTH[1], pytest.param(BOTH[0], marks=pytest.mark.long)])
def test_commands_are_told_which_is_meant(
    folder: Path, tmp_path: Path, finding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--finding", finding)
    assert command("report", folder, *asked, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["finding"] == finding
    other = Path(shutil.copytree(folder, tmp_path / "runs" / "other"))
    assert command("compare", folder, other, *asked) == 0
    assert command("overlays", folder, *asked) == 0
    assert list((folder / f"overlays-{BOTH.index(finding) + 1}").rglob("*.jpg"))
    assert command("stress", folder, *asked) == 0
    assert command("dossier", folder, *asked, "--pictures", "--to", tmp_path / "dossier.html") == 0
    assert "Synthetic images, not radiographs" in (tmp_path / "dossier.html").read_text()
    capsys.readouterr()
    assert command("report", folder) == 2
    assert "has several findings: say --finding, one of PNEUMONIA, EFFUSION" in capsys.readouterr().err


def test_its_network_scores_phantoms_from_files_as_from_the_generator(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phantom, "IMAGES", dict.fromkeys(phantom.IMAGES, 4))
    files = tmp_path / "files"
    write_phantom(files, findings=BOTH)
    assert command("score", folder, files, "--labels", files / "labels.csv", "--site", "north") == 0
    run, truth = read_run(folder), {record.image_id: record.truths for record in index_phantom(findings=BOTH).records}
    for place, finding in enumerate(BOTH):
        site = run.of(finding).site("north")
        assert [truth[image_id][place] for image_id in site.image_id] == list(site.y_true)
        squares = [to_square(picture_and_masks(image_id)[0], 64) for image_id in site.image_id]
        np.testing.assert_array_equal(run_scorer(run.of(finding)).logits(np.stack(squares)), site.logit)
