"""The Overview in each of its states, without a browser."""

import json
import re
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from core.evaluation.choosing.operating_point import rates
from core.evaluation.sweep import threshold_sweep
from core.runs.locked_points import Signature, lock_point
from core.runs.seal import sealed
from core.runs.store import read_run
from dashboard import theme

HOSTILE = '![x](http://evil.example/x.png)<script>alert("1")</script>'
RENDERED_AS_MARKDOWN = ("markdown", "caption", "header", "subheader", "title", "button", "expander", "alert")


def test_no_run_yet(open_dashboard, shown, tmp_path):
    app = open_dashboard(tmp_path / "nothing here")
    assert app.title[0].value == "No run yet"
    assert f"python train.py --out '{tmp_path}/nothing here'" in shown(app, "code")
    assert [button.label for button in app.button] == ["Make the demo run"]
    assert "Research use only. Not for diagnosis." in shown(app, "html")


def test_old_link_to_an_empty_folder_is_no_run_yet(open_dashboard, tmp_path):
    app = open_dashboard(tmp_path, run="gone")
    assert app.title[0].value == "No run yet"


def test_whole_run_shows_promise_against_delivery(open_dashboard, shown, runs):
    app = open_dashboard(runs, run="fitted")
    html = shown(app, "html")
    metrics = read_run(runs / "fitted").metrics
    for split in ("validation", "test"):
        for name in ("youden", "specificity_0.90", "sensitivity_0.95", "best_f1"):
            for rate in ("sensitivity", "specificity", "precision", "npv", "accuracy", "balanced_accuracy", "f1"):
                estimate = metrics[split]["operating_points"][name][rate]
                assert f">{estimate['value']:.3f}<" in html
                assert f">{estimate['low']:.3f} to {estimate['high']:.3f}<" in html
    point = metrics["test"]["operating_points"]["youden"]
    assert f"{point['tp']} are found and {point['fn']} are missed" in html
    assert f"{point['tn']} are sent home and {point['fp']} are falsely alarmed" in html
    assert "▼ differs, more than chance" in html, "specificity falls when test drifts"
    assert "Specificity at least 0.900: <span class='tw-mark tw-loud'" in html, "and breaks its floor"
    assert html.count(">broken</span>") == 2, "once in the headline, once beside the rule that promised it"


def test_every_figure_has_a_text_alternative_titles_and_downloads(open_dashboard, shown, runs):
    app = open_dashboard(runs, run="fitted")
    charts = app.get("plotly_chart")
    assert len(charts) == 3
    for chart in charts:
        assert len(chart.proto.alt) > 40
        assert '"title":{' in chart.proto.spec
    downloads = shown(app, "bidi_component")
    assert all(f"{name}_downloads" in downloads for name in ("discrimination", "composition", "training"))


def test_after_a_lock_the_first_answer_is_what_became_of_it(open_dashboard, shown, write_run, tmp_path):
    run = read_run(write_run(tmp_path, "fitted"))
    assert "Locked:" not in shown(open_dashboard(tmp_path, run="fitted"), "html")
    signed = {"rule": "by hand", "who": "me", "why": "a test"}
    lock_point(run, -9.0, Signature(name="older", floors={"sensitivity": "0.5"}, **signed))
    lock_point(run, 0.25, Signature(name="ward <3>", floors={"specificity": "0.99", "sensitivity": "0.05"}, **signed))
    app = open_dashboard(tmp_path, run="fitted", threshold="0.5")
    html = shown(app, "html")
    (link,) = [link.proto for link in app.get("page_link") if link.proto.label == "What became of its promise"]
    assert link.page == "delivery" and "rule=locked+2" in link.query_string.replace("%20", "+")
    said = html.partition("Locked: ward &lt;3&gt;, at ")[2].partition("</div>")[0]
    at = rates(threshold_sweep(run.predictions("test")), 0.25)
    for rate in ("sensitivity", "specificity"):
        assert f"{rate} {theme.rate(at[rate].value)} ({theme.interval(at[rate])})" in said
    assert re.search("Specificity at least 0.990: <span class='tw-mark tw-loud'[^>]*>broken<", said)
    assert re.search("Sensitivity at least 0.050: <span class='tw-mark'[^>]*>held<", said)
    assert "older" not in html


def test_a_lock_that_test_chose_is_not_reported_on_test(open_dashboard, shown, write_run, tmp_path):
    run = read_run(write_run(tmp_path, "fitted"))
    signed = Signature(name="late", rule="r", who="me", why="a test", chosen_on=("validation", "test"))
    lock_point(run, 0.25, signed)
    said = shown(open_dashboard(tmp_path, run="fitted"), "html").partition("Locked: late")[2].partition("</div>")[0]
    assert "exploratory" in said and "Test delivers" not in said


