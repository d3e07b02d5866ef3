"""Bring data in each of its states, without a browser: files are given by their path."""

import pytest

from core.__main__ import main
from core.runs.mapping import mapping_of
from core.runs.store import read_run
from tests.core.runs.files_to_bring import TABLE, csv_of
from tests.core.runs.several import FINDINGS, table

HOSTILE = '![x](http://evil.example/x.png)<script>alert("1")</script>'


@pytest.fixture
def bring(open_dashboard, tmp_path):
    """The page with a file of this content, and the folder of runs."""

    def run(content, out=None, **address):
        (tmp_path / "mine.csv").write_bytes(content)
        app = open_dashboard(out or tmp_path / "runs", "bring_data", **address)
        app.text_input(key="bring_path").set_value(str(tmp_path / "mine.csv")).run()
        return app

    return run


def answer(app, key, text):
    """Give the answer whose label begins so."""
    radio = app.radio(key=f"bring_{key}")
    at = next(i for i, label in enumerate(radio.options) if label.replace("\\", "").startswith(text))
    return radio.set_value(at).run()


def test_a_file_is_understood_asked_about_and_imported(bring, shown, tmp_path):
    app = bring(csv_of(TABLE.assign(label=TABLE["label"].map({0: "gesund", 1: "krank"}))))
    assert "which word means that the finding is there" in shown(app, "html")
    assert "2 questions above are open" in shown(app, "html")
    assert not [button for button in app.button if button.key == "bring_import"]
    answer(app, "positive", "krank")
    answer(app, "validation_share", "half")
    assert "in the file: krank" in shown(app, "html")
    app.text_input(key="bring_run_name").set_value("named").run()
    app.button(key="bring_import").click().run()
    run = read_run(tmp_path / "runs" / "named")
    assert sum(images.n for images in run.evaluation_sets.values()) == len(TABLE)
    assert app.query_params["run"] == "named"
    assert "Overview" in shown(app, "html")


def test_a_mapping_that_is_saved_reads_the_file_on_the_command_line(bring, tmp_path):
    app = bring(csv_of(TABLE.assign(label=TABLE["label"].map({0: "gesund", 1: "krank"}))))
    answer(app, "positive", "krank")
    answer(app, "validation_share", "half")
    (saved,) = [one.proto for one in app.get("download_button") if "Save how" in one.proto.label]
    assert saved.label == "Save how this file is read"
    app.button(key="bring_import").click().run()
    by_page = read_run(tmp_path / "runs" / "mine")
    mapping = mapping_of(by_page.manifest["data"]["mapping"], tmp_path)
    (tmp_path / "mapping.toml").write_text(mapping.to_toml())
    command = ["import", str(tmp_path / "mine.csv"), "--name", "again", "--out", str(tmp_path / "runs")]
    assert main([*command, "--mapping", str(tmp_path / "mapping.toml")]) == 0
    again = read_run(tmp_path / "runs" / "again")
    assert again.manifest["data_fingerprint"] == by_page.manifest["data_fingerprint"]
    assert again.manifest["data"]["mapping"] == by_page.manifest["data"]["mapping"]


def test_several_findings_become_one_run(bring, shown, tmp_path):
    app = bring(table().to_csv(index=False).encode())
    assert "The file has 2 findings" in shown(app, "html")
    app.multiselect(key="bring_label").set_value([FINDINGS[0]]).run()
    assert "pred_Pneumonia&#x27; goes from" in shown(app, "html")
    app.button(key="bring_label_all").click().run()
    assert app.multiselect(key="bring_label").value == list(FINDINGS)
    assert "The same is asked of &#x27;Pleural Effusion&#x27;" in shown(app, "html")
    radio = app.radio(key="bring_scale 0 1")
    radio.set_value(next(i for i, label in enumerate(radio.options) if "a probability" in label)).run()
    assert "Truth: Pleural Effusion" in shown(app, "html")
    app.button(key="bring_import").click().run()
    run = read_run(tmp_path / "runs" / "mine")
    assert run.findings == FINDINGS
    assert app.query_params["finding"] == FINDINGS[0]
    again = bring(table(80, seed=5, sets=("test",)).drop(columns="split").to_csv(index=False).encode())
    again.selectbox(key="bring_into_select").select_index(1).run()
    again.button(key="bring_label_all").click().run()
    radio = again.radio(key="bring_scale 0 1")
    radio.set_value(next(i for i, label in enumerate(radio.options) if "a probability" in label)).run()
    again.text_input(key="bring_site_name").set_value("north").run()
    again.button(key="bring_import").click().run()
    assert read_run(tmp_path / "runs" / "mine").of(FINDINGS[1]).site("north").n == 80


