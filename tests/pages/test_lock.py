"""Lock in each of its states, without a browser: hidden, locked, revealed, altered; and what people write is text."""

import json
import re
from urllib.parse import parse_qsl

import pytest

from core.config import TrainConfig
from core.dossier.typed import read_typed
from core.dossier.writing import dossier
from core.evaluation.choosing.operating_point import rates
from core.evaluation.sweep import threshold_sweep
from core.runs.decisions import read_decisions
from core.runs.files import DECISIONS
from core.runs.locked_points import Signature, lock_point, locked_points
from core.runs.store import read_run
from core.telling.scale import scales
from dashboard import theme
from dashboard.lock import dossier as lock_dossier
from tests.pages.conftest import HOSTILE

HIDING = TrainConfig(data="radiographs", image_size=96, epochs=8, weights="none", hide_test=True)
TEXTS = {"Name": "Triage", "Who locks it": "A. Reader", "Why": "ward 3"}
RENDERED = ("markdown", "caption", "error", "warning", "info", "success", "heading", "metric")


@pytest.fixture
def blind(write_run, tmp_path):
    """A folder of runs with one whose test figures are hidden."""
    write_run(tmp_path / "runs", "blind", config=HIDING)
    return tmp_path / "runs"


@pytest.fixture
def open_page(open_dashboard):
    """The page Lock of a run in ``out``."""

    def run(out, **address):
        return open_dashboard(out, "lock", **address)

    return run


def field(app, label):
    (found,) = [one for one in (*app.text_input, *app.text_area) if one.label == label]
    return found


def lock(app, **changes):
    for label, text in (TEXTS | changes).items():
        field(app, label).set_value(text)
    (button,) = [one for one in app.button if one.label.startswith("Lock it")]
    return button.click().run()


def points(folder):
    return locked_points(read_decisions(folder))


def test_hidden_locked_revealed_and_locked_again(open_page, shown, blind):
    app = open_page(blind, run="blind")
    assert "Test figures of this run are hidden." in shown(app, "html")
    assert "This one reveals the test figures of the run, once" in shown(app, "html")
    assert "Nothing was decided yet." in shown(app, "html")
    assert next(one for one in app.button_group if one.label == "Images of").options == ["Validation"]
    youden = read_run(blind / "blind").operating_points[0]
    assert field(app, "Rule").value == youden["rule"]
    app = lock(app)
    (first,) = points(blind / "blind")
    assert (first.threshold, first.stamp, first.name) == (youden["threshold"], "pre-specified", "Triage")
    html = shown(app, "html")
    assert "Test figures were revealed on" in html and "Whatever is locked from now on is exploratory." in html
    assert "<span class='tw-mark'>pre-specified</span>" in html
    assert not app.radio, "nobody can choose a stamp any more"
    assert [field(app, label).value for label in ("Name", "Why", "Who locks it")] == ["", "", "A. Reader"]
    app = lock(app, Name="Second")
    first, second = points(blind / "blind")
    assert (second.stamp, set(second.figures)) == ("exploratory", {"validation", "test"})
    table = next(frame.value for frame in app.dataframe if "hash" in frame.value)
    assert table["event"].tolist() == ["locked", "revealed", "locked"]
    assert table["check"].tolist() == ["whole"] * 3


def test_exploratory_can_be_chosen_while_test_is_hidden(open_page, blind):
    app = open_page(blind, run="blind")
    assert app.radio[0].options == ["pre-specified", "exploratory"]
    app.radio[0].set_value("exploratory")
    lock(app)
    assert [point.stamp for point in points(blind / "blind")] == ["exploratory"]


def test_the_threshold_in_the_address_is_locked_to_the_last_bit_and_has_its_figures(open_page, shown, blind):
    threshold = 0.1 + 0.2
    app = open_page(blind, run="blind", threshold=repr(threshold))
    found = rates(threshold_sweep(read_run(blind / "blind").predictions("validation")), threshold)
    for rate in ("sensitivity", "specificity"):
        assert f">{theme.rate(found[rate].value)}<" in shown(app, "html")
        assert theme.interval(found[rate]) in shown(app, "html")
    assert field(app, "Rule").value == ""
    lock(app, Rule="the highest that a colleague accepts")
    (point,) = points(blind / "blind")
    assert repr(point.threshold) == repr(threshold)
    assert point.rule == "the highest that a colleague accepts"


