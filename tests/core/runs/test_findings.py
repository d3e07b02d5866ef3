"""A run of several findings on the same images: each with labels, figures, locks and hiding of its own."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from core.__main__ import main
from core.errors import ConfigError, ImportFileError, RunFolderError
from core.runs.decisions import read_decisions
from core.runs.finding_tables import LABEL
from core.runs.findings import finding_names, manifest_of, names_problem
from core.runs.hiding import open_run
from core.runs.importer import import_predictions, import_sites
from core.runs.listing import list_runs
from core.runs.locked_points import PRESPECIFIED, Signature, lock_point, locked_points, receipt
from core.runs.marks import Mark
from core.runs.marks_export import marks_table
from core.runs.opening import opened_for, unlabelled_in_words
from core.runs.reading import read_run
from core.runs.report import report, told
from core.runs.seal import sealed
from tests.core.runs.several import FINDINGS, mapping, table, two_findings, write

PNEUMONIA, EFFUSION = FINDINGS
SIGNED = Signature(name="ward", rule="Youden", who="Ann", why="a trial")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that no test may change."""
    return two_findings(tmp_path_factory.mktemp("several"))


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "two"))


def _known(split: str, finding: str) -> pd.DataFrame:
    rows = table()
    return rows[(rows["split"] == split) & (rows[finding] != "")]


@pytest.mark.parametrize("finding", FINDINGS)
def test_each_finding_has_the_images_whose_truth_is_known_for_it(made: Path, finding: str) -> None:
    run = read_run(made).of(finding)
    for split in ("validation", "test"):
        rows, own = _known(split, finding), run.predictions(split)
        assert list(own.image_id) == list(rows["image"])
        np.testing.assert_array_equal(own.y_true, rows[finding].astype(float))
        p = rows[f"pred_{finding}"].to_numpy()
        np.testing.assert_allclose(own.logit, np.log(p / (1 - p)), rtol=1e-12)
        assert run.unlabelled[split] == int(((table()["split"] == split) & (table()[finding] == "")).sum()) - _nowhere(
            split
        )
    assert list(run.records["image_id"]) == [*_known("validation", finding)["image"], *_known("test", finding)["image"]]
    np.testing.assert_array_equal(
        run.records["label"], [*run.predictions("validation").y_true, *run.predictions("test").y_true]
    )


def _nowhere(split: str) -> int:
    """Images of a split without a truth for any finding: they are left out."""
    rows = table()
    return int(((rows["split"] == split) & (rows[list(FINDINGS)] == "").all(axis=1)).sum())


def test_a_run_lists_its_findings_and_is_opened_for_the_first(made: Path) -> None:
    run = read_run(made)
    assert (run.findings, run.finding, run.which) == (FINDINGS, PNEUMONIA, PNEUMONIA)
    assert run.of(PNEUMONIA) is run
    other = run.of(EFFUSION)
    assert (other.finding, other.key) == (EFFUSION, ("two", EFFUSION))
    assert other.of(PNEUMONIA) is run
    assert run.predictions("test", EFFUSION) is other.predictions("test")
    assert other.manifest["data"]["class_names"] == [f"no {EFFUSION}", EFFUSION]
    with pytest.raises(KeyError):
        run.of("oedema")


def test_the_files_have_a_finding_where_those_of_one_have_none(made: Path) -> None:
    predictions = pq.read_table(made / "predictions.parquet").to_pandas()
    assert list(predictions.columns) == ["split", "finding", "image_id", "patient_id", "y_true", "logit"]
    assert set(predictions["finding"]) == set(FINDINGS)
    assert predictions["y_true"].isna().any()
    counts = predictions.groupby("finding")["image_id"].nunique()
    assert counts.nunique() == 1  # every image stands under every finding
    assert json.loads((made / "manifest.json").read_text())["schema_version"] == 2
    for file in ("calibration.json", "operating_points.json", "metrics.json"):
        assert list(json.loads((made / file).read_text())) == list(FINDINGS)


