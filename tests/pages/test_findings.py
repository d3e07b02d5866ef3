"""Every page on a run of two findings: each is as if it were alone, and what is done for one leaves the other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.runs.hiding import open_run
from core.runs.importer import import_predictions, import_sites
from core.runs.locked_points import Signature, lock_point
from core.runs.seal import sealed
from core.runs.store import read_run
from dashboard import theme
from tests.core.runs.several import FINDINGS, mapping, table, write

PNEUMONIA, EFFUSION = FINDINGS
PAGES = sorted(theme.PAGES.keys() - theme.WITHOUT_RUN)
SIGNED = Signature(name="ward", rule="Youden", who="Ann", why="a trial")

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run ``two`` with a site, and for each finding a run that has it alone, of the same images."""
    folder = tmp_path_factory.mktemp("findings")
    rows, north = table(400), table(120, seed=3, sets=("test",)).drop(columns="split")
    made = import_predictions(write(rows, folder / "a.csv"), name="two", out=folder / "runs", mapping=mapping())
    import_sites(write(north, folder / "n.csv"), read_run(made), site="north", mapping=mapping())
    for place, finding in enumerate(FINDINGS):
        own = mapping().of(place).with_answer("name", finding)
        columns = [name for name in rows.columns if name not in FINDINGS and not name.startswith("pred_")]
        alone = rows[[*columns, finding, f"pred_{finding}"]]
        single = import_predictions(
            write(alone, folder / "b.csv"), name=f"alone-{place}", out=folder / "runs", mapping=own
        )
        import_sites(
            write(north[["image", "patient", finding, f"pred_{finding}"]], folder / "m.csv"),
            read_run(single),
            site="north",
            mapping=own,
        )
    return folder / "runs"


def _pictures(app: AppTest) -> list[object]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("finding", [FINDINGS[1], pytest.param(FINDINGS[0], marks=pytest.mark.long)])
def test_a_page_shows_the_finding_as_if_it_were_alone(open_dashboard: Open, out: Path, page: str, finding: str) -> None:
    app = open_dashboard(out, script=page, run="two", finding=finding)
    alone = open_dashboard(out, script=page, run=f"alone-{FINDINGS.index(finding)}")
    assert app.query_params["finding"] == finding
    assert app.selectbox(key="finding_picker").value == finding
    assert "finding" not in alone.query_params and "finding_picker" not in {box.key for box in alone.selectbox}
    assert app.query_params["threshold"] == alone.query_params["threshold"]
    assert f"Finding: {finding}" in _html(app) and "Finding:" not in _html(alone)
    if page != "compare":  # its pictures are of another run as well
        assert _pictures(app) == _pictures(alone)
        assert [tile for tile in _numbers(app) if tile not in _numbers(alone)] == []


def _html(app: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in app.main.get("html"))


def _numbers(app: AppTest) -> list[str]:
    """Every rate with its interval that the page says."""
    return re.findall(r"0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)", _html(app))


def test_a_threshold_belongs_to_a_finding(open_dashboard: Open, out: Path) -> None:
    app = open_dashboard(out, script="operating_point", run="two", threshold="0.25")
    assert app.query_params["finding"] == PNEUMONIA
    app.selectbox(key="finding_picker").select(EFFUSION).run()
    own = app.query_params["threshold"]
    assert app.query_params["finding"] == EFFUSION and own != "0.25"
    app.selectbox(key="finding_picker").select(PNEUMONIA).run()
    assert app.query_params["threshold"] == "0.25"
    app.selectbox(key="run_picker").select("alone-0").run()
    assert "finding" not in app.query_params
    app.selectbox(key="run_picker").select("two").run()
    assert (app.query_params["finding"], app.query_params["threshold"]) == (PNEUMONIA, "0.25")


def test_a_finding_that_is_not_there_is_said_and_leaves_the_address(open_dashboard: Open, out: Path) -> None:
    app = open_dashboard(out, run="two", finding="oedema")
    assert app.query_params["finding"] == PNEUMONIA
    assert "The link asks for the finding “oedema”" in _html(app)
    app = open_dashboard(out, run="alone-1", finding=PNEUMONIA)
    assert "finding" not in app.query_params
    assert "The link asks for the finding “Pneumonia”" in _html(app)


def test_an_old_link_opens_the_first_finding(open_dashboard: Open, out: Path) -> None:
    app = open_dashboard(out, script="gallery", run="two", split="north", show="fp")
    assert (app.query_params["split"], app.query_params["finding"]) == ("north", PNEUMONIA)


def test_what_is_left_out_is_said_on_the_overview(open_dashboard: Open, out: Path) -> None:
    run = read_run(out / "two").of(EFFUSION)
    said = _html(open_dashboard(out, run="two", finding=EFFUSION))
    assert f"{run.unlabelled['validation']} of validation, {run.unlabelled['test']} of test" in said


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs that hide test and differ in its scores for pneumonia alone; effusion was locked in both."""
    folders = [tmp_path_factory.mktemp("hidden") for _ in range(2)]
    for folder, drift in zip(folders, (1.0, 0.5), strict=True):
        rows = table(300)
        of_test = rows["split"] == "test"
        rows.loc[of_test, f"pred_{PNEUMONIA}"] = np.where(of_test, rows[f"pred_{PNEUMONIA}"] * drift, 0)[of_test]
        run = import_predictions(
            write(rows, folder / "a.csv"), name="blind", out=folder / "runs", mapping=mapping(), hide_test=True
        )
        manifest = json.loads((run / "manifest.json").read_text())
        (run / "manifest.json").write_text(json.dumps(sealed(manifest | {"created": "2026-01-01T00:00:00+00:00"})))
        lock_point(open_run(run).of(EFFUSION), 0.5, SIGNED)
    return [folder / "runs" for folder in folders]


@pytest.mark.parametrize("page", [name for name in PAGES if name != "lock"])  # which shows the time of the other's lock
def test_a_lock_of_the_other_finding_shows_nothing_of_a_hidden_test(
    open_dashboard: Open, shown: Callable[..., str], pair: list[Path], page: str
) -> None:
    def sent(out: Path, finding: str) -> str:
        app = open_dashboard(out, script=page, run="blind", finding=finding, split="test")
        return re.sub(r"(?<!/media/)[0-9a-f]{32,64}", "HASH", shown(app).replace(str(out), "OUT"))

    first, second = (sent(out, PNEUMONIA) for out in pair)
    assert len(first) > 1000 and first == second
    if page == "overview":
        assert "hidden until a threshold is locked" not in sent(pair[0], EFFUSION)


def test_the_page_lock_tells_of_its_own_finding(open_dashboard: Open, pair: list[Path]) -> None:
    hidden, revealed = (
        _html(open_dashboard(pair[0], script="lock", run="blind", finding=finding)) for finding in FINDINGS
    )
    assert "No threshold is locked yet" in hidden and f"Test figures of {PNEUMONIA} are hidden" in hidden
    assert f"A lock of another finding reveals nothing of {PNEUMONIA}" in hidden
    assert "Locked: ward" in revealed and f"Test figures of {EFFUSION} were revealed" in revealed
