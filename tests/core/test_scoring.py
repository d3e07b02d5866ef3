"""Folders scored by a run: its own logits again, sites with images, tables of scores, and going on after a stop."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy.special import expit

import core.scoring
from core import __main__ as program
from core.errors import DataError
from core.explain.explanations import Explanations
from core.explain.pictures import Pictures
from core.model.scorer import Scorer
from core.part_scores import Parts, PartScorer, images_to_score
from core.run_scorer import run_scorer
from core.runs.decisions import read_decisions
from core.runs.store import Run, read_run
from core.scoring import add_scored, class_names_of, score_folder


@pytest.fixture
def run(fitted: Path, tmp_path: Path) -> Run:
    return read_run(Path(shutil.copytree(fitted, tmp_path / "runs" / fitted.name)))


@pytest.fixture
def elsewhere(small_data: Path, tmp_path: Path) -> Path:
    """Images of another hospital: no folders of classes, two folders deep."""
    folder = tmp_path / "elsewhere"
    shutil.copytree(small_data / "test" / "NORMAL", folder / "a" / "one")
    shutil.copytree(small_data / "test" / "PNEUMONIA", folder / "b" / "two")
    return folder


def command(run: Run, *arguments: object) -> int:
    return program.main(["score", run.run_id, "--out", str(run.folder.parent), *map(str, arguments)])


def by_id(images) -> dict[str, float]:
    return dict(zip(images.image_id, images.logit, strict=True))


def test_a_run_scored_on_its_own_test_folder_gives_its_own_logits(run, small_data):
    scored = score_folder(run, small_data)
    own = run.predictions("test")
    assert by_id(scored.images) == by_id(own)
    for name in ("y_true", "patient_id"):
        found, stored = (dict(zip(s.image_id, getattr(s, name), strict=True)) for s in (scored.images, own))
        assert found == stored
    assert scored.left_out == {"of train, which no site has": 60}


def test_a_site_comes_with_its_images(run, elsewhere, capsys):
    assert command(run, elsewhere, "--site", "far-away") == 0
    said = capsys.readouterr().out
    assert "site far-away: 20 images of 10 patients, 20 without a known truth" in said
    again = read_run(run.folder)
    site = again.site("far-away")
    assert again.sites.problems == {} and np.isnan(site.y_true).all()
    assert read_decisions(run.folder).events[-1].event == "site added"
    pictures = Pictures(again, site="far-away")
    squares = np.stack([pictures.square(image_id, 32) for image_id in site.image_id])
    assert (Scorer.load(again.checkpoint).logits(squares) == site.logit).all()
    assert pictures.radiograph(site.image_id[0]).shape == (48, 40)
    assert Explanations(again, pictures).heat_map(site.image_id[0]).shape == (32, 32)


def test_moved_images_of_a_site_are_asked_for(run, elsewhere, tmp_path):
    add_scored(run, "far-away", score_folder(run, elsewhere))
    again = read_run(run.folder)
    elsewhere.rename(tmp_path / "moved")
    with pytest.raises(DataError, match="the data folder of this site is not there"):
        Pictures(again, site="far-away")
    assert Pictures(again, tmp_path / "moved", site="far-away").thumbnail(again.site("far-away").image_id[0])


def test_labels_of_a_table_and_what_is_left_out(run, elsewhere, tmp_path, capsys):
    paths = sorted(path.relative_to(elsewhere).as_posix() for path in elsewhere.rglob("*.png"))
    (elsewhere / paths[3]).write_bytes(b"no picture")
    cv2.imwrite(str(elsewhere / paths[4]), np.full((48, 40), 7, np.uint8))
    table = pd.DataFrame({"path": paths, "label": [int("two" in path) for path in paths], "sex": "f"})
    table["split"] = ["train", "train", *[""] * 18]
    table.to_csv(tmp_path / "labels.csv", index=False)
    assert command(run, elsewhere, "--labels", tmp_path / "labels.csv", "--site", "x") == 0
    said = capsys.readouterr().out
    assert "site x: 16 images of 9 patients\n" in said
    assert "4 files are not used" in said and "2: of train, which no site has" in said and "1: blank" in said
    again = read_run(run.folder)
    site = again.site("x")
    assert dict(zip(site.image_id, site.y_true, strict=True)) == {
        path: "two" in path for path in paths[5:] + paths[2:3]
    }
    assert set(site.subgroups["sex"]) == {"f"}
    skipped = pd.read_csv(again.sites.whole["x"].folder / "skipped.csv")
    assert set(skipped["path"]) == {paths[0], paths[1], paths[3], paths[4]}
    assert again.sites.whole["x"].manifest["source"]["data"] == str(elsewhere)


def test_one_class_alone_will_do(run, small_data, tmp_path):
    shutil.copytree(small_data / "test" / "PNEUMONIA", tmp_path / "ill" / "pneumonia")
    assert (score_folder(run, tmp_path / "ill").images.y_true == 1).all()


def test_a_table_of_other_classes_is_refused(run, elsewhere, tmp_path):
    path = next(elsewhere.rglob("*.png")).relative_to(elsewhere)
    (tmp_path / "labels.csv").write_text(f"path,label\n{path},cat\n")
    with pytest.raises(DataError, match=r"the run tells NORMAL from PNEUMONIA, and none of these.*: cat"):
        score_folder(run, elsewhere, labels=tmp_path / "labels.csv")


def test_scores_alone_go_into_a_table(run, elsewhere, tmp_path, capsys):
    (elsewhere / "notes.txt").write_text("no picture")
    before = sorted(path.name for path in run.folder.iterdir())
    assert command(run, elsewhere, "--to", tmp_path / "scores.parquet") == 0
    table = pq.read_table(tmp_path / "scores.parquet")
    assert table.column_names == ["image_id", "logit", "probability"] and table.num_rows == 20
    temperature = run.calibration["temperature"]["value"]
    logit, probability = (table[name].to_numpy() for name in ("logit", "probability"))
    assert probability == pytest.approx(expit(logit / temperature), abs=1e-12)
    assert (logit == [by_id(score_folder(run, elsewhere).images)[i] for i in table["image_id"].to_pylist()]).all()
    assert "notes.txt" in (tmp_path / "scores-skipped.csv").read_text()
    assert sorted(path.name for path in run.folder.iterdir()) == sorted({*before, "cache"})
    assert "1 file is not used" in capsys.readouterr().out


def test_what_was_scored_is_not_scored_again(run, elsewhere, monkeypatch):
    monkeypatch.setattr(core.scoring, "_BLOCK", 8)
    score, asked = Scorer.scores, []

    def stopped(self, pixels, rows):
        asked.append(len(rows))
        if len(asked) > 1:
            raise KeyboardInterrupt
        return score(self, pixels, rows)

    monkeypatch.setattr(Scorer, "scores", stopped)
    with pytest.raises(KeyboardInterrupt):
        score_folder(run, elsewhere)
    monkeypatch.setattr(
        Scorer, "scores", lambda self, pixels, rows: (asked.append(len(rows)), score(self, pixels, rows))[1]
    )
    told = []
    found = score_folder(run, elsewhere, progress=lambda *now: told.append(now))
    assert asked == [8, 8, 8, 4]
    assert [now for now in told if now[0] == "scoring"] == [("scoring", done, 20) for done in (0, 8, 16, 20)]
    monkeypatch.undo()
    shutil.rmtree(run.folder / "cache")
    assert by_id(score_folder(run, elsewhere).images) == by_id(found.images)


def test_images_of_the_fit_are_told(run, small_data, elsewhere, tmp_path, capsys):
    seen = next((small_data / "train" / "NORMAL").iterdir())
    shutil.copyfile(seen, elsewhere / "copy.png")
    assert command(run, elsewhere, "--site", "x") == 0
    assert "1 of these files are images that the network was fitted on" in capsys.readouterr().out


def test_mistakes_are_said_before_anything_is_scored(run, elsewhere, tmp_path, monkeypatch, capsys):
    add_scored(run, "far-away", score_folder(run, elsewhere))
    monkeypatch.setattr(core.scoring, "score_folder", lambda *_, **__: pytest.fail("was scored"))
    assert command(run, elsewhere, "--site", "far-away") == 2
    assert "there is a site of this name already" in capsys.readouterr().err
    assert command(run, elsewhere, "--site", "test") == 2
    assert "choose the hospital's name" in capsys.readouterr().err
    monkeypatch.undo()
    assert command(run, tmp_path / "nowhere") == 2
    assert "no such folder" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert command(run, tmp_path / "empty") == 2
    assert "no images found" in capsys.readouterr().err


def test_a_run_without_a_network_scores_nothing(elsewhere, tmp_path, capsys):
    rows = [f"{split[0]}{i},{i % 2},{i % 2 - 0.4},{split}" for split in ("validation", "test") for i in range(20)]
    (tmp_path / "p.csv").write_text("image_id,y_true,logit,split\n" + "\n".join(rows))
    assert program.main(["import", str(tmp_path / "p.csv"), "--name", "plain", "--out", str(tmp_path)]) == 0
    assert program.main(["score", "plain", str(elsewhere), "--out", str(tmp_path)]) == 2
    assert "imported from predictions, so it has no network that could score images" in capsys.readouterr().err


def of_two(folder: Path, tmp_path: Path) -> Run:
    return read_run(Path(shutil.copytree(folder, tmp_path / "runs" / "two")))


def test_every_finding_of_a_run_is_scored(fitted_on_two, small_data, tmp_path):
    run = of_two(fitted_on_two, tmp_path)
    scored = score_folder(run, small_data, labels=fitted_on_two.parent / "labels.csv")
    assert list(scored.sets) == ["Pneumonia", "Other"]
    table = pd.read_csv(fitted_on_two.parent / "labels.csv").set_index("path")
    for name, images in scored.sets.items():
        own = run.of(name).predictions("test")
        assert own.n and by_id(own).items() <= by_id(images).items()
        np.testing.assert_array_equal(images.y_true, table.loc[list(images.image_id), f"label:{name}"])
    add_scored(run, "north", scored)
    again = read_run(run.folder)
    for name, images in scored.sets.items():
        kept = again.of(name).predictions("north")
        assert by_id(kept) == by_id(images.labelled)
    assert again.of("Other").predictions("north").n < again.of("Pneumonia").predictions("north").n


def test_what_was_scored_of_several_findings_is_not_scored_again(fitted_on_two, small_data, tmp_path, monkeypatch):
    run = of_two(fitted_on_two, tmp_path)
    first = score_folder(run, small_data)
    monkeypatch.setattr(Scorer, "scores", None)
    again = score_folder(run, small_data)
    for name, images in first.sets.items():
        assert by_id(images) == by_id(again.sets[name])
        assert np.isnan(again.sets[name].y_true).all()
    assert by_id(first.sets["Pneumonia"]) != by_id(first.sets["Other"])


def test_scores_of_several_findings_are_a_row_each(fitted_on_two, elsewhere, tmp_path, capsys):
    run = of_two(fitted_on_two, tmp_path)
    assert command(run, elsewhere, "--to", tmp_path / "scores.parquet") == 0
    n = sum(1 for _ in elsewhere.rglob("*.png"))
    assert f"{n} without a known truth for Pneumonia, {n} without a known truth for Other" in capsys.readouterr().out
    table = pq.read_table(tmp_path / "scores.parquet").to_pandas()
    assert list(table.columns) == ["image_id", "finding", "logit", "probability"]
    assert list(table["finding"]) == ["Pneumonia"] * n + ["Other"] * n
    for name, part in table.groupby("finding"):
        temperature = run.of(name).calibration["temperature"]["value"]
        np.testing.assert_allclose(part["probability"], expit(part["logit"] / temperature))


def test_parts_of_several_findings_hold_the_same_scores_a_row_each(fitted_on_two, elsewhere, tmp_path):
    run = of_two(fitted_on_two, tmp_path)
    assert command(run, elsewhere, "--to", tmp_path / "whole.parquet") == 0
    (elsewhere / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    images = images_to_score(str(elsewhere), class_names_of(run))
    parts = Parts(tmp_path / "parts", images, "abc")
    worker = PartScorer(scorers={name: run_scorer(run.of(name)) for name in run.findings}, root=images.root)
    for part in parts.to_do():
        parts.write(part, worker.scores(parts.paths(part)))
    assert parts.counts() == (len(images.paths) - 1, 1)
    table = pq.read_table(tmp_path / "parts").to_pandas()
    assert list(table["finding"][table["logit"].isna()]) == ["Pneumonia", "Other"]
    by = ["image_id", "finding"]
    found = table.dropna(subset=["logit"]).drop(columns="reason").sort_values(by, ignore_index=True)
    whole = pq.read_table(tmp_path / "whole.parquet").to_pandas().sort_values(by, ignore_index=True)
    pd.testing.assert_frame_equal(found, whole, check_exact=True)


def test_a_table_of_one_column_says_which_finding_it_is_of(fitted_on_two, elsewhere, tmp_path, capsys):
    run = of_two(fitted_on_two, tmp_path)
    files = sorted(path.relative_to(elsewhere).as_posix() for path in elsewhere.rglob("*.png"))
    labels = tmp_path / "plain.csv"
    pd.DataFrame({"path": files, "label": [number % 2 for number in range(len(files))]}).to_csv(labels, index=False)
    assert command(run, elsewhere, "--labels", labels, "--site", "north") == 2
    assert "does not say what it is about; say by --finding which it is of Pneumonia, Other" in capsys.readouterr().err
    assert command(run, elsewhere, "--labels", labels, "--site", "north", "--finding", "Ribs") == 2
    assert "is said to be about Ribs" in capsys.readouterr().err
    assert command(run, elsewhere, "--labels", labels, "--site", "north", "--finding", "Other") == 0
    again = read_run(run.folder)
    assert again.of("Other").predictions("north").n == len(files)
    assert again.of("Pneumonia").predictions("north").n == 0
    other = tmp_path / "other.csv"
    pd.DataFrame({"path": files, "label:Ribs": 1}).to_csv(other, index=False)
    assert command(run, elsewhere, "--labels", other, "--site", "south") == 2
    assert "tells of none of the findings of the run: Pneumonia, Other" in capsys.readouterr().err
    pd.DataFrame({"path": files, "label:Other": 1}).to_csv(other, index=False)
    assert command(run, elsewhere, "--labels", other, "--site", "south", "--finding", "Other") == 2
    assert "names its findings itself; leave out --finding" in capsys.readouterr().err
    assert command(run, elsewhere, "--labels", other, "--site", "south") == 0
    assert read_run(run.folder).of("Other").predictions("south").y_true.all()
