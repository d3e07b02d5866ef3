"""What the gallery looks through."""

import base64
from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

from core.evaluation.predictions import Predictions
from core.runs.importer import import_predictions
from core.runs.store import read_run
from dashboard import gateway
from tests.dashboard.gateway.conftest import split_of


def selection(**values):
    return gateway.Selection(
        **{"split": "test", "threshold": 2.5, "kind": "tp", "order": "nearest", "other": None, "levels": ()} | values
    )


def test_selected_images_have_outcome_and_level(run):
    split = run.predictions("test")
    rows = gateway.selected(run, selection(levels=(("subtype", ("virus",)),)))
    assert len(rows)
    expected = (split.logit >= 2.5) & (split.y_true == 1) & (split.subgroups["subtype"] == "virus")
    assert set(rows) == set(np.flatnonzero(expected))
    assert (np.diff(split.logit[rows]) >= 0).all()


def test_changes_are_the_images_between_the_thresholds(run):
    split = run.predictions("test")
    rows = gateway.selected(run, selection(kind="changes", other=4.0))
    assert set(rows) == set(np.flatnonzero((split.logit >= 2.5) & (split.logit < 4.0)))


def test_levels_are_sorted_with_the_unknown_last(run):
    assert gateway.subgroup_levels(run, "test") == {"subtype": ["bacteria", "virus", None]}