def test_no_gap_is_said_as_such(open_dashboard, shown, runs):
    html = shown(open_dashboard(runs, run="synthetic"), "html")
    assert "There is no clear difference between validation and test at these thresholds." in html
    assert "▼ differs, more than chance" not in html
    assert ">no clear difference</span>" in html


def test_a_rule_without_a_floor_has_no_verdict_and_other_rates_no_mark(open_dashboard, shown, runs):
    html = shown(open_dashboard(runs, run="fitted"), "html")
    heads = [row.split("</th>")[0] for row in html.split("<tr>") if row.startswith("<th scope='row'>")]
    heads = [head for head in heads if "Youden" in head or "Best F1" in head]
    assert heads and not any(f">{word}<" in head for head in heads for word in theme.VERDICTS.values())
    precision = [row for row in html.split("<tr>") if "Gap: Precision (PPV)" in row]
    assert len(precision) == 4 and not any("differs" in row or "no clear" in row for row in precision)


def test_phantoms_are_called_synthetic_beside_the_name(open_dashboard, shown, runs):
    assert re.search(
        r"synthetic</span> <span class='tw-mark'>synthetic</span></h1>", shown(open_dashboard(runs, run="synthetic"))
    )
    assert "<span class='tw-mark'>synthetic</span>" not in shown(open_dashboard(runs, run="fitted"))


def test_run_without_images_says_so(open_dashboard, shown, runs):
    app = open_dashboard(runs, run="imported")
    assert "predictions were imported" in shown(app, "text")
    assert "Identical images cannot be looked for" in shown(app, "text")
    assert "No image and no patient" not in shown(app, "text")
    assert len(app.get("plotly_chart")) == 2
    assert "Make the heat maps" not in [button.label for button in app.button]


def test_leakage_that_was_not_checked_is_not_called_absent(open_dashboard, shown, runs, tmp_path):
    folder = Path(shutil.copytree(runs / "fitted", tmp_path / "runs" / "older"))
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["data"]["leakage"]
    (folder / "manifest.json").write_text(json.dumps(sealed(manifest)))
    text = shown(open_dashboard(tmp_path / "runs", run="older"), "text")
    assert "was not checked for this run" in text
    assert "No image and no patient" not in text


def test_an_older_manifest_is_called_unsealed_once(open_dashboard, shown, runs, tmp_path):
    folder = Path(shutil.copytree(runs / "fitted", tmp_path / "runs" / "older"))
    assert "unsealed" not in shown(open_dashboard(tmp_path / "runs", run="older"), "html")
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["manifest_sha256"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    shutil.copytree(runs / "fitted", tmp_path / "runs" / "newer")
    html = shown(open_dashboard(tmp_path / "runs", run="older"), "html")
    assert html.count("The manifest of this run is unsealed") == 1
    assert html.count("With an unsealed manifest: older.") == 1


def test_run_without_validation_says_what_cannot_be_known(open_dashboard, shown, runs):
    app = open_dashboard(runs, run="test-only")
    assert "This run has no validation images." in shown(app, "markdown")
    (said,) = (chart.proto.alt for chart in app.get("plotly_chart") if "AUROC" in chart.proto.alt)
    assert "AUROC on test" in said
    assert "AUROC on validation" not in said


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ("truncated", "metrics.json"),
        ("from-the-future", "newer version"),
        ("altered", "SHA-256"),
        ("never made", "never made"),
    ],
)
def test_run_that_cannot_be_opened_is_named_with_one_way_out(open_dashboard, shown, runs, run, reason):
    app = open_dashboard(runs, run=run)
    assert reason in shown(app, "code")
    assert not app.get("plotly_chart")
    button = app.button(key="open_newest_whole")
    assert button.label == "Open the newest whole run"
    button.click().run()
    assert app.query_params["run"] == "fitted"
    assert len(app.get("plotly_chart")) == 3


def test_newest_whole_run_opens_and_stands_in_the_address(open_dashboard, runs):
    app = open_dashboard(runs)
    assert app.query_params["run"] == "fitted"
    assert app.selectbox[0].value == "fitted"


def test_picker_changes_run_and_address(open_dashboard, shown, runs):
    app = open_dashboard(runs, run="fitted")
    app.selectbox[0].select("imported").run()
    assert app.query_params["run"] == "imported"
    assert "<h1>Overview <span class='tw-run'>imported</span></h1>" in shown(app, "html")


