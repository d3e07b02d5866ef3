"""Overlays that lie in a run's folder: whose they are, in which order, and that they are made once."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd

import core.explain.overlays
from core.config import TrainConfig
from dashboard import gateway
from tests.dashboard.gateway import otherwise


def lay(run, **images):
    """Pictures whose bytes are their names, and the list of what they show."""
    folder = run.folder / "overlays"
    folder.mkdir(exist_ok=True)
    for name in images:
        (folder / f"cam_{name}.jpg").write_bytes(name.encode())
    rows = [{"file": f"cam_{name}.jpg", "image_id": image_id} for name, image_id in images.items()]
    pd.DataFrame(rows).to_csv(folder / "overlays.csv", index=False)


def test_each_overlay_has_its_kind_image_and_picture_the_surest_first(counted, exchanged):
    lay(counted, tp_02="t20", tp_01="t29", fp_01="t12", fn_01="v15")
    lay(exchanged, tp_01="v03")
    found = [(one.kind, one.image_id, one.jpeg) for one in gateway.overlays(counted)]
    assert found == [("fn", "v15", b"fn_01"), ("fp", "t12", b"fp_01"), ("tp", "t29", b"tp_01"), ("tp", "t20", b"tp_02")]
    assert [(one.kind, one.image_id) for one in gateway.overlays(exchanged)] == [("tp", "v03")]


def test_overlays_are_read_again_when_they_are_made_again(counted):
    assert gateway.overlays(counted) == []
    lay(counted, tp_01="t29")
    assert [one.image_id for one in gateway.overlays(counted)] == ["t29"]
    lay(counted, tp_01="t2", fp_01="t11")
    assert [one.image_id for one in gateway.overlays(counted)] == ["t11", "t2"]


def test_overlays_without_their_list_are_shown_without_names(write_run, tmp_path):
    run = gateway.run(write_run(tmp_path, "run"))
    assert gateway.overlays(run) == []
    (run.folder / "overlays").mkdir()
    (run.folder / "overlays" / "cam_fp_01.jpg").write_bytes(b"jpeg")
    assert gateway.overlays(run) == [gateway.Overlay(kind="fp", image_id="", jpeg=b"jpeg")]


def test_while_test_is_hidden_overlays_of_test_are_left_out(write_run, tmp_path):
    config = TrainConfig(data="radiographs", image_size=96, epochs=8, weights="none", hide_test=True)
    run = gateway.run(write_run(tmp_path, "blind", config=config))
    overlays = run.folder / "overlays"
    overlays.mkdir()
    ids = {"cam_tp_01.jpg": run.predictions("validation").image_id[0], "cam_fn_01.jpg": "test/0001.jpeg"}
    for name in ids:
        (overlays / name).write_bytes(b"jpeg")
    (overlays / "overlays.csv").write_text("file,image_id\n" + "\n".join(f"{k},{v}" for k, v in ids.items()))
    assert [one.image_id for one in gateway.overlays(run)] == [ids["cam_tp_01.jpg"]]
    assert len(gateway.overlays(replace(run, hidden=False))) == 2


def test_they_are_made_once_however_many_ask(counted, monkeypatch):
    made = []

    def write(run):
        made.append(run)
        time.sleep(0.05)
        lay(run, tp_01="t29")

    monkeypatch.setattr(core.explain.overlays, "write_overlays", write)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(gateway.make_overlays, [counted] * 4))
    assert made == [counted]
    assert len(gateway.overlays(counted)) == 1


def test_made_overlays_show_the_surest_of_test_at_youdens_threshold_of_validation(write_run_with_images, tmp_path):
    run = gateway.run(write_run_with_images(tmp_path, "run"))
    table, test = otherwise.points(run.predictions("validation")), run.predictions("test")
    youden = table["sensitivity"] + table["specificity"]
    threshold = table["threshold"][youden.round(9) == youden.max().round(9)].min()
    gateway.make_overlays(run)
    expected = []
    for kind, called, label in (("fn", False, 1), ("fp", True, 0), ("tp", True, 1)):
        rows = np.flatnonzero(((test.logit >= threshold) == called) & (test.y_true == label))
        surest = sorted(rows, key=lambda row: -abs(test.logit[row] - threshold))[:4]
        expected += [(kind, test.image_id[row]) for row in surest]
    assert [(one.kind, one.image_id) for one in gateway.overlays(run)] == expected
    assert expected[-1][0] == "tp"


def test_an_overlay_knows_its_layer_and_older_ones_are_of_the_last_block(counted):
    lay(counted, tp_01="t29")
    assert [one.layer for one in gateway.overlays(counted)] == ["layer4"]
    for layer, known in (("layer2", "layer2"), ("nonsense", "layer4")):
        listed = pd.DataFrame([{"file": "cam_tp_01.jpg", "image_id": "t29", "layer": layer}])
        listed.to_csv(counted.folder / "overlays" / "overlays.csv", index=False)
        (counted.folder / "overlays" / "cam_tp_01.jpg").write_bytes(layer.encode())
        assert [(one.image_id, one.layer) for one in gateway.overlays(counted)] == [("t29", known)]
