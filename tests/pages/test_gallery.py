"""The gallery in each of its states, without a browser."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.evaluation.outcomes import outcome_counts, rows_of
from core.runs.importer import import_predictions
from core.runs.marks import read_marks
from core.runs.store import read_run
from dashboard.state import first_threshold

HOSTILE = '![x](http://evil.example/x.png)<script>alert("1")</script>'
RENDERED_AS_MARKDOWN = ("markdown", "caption", "header", "subheader", "title", "button", "expander", "alert")
COPIES = 20


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
        return open_dashboard(out, **address).switch_page("../pages/gallery.py").run()

    return run


def sent(app, key):
    """What the component of this key is given, as the browser gets it."""
    element = next(element for element in app.get("bidi_component") if key in element.proto.id)
    return json.loads(element.proto.json)


def kinds(app):
    return [option.content for option in app.get("button_group")[2].proto.options]


def test_outcomes_have_the_counts_at_the_threshold(open_gallery, gallery_runs):
    app = open_gallery(gallery_runs, run="pictured", split="test")
    run = read_run(gallery_runs / "pictured")
    counts = outcome_counts(run.predictions("test"), first_threshold(run))
    names = {"tp": "True positives", "fp": "False positives", "fn": "False negatives", "tn": "True negatives"}
    assert kinds(app) == [f"{name} {counts[kind]}" for kind, name in names.items()] + ["What changes"]


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
    assert "then, at 0.2500" in shown(app, "html")


def test_moved_data_folder_is_asked_for_and_found_again(open_gallery, gallery_runs, shown, tmp_path):
    out = tmp_path / "runs"
    shutil.copytree(gallery_runs / "pictured", out / "pictured", ignore=shutil.ignore_patterns("cache"))
    manifest = json.loads((out / "pictured" / "manifest.json").read_text())
    manifest["config"]["data"] = str(tmp_path / "gone")
    (out / "pictured" / "manifest.json").write_text(json.dumps(manifest))
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
    app.selectbox(key="heat_map_method").select("eigen_cam").run()
    app.selectbox(key="heat_map_layer").select("layer2").run()
    second = sent(app, "gallery_viewer")
    assert second["heat_map_name"] == "Eigen-CAM at layer2"
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
    app.checkbox(key=f"mark_label_error_{image_id}").check()
    app.text_area(key=f"mark_note_{image_id}").input(HOSTILE)
    app.text_input(key=f"mark_reviewer_{image_id}").input("Dr. O")
    next(button for button in app.button if button.label == "Save the mark").click().run()
    mark = read_marks(folder)[image_id]
    assert (mark.label_error, mark.poor_image, mark.note, mark.reviewer) == (True, False, HOSTILE, "Dr. O")
    assert "by Dr. O: label error." in shown(app, "html")
    again = open_gallery(tmp_path, **address)
    marks = {tile["image_id"]: tile["mark"] for tile in sent(again, "gallery_grid")["tiles"]}
    assert {name for name, mark in marks.items() if mark} == {image_id}
    assert [button.proto.label for button in again.get("download_button")] == ["Save 1 mark as CSV"]
    again.checkbox(key="gallery_marked").check().run()
    assert [tile["image_id"] for tile in sent(again, "gallery_grid")["tiles"]] == [image_id]


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


def test_no_torch_before_the_first_heat_map(gallery_runs):
    code = (
        "import sys; sys.argv = ['Home.py', '--out', {out!r}]\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file({home!r}, default_timeout=60)\n"
        "app.query_params['run'] = 'pictured'\n"
        "app.run().switch_page('../pages/gallery.py').run()\n"
        "assert not app.exception and app.get('bidi_component')\n"
        "assert 'torch' not in sys.modules\n"
    )
    root = Path(__file__).resolve().parents[2]
    code = code.format(out=str(gallery_runs), home=str(root / "dashboard" / "Home.py"))
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)
