"""Every page on a run of the phantoms fitted for pneumonia and effusion, opened for either."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.data.phantom import opacity_mask
from core.explain.picture_bytes import outline_path
from core.runs.store import read_run
from dashboard import theme

BOTH = ("PNEUMONIA", "EFFUSION")
PAGES = sorted(theme.PAGES)

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def out(run_of_both: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "runs"
    shutil.copytree(run_of_both, folder / "both")
    return folder


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("finding", BOTH)
def test_every_page_opens_for_either(
    open_dashboard: Open, shown: Callable[..., str], out: Path, page: str, finding: str
) -> None:
    app = open_dashboard(out, script=page, run="both", finding=finding)
    if page not in theme.WITHOUT_RUN:
        assert app.query_params["finding"] == finding
        assert f"Finding: {finding}" in shown(app, "html")


def _viewer(app: AppTest) -> dict[str, str]:
    element = next(element for element in app.get("bidi_component") if "gallery_viewer" in element.proto.id)
    return dict(json.loads(element.proto.json))


def test_the_gallery_outlines_the_finding_and_plays_for_it(
    open_dashboard: Open, shown: Callable[..., str], out: Path
) -> None:
    run = read_run(out / "both")
    truths = pd.read_parquet(run.folder / "records.parquet").query("split == 'test'").set_index("image_id")
    ill, fluid = (truths[f"label:{finding}"] == 1 for finding in BOTH)
    both, one = truths.index[ill & fluid][0], truths.index[ill & ~fluid][0]
    maps = []
    for finding, words in zip(BOTH, ("pneumonia", "effusion"), strict=True):
        app = open_dashboard(out, script="gallery", run="both", finding=finding, split="test", image=both)
        assert _viewer(app)["outline"] == outline_path(opacity_mask(both, finding=finding))
        assert _viewer(app)["description"] == f"Radiograph with {words}"
        maps.append(_viewer(app)["heat_map"])
        assert f"on phantoms of test with {words}" in shown(app, "html")
        app.button(key="gallery_pointing").click().run()
        assert f"of {int(np.sum(run.of(finding).predictions('test').y_true))} maps" in shown(app, "html")
    assert maps[0] != maps[1]
    app = open_dashboard(out, script="gallery", run="both", finding="EFFUSION", split="test", image=one)
    assert _viewer(app)["outline"] == "" and _viewer(app)["description"] == "Radiograph without effusion"