@pytest.mark.parametrize("finding", FINDINGS)
def test_figures_are_those_of_a_run_with_the_finding_alone(made: Path, tmp_path: Path, finding: str) -> None:
    rows = table()
    alone = rows[["image", "patient", "split", finding, f"pred_{finding}"]]
    place = FINDINGS.index(finding)
    one = read_run(
        import_predictions(write(alone, tmp_path / "one.csv"), name="one", out=tmp_path, mapping=mapping().of(place))
    )
    assert one.which == ""
    ours = read_run(made).of(finding)
    found, wanted = report(ours), report(one)
    assert found.pop("finding") == finding
    assert {**found, "run_id": "one"} == wanted
    assert (ours.calibration, ours.operating_points, ours.metrics) == (
        one.calibration,
        one.operating_points,
        one.metrics,
    )
    known = _known("test", finding)
    wanted_area = roc_auc_score(known[finding].astype(float), known[f"pred_{finding}"])
    assert ours.metrics["test"]["auroc"]["value"] == pytest.approx(wanted_area, abs=1e-12)


def test_a_run_of_one_finding_is_written_as_before(tmp_path: Path) -> None:
    rows = table()[["image", "patient", "split", PNEUMONIA, f"pred_{PNEUMONIA}"]]
    made = import_predictions(write(rows, tmp_path / "a.csv"), name="one", out=tmp_path, mapping=mapping().of(0))
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["schema_version"] == 1
    assert "findings" not in manifest["data"]
    assert pq.read_schema(made / "predictions.parquet").names == ["split", "image_id", "patient_id", "y_true", "logit"]
    run = read_run(made)
    assert (run.findings, run.which, run.unlabelled) == (("positive",), "", {})
    lock_point(run, 0.0, SIGNED)
    assert "finding" not in read_decisions(made).events[0].fields


def _hidden(tmp_path: Path) -> Path:
    return two_findings(tmp_path, hide_test=True)


def test_a_lock_of_one_finding_reveals_nothing_of_the_other(tmp_path: Path) -> None:
    folder = _hidden(tmp_path)
    run = open_run(folder)
    assert [run.of(finding).hidden for finding in FINDINGS] == [True, True]
    first = lock_point(run.of(EFFUSION), 0.5, SIGNED)
    assert (first.finding, first.stamp, set(first.figures)) == (EFFUSION, PRESPECIFIED, {"validation"})
    run = open_run(folder)
    assert [run.of(finding).hidden for finding in FINDINGS] == [True, False]
    assert run.of(EFFUSION).predictions("test").n > 0
    hidden = run.of(EFFUSION).of(PNEUMONIA)  # by whatever way it is reached
    assert hidden.predictions("test").n == 0 and hidden.metrics["test"] is None
    assert set(hidden.records["split"]) == {"validation"} and "test" not in hidden.unlabelled
    assert report(hidden)["metrics"]["test"] is None
    second = lock_point(hidden, 0.25, SIGNED)
    assert second.stamp == PRESPECIFIED
    assert not any(open_run(folder).of(finding).hidden for finding in FINDINGS)
    third = lock_point(open_run(folder).of(EFFUSION), 0.75, SIGNED)
    assert third.stamp != PRESPECIFIED


def test_a_lock_that_names_no_finding_reveals_none(tmp_path: Path) -> None:
    folder = _hidden(tmp_path)
    lock_point(open_run(folder), 0.5, SIGNED)
    log = folder / "decisions.jsonl"
    log.write_text(re.sub(f',?"finding":"{PNEUMONIA}"', "", log.read_text()).replace("{,", "{"))
    assert PNEUMONIA not in log.read_text()
    assert all(open_run(folder).of(finding).hidden for finding in FINDINGS)


def test_locks_are_listed_by_finding(copied: Path) -> None:
    run = open_run(copied)
    lock_point(run, 0.5, SIGNED)
    lock_point(run.of(EFFUSION), -0.5, SIGNED)
    log = read_decisions(copied)
    assert [point.threshold for point in locked_points(log)] == [0.5, -0.5]
    assert [point.threshold for point in locked_points(log, EFFUSION)] == [-0.5]
    assert f"finding: {EFFUSION}" in receipt("two", copied, log)


