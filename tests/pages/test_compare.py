"""Compare in each of its states, without a browser: same images, half of them, others, a reader, hidden test."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.runs.compare import compare_runs
from core.runs.decisions import read_decisions
from core.runs.importer import import_predictions
from core.runs.margins import COMPARED, STATED, margins, note_look
from core.runs.store import read_run
from dashboard import theme
from dashboard.compare import words


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Runs of 240 images of 120 patients: two models, one of half of the images, one of others, two readers, and one
    that hides its test."""
    rng = np.random.default_rng(1)
    truth = np.repeat(rng.random(120) < 0.5, 2).astype(int)
    logit = rng.normal(size=240) + 2.0 * truth - 1.0
    table = pd.DataFrame(
        {
            "image_id": [f"{i:03}.png" for i in range(240)],
            "patient_id": [f"p{i // 2}" for i in range(240)],
            "split": ["validation"] * 120 + ["test"] * 120,
            "y_true": truth,
            "logit": logit.round(5),
        }
    )
    noisy = (0.6 * logit + rng.normal(size=240)).round(5)
    test = table[table["split"] == "test"].drop(columns="logit")
    grade = 1 + np.digitize(noisy[120:], [-1, -0.3, 0.3, 1])
    half = table[60:180].assign(logit=noisy[60:180], y_true=[*truth[60:179], 1 - truth[179]])
    tables = {
        "one": table,
        "two": table.assign(logit=noisy),
        "half": half,
        "others": table.assign(image_id=[f"x{i}.png" for i in range(240)]),
        "five": test.assign(reading=grade),
        "yes-no": test.assign(reading=(grade > 3).astype(int)),
    }
    folder = tmp_path_factory.mktemp("compared")
    given = folder / "given.csv"
    for name, rows in tables.items():
        rows.to_csv(given, index=False)
        import_predictions(given, name=name, out=folder)
    table.to_csv(given, index=False)
    import_predictions(given, name="hidden", out=folder, hide_test=True)
    given.unlink()
    return folder


@pytest.fixture
def out(made, tmp_path):
    """A copy, as looks and margins are noted in the runs."""
    return Path(shutil.copytree(made, tmp_path / "runs"))


@pytest.fixture
def compared(open_dashboard, out):
    def run(other, *, seen=True, **address):
        if seen:
            note_look(read_run(out / address.get("run", "one")), read_run(out / other), address.get("split", "test"))
        return open_dashboard(out, script="compare", **{"run": "one", "split": "test", "with": other} | address)

    return run


def figures(out, other, **how):
    return compare_runs(read_run(out / "one"), read_run(out / other), **how).comparison


def test_the_answer_is_cores_and_every_figure_has_its_row(compared, out, shown):
    html = shown(app := compared("two"), "html")
    found = figures(out, "two")
    assert f"tw-callout'>{words.answer(found, 'test', ('labelled negative', 'labelled positive'))}<" in html
    for name, title in words.FIGURES.items():
        assert title in html
        value, interval = theme.difference(found.figures[name].difference)
        assert f">{value}<" in html and f">{interval}<" in html
    assert "Paired: 120 images of 60 patients are in both." in html
    assert len(app.get("plotly_chart")) == 4


def test_a_cheaper_miss_moves_net_benefit_and_nothing_else(compared, out, shown):
    html = shown(compared("two", alarms_a_miss="3.0"), "html")
    found = figures(out, "two", alarms_a_miss=3.0).figures
    assert f">{theme.difference(found['net_benefit'].difference)[0]}<" in html
    assert "as bad as 3 false alarms" in html
    assert figures(out, "two").figures["net_benefit"].a.value != found["net_benefit"].a.value


def test_half_of_the_images_and_another_truth_are_said(compared, shown):
    text = shown(app := compared("half"))
    assert "Not compared: 60 images in A alone, 0 images in B alone." in text
    assert "Left out: 1 image with another truth" in text and "179.png" in text
    assert "Paired: 59 images" in shown(app, "html")


