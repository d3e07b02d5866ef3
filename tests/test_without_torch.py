"""What needs no torch waits for none: all of it in two processes, which say after each step what they have imported."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.explain.explanations import Explanations
from core.explain.pictures import Pictures
from core.runs.store import read_run
from core.stress_test import stress_test

ROOT = Path(__file__).resolve().parent.parent
STEP = """
import json, sys
from pathlib import Path
done = []
def step(name):
    done.append((name, sorted({module.split(".")[0] for module in sys.modules})))
"""
END = "\nprint(json.dumps(done))\n"

CORE = """
import core.runs.store, core.runs.marks
step("reading a run")
import core.__main__, core.runs.report, core.runs.importer
step("reports and imports")
from core.explain.explanations import Explanations
from core.explain.pictures import Pictures
from core.runs.store import read_run
from core.stress_test import kept_stress_test
run = read_run(Path({run!r}))
assert kept_stress_test(run) is not None
step("a stress test that is kept")
maps = Explanations(run, Pictures(run))
maps.heat_map({image_id!r})
step("a heat map that is kept")
import core.pipeline, train
step("training")
maps.heat_map({image_id!r}, layer="layer3")
step("a heat map that is made")
"""

DASHBOARD = """
import dashboard.fits.starting
step("the command that starts a fit")
from dashboard import gateway
run = gateway.run(Path({run!r}))
gateway.marks(run)
step("marks")
pictures = gateway.pictures(run, None)
gateway.thumbnails(pictures, list(run.records["image_id"]))
gateway.radiograph(pictures, run.records["image_id"][0])
gateway.kept_pointing_game(run, "test", "grad_cam", "layer4")
step("pictures")
fetch, asked = gateway.fetch_torch, []
gateway.fetch_torch = lambda: asked.append("torch")
from streamlit.testing.v1 import AppTest
sys.argv = ["Home.py", "--out", {out!r}]
app = AppTest.from_file({home!r}, default_timeout=60)
app.query_params["run"] = "run"
app.switch_page("../pages/overview.py").run()
assert not app.exception and len(app.get("plotly_chart")) == 2 and asked == []
step("Overview")
app.switch_page("../pages/gallery.py").run()
assert not app.exception and app.get("bidi_component") and asked == ["torch"]
step("the gallery, which asks for it meanwhile")
assert fetch() is fetch()
fetch().join()
assert "core.explain.gradcam" in sys.modules
step("torch, once it was fetched")
"""

HEAVY = {"torch", "torchvision", "pytorch_grad_cam"}
IMAGES = {"cv2", "pydicom"}
SCREEN = {"streamlit", "plotly", "dashboard"}
WITHOUT = {
    "reading a run": HEAVY | IMAGES | SCREEN | {"sklearn"},
    "reports and imports": HEAVY | IMAGES | SCREEN,
    "a stress test that is kept": HEAVY | SCREEN,
    "a heat map that is kept": HEAVY | SCREEN,
    "training": SCREEN | {"pytorch_grad_cam"},
    "the command that starts a fit": HEAVY | IMAGES | {"streamlit", "plotly", "pandas"},
    "marks": HEAVY | IMAGES,
    "pictures": HEAVY,
    "Overview": HEAVY,
    "the gallery, which asks for it meanwhile": HEAVY,
}
"""Step -> what has not been imported after it."""
WITH = {"training": {"torch"}, "a heat map that is made": HEAVY, "torch, once it was fetched": HEAVY}
"""Step -> what has, so that a step which does nothing is noticed."""


@pytest.fixture(scope="module")
def imported(
    write_run_with_images: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, set[str]]:
    """Step -> the packages that its process had imported by then."""
    out = tmp_path_factory.mktemp("runs")
    run = read_run(write_run_with_images(out, "run"))
    image_id = str(run.records["image_id"][0])
    Explanations(run, Pictures(run)).heat_map(image_id)
    stress_test(run, Pictures(run))
    given = {"run": str(run.folder), "out": str(out), "home": str(ROOT / "dashboard" / "Home.py"), "image_id": image_id}
    steps = {}
    for code in (CORE, DASHBOARD):
        command = [sys.executable, "-c", STEP + code.format(**given) + END]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        steps |= {name: set(packages) for name, packages in json.loads(ended.stdout.splitlines()[-1])}
    return steps


@pytest.mark.parametrize("step", WITHOUT)
def test_nobody_waits_for_what_is_not_needed(imported: dict[str, set[str]], step: str):
    assert not imported[step] & WITHOUT[step]


@pytest.mark.parametrize("step", WITH)
def test_what_is_needed_is_there(imported: dict[str, set[str]], step: str):
    assert imported[step] >= WITH[step]
    assert imported.keys() == WITHOUT.keys() | WITH.keys()