def test_subgroups_of_names_or_of_nothing_are_no_filters(tmp_path):
    n = 300
    table = pd.DataFrame({"image_id": [f"i{i}" for i in range(n)], "y_true": [0, 1] * (n // 2), "logit": range(n)})
    table = table.assign(site="a", name=[f"n{i}" for i in range(n)], nothing="")
    table.to_csv(tmp_path / "p.csv", index=False)
    import_predictions(tmp_path / "p.csv", name="wide", out=tmp_path)
    wide = read_run(tmp_path / "wide")
    assert set(wide.predictions("test").subgroups) >= {"site", "name"}
    assert gateway.subgroup_levels(wide, "test") == {"site": ["a"]}


def test_rows_are_found_by_their_image(run):
    for row in (0, 7):
        assert gateway.row_of(run, "test", str(run.predictions("test").image_id[row])) == row
    assert gateway.row_of(run, "test", "not there") is None


def ids(run, **values):
    """Image ids of a selection of the hand-made splits: v or t with the place in the table."""
    chosen = selection(**{"threshold": 1.5, **values})
    return " ".join(run.predictions(chosen.split).image_id[gateway.selected(run, chosen)])


@pytest.mark.parametrize(
    ("kind", "order", "expected"),
    [
        ("fp", "confident", "t11 t09 t08 t07"),
        ("fp", "nearest", "t07 t08 t09 t11"),
        ("fn", "confident", "t13 t14"),
        ("fn", "nearest", "t14 t13"),
        ("tp", "nearest", "t15 t16 t17 t18 t19 t10 t20 t21 t22 t23 t24 t25 t26 t27 t28 t29"),
        ("tn", "nearest", "t05 t06 t04 t03 t02 t01 t12 t00"),
        ("tn", "data order", "t00 t01 t02 t03 t04 t05 t06 t12"),
    ],
)
def test_outcomes_and_orders_by_hand(counted, kind, order, expected):
    """Scores of 1.5, which one of the well and one of the ill have, are called positive at 1.5."""
    assert ids(counted, kind=kind, order=order) == expected


def test_every_part_of_a_selection_is_part_of_the_key(counted, exchanged):
    north = (("site", ("north",)),)
    for _ in range(2):
        assert ids(counted, kind="fp") == "t07 t08 t09 t11"
        assert ids(exchanged, kind="fp") == "t12 t13"
        assert ids(counted, kind="fp", split="validation") == "v12 v13"
        assert ids(counted, kind="fp", threshold=2.5) == "t08 t09 t11"
        assert ids(counted, kind="fn") == "t14 t13"
        assert ids(counted, kind="fp", order="confident") == "t11 t09 t08 t07"
        assert ids(counted, kind="fp", levels=north) == "t08 t09"
        assert ids(counted, kind="fp", levels=(("site", ("north", "south")),)) == "t07 t08 t09 t11"
        assert ids(counted, kind="tn", split="validation", levels=(("site", (None,)),)) == "v09"
        assert ids(counted, kind="changes", other=3.5) == "t08 t16 t17 t07 t15"
        assert ids(counted, kind="changes", other=-0.5) == "t05 t06 t14 t04"
        assert ids(counted, kind="changes", other=3.5, levels=north) == "t08"
        assert ids(counted, kind="changes", other=0.0) == "t05 t06 t14"


def test_changes_have_the_counts_of_both_thresholds(counted, exchanged):
    up, down = gateway.changes(counted, "test", 1.5, 3.5), gateway.changes(counted, "test", 3.5, 1.5)
    assert (up.before, up.after, up.become_positive) == ((16, 4, 8, 2), (13, 2, 10, 5), False)
    assert (down.before, down.after, down.become_positive) == ((13, 2, 10, 5), (16, 4, 8, 2), True)
    assert gateway.changes(counted, "validation", 1.5, 3.5).after == (3, 1, 13, 3)
    assert gateway.changes(exchanged, "validation", 1.5, 3.5).after == (13, 2, 10, 5)


def test_levels_by_split_and_run(counted, exchanged):
    assert gateway.subgroup_levels(counted, "validation") == {"site": ["north", "south", None]}
    assert gateway.subgroup_levels(counted, "test") == {"site": ["east", "north", "south"]}
    assert gateway.subgroup_levels(exchanged, "validation") == {"site": ["east", "north", "south"]}


@pytest.fixture
def caused(make_run):
    """``germ`` is known of some of the ill only in validation, and of one of the well too in test; ``film`` of all."""
    germs = {"validation": [None, None, "virus", "virus", None], "test": ["virus", None, "virus", "germ", "germ"]}
    splits = {}
    for split, germ in germs.items():
        ids = np.array([f"{split}{row}" for row in range(5)], dtype=object)
        subgroups = {"germ": np.array(germ, dtype=object), "film": np.array(["a"] * 5, dtype=object)}
        subgroups["nothing"] = np.array([None] * 5, dtype=object)
        splits[split] = Predictions(
            image_id=ids, patient_id=ids, y_true=[0, 0, 1, 1, 1], logit=np.arange(5.0), subgroups=subgroups
        )
    return make_run(splits["validation"], splits["test"])


def test_what_only_the_ill_have_is_told_by_split_and_subgroup(caused):
    for _ in range(2):
        assert gateway.levels_of_positives(caused, "validation", "germ")
        assert not gateway.levels_of_positives(caused, "test", "germ")
        assert not gateway.levels_of_positives(caused, "validation", "film")
        assert not gateway.levels_of_positives(caused, "validation", "nothing")
        assert gateway.classes_without_level(caused, "validation", "germ") == (True, True)
        assert gateway.classes_without_level(caused, "test", "germ") == (True, False)
        assert gateway.classes_without_level(caused, "validation", "film") == (False, False)


def decoded(uri, kind):
    head, content = uri.split(",", 1)
    assert head == f"data:image/{kind};base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(content), np.uint8), cv2.IMREAD_UNCHANGED)


def test_addresses_hold_the_pictures_themselves():
    assert gateway.jpeg_uri(b"abc") == "data:image/jpeg;base64,YWJj"
    gray = np.tile(np.arange(0, 200, 2, dtype=np.uint8), (60, 1))
    assert np.abs(decoded(gateway.radiograph_uri(gray), "jpeg").astype(int) - gray).max() <= 3
    heat = np.zeros((4, 4), dtype=np.float32)
    heat[1, 2] = 1.0
    shown, colours = decoded(gateway.heat_map_uri(heat), "png"), gateway.heat_map_colours()
    assert shown[..., 3].tolist() == (255 * heat).astype(int).tolist()
    blue, green, red = shown[1, 2, :3].tolist()
    assert (len(colours), colours[-1]) == (11, f"#{red:02x}{green:02x}{blue:02x}")


def test_an_outline_runs_inside_its_pixels():
    opacity = np.zeros((5, 6), dtype=bool)
    opacity[2, 3] = True
    numbers = [float(number) for number in gateway.outline(opacity).strip("MZ").replace("L", " ").split()]
    corners = {(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)}
    assert corners == {(3.25, 2.25), (3.25, 2.75), (3.75, 2.25), (3.75, 2.75)}


def test_other_images_of_a_patient_are_found_in_the_sets_that_may_be_seen(make_run):
    run = make_run()
    shared = split_of([("i", 1, (4.5, 5.5), "south"), ("j2", 0, (1.5,), "north")], "t")
    run = replace(run, evaluation_sets={"validation": run.predictions("validation"), "test": shared})
    validation = run.predictions("validation")
    rows = [row for row, patient in enumerate(validation.patient_id) if patient == "i"]
    assert len(rows) == 2
    assert gateway.same_patient(run, "test", 0) == [("validation", row) for row in rows] + [("test", 1)]
    assert gateway.same_patient(run, "test", 2) == []
    site = replace(run, evaluation_sets=run.evaluation_sets | {"north": shared})
    assert gateway.same_patient(site, "north", 0) == [("north", 1)], "another hospital's patient i is another child"
    hidden = replace(run, evaluation_sets={"validation": validation, "test": split_of([], "t")}, hidden=True)
    assert gateway.same_patient(hidden, "validation", rows[0]) == [("validation", rows[1])]