def test_several_words_may_be_positive(bring, shown):
    three = TABLE["label"].map({0: "normal", 1: "bacteria"}).where(TABLE.index != 3, "virus")
    app = bring(csv_of(TABLE.assign(label=three)))
    app.multiselect(key="bring_positive").set_value(["bacteria", "virus"]).run()
    answer(app, "validation_share", "none")
    assert "No validation." in shown(app, "html")
    assert "in the file: virus" in shown(app, "html")


def test_what_is_understood_wrongly_can_be_corrected(bring, shown):
    app = bring(csv_of(TABLE.assign(other=TABLE["probability"][::-1].tolist())))
    answer(app, "validation_share", "none")
    assert app.button(key="bring_import")
    app.selectbox(key="bring_correct_score").select("other").run()
    assert "What are the scores? Column &#x27;other&#x27;" in shown(app, "html")


def test_a_bad_row_is_named_and_nothing_is_written(bring, shown, tmp_path):
    app = bring(csv_of(TABLE.assign(probability=["n/a", *TABLE["probability"][1:]])))
    answer(app, "validation_share", "none")
    assert "row 2: column probability: 'n/a' is not a number" in shown(app, "code")
    assert not [button for button in app.button if button.key == "bring_import"]
    assert not (tmp_path / "runs").exists()


def test_a_path_without_a_file_is_said(open_dashboard, shown, tmp_path):
    app = open_dashboard(tmp_path / "runs", "bring_data")
    app.text_input(key="bring_path").set_value(str(tmp_path / "no.csv")).run()
    assert "no.csv: cannot be read" in shown(app, "code")


def test_a_name_that_is_taken_is_said_and_nothing_changes(bring, shown, runs):
    before = (runs / "fitted" / "manifest.json").read_bytes()
    app = bring(csv_of(), runs, run="fitted")
    answer(app, "validation_share", "none")
    app.text_input(key="bring_run_name").set_value("fitted").run()
    app.button(key="bring_import").click().run()
    assert "fitted" in shown(app, "code")
    assert (runs / "fitted" / "manifest.json").read_bytes() == before


def test_a_site_is_added_to_a_run(bring, write_run, shown, tmp_path):
    write_run(tmp_path / "runs", "own")
    app = bring(csv_of(TABLE.assign(label=["krank", "gesund"] * 4)), run="own")
    app.selectbox(key="bring_into_select").select("own").run()
    answer(app, "positive", "krank")
    app.text_input(key="bring_site_name").set_value("North").run()
    app.button(key="bring_import").click().run()
    site = read_run(tmp_path / "runs" / "own").sites.whole["North"]
    assert list(next(iter(site.findings.values())).y_true) == [1, 0] * 4
    assert site.manifest["mapping"]["finding"][0]["positive"] == "krank"


def test_images_without_a_truth_are_a_site_once_it_has_a_name(bring, write_run, shown, tmp_path):
    write_run(tmp_path / "runs", "own")
    app = bring(csv_of(TABLE.drop(columns="label").assign(flag=[0, 1] * 4)), run="own")
    app.selectbox(key="bring_into_select").select("own").run()
    answer(app, "label", "none of them")
    assert "The site needs a name" in shown(app)
    assert not [button for button in app.button if button.key == "bring_import"]
    app.text_input(key="bring_site_name").set_value("North").run()
    app.button(key="bring_import").click().run()
    images = read_run(tmp_path / "runs" / "own").site("North")
    assert (images.n, images.n_unlabelled) == (8, 8)


def test_names_and_words_from_a_file_are_text(bring, shown):
    table = TABLE.rename(columns={"image": "image", "label": "label"}).assign(
        image=[f"{HOSTILE}{i}" for i in range(8)], label=[HOSTILE, "no"] * 4
    )
    app = bring(csv_of(table))
    for kind in ("markdown", "caption", "header", "alert"):
        assert HOSTILE not in shown(app, kind)
    assert "<script>" not in shown(app, "html")
    assert all("![x](http" not in label for label in app.radio(key="bring_positive").options)
