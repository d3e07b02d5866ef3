"""Subgroups in each of their states, without a browser."""

import base64
import json
import re

import numpy as np
import pandas as pd
import pytest

from core.evaluation.comparing.subgroups import MEASURES, subgroups
from core.explain.image_properties import PROPERTIES
from core.runs.importer import import_predictions
from core.runs.store import read_run
from core.telling.scale import scales
from dashboard import theme

HOSTILE = '![x](http://evil.example/x.png)<script>alert("1")</script>'


@pytest.fixture
def open_page(open_dashboard):
    def run(out, **address):
        return open_dashboard(out, "subgroups", **address)

    return run


@pytest.fixture(scope="module")
def hospitals(tmp_path_factory):
    """An imported run of several columns: both classes everywhere, one level that fails, many levels, hostile names."""
    out = tmp_path_factory.mktemp("hospitals")
    rng, n = np.random.default_rng(0), 900
    y_true = rng.integers(0, 2, n)
    hospital = rng.choice(["north", "south", HOSTILE], n)
    rows = {
        "image_id": [f"i{k}" for k in range(n)],
        "patient_id": [f"p{k // 2}" for k in range(n)],
        "y_true": y_true,
        "logit": rng.normal(3 * y_true - 1.5) - 2.5 * ((hospital == "south") & (y_true == 1)),
        "split": np.where(np.arange(n) < 450, "validation", "test"),
        "hospital": hospital,
        "scanner": [f"scanner {k:02}" for k in rng.integers(0, 25, n)],
    }
    pd.DataFrame(rows).to_csv(out / "h.csv", index=False)
    import_predictions(out / "h.csv", name="hospitals", out=out / "runs")
    return out / "runs"


def levels_drawn(app):
    """The levels of the first picture."""
    return set(re.findall(r"scanner \d\d", alternatives(app)[0]))


def alternatives(app):
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def test_public_data_says_what_exists(open_page, shown, runs):
    app = open_page(runs, run="fitted", split="test", threshold="0.5")
    html = shown(app, "html")
    run = read_run(runs / "fitted")
    n_neg = run.predictions("test").n_neg
    assert "“bacteria” and “virus” stand only among images with pneumonia." in html
    assert f"AUROC holds them against all {n_neg} images without pneumonia." in html
    assert "“none” stands only among images without pneumonia, so there is only a specificity." in html
    found = subgroups(
        run.predictions("test"), "subtype", threshold=0.5, temperature=scales(run)["calibrated"].temperature
    )
    for group in found.groups:
        for estimate in group.estimates.values():
            if estimate.value == estimate.value:
                assert f"{theme.fixed(estimate.value, 3)} ({theme.fixed(estimate.low, 3)} to " in html
    assert [alt.split(" by level")[0] for alt in alternatives(app)[:3]] == [
        "Sensitivity at the threshold",
        "Specificity at the threshold",
        "AUROC",
    ]
    assert [alt.split(", each level less the rest")[0] for alt in alternatives(app)[3:]] == [
        "Sensitivity at the threshold",
        "AUROC",
    ]


def test_a_level_that_fails_is_named(open_page, shown, hospitals):
    app = open_page(hospitals, run="hospitals", split="test", threshold="0.0", by="hospital")
    html = shown(app, "html")
    told = html.split("What differs, more than chance, from the rest")[1].split("</p>")[0]
    assert "“south” (sensitivity lower, AUROC lower" in told
    assert len(alternatives(app)) == 8
    assert "south" in alternatives(app)[0] and "differs from the rest" in alternatives(app)[0]
    assert "ECE, debiased</th>" in html