def test_other_images_are_compared_unpaired(compared, shown):
    html = shown(compared("others"), "html")
    assert "Unpaired: A and B have no image of test in common" in html
    assert "Cohen" not in html and "two sets that share nothing" in html


def test_a_reader_is_a_model_with_an_operating_point_of_its_own(compared, out, shown):
    html = shown(compared("five"), "html")
    found = compare_runs(read_run(out / "one"), read_run(out / "five"))
    assert "at 3 or above" in html and "The model at" not in html
    said = html.partition("B is five, at ")[2][:60]
    assert said and "logit" not in said
    for rate, own in found.at_reader.items():
        assert f">{theme.rate(own.model)}<" in html and f">{theme.rate(own.reader)}<" in html
        assert f">{theme.difference(own.difference)[1]}<" in html, rate
    stricter = shown(compared("five", with_at="5 or above"), "html")
    assert "at 5 or above" in stricter and stricter != html
    assert "the higher of its two scores" in shown(compared("yes-no"), "html")


def test_the_first_look_is_asked_for_and_a_margin_before_it_is_beforehand(compared, out, shown):
    app = compared("two", seen=False)
    one, two = read_run(out / "one"), read_run(out / "two")
    assert "Nobody has looked at these two together yet" in shown(app, "markdown")
    assert not app.get("plotly_chart") and not read_decisions(one.folder).events
    app.text_input[0].set_value("A. Reader")
    app.button(key="FormSubmitter:compare_margin-Write it into the log").click().run()
    app.button(key="compare_look").click().run()
    html = shown(app, "html")
    assert "by A. Reader" in html and "stated before the first look" in html
    assert [event.event for event in read_decisions(one.folder).events] == [STATED, COMPARED]
    app.text_input[0].set_value("B. Reader")
    app.button(key="FormSubmitter:compare_margin-Write it into the log").click().run()
    assert "stated afterwards" in shown(app, "html")
    assert [own.beforehand for own in margins(one, two, "test")] == [True, False]


def test_validation_needs_no_first_look_and_hidden_test_stays_hidden(compared, open_dashboard, out, shown):
    assert len(compared("two", seen=False, split="validation").get("plotly_chart")) == 4
    app = compared("hidden", seen=False)
    assert "Test figures are hidden until" in shown(app, "markdown") and not app.get("plotly_chart")
    own = open_dashboard(out, script="compare", **{"run": "hidden", "with": "two"})
    assert own.get("button_group")[0].options == ["Validation"]
    assert "Test figures are hidden until" in shown(own, "html")


def test_a_set_that_the_other_does_not_have_and_a_single_run_say_what_to_do(
    compared, open_dashboard, out, shown, tmp_path
):
    assert "The other run does not have this set" in shown(compared("five", seen=False, split="validation"), "markdown")
    (tmp_path / "alone").mkdir()
    (out / "one").rename(tmp_path / "alone" / "one")
    assert "Nothing to compare with" in shown(
        open_dashboard(tmp_path / "alone", script="compare", run="one"), "markdown"
    )


def test_three_runs_are_tested_with_holms_adjustment(compared, shown):
    html = shown(compared("two", also='["others"]'), "html")
    assert "one − two" in html and "one − others" in html and "two − others" in html


def test_who_alone_is_right_is_listed(compared, out, shown):
    app = compared("two")
    found = compare_runs(read_run(out / "one"), read_run(out / "two"))
    counts = found.comparison.mcnemar
    options = next(group.options for group in app.get("button_group") if any("alone" in text for text in group.options))
    assert options == [f"A alone is right {counts.only_a}", f"B alone is right {counts.only_b}"]
    pairs = found.comparison.pairs
    calls = [own.logit >= point.threshold for own, point in zip((pairs.a, pairs.b), found.points, strict=True)]
    alone = pairs.a.image_id[(calls[0] == (pairs.a.y_true == 1)) & (calls[1] != (pairs.a.y_true == 1))]
    listed = shown(app, "dataframe")
    assert len(alone) == counts.only_a and all(name in listed for name in alone)
