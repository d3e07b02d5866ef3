"""While test is hidden nothing that is sent to the browser depends on it, on any page."""

import json
import re

import pytest

from core.config import TrainConfig
from core.runs.locked_points import Signature, lock_point
from core.runs.seal import sealed
from core.runs.store import read_run
from dashboard import theme

HIDING = TrainConfig(data="radiographs", image_size=96, epochs=8, weights="none", hide_test=True)


@pytest.fixture(scope="module")
def pair(write_run, tmp_path_factory):
    """Two folders, each with a run ``blind``; the two differ in the scores of test and in nothing else."""
    folders = [tmp_path_factory.mktemp("hidden") for _ in range(2)]
    for out, drift in zip(folders, (0.0, 2.5), strict=True):
        folder = write_run(out, "blind", config=HIDING, drift=drift)
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(sealed(manifest | {"created": "2026-01-01T00:00:00+00:00"})))
    first, second = (read_run(out / "blind") for out in folders)
    assert (first.predictions("validation").logit == second.predictions("validation").logit).all()
    assert (first.predictions("test").logit != second.predictions("test").logit).all()
    return folders


@pytest.fixture
def sent(open_dashboard, shown):
    """All that a page sends to the browser, downloads by their hash, without what tells two folders apart."""

    def read(out, page, **address):
        app = open_dashboard(out, page, run="blind", **address)
        return re.sub(r"(?<!/media/)[0-9a-f]{32,64}", "HASH", shown(app).replace(str(out), "OUT"))

    return read


@pytest.mark.parametrize("page", theme.PAGES)
def test_pages_know_nothing_of_a_hidden_test(sent, pair, page):
    """An address that asks for test changes nothing."""
    first, second = (sent(out, page, split="test", threshold="0.5") for out in pair)
    assert len(first) > 1000
    assert first == second


@pytest.mark.parametrize("page", ["delivery", "adaptation"])
def test_pages_of_test_alone_say_that_it_is_hidden(open_dashboard, shown, pair, page):
    app = open_dashboard(pair[0], page, run="blind")
    assert shown(app, "html").count("hidden until a threshold is locked on validation") == 1
    assert [link.proto.label for link in app.main.get("page_link")] == ["Lock a threshold"]
    assert not app.get("plotly_chart")


def test_the_same_pages_differ_once_test_is_revealed(sent, pair, copy_of):
    signature = Signature(name="a", rule="b", who="c", why="d")
    copies = [copy_of(out) for out in pair]
    for out in copies:
        lock_point(read_run(out / "blind"), 0.5, signature)
    for page in ("overview", "operating_point", "calibration"):
        first, second = (sent(out, page, split="test", threshold="0.5") for out in copies)
        assert first != second, page


def test_the_side_bar_counts_no_image_of_a_hidden_test(open_dashboard, shown, pair, copy_of, write_run):
    out = copy_of(pair[0])
    write_run(out, "seen")
    whole = read_run(out / "blind")
    validation = theme.count(len(whole.records) - whole.predictions("test").n)
    app = open_dashboard(out, run="blind")
    assert f"· {validation} images, test hidden · validation AUROC" in shown(app, "html")

    def listed(app):
        (table,) = [one.value for one in app.dataframe if "validation AUROC, as saved" in one.value]
        return table.set_index("run")["images"]

    every = theme.count(len(whole.records))
    assert listed(app).to_dict() == {"blind": f"{validation}, test hidden", "seen": every}
    lock_point(read_run(out / "blind"), 0.5, Signature(name="a", rule="b", who="c", why="d"))
    app.run()
    assert f"· {every} images · validation AUROC" in shown(app, "html")
    assert listed(app)["blind"] == every


@pytest.fixture
def copy_of(tmp_path_factory):
    import shutil

    return lambda out: shutil.copytree(out, tmp_path_factory.mktemp("copy") / "runs")
