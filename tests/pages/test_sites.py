"""Every page on a run with sites: what is said of test is said of the site that is seen."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.choosing.for_next_hospital import ForNextHospital, choose_for_next_hospital
from core.evaluation.choosing.operating_point import Unreachable
from core.evaluation.choosing.several_sites import AtEverySite, NotAtEverySite, choose_at_every_site
from core.evaluation.sweep import threshold_sweep
from core.runs.importer import import_predictions, import_sites
from core.runs.store import read_run
from dashboard import theme

LIVE = ("operating_point", "clinic", "two_thresholds")
"""Pages whose sentences are made in the browser."""
OTHER_TESTS = re.compile(
    r"(stress|permutation|Fisher's|fisher's|-hide-|exact|binomial|t) tests?|Holm, \d+ tests?|"
    r"no tests? holds?|^\s+test fails|Learn then Test"
)


def _rows(split: str, n: int, shift: float, *, unknown: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(n)
    truth = (rng.random(n) < 0.5).astype(int)
    return pd.DataFrame(
        {
            "image_id": [f"{split if split in ('validation', 'test') else 'i'}{i}" for i in range(n)],
            "patient_id": [f"p{i // 2}" for i in range(n)],
            "y_true": np.where(unknown, "", truth.astype(str)),
            "logit": rng.normal(np.where(truth == 1, 2.0, -2.0) + shift, 1.5),
            "split": split,
            "sex": rng.choice(["F", "M"], n),
        }
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sites")
    own = [_rows("validation", 200, 0), _rows("test", 180, 1)]
    sites = [_rows("north", 160, 0.5), _rows("south", 150, -1), _rows("east", 140, 0.2)]
    pd.concat([*own, *sites]).to_csv(folder / "a.csv", index=False)
    run = import_predictions(folder / "a.csv", name="sites", out=folder / "runs")
    _rows("west", 90, 0, unknown=True).to_csv(folder / "b.csv", index=False)
    import_sites(folder / "b.csv", read_run(run), site="west")
    return folder / "runs"


def _text(app: AppTest) -> str:
    """What the page says, from top to bottom."""
    parts = [
        element.proto.body if element.type == "html" else str(element.value)
        for element in app.main
        if element.type in ("html", "text", "markdown", "caption", "code", "header", "subheader", "heading")
    ]
    return "\n".join(parts)


@pytest.mark.parametrize("page", sorted(theme.PAGES.keys() - theme.WITHOUT_RUN - {"overview", "stress_test", "lock"}))
@pytest.mark.parametrize(("split", "named"), [("north", "site north"), ("all", "all sites together")])
def test_what_is_said_of_test_is_said_of_the_site(
    open_dashboard: Callable[..., AppTest], out: Path, page: str, split: str, named: str
) -> None:
    app = open_dashboard(out, page, run="sites", split=split)
    said = _text(app)
    if page not in LIVE:
        assert named in said
    said = said.split("Across hospitals")[0]  # below it all sets stand side by side
    lines = (OTHER_TESTS.sub("", line) for line in html.unescape(said).splitlines())
    stray = [line for line in lines if re.search(r"\btest\b", line, re.IGNORECASE)]
    assert not stray, stray


def test_few_patients_of_a_site_say_nothing_of_test(open_dashboard: Callable[..., AppTest], tmp_path: Path) -> None:
    own = [_rows("validation", 200, 0), _rows("test", 180, 0), _rows("north", 20, 0)]
    pd.concat(own).to_csv(tmp_path / "a.csv", index=False)
    import_predictions(tmp_path / "a.csv", name="small", out=tmp_path / "runs")
    said = _text(open_dashboard(tmp_path / "runs", run="small"))
    assert "There is no clear difference between validation and test at these thresholds." in said


def test_find_a_threshold_asks_that_floors_hold_at_chosen_hospitals_or_at_the_next(
    open_dashboard: Callable[..., AppTest], out: Path
) -> None:
    run = read_run(out / "sites")
    floors = {"sensitivity": "0.6", "specificity": "0.55"}

    def found(sets: tuple[str, ...]) -> list[AtEverySite | NotAtEverySite | ForNextHospital | Unreachable]:
        sweeps = {name: threshold_sweep(run.predictions(name)) for name in sets}
        every = choose_at_every_site({name: run.predictions(name) for name in sets}, sweeps, floors)
        return [every, choose_for_next_hospital(sweeps, floors)]

    def told(app: AppTest) -> str:
        return html.unescape(_text(app)).partition("Across hospitals")[2]

    asked = {"question": "both", "need_sensitivity": "0.6", "need_specificity": "0.55"}
    app = open_dashboard(out, "find_threshold", run="sites", **asked)
    every, following = found(("north", "south", "east"))
    assert isinstance(every, AtEverySite) and isinstance(following, Unreachable)
    assert f"(logit {theme.logit(every.threshold)})" in told(app) and following.reason[1:] in told(app)
    app.multiselect(key="hospitals_select").set_value(["north", "east"]).run()
    assert app.query_params["hospitals"] == "north,east"
    every, following = found(("north", "east"))
    assert isinstance(every, AtEverySite) and isinstance(following, Unreachable)
    assert f"(logit {theme.logit(every.threshold)})" in told(app) and following.reason[1:] in told(app)
    next(
        button for button in app.button if button.label == "Use this threshold" and "every" in button.key
    ).click().run()
    assert float(app.query_params["threshold"]) == every.threshold
    app.switch_page("../pages/delivery.py").run()
    assert "This threshold was chosen on" not in _text(app), "test did not choose it"


def test_floors_across_hospitals_are_not_asked_without_floors_or_without_sites(
    open_dashboard: Callable[..., AppTest], out: Path
) -> None:
    app = open_dashboard(out, "find_threshold", run="sites", question="cost")
    assert "Across hospitals" not in _text(app)