def test_marks_are_exported_with_the_truth_and_the_score_of_their_finding(made: Path) -> None:
    run = read_run(made)
    both = set(run.predictions("test").image_id) & set(run.of(EFFUSION).predictions("test").image_id)
    image_id = min(both)
    mark = {"evaluation_set": "test", "image_id": image_id, "poor_image": False, "ambiguous": False, "note": ""}
    marks = [
        Mark(finding=finding, label_error=True, reviewer="Ann", marked="2026-01-01T00:00:00+00:00", **mark)
        for finding in FINDINGS
    ]
    found = marks_table(run, marks)
    for row, finding in enumerate(FINDINGS):
        own = run.of(finding).predictions("test")
        at = list(own.image_id).index(image_id)
        assert (found["label"][row], found["logit"][row]) == (own.y_true[at], own.logit[at])


def test_what_is_left_out_is_counted(made: Path) -> None:
    run = read_run(made).of(EFFUSION)
    said = unlabelled_in_words(run)
    assert f"{run.unlabelled['validation']:,} of validation, {run.unlabelled['test']:,} of test" in said
    assert said in told(run).replace("\n", " ")
    assert f"Run two, finding {EFFUSION}" in told(run)


def test_the_list_of_runs_names_them_and_gives_no_area(made: Path) -> None:
    (entry,) = list_runs(made.parent)
    assert (entry.problem, entry.findings, entry.validation_auroc) == (None, FINDINGS, None)


def test_one_of_several_findings_must_be_named(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = read_run(made)
    with pytest.raises(ConfigError, match=f"say --finding, one of {PNEUMONIA}, {EFFUSION}"):
        opened_for(run, None)
    with pytest.raises(ConfigError, match="--finding oedema: two has"):
        opened_for(run, "oedema")
    assert main(["report", str(made), "--json"]) == 2
    assert "Pneumonia, Pleural Effusion" in capsys.readouterr().err
    assert main(["report", str(made), "--finding", EFFUSION, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["finding"], found["run_id"]) == (EFFUSION, "two")
    assert main(["compare", str(made), str(made), "--json"]) == 2
    assert main(["dossier", str(made)]) == 2


def test_a_site_has_the_scores_of_each_finding(copied: Path, tmp_path: Path) -> None:
    north = table(80, seed=7, sets=("test",)).drop(columns="split")
    import_sites(write(north, tmp_path / "north.csv"), read_run(copied), site="north", mapping=mapping())
    run = open_run(copied)
    for finding in FINDINGS:
        known = north[north[finding] != ""]
        assert list(run.of(finding).predictions("north").image_id) == list(known["image"])
        assert run.of(finding).site("north").n == 80
    one = mapping().of(1)
    with pytest.raises(ImportFileError, match=r"has scores for .*, and the run for Pneumonia, Pleural Effusion"):
        import_sites(write(north, tmp_path / "north.csv"), run, site="south", mapping=one)


def test_hiding_needs_validation_of_each_finding(tmp_path: Path) -> None:
    rows = table()
    rows.loc[rows["split"] == "validation", EFFUSION] = ""
    file = write(rows, tmp_path / "a.csv")
    with pytest.raises(ImportFileError, match="Pleural Effusion has no validation predictions"):
        import_predictions(file, name="a", out=tmp_path, mapping=mapping(), hide_test=True)
    assert not (tmp_path / "a").exists()
    run = read_run(import_predictions(file, name="a", out=tmp_path, mapping=mapping()))
    assert run.of(EFFUSION).calibration is None and run.of(PNEUMONIA).calibration is not None


def test_a_finding_without_any_truth_is_refused(tmp_path: Path) -> None:
    rows = table()
    rows[EFFUSION] = ""
    said = mapping()
    for key in ("positive", "negative"):
        said = said.with_answer(key, ("1.0",) if key == "positive" else ("0.0",), (1,))
    with pytest.raises(ImportFileError, match="no row of validation or test has a truth for Pleural Effusion"):
        import_predictions(write(rows, tmp_path / "a.csv"), name="a", out=tmp_path, mapping=said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"findings": [{"name": PNEUMONIA}]}, "a list of two or more"),
        ({"findings": [{"name": PNEUMONIA}, {"name": "pneumonia"}]}, "the name of two findings"),
        ({"findings": [{"name": PNEUMONIA}, {"name": EFFUSION, "colour": "blue"}]}, "colour"),
        (
            {"findings": [{"name": PNEUMONIA}, {"name": "oedema"}]},
            "has not one entry each for|of the finding|no column",
        ),
    ],
)
def test_a_manifest_of_other_findings_is_refused(copied: Path, change: dict[str, object], said: str) -> None:
    path = copied / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["data"] |= change
    del manifest["manifest_sha256"]
    path.write_text(json.dumps(sealed(manifest)))
    with pytest.raises(RunFolderError, match=said):
        read_run(copied)


