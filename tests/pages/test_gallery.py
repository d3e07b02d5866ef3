"""The gallery in each of its states, without a browser."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from core import disk
from core.evaluation.outcomes import outcome_counts, rows_of
from core.runs.importer import import_predictions
from core.runs.marks import Mark, read_marks, write_mark
from core.runs.seal import sealed
from core.runs.store import read_run
from dashboard.state import first_threshold

HOSTILE = '![x](http://evil.example/x.png)<script>alert("1")</script>'
RENDERED_AS_MARKDOWN = ("markdown", "caption", "header", "subheader", "title", "button", "expander", "alert")
COPIES = 20
WHEN = "2026-01-02T03:04:05+00:00"


def many(records):
    """Twenty times as many images, which share the files of the first ones."""
    copies = [records.assign(image_id=[f"{i:02d}/{name}" for name in records["image_id"]]) for i in range(COPIES)]
    return pd.concat(copies, ignore_index=True)


@pytest.fixture(scope="session")
def gallery_runs(tmp_path_factory, write_run_with_images):
    """Runs whose images are there: 160 of each split, and phantoms."""
    out = tmp_path_factory.mktemp("gallery")
    write_run_with_images(out, "pictured", change=many)
    write_run_with_images(out, "phantoms", phantoms=True)
    return out


@pytest.fixture
def open_gallery(open_dashboard):
    def run(out, **address):
        return open_dashboard(out, "gallery", **address)

    return run


def sent(app, key):
    """What the component of this key is given, as the browser gets it."""
    element = next(element for element in app.get("bidi_component") if key in element.proto.id)
    return json.loads(element.proto.json)


def named(widgets, label):
    return next(widget for widget in widgets if widget.label == label)


def kinds(app):
    return [option.content for option in app.get("button_group")[2].proto.options]


def test_outcomes_have_the_counts_at_the_threshold(open_gallery, gallery_runs):
    app = open_gallery(gallery_runs, run="pictured", split="test")
    run = read_run(gallery_runs / "pictured")
    counts = outcome_counts(run.predictions("test"), first_threshold(run))
    names = {"tp": "True positives", "fp": "False positives", "fn": "False negatives", "tn": "True negatives"}
    assert kinds(app) == [f"{name} {counts[kind]}" for kind, name in names.items()] + [
        "What changes",
        f"Suspected label errors {sum((run.predictions('test').y_true == 1) != (run.predictions('test').logit > 0))}",
    ]


def test_grid_shows_the_first_sixty_and_turns_the_page(open_gallery, gallery_runs, shown):
    app = open_gallery(gallery_runs, run="pictured", split="test", threshold="-100.0")
    run = read_run(gallery_runs / "pictured")
    rows = rows_of(run.predictions("test"), -100.0, "tp")
    ids = run.predictions("test").image_id[rows].tolist()
    assert len(ids) == 80
    assert "1 to 60 of 80" in shown(app, "html")
    assert [tile["image_id"] for tile in sent(app, "gallery_grid")["tiles"]] == ids[:60]
    app.button(key="gallery_next").click().run()
    assert "61 to 80 of 80" in shown(app, "html")
    assert app.query_params["page"] == "2"
    assert [tile["image_id"] for tile in sent(app, "gallery_grid")["tiles"]] == ids[60:]
    assert app.button(key="gallery_next").disabled


def test_link_opens_its_page_and_a_page_too_far_is_the_last(open_gallery, gallery_runs, shown):
    address = {"run": "pictured", "split": "test", "threshold": "-100.0"}
    assert "61 to 80 of 80" in shown(open_gallery(gallery_runs, **address, page="2"), "html")
    assert "61 to 80 of 80" in shown(open_gallery(gallery_runs, **address, page="99"), "html")
    assert "1 to 60 of 80" in shown(open_gallery(gallery_runs, **address, page=HOSTILE), "html")


def test_another_order_begins_with_its_first_page(open_gallery, gallery_runs, shown):
    app = open_gallery(gallery_runs, run="pictured", split="test", threshold="-100.0", page="2")
    app.selectbox(key="gallery_order").select("nearest").run()
    assert "1 to 60 of 80" in shown(app, "html")
    run = read_run(gallery_runs / "pictured")
    rows = rows_of(run.predictions("test"), -100.0, "tp", order="nearest")
    ids = run.predictions("test").image_id[rows[:60]].tolist()
    assert [tile["image_id"] for tile in sent(app, "gallery_grid")["tiles"]] == ids
    assert app.query_params["sort"] == "nearest"


def test_empty_outcome_is_said_calmly(open_gallery, gallery_runs, shown):
    app = open_gallery(gallery_runs, run="pictured", show="fn", threshold="-100.0")
    assert "No false negatives at this threshold." in shown(app, "markdown")


def test_filter_by_subgroup_keeps_to_its_levels(open_gallery, runs, shown):
    app = open_gallery(runs, run="fitted", split="test")
    app.multiselect(key="gallery_levels_0").select("virus").run()
    listed = next(frame.value for frame in app.dataframe if "truth" in frame.value)
    assert set(listed["subtype"]) == {"virus"}


@pytest.mark.parametrize("show", ["tp", "changes"])
def test_run_without_images_lists_its_outcomes(open_gallery, runs, shown, show):
    app = open_gallery(runs, run="imported", show=show, to="0.5", threshold="-1.0")
    assert "This run has no images" in shown(app, "html")
    listed = next(frame.value for frame in app.dataframe if "truth" in frame.value)
    assert list(listed.columns[:2]) == ["image", "patient"]
    split = read_run(runs / "imported").predictions("validation")
    wanted = (split.logit >= -1) & ((split.y_true == 1) if show == "tp" else (split.logit < 0.5))
    assert set(listed["image"]) == set(split.image_id[wanted])


def test_run_without_validation_has_no_presets(open_gallery, runs, shown):
    app = open_gallery(runs, run="test-only", show="changes")
    assert app.number_input(key="gallery_probability").value == 0.5
    assert "No image changes" in shown(app, "markdown")


def test_typed_probability_and_presets_move_the_other_threshold(open_gallery, gallery_runs, shown):
    app = open_gallery(gallery_runs, run="pictured", split="test", show="changes", scale="raw")
    app.number_input(key="gallery_probability").set_value(0.25).run()
    assert float(app.query_params["to"]) == pytest.approx(np.log(0.25 / 0.75))
    assert "Then, at 0.2500" in shown(app, "html")


def test_moved_data_folder_is_asked_for_and_found_again(open_gallery, gallery_runs, shown, tmp_path):
    out = tmp_path / "runs"
    shutil.copytree(gallery_runs / "pictured", out / "pictured", ignore=shutil.ignore_patterns("cache"))
    manifest = json.loads((out / "pictured" / "manifest.json").read_text())
    manifest["config"]["data"] = str(tmp_path / "gone")
    (out / "pictured" / "manifest.json").write_text(json.dumps(sealed(manifest)))
    app = open_gallery(out, run="pictured", split="test", threshold="-100.0")
    assert "not where they were" in shown(app, "markdown")
    assert str(tmp_path / "gone") in shown(app, "code")
    assert any("truth" in frame.value for frame in app.dataframe), "the figures go on"
    app.text_input(key="gallery_data_folder").input(str(tmp_path / "nowhere")).run()
    assert str(tmp_path / "nowhere") in shown(app, "code")
    app.text_input(key="gallery_data_folder").input(str(gallery_runs / "data")).run()
    assert all(tile["picture"] for tile in sent(app, "gallery_grid")["tiles"])


def test_link_opens_its_image_with_every_fact(open_gallery, gallery_runs):
    run = read_run(gallery_runs / "pictured")
    split = run.predictions("test")
    row = int(rows_of(split, 0.0, "tp")[1])
    image_id = str(split.image_id[row])
    app = open_gallery(gallery_runs, run="pictured", split="test", threshold="0.0", image=image_id)
    opened = sent(app, "gallery_viewer")
    assert (opened["at"], opened["total"]) == (1, outcome_counts(split, 0.0)["tp"])
    assert (opened["width"], opened["height"]) == (300, 240)
    assert opened["radiograph"].startswith("data:image/jpeg")
    assert opened["heat_map"].startswith("data:image/png")
    facts = dict(opened["facts"])
    assert facts["Logit"] == f"{split.logit[row]:.4f}"
    assert facts["Patient"] == split.patient_id[row]
    assert facts["File"] == image_id
    assert facts["Size"] == "300 × 240 px"
    assert facts["Outcome"].startswith("true positive")
    assert app.query_params["image"] == image_id


def test_link_to_an_image_that_is_not_there_shows_the_grid(open_gallery, gallery_runs, shown):
    app = open_gallery(gallery_runs, run="pictured", split="test", image=HOSTILE)
    assert "is not among the images of test" in shown(app, "html")
    assert "<script" not in shown(app, "html")
    assert sent(app, "gallery_grid")["tiles"]
    assert "image" not in app.query_params


def test_image_of_another_outcome_is_opened_all_the_same(open_gallery, gallery_runs):
    run = read_run(gallery_runs / "pictured")
    image_id = str(run.predictions("test").image_id[rows_of(run.predictions("test"), 0.0, "tn")[0]])
    app = open_gallery(gallery_runs, run="pictured", split="test", threshold="0.0", show="tp", image=image_id)
    assert sent(app, "gallery_viewer")["at"] == -1


def test_methods_and_layers_are_chosen_and_eigen_cam_is_not_about_the_class(open_gallery, gallery_runs):
    run = read_run(gallery_runs / "pictured")
    app = open_gallery(gallery_runs, run="pictured", split="test", image=str(run.predictions("test").image_id[0]))
    first = sent(app, "gallery_viewer")
    assert first["heat_map_name"] == "Grad-CAM at layer2"
    assert "in no finer detail than 8 × 8 fields" in first["meaning"], "at 64 px the last block has 2 × 2"
    app.selectbox(key="heat_map_method").select("eigen_cam").run()
    app.selectbox(key="heat_map_layer").select("layer3").run()
    second = sent(app, "gallery_viewer")
    assert second["heat_map_name"] == "Eigen-CAM at layer3"
    assert "is not about the class" in second["meaning"]
    assert "is not about the class" not in first["meaning"]
    assert second["legend"] != first["legend"]
    assert second["heat_map"] != first["heat_map"]


def test_opened_image_that_cannot_be_read_says_why(open_gallery, write_run_with_images, tmp_path):
    folder = write_run_with_images(tmp_path, "pictured")
    image_id = str(read_run(folder).predictions("test").image_id[0])
    (tmp_path / "data" / image_id).write_bytes(b"no image")
    app = open_gallery(tmp_path, run="pictured", split="test", image=image_id)
    opened = sent(app, "gallery_viewer")
    assert opened["radiograph"] is None
    assert opened["radiograph_problem"].startswith("This image cannot be shown: ")
    assert dict(opened["facts"])["Size"] == "—"


def test_mark_is_kept_shown_and_saved_as_csv(open_gallery, write_run_with_images, shown, tmp_path):
    folder = write_run_with_images(tmp_path, "pictured")
    run = read_run(folder)
    image_id = str(run.predictions("test").image_id[rows_of(run.predictions("test"), -100.0, "tp")[0]])
    address = {"run": "pictured", "split": "test", "threshold": "-100.0"}
    app = open_gallery(tmp_path, **address, image=image_id)
    named(app.text_input, "Reviewer").input("Dr. O")
    named(app.checkbox, "Label error").check()
    named(app.text_area, "Note").input(HOSTILE)
    named(app.button, "Save the mark").click().run()
    (mark,) = read_marks(folder).values()
    assert mark.key == (run.finding, "test", image_id, "Dr. O")
    assert (mark.label_error, mark.poor_image, mark.note, mark.reviewer) == (True, False, HOSTILE, "Dr. O")
    assert "by Dr. O: label error." in shown(app, "html")
    again = open_gallery(tmp_path, **address)
    marks = {tile["image_id"]: tile["mark"] for tile in sent(again, "gallery_grid")["tiles"]}
    assert {name for name, mark in marks.items() if mark} == {image_id}
    labels = [button.proto.label for button in again.get("download_button")]
    listed = len(sent(again, "gallery_grid")["tiles"])
    assert labels == [
        f"Save {listed} listed images as a worklist (CSV)",
        "Save the scores of all 8 images of test (CSV)",
        "Save 1 mark as CSV",
    ]
    again.checkbox(key="gallery_marked").check().run()
    assert [tile["image_id"] for tile in sent(again, "gallery_grid")["tiles"]] == [image_id]


def test_a_second_reviewer_begins_afresh_and_stands_beside_the_first(
    open_gallery, write_run_with_images, shown, tmp_path
):
    folder = write_run_with_images(tmp_path, "pictured")
    image_id = str(read_run(folder).predictions("test").image_id[1])
    app = open_gallery(tmp_path, run="pictured", split="test", threshold="-100.0", image=image_id)
    named(app.text_input, "Reviewer").input("A")
    named(app.checkbox, "Poor image").check()
    named(app.button, "Save the mark").click().run()
    assert "You mark as A." in shown(app, "html")
    named(app.button, "Another reviewer").click().run()
    named(app.text_input, "Reviewer").input("B")
    assert not named(app.checkbox, "Poor image").value
    named(app.checkbox, "Ambiguous").check()
    named(app.button, "Save the mark").click().run()
    said = {mark.reviewer: (mark.poor_image, mark.ambiguous) for mark in read_marks(folder).values()}
    assert said == {"A": (True, False), "B": (False, True)}
    table = shown(app, "html").partition("Reviewer</th>")[2]
    assert 0 < table.index(">A<") < table.index(">B<")
    assert named(app.checkbox, "Ambiguous").value, "what B said is B's to change"


def test_suspects_are_ranked_marked_and_left_out(open_gallery, shown, tmp_path):
    rng = np.random.default_rng(4)
    y_true = np.repeat([0, 1], 60)
    rows = {"image_id": [f"i{at}" for at in range(120)], "y_true": y_true, "logit": rng.normal(2 * y_true - 1, 1.5)}
    pd.DataFrame(rows | {"split": "test"}).to_csv(tmp_path / "p.csv", index=False)
    import_predictions(tmp_path / "p.csv", name="pictured", out=tmp_path)
    folder = tmp_path / "pictured"
    run = read_run(folder)
    test = run.predictions("test")
    probability = np.where(test.y_true == 1, expit(test.logit), expit(-test.logit))
    expected = [test.image_id[at] for at in np.argsort(probability, kind="stable") if probability[at] < 0.5]
    address = {"run": "pictured", "split": "test", "show": "suspects", "threshold": "0.0", "scale": "raw"}
    app = open_gallery(tmp_path, **address)
    listed = next(frame.value for frame in app.dataframe if "truth" in frame.value)
    assert listed["image"].tolist() == expected
    assert f"Marked so far: 0 of {len(expected)}, 0 as label errors." in shown(app, "html")
    assert "No image of this set is marked as a label error" in shown(app, "html")
    one = {"finding": run.finding, "evaluation_set": "test", "poor_image": False, "ambiguous": False, "note": ""}
    for image_id, reviewer, error in ((0, "A", True), (0, "B", True), (1, "A", True), (2, "B", False)):
        mark = Mark(image_id=expected[image_id], reviewer=reviewer, label_error=error, marked=WHEN, **one)
        write_mark(folder, replace(mark, ambiguous=not error))
    app = open_gallery(tmp_path, **address)
    said = shown(app, "html")
    assert f"Marked so far: 3 of {len(expected)}, 2 as label errors." in said
    analysed = said[said.rindex("<table", 0, said.index("<th scope='col'>AUROC")) :]
    analysis = pd.DataFrame(
        [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in analysed.split("<tr>")[2:]],
        columns=["Images", "n", "AUROC", "Sensitivity", "Specificity"],
    )
    for gone, (_, row) in zip(([], expected[:2], expected[:1]), analysis.iterrows(), strict=True):
        kept = ~np.isin(test.image_id.astype(str), gone)
        area = roc_auc_score(test.y_true[kept], test.logit[kept])
        sensitivity = np.mean(test.logit[kept & (test.y_true == 1)] >= 0)
        for name, value in (("AUROC", area), ("Sensitivity", sensitivity)):
            figure, low, high = (float(text) for text in re.findall(r"\d\.\d+", row[name]))
            assert figure == pytest.approx(value, abs=6e-4)
            assert low < figure < high, "never without its interval"
    assert [one.proto.label for one in app.get("download_button") if "worklist" in one.proto.label] == [
        f"Save {len(expected)} listed images as a worklist (CSV)"
    ]


def test_filters_are_cleared_by_one_button(open_gallery, runs):
    app = open_gallery(runs, run="fitted", split="test")
    assert not [button for button in app.button if button.key == "gallery_clear"]
    app.multiselect(key="gallery_levels_0").select("virus").run()
    app.checkbox(key="gallery_marked").check().run()
    app.button(key="gallery_clear").click().run()
    assert app.multiselect(key="gallery_levels_0").value == []
    assert not app.checkbox(key="gallery_marked").value
    assert not [button for button in app.button if button.key == "gallery_clear"]


def test_what_became_of_a_mark_is_said_when_the_disk_fails(
    open_gallery, write_run_with_images, shown, tmp_path, monkeypatch
):
    folder = write_run_with_images(tmp_path, "pictured")
    image_id = str(read_run(folder).predictions("test").image_id[0])
    sync, failing = disk.sync, {"file": True}

    def refuse(path):
        if path.is_dir() or failing["file"]:
            raise OSError(5, "Input/output error")
        sync(path)

    app = open_gallery(tmp_path, run="pictured", split="test", image=image_id)
    monkeypatch.setattr(disk, "sync", refuse)
    named(app.checkbox, "Label error").check()
    next(button for button in app.button if button.label == "Save the mark").click().run()
    assert "Not saved." in shown(app, "html") and not read_marks(folder)
    failing["file"] = False
    next(button for button in app.button if button.label == "Save the mark").click().run()
    assert "Saved, but perhaps not safe on the disk." in shown(app, "html") and len(read_marks(folder)) == 1


def test_marks_edited_by_hand_are_said(open_gallery, write_run_with_images, shown, tmp_path):
    folder = write_run_with_images(tmp_path, "pictured")
    first, second = read_run(folder).predictions("test").image_id[:2]
    for image_id in (first, second):
        one = {"label_error": True, "poor_image": False, "ambiguous": False, "note": "mine", "reviewer": "R"}
        write_mark(folder, Mark(finding="PNEUMONIA", evaluation_set="test", image_id=image_id, **one, marked=WHEN))
    address = {"run": "pictured", "split": "test", "threshold": "-100.0"}
    assert "outside the gallery" not in shown(open_gallery(tmp_path, **address), "html")
    header, row, _ = (folder / "marks.csv").read_text().splitlines(keepends=True)
    (folder / "marks.csv").write_text(header + row)
    assert "1 mark was taken out of the file" in shown(open_gallery(tmp_path, **address), "html")
    (folder / "marks.csv").write_text(header + row.replace("mine", "yours"))
    said = shown(open_gallery(tmp_path, **address), "html")
    assert f"1 mark was changed outside the gallery, by hand or by damage: {first}." in said


def test_damaged_marks_leave_the_images(open_gallery, write_run_with_images, shown, tmp_path):
    folder = write_run_with_images(tmp_path, "pictured")
    (folder / "marks.csv").write_text("not,marks\n")
    app = open_gallery(tmp_path, run="pictured", split="test", threshold="-100.0")
    assert "The marks cannot be read" in shown(app, "markdown")
    assert sent(app, "gallery_grid")["tiles"]


def test_phantoms_have_an_outline_and_the_pointing_game(open_gallery, gallery_runs, shown):
    run = read_run(gallery_runs / "phantoms")
    split = run.predictions("test")
    sick, well = (str(split.image_id[np.flatnonzero(split.y_true == truth)[0]]) for truth in (1, 0))
    app = open_gallery(gallery_runs, run="phantoms", split="test", image=well)
    assert sent(app, "gallery_viewer")["outline"] == ""
    app = open_gallery(gallery_runs, run="phantoms", split="test", image=sick)
    assert sent(app, "gallery_viewer")["outline"].startswith("M")
    app.button(key="gallery_pointing").click().run()
    assert f"of {split.n_pos} maps" in shown(app, "html")
    assert "Pointing blindly would score" in shown(app, "html")
    again = open_gallery(gallery_runs, run="phantoms", split="test", image=sick)
    assert f"of {split.n_pos} maps" in shown(again, "html"), "it is kept"


def test_text_from_files_is_text(open_gallery, shown, tmp_path):
    rows = [{"image_id": f"{HOSTILE}{i}", "y_true": i % 2, "logit": i, HOSTILE: HOSTILE} for i in range(8)]
    pd.DataFrame(rows).to_csv(tmp_path / "p.csv", index=False)
    import_predictions(tmp_path / "p.csv", name="hostile", out=tmp_path)
    app = open_gallery(tmp_path, run="hostile", threshold="0.0")
    assert HOSTILE in shown(app, "dataframe").replace('""', '"')
    for kind in RENDERED_AS_MARKDOWN:
        assert "evil.example" not in shown(app, kind), kind
    assert "evil" in app.multiselect[0].label, "its name is there, in letters and digits only"
    assert not set("![]()<>/.:") & set(app.multiselect[0].label)
