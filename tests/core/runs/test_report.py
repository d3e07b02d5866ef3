import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.evaluation.comparing.difference_from_validation import Difference
from core.evaluation.comparing.promise import Judgement, Verdict
from core.evaluation.comparing.set_figures import set_figures
from core.evaluation.estimates.difference import apart, gap
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.summary import METHODS, evaluate
from core.runs.claims import Claims, claims
from core.runs.report import report, slopes, told
from core.runs.report_text import WIDTH, report_text
from core.runs.store import read_run

NO_SITES = "it takes 3 sites with a known truth, and this run has 0"
_SITES = {"metrics": {"sites": {}, "next_hospital": {"reason": NO_SITES}}}
"""What a report adds to the files of a run without sites."""


def test_the_report_of_an_undamaged_run_is_what_its_files_hold(whole_run: Path) -> None:
    figures = report(read_run(whole_run))
    assert list(figures) == ["run_id", "calibration", "operating_points", "metrics"]
    assert figures["run_id"] == "first"
    for name in ("calibration", "operating_points", "metrics"):
        found = json.loads((whole_run / f"{name}.json").read_text())
        assert figures[name] == (found | _SITES[name] if name in _SITES else found)
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_the_report_trusts_logits_not_figures(
    copy_of_run: Path, replace_file: Callable[[Path, str, bytes], None]
) -> None:
    before = report(read_run(copy_of_run))
    replace_file(copy_of_run, "operating_points.json", b"null")
    replace_file(copy_of_run, "metrics.json", b'{"validation": null, "test": null}')
    assert report(read_run(copy_of_run)) == before


def _lines(text: str, start: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith(start)]


def test_the_text_shows_what_was_promised_and_delivered(whole_run: Path) -> None:
    figures = report(read_run(whole_run))
    text = report_text(figures)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.startswith("Run first\n")
    assert text.endswith("Research use only. Not for diagnosis.")
    youden = [figures["metrics"][split]["operating_points"]["youden"] for split in ("validation", "test")]
    counts = ["{tp} {fp} {tn} {fn}".format(**point) for point in youden]
    assert _lines(text, "TP FP TN FN")[0].split("  ")[1:] != []
    assert all(count in _lines(text, "TP FP TN FN")[0] for count in counts)
    for point in youden:
        sensitivity = point["sensitivity"]
        shown = "{value:.3f} ({low:.3f} to {high:.3f})".format(**sensitivity)
        assert shown in _lines(text, "sensitivity ")[0]
    assert "-0.000" not in text


def test_synthetic_is_said_in_the_first_line(whole_run: Path) -> None:
    figures = report(read_run(whole_run))
    assert "synthetic" in report_text(figures, synthetic=True).splitlines()[0]
    assert "synthetic" not in report_text(figures)


def _estimate(value: float | None, low: float | None, high: float | None) -> dict[str, object]:
    return {"value": value, "low": low, "high": high, "level": 0.95, "method": "x"}


@pytest.mark.parametrize(
    ("delivered", "differs", "marked"),
    [
        (_estimate(0.44, 0.38, 0.50), True, True),
        (_estimate(0.44, 0.38, 0.50), False, False),
        (_estimate(None, None, None), False, False),
    ],
)
def test_a_rate_that_differs_from_validation_is_marked(
    whole_run: Path, delivered: dict[str, object], differs: bool, marked: bool
) -> None:
    figures = report(read_run(whole_run))
    points = [figures["metrics"][split]["operating_points"]["youden"] for split in ("validation", "test")]
    points[0]["specificity"], points[1]["specificity"] = _estimate(0.98, 0.94, 0.99), delivered
    gap = Estimate(value=-0.5, low=-0.6, high=-0.4 if differs else 0.1, method="")
    own = Difference(validation=gap, optimism=0.0, corrected=gap, delivered=gap, gap=gap, corrected_gap=gap)
    claimed = Claims(judgements={}, differences={points[0]["threshold"]: {"specificity": own}})
    text = report_text(figures, claims=claimed)
    line = _lines(text, "specificity ")[0]
    assert line.endswith(" *") == marked
    if delivered["value"] is None:
        assert line.split()[-2:] == ["—", "—"]
    else:
        # Newcombe: 0.44 - 0.98 with the distances to the nearer limits, squared and added
        assert "-0.540 (-0.601 to -0.468)" in line
    assert not _lines(text, "sensitivity ")[0].endswith("*"), "without a claim nothing is said"