def test_findings_belong_to_schema_2_alone(copied: Path) -> None:
    path = copied / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["schema_version"] = 1
    del manifest["manifest_sha256"]
    path.write_text(json.dumps(sealed(manifest)))
    with pytest.raises(RunFolderError, match=r"data\.findings is not in a manifest of schema 2 alone"):
        read_run(copied)


def _tampered(folder: Path, file: str, change: object) -> None:
    """Change a table and list its new hash, so that only what it says is wrong."""
    path, manifest_at = folder / file, folder / "manifest.json"
    rows = pq.read_table(path).to_pandas()
    change(rows)  # type: ignore[operator]
    schema = pq.read_schema(path).remove_metadata()
    pq.write_table(pa.Table.from_pandas(rows, schema=schema, preserve_index=False), path, write_page_checksum=True)
    manifest = json.loads(manifest_at.read_text())
    manifest["files"][file] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
    del manifest["manifest_sha256"]
    manifest_at.write_text(json.dumps(sealed(manifest)))


def _other_truth(rows: pd.DataFrame) -> None:
    at = rows.index[rows["y_true"].notna()][0]
    rows.loc[at, "y_true"] = 1 - rows.loc[at, "y_true"]


def _now_known(rows: pd.DataFrame) -> None:
    rows.loc[rows.index[rows["y_true"].isna()][0], "y_true"] = 1


def _other_patient(rows: pd.DataFrame) -> None:
    rows.loc[5, "patient_id"] = "nobody"


def _no_label(rows: pd.DataFrame) -> None:
    rows.loc[3, f"{LABEL}{PNEUMONIA}"] = 2


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("predictions.parquet", _other_truth, "y_true of"),
        ("predictions.parquet", _now_known, "y_true of"),
        ("predictions.parquet", _other_patient, "patient_id of"),
        ("records.parquet", _no_label, "has values other than 0 and 1"),
    ],
)
def test_tables_that_contradict_each_other_are_refused(copied: Path, file: str, change: object, said: str) -> None:
    read_run(copied)
    _tampered(copied, file, change)
    with pytest.raises(RunFolderError, match=said):
        read_run(copied)


def test_a_manifest_is_read_as_that_of_one_finding() -> None:
    several = {"data": {"kind": "predictions", "findings": [{"name": "a", "scale": "free"}, {"name": "b"}]}}
    assert finding_names(several) == ("a", "b")
    assert manifest_of(several, "a")["data"]["scale"] == "free"
    assert "scale" not in manifest_of(several, "b")["data"]
    assert finding_names(manifest_of(several, "b")) == ("a", "b")
    assert finding_names({"data": {"class_names": ["NORMAL", "PNEUMONIA"]}}) == ("PNEUMONIA",)
    assert finding_names({"data": {}}) == ("positive",)


@pytest.mark.parametrize("names", [["a", ""], ["a", " b"], ["a", "A"], ["a", "b\n"], ["a", "b" * 81]])
def test_names_that_findings_cannot_have(names: list[str]) -> None:
    assert names_problem(names)
    assert not names_problem(["a", "Pleural Effusion"])