def test_picker_shows_date_images_and_validation_auroc_and_names_broken_runs(open_dashboard, shown, runs):
    app = open_dashboard(runs, run="fitted")
    auroc = read_run(runs / "fitted").metrics["validation"]["auroc"]
    assert f"480 images · validation AUROC {auroc['value']:.3f}, as saved" in shown(app, "html")
    table = next(frame.value for frame in app.dataframe if "validation AUROC, as saved" in frame.value)
    saved = dict(table[["run", "validation AUROC, as saved"]].to_numpy().tolist())
    assert (saved["fitted"], saved["test-only"]) == (f"{auroc['value']:.3f}", "—")
    assert set(table["run"]) == {path.name for path in runs.iterdir()}
    assert "truncated · cannot be opened" in app.selectbox[0].options
    assert "from-the-future" in shown(app, "code")


def test_older_run_offers_the_newer_one(open_dashboard, shown, runs):
    app = open_dashboard(runs, run="imported")
    assert "A newer run exists:\nfitted" in shown(app, "text")
    app.button(key="open_newer").click().run()
    assert app.query_params["run"] == "fitted"
    assert "A newer run exists" not in shown(app, "text")


def test_the_notice_of_a_newer_run_can_be_dismissed(open_dashboard, shown, runs):
    app = open_dashboard(runs, run="imported")
    app.button(key="dismiss_newer").click().run()
    assert app.query_params["run"] == "imported"
    assert "A newer run exists" not in shown(app.run(), "text")


def test_text_from_files_is_text(open_dashboard, shown, runs):
    app = open_dashboard(runs, run="hostile")
    assert HOSTILE in shown(app, "dataframe").replace('""', '"')
    for kind in RENDERED_AS_MARKDOWN:
        assert "evil.example" not in shown(app, kind), kind
    assert "<script" not in shown(app, "html")
    assert not app.get("table"), "st.table renders markdown in its cells"
    for chart in app.get("plotly_chart"):  # plotly renders some HTML in its texts
        for trace in json.loads(chart.proto.spec)["data"]:
            assert "<script" not in trace.get("name", "") + trace.get("hovertemplate", "")


def test_address_with_hostile_run_is_text(open_dashboard, shown, runs):
    app = open_dashboard(runs, run=HOSTILE)
    assert HOSTILE in shown(app, "code")
    for kind in (*RENDERED_AS_MARKDOWN, "html"):
        assert "evil.example" not in shown(app, kind), kind


def test_heat_maps_are_shown_when_they_were_made(open_dashboard, shown, write_run, tmp_path):
    folder = write_run(tmp_path, "seen", data={"kind": "phantom"}) / "overlays"
    folder.mkdir()
    jpeg = _jpeg()
    for kind in ("tp", "fp"):
        (folder / f"cam_{kind}_01.jpg").write_bytes(jpeg)
    row = {"file": "cam_tp_01.jpg", "kind": "tp", "image_id": "<b>x</b>", "logit": "2.0"}
    pd.DataFrame([row]).to_csv(folder / "overlays.csv", index=False)
    app = open_dashboard(tmp_path)
    assert len(app.get("image")) == 2
    html = shown(app, "html")
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "Missed (false negatives), synthetic" in html


def test_heat_maps_that_cannot_be_made_leave_the_figures(open_dashboard, shown, runs, parts_may_fail):
    app = open_dashboard(runs, run="fitted")
    app.button(key="make_heat_maps").click().run()
    assert "This cannot be shown" in shown(app, "markdown")
    assert "the data folder of this run is not there" in shown(app, "code")
    assert len(parts_may_fail) == 1
    assert len(app.get("plotly_chart")) == 3


def test_unexpected_error_is_calm(open_dashboard, shown, runs, monkeypatch, parts_may_fail):
    def fail(table, classes):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("dashboard.overview.tables.composition_for_people", fail)
    app = open_dashboard(runs, run="fitted")
    assert "Something went wrong here" in shown(app, "markdown")
    assert "secret detail" not in shown(app)
    assert len(app.get("plotly_chart")) == 3, "the rest of the page goes on"
    (failed,) = parts_may_fail
    assert failed.endswith("ZeroDivisionError: secret detail"), "the terminal has it with its traceback"


def test_out_without_folder_is_explained(open_dashboard, shown, runs, monkeypatch, parts_may_fail):
    app = open_dashboard(runs)
    monkeypatch.setattr(sys, "argv", ["Home.py", "--out"])
    app.run()
    assert "--out: expected one argument" in shown(app, "code")
    assert len(parts_may_fail) == 1


def _jpeg() -> bytes:
    return cv2.imencode(".jpg", np.zeros((8, 16, 3), np.uint8))[1].tobytes()


def test_demo_is_started_from_the_page_and_its_run_opens(open_dashboard, shown, write_run, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr("dashboard.fits.starting.start_demo", started.append)
    app = open_dashboard(tmp_path)
    app.button(key="start_demo").click().run()
    assert started == [tmp_path]
    write_run(tmp_path, "phantom-1", data={"kind": "phantom"})
    app.run()
    assert app.query_params["run"] == "phantom-1"
    assert len(app.get("plotly_chart")) == 3