@pytest.mark.parametrize(
    ("verdict", "reason", "said"),
    [
        (Verdict.HELD, "", "at least 0.9 on test: held"),
        (Verdict.BROKEN, "", "at least 0.9 on test: broken"),
        (Verdict.UNTOLD, "few", "at least 0.9 on test: these patients do not tell, as few"),
    ],
)
def test_a_promise_has_one_of_three_words_beneath_its_rule(
    whole_run: Path, verdict: Verdict, reason: str, said: str
) -> None:
    limits = Estimate(value=0.5, low=0.4, high=0.6, method="")
    own = Judgement(floor=0.9, margin=0.0, limits=limits, verdict=verdict, reason=reason)
    text = report_text(
        report(read_run(whole_run)), claims=Claims(judgements={"specificity_0.90": own}, differences={})
    ).splitlines()
    place = next(row for row, line in enumerate(text) if line.startswith("specificity_0.90:"))
    assert f"  {said}" in text[place : place + 4]
    assert sum("on test:" in line for line in text) == 1


def test_each_measure_of_the_two_sets_has_its_gap(whole_run: Path) -> None:
    run = read_run(whole_run)
    figures = report(run)
    temperature = figures["calibration"]["temperature"]["value"]
    text = report_text(figures, slopes(run, figures))
    validation, test = (set_figures(run.predictions(split), temperature) for split in ("validation", "test"))
    labels = {"auroc": "AUROC", "auprc": "AUPRC", "brier": "Brier, calibrated", "slope": "slope, calibrated"}
    for measure, label in labels.items():
        line = _lines(text, f"{label} ")[0]
        for found in (validation[measure], test[measure]):
            assert f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})" in line.replace("—", "nan")
        found = gap(validation[measure], test[measure])
        assert f"{found.value:+z.3f} ({found.low:+z.3f} to {found.high:+z.3f})" in line.replace("—", "+nan")
        assert line.endswith(" *") == apart(found)
    assert max(map(len, text.splitlines())) <= WIDTH


def test_slopes_are_of_the_reports_own_temperature(whole_run: Path) -> None:
    run = read_run(whole_run)
    figures = report(run)
    before = slopes(run, figures)
    figures["calibration"]["temperature"]["value"] *= 2
    assert slopes(run, figures)["test"].value == pytest.approx(2 * before["test"].value)
    figures["calibration"]["temperature"]["value"] = None
    assert slopes(run, figures) == {}
    assert slopes(run, figures | {"calibration": None}) == {}
    assert _lines(report_text(figures), "slope, calibrated")[0].split()[-3:] == ["—", "—", "—"]


def test_without_validation_the_text_says_what_cannot_be_known(whole_run: Path) -> None:
    evaluation = evaluate(None, read_run(whole_run).predictions("test"))
    text = report_text(
        {
            "run_id": "x",
            "calibration": evaluation.calibration,
            "operating_points": evaluation.operating_points,
            "metrics": evaluation.metrics,
        }
    )
    assert "Calibration: none" in text
    assert "Operating points: none" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_a_point_out_of_reach_says_why(whole_run: Path) -> None:
    figures = report(read_run(whole_run))
    figures["operating_points"][0] |= {"threshold": None, "reason": "no image is negative " * 8}
    text = report_text(figures)
    assert "  cannot be reached: no image is negative" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_points_of_one_threshold_share_their_table(whole_run: Path) -> None:
    figures = report(read_run(whole_run))
    for point in figures["operating_points"]:
        point["threshold"] = 0.5
    text = report_text(figures)
    assert text.count("the threshold of youden, so its figures too") == 3
    assert len(_lines(text, "sensitivity ")) == 1


def test_figures_saved_by_an_earlier_versions_methods_are_said_to_differ(whole_run: Path) -> None:
    run = read_run(whole_run)
    assert run.manifest["methods"] == METHODS
    assert told(run) == report_text(report(run), slopes(run, report(run)), claims=claims(run))
    for other in ({"methods": METHODS - 1}, {"methods": None}):
        assert "written by an earlier version's methods" in told(replace(run, manifest=run.manifest | other))
    assert "earlier version" not in told(run)