@pytest.mark.parametrize("label", ["Name", "Rule", "Who locks it", "Why"])
def test_a_lock_without_one_of_its_texts_is_no_lock(open_page, shown, blind, label):
    app = lock(open_page(blind, run="blind"), **{label: "  "})
    assert f"Not locked.</strong> “{label}” is still empty." in shown(app, "html")
    assert not (blind / "blind" / DECISIONS).exists()


def test_every_text_that_is_missing_is_named_at_once(open_page, shown, blind):
    app = lock(open_page(blind, run="blind"), **{"Name": "", "Why": "", "Who locks it": ""})
    assert "“Name”, “Who locks it” and “Why” are still empty. A lock needs them, in words." in shown(app, "html")
    assert not shown(app, "code")
    assert not (blind / "blind" / DECISIONS).exists()


def test_a_lock_may_promise_floors_and_without_one_promises_nothing(open_page, shown, blind):
    app = open_page(blind, run="blind")
    next(one for one in app.number_input if one.label == "Promises sensitivity of at least").set_value(0.95)
    app = lock(app)
    assert "promises sensitivity of at least 0.95" in shown(app, "html")
    app = lock(app, Name="Later", Rule="by hand")
    assert "promises nothing: no floor was signed" in shown(app, "html")
    assert [point.floors for point in points(blind / "blind")] == [{"sensitivity": "0.95"}, {}]


def leading_on(app):
    """The links to what test delivers, as they are sent to the browser."""
    return [link.proto for link in app.get("page_link") if "What test delivers" in link.proto.label]


def unescaped(label):
    """What markdown makes of a label whose every sign is held back."""
    return re.sub(r"\\(.)", r"\1", label).replace("\N{WORD JOINER}", "")


def test_a_lock_leads_on_to_what_test_delivers(open_page, shown, blind):
    app = open_page(blind, run="blind")
    assert not leading_on(app)
    app = lock(app, Name=HOSTILE[:60])
    run = read_run(blind / "blind")
    youden = run.operating_points[0]["threshold"]
    found = rates(threshold_sweep(run.predictions("test")), youden)["sensitivity"].value
    n_pos = run.predictions("test").n_pos
    html = shown(app, "html")
    assert "It is pre-specified and stands above, and in the log below. Test figures can be seen now." in html
    assert [link.page for link in leading_on(app)] == ["delivery", "delivery"]
    assert f"{round(found * n_pos)} of {n_pos} found" in html and "unseen when it was locked" in html
    app.query_params["threshold"] = "2.5"
    app = lock(app.run(), Name="Later", Rule="by hand")
    assert "seen when it was locked" in shown(app, "html").replace("unseen", "")
    link = leading_on(app)[1]
    assert re.sub(r"\\[!-/:-@\[-`{-~]", "", link.label).count("[") == 0
    assert unescaped(link.label) == f"What test delivers: {HOSTILE[:60]}"
    app.query_params = dict(parse_qsl(link.query_string))
    app.switch_page("../pages/delivery.py").run()
    assert app.query_params["threshold"] == repr(youden)
    assert next(group for group in app.button_group if group.label == "Rule").value == "locked 1"
    assert f", at {theme.probability(scales(run)['calibrated'].probability(youden))}" in shown(app)


@pytest.mark.parametrize("run", ["imported", "fitted", "synthetic"])
def test_a_run_that_never_hid_test_says_so_and_offers_no_stamp(open_page, shown, runs, run):
    app = open_page(runs, run=run)
    assert "Test figures of this run were never hidden." in shown(app, "html")
    assert "It will be stamped exploratory." in shown(app, "html")
    assert not app.radio


def test_a_run_without_validation_says_what_follows(open_page, shown, runs):
    app = open_page(runs, run="test-only")
    assert "This run has no validation images." in shown(app, "html")