def test_each_level_stands_against_the_rest_with_its_interval(open_page, shown, hospitals):
    app = open_page(hospitals, run="hospitals", split="test", threshold="0.0", by="hospital")
    run = read_run(hospitals / "hospitals")
    found = subgroups(
        run.predictions("test"), "hospital", threshold=0.0, temperature=scales(run)["calibrated"].temperature
    )
    html, figures = shown(app, "html"), [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")[4:]]
    assert f"hold all {found.tests} differences at once in 95 % of samples" in html
    for figure, measure in zip(figures, MEASURES, strict=True):
        dots = [trace for trace in figure["data"] if trace["mode"] == "markers"]
        drawn = {
            value: (value - down, value + up)
            for trace in dots
            for value, down, up in zip(
                *(read(trace["x"]), read(trace["error_x"]["arrayminus"]), read(trace["error_x"]["array"])), strict=True
            )
        }
        assert len(drawn) == len(found.groups)
        for group in found.groups:
            difference = group.comparisons[measure].difference
            assert drawn[difference.value] == pytest.approx((difference.low, difference.high))
            value, interval = theme.difference(difference)
            assert re.search(rf"<td data-label='[^']+'>{re.escape(f'{value} ({interval})')}</td>", html)


def read(values):
    """Numbers as plotly sends them, in plain or packed as bytes."""
    return (
        values
        if isinstance(values, list)
        else np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()
    )


def test_one_level_has_nothing_to_be_compared_with(open_page, shown, tmp_path):
    rows = pd.DataFrame(
        {"image_id": [f"i{k}" for k in range(80)], "y_true": [0, 1] * 40, "logit": np.arange(80) / 10 - 4}
    )
    rows.assign(split="validation", site="north").to_csv(tmp_path / "one.csv", index=False)
    import_predictions(tmp_path / "one.csv", name="one", out=tmp_path / "runs")
    app = open_page(tmp_path / "runs", run="one")
    assert "No level can be compared with the rest." in shown(app, "html")
    assert not [alt for alt in alternatives(app) if "less the rest" in alt]


def test_threshold_moves_the_rates(open_page, shown, hospitals):
    low, high = (
        alternatives(open_page(hospitals, run="hospitals", split="test", threshold=t, by="hospital"))
        for t in ("-1.0", "1.0")
    )
    assert low[0] != high[0]
    assert low[2] == high[2]


def test_column_is_chosen_and_kept(open_page, shown, hospitals):
    app = open_page(hospitals, run="hospitals", split="test")
    app.selectbox(key="subgroup_switch").set_value("scanner").run()
    assert "By scanner, at the threshold" in shown(app, "html")
    seen = app.selectbox(key="level_page")
    assert (seen.options, seen.value) == (["1 to 20 of 25", "21 to 25 of 25"], "1")
    first = levels_drawn(app)
    seen.set_value("21").run()
    assert app.query_params["levels"] == "21"
    every = {f"scanner {k:02}" for k in range(25)}
    assert (len(first), first | levels_drawn(app), first & levels_drawn(app)) == (20, every, set())
    app.switch_page("../pages/overview.py").run()
    app.switch_page("../pages/subgroups.py").run()
    assert app.selectbox(key="subgroup_switch").value == "scanner"


def test_names_from_files_are_text(open_page, shown, hospitals):
    app = open_page(hospitals, run="hospitals", by="hospital")
    assert "<script>" not in shown(app, "html")
    assert "&lt;script&gt;" in shown(app, "html")
    for chart in app.get("plotly_chart"):
        assert "<script>" not in chart.proto.spec.replace("\\u003c", "<")


def test_run_without_subgroups_says_how_to_get_them(open_page, shown, runs):
    app = open_page(runs, run="test-only")
    assert "No subgroups" in shown(app, "markdown")
    assert alternatives(app) == []


@pytest.fixture(scope="module")
def ages(tmp_path_factory):
    """An imported run with ages, which are numbers, and where old women are missed on test."""
    out = tmp_path_factory.mktemp("ages")
    rng, n = np.random.default_rng(3), 1600
    y_true, age, sex = rng.integers(0, 2, n), rng.integers(0, 80, n), rng.choice(["f", "m"], n)
    rows = {
        "image_id": [f"i{k}" for k in range(n)],
        "y_true": y_true,
        "logit": rng.normal(3 * y_true - 1.5) - 4.0 * ((sex == "f") & (age >= 60) & (y_true == 1)),
        "split": np.where(np.arange(n) < 800, "validation", "test"),
        "age": age,
        "sex": sex,
    }
    pd.DataFrame(rows).to_csv(out / "a.csv", index=False)
    import_predictions(out / "a.csv", name="ages", out=out / "runs")
    return out / "runs"


def test_numbers_are_quarters_of_the_set_whose_edges_are_shown(open_page, shown, ages):
    app = open_page(ages, run="ages", split="test", threshold="0.0", by="age")
    age = sorted(float(text) for text in read_run(ages / "ages").predictions("test").subgroups["age"])
    edges = [age[len(age) // 4 * k - 1] for k in (1, 2, 3)]
    low, middle, high = (f"{edge:.0f}" for edge in edges)
    for name in (f"below {low}", f"{low} to below {middle}", f"{middle} to below {high}", f"{high} or more"):
        assert name in alternatives(app)[0]
    assert "Numbers are put into quarters of the images of this set" in shown(app, "html")


def test_two_columns_are_crossed_and_the_worst_stands_first(open_page, shown, ages):
    app = open_page(ages, run="ages", split="test", threshold="0.0", by="age", **{"and": "sex"})
    said = alternatives(app)[0].partition(": ")[2].split("; ")
    assert len(said) == 9 and said[-1].startswith("all images")
    assert " or more, f " in said[0], "old women are missed"
    upper = [float(re.search(r"to (\d\.\d+)", level)[1]) for level in said[:-1]]
    assert upper == sorted(upper)
    app.selectbox(key="crossed_switch").set_value("").run()
    assert len(alternatives(app)[0].split("; ")) == 5


def test_the_search_names_the_worst_combination_and_how_much_was_searched(open_page, shown, ages):
    html = shown(open_page(ages, run="ages", split="test", threshold="0.0", by="sex"), "html")
    told = html.split("Worst: ")[1].split("</p>")[0]
    assert re.match(r"sex “f” and age “\d+ or more”, sensitivity 0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)", told)
    assert "(26 comparisons of 2 columns on test)" in told  # (4 + 2 + 4 x 2) in two rates, both sexes parting alike


def test_the_search_of_nothing_to_find_says_so(open_page, shown, ages):
    html = shown(open_page(ages, run="ages", split="test", threshold="-90.0", by="sex"), "html")
    assert "No combination is lower than the rest, more than chance, after adjustment for all that was searched" in html


def test_properties_of_images_are_columns_found_by_themselves_and_kept(
    open_page, shown, write_run_with_images, tmp_path
):
    folder = write_run_with_images(tmp_path, "pictured")
    app = open_page(tmp_path, run="pictured", split="test", threshold="0.0")
    assert app.selectbox(key="subgroup_switch").options == [f"image {name}" for name in PROPERTIES]
    assert list((folder / "cache" / "image_properties").iterdir()), "the first column is one of them, and found at once"
    assert "below " in alternatives(app)[0]
    assert "Brightness is the mean grey level" in shown(app, "html")
    read_run(folder)