def test_an_altered_log_is_loud_and_takes_no_lock(open_page, shown, blind):
    folder = blind / "blind"
    for name in ("one", "two"):
        lock_point(read_run(folder), 0.5, Signature(name=name, rule="r", who="Alice", why="w"))
    path = folder / DECISIONS
    path.write_bytes(path.read_bytes().replace(b"Alice", b"Carol", 1))
    app = open_page(blind, run="blind")
    html = shown(app, "html")
    assert html.count("role='alert'><strong>▲ The log was altered.</strong>") == 2, "on top and at the log"
    assert "Line 1 was altered: it does not fit its own hash." in html.replace("&#x27;", "'")
    assert html.count("▲ altered</span>") == 1
    table = next(frame.value for frame in app.dataframe if "hash" in frame.value)
    assert table["check"].tolist() == ["ALTERED", "whole"]
    assert "Nothing can be locked" in shown(app, "markdown")
    assert not [button for button in app.button if button.label.startswith("Lock it")]


def test_a_log_that_was_altered_under_an_open_page_takes_no_lock(open_page, shown, blind):
    lock_point(read_run(blind / "blind"), 0.5, Signature(name="one", rule="r", who="Alice", why="w"))
    app = open_page(blind, run="blind")
    path = blind / "blind" / DECISIONS
    path.write_bytes(path.read_bytes().replace(b"Alice", b"Carol", 1))
    app = lock(app)
    assert len(points(blind / "blind")) == 1


def test_a_line_cut_short_is_said_and_a_lock_can_still_be_made(open_page, shown, blind):
    (blind / "blind" / DECISIONS).write_bytes(b'{"event":"lo')
    app = open_page(blind, run="blind")
    assert "Line 1 was cut short while it was written, so it never counted." in shown(app, "html")
    lock(app)
    assert [point.stamp for point in points(blind / "blind")] == ["pre-specified"]


def test_a_kept_hash_tells_whether_lines_were_cut_off(open_page, shown, blind):
    folder = blind / "blind"
    for name in ("one", "two", "three"):
        lock_point(read_run(folder), 0.5, Signature(name=name, rule="r", who="w", why="y"))
    hashes = [event.hash for event in read_decisions(folder).events]
    question = "Is a hash that somebody kept still in the log?"
    app = open_page(blind, run="blind")
    assert hashes[-1] in shown(app, "code")
    field(app, question).set_value(f" {hashes[1].upper()} ").run()
    assert "in the log at line 2; up to there nothing changed. 1 event after it." in shown(app, "html")
    field(app, question).set_value("abc").run()
    assert "This is no hash" in shown(app, "html")
    lines = (folder / DECISIONS).read_bytes().splitlines(keepends=True)
    (folder / DECISIONS).write_bytes(b"".join(lines[:2]))
    field(app, question).set_value(hashes[2]).run()
    assert "The log is whole: 2 events, none altered." in shown(app, "html")
    assert "This hash is not in the log: lines were cut off" in shown(app, "html")


def test_log_and_receipt_can_be_saved(open_page, blind):
    lock_point(read_run(blind / "blind"), 0.5, Signature(name="one", rule="r", who="w", why="y"))
    app = open_page(blind, run="blind")
    assert [one.proto.label for one in app.get("download_button")] == [
        "Save the dossier",
        "Save it to leave the house",
        "Save the receipt",
        "Save the log",
    ]


def test_what_only_people_know_is_kept_for_the_dossier_and_shown_on_overview(open_page, shown, blind):
    app = open_page(blind, run="blind")
    field(app, "How was the truth found (reference standard)?").set_value("Two readers")
    next(one for one in app.button if one.label == "Keep it with the run").click().run()
    assert read_typed(blind / "blind").answers == {"reference_standard": "Two readers"}
    assert "Two readers" in dossier(read_run(blind / "blind"))


def test_pictures_of_the_worst_errors_are_in_the_dossier_where_they_are_asked_for(
    open_page, write_run_with_images, tmp_path, monkeypatch
):
    write_run_with_images(tmp_path / "runs", "pictured")
    given = []
    monkeypatch.setattr(lock_dossier, "_downloads", lambda _run, pictures: given.append(pictures))
    app = open_page(tmp_path / "runs", run="pictured")
    (ask,) = [box for box in app.checkbox if "it errs on worst" in box.label]
    assert given == [None]
    ask.check().run()
    assert given[1].run.run_id == "pictured"


def test_what_people_write_is_text(open_page, shown, blind):
    app = lock(open_page(blind, run="blind"), Name=HOSTILE[:60], Rule=HOSTILE, Why=HOSTILE, **{"Who locks it": HOSTILE})
    assert len(points(blind / "blind")) == 1
    for kind in RENDERED:
        assert "evil.example" not in shown(app, kind), kind
    html = shown(app, "html")
    assert "evil.example" in html and "<script" not in html
    for page in ("operating_point", "gallery"):
        app = app.switch_page(f"../pages/{page}.py").run()
        for kind in (*RENDERED, "html"):
            assert "evil.example" not in shown(app, kind), (page, kind)
    app.query_params["show"] = "changes"
    app.run()
    (offered,) = [group for group in app.button_group if group.label.startswith("To a threshold")]
    assert any("Locked 1" in option for option in offered.options)
    assert not [option for option in offered.options if re.search(r"[!\[\]<>()]", re.sub(r"\\.", "", option))]


def test_a_locked_threshold_is_a_rule_of_promise_and_delivery_and_is_forgotten_in_another_run(
    open_page, shown, blind, write_run
):
    write_run(blind, "other")
    lock(open_page(blind, run="blind", threshold="0.25"), Name=HOSTILE[:60], Rule="by hand")
    app = open_page(blind, run="blind").switch_page("../pages/delivery.py").run()
    (rule,) = [group for group in app.button_group if group.label == "Rule"]
    (option,) = [name for name in rule.options if name.startswith("Locked")]
    assert unescaped(option) == f"Locked: {HOSTILE[:60]}"
    assert not re.sub(r"\\.", "", option).count("[")
    assert rule.value == "locked 1", "the page opens on what was locked"
    scale = scales(read_run(blind / "blind"))["calibrated"]
    assert f", at {theme.probability(scale.probability(0.25))}" in shown(app, "html")
    app.selectbox[0].select("other").run()
    assert not [name for group in app.button_group for name in group.options if "Locked" in name]


def test_a_log_that_cannot_be_read_leaves_the_other_pages(open_page, shown, blind, parts_may_fail):
    (blind / "blind" / DECISIONS).mkdir()
    app = open_page(blind, run="blind")
    assert "is not a regular file" in shown(app, "code")
    app.switch_page("../pages/operating_point.py").run()
    assert "is not a regular file" not in shown(app, "code")
    (failed,) = parts_may_fail
    assert failed.startswith("a part of the page cannot be shown: RunFolderError(")


def test_a_lock_that_the_disk_did_not_confirm_is_shown_as_a_lock(open_page, shown, blind, monkeypatch):
    from core.runs import decisions

    def refuse(path):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(decisions, "sync", refuse)
        app = lock(open_page(blind, run="blind"))
    assert len(points(blind / "blind")) == 1
    assert "Locked, but perhaps not safe on the disk." in shown(app, "html")
    assert "do not repeat it" in shown(app, "html")
    assert "Not locked." not in shown(app, "html")
    assert "Test figures of this run are hidden." not in shown(app, "html")


def test_locked_thresholds_are_buttons_at_the_operating_point(open_page, shown, blind):
    lock(open_page(blind, run="blind", threshold="0.123456789"), Rule="by hand")
    app = open_page(blind, run="blind").switch_page("../pages/operating_point.py").run()
    (explorer,) = [one for one in app.get("bidi_component") if "Locked: Triage" in str(one.proto)]
    data = json.loads(explorer.proto.mixed.json if explorer.proto.HasField("mixed") else explorer.proto.json)
    (preset,) = [one for one in data["presets"] if one["label"] == "Locked: Triage"]
    assert preset["threshold"] == 0.123456789
