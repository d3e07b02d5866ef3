"""The walkthrough's figures are those of the pages, and stand between their markers."""

import re

import numpy as np
import pytest

from core.evaluation.comparing.robustness import Variant, under_shifts
from core.runs.store import read_run
from dashboard import gateway
from docs import make_walkthrough
from docs.make_walkthrough import WALKTHROUGH, written

TEXT = WALKTHROUGH.read_text(encoding="utf-8")
MARKED = re.findall(r"<!--(\w+)\.(\w+)-->(.*?)<!--/-->", TEXT, re.DOTALL)
SHIFTED = (Variant(), Variant(shift="blur", strength=1), Variant(shift="blur", strength=3))


@pytest.fixture(scope="module")
def run(write_run, tmp_path_factory):
    sizes = {"train": 40, "validation": 400, "test": 400}
    return read_run(write_run(tmp_path_factory.mktemp("runs"), "demo", sizes=sizes))


@pytest.fixture(scope="module")
def figures(run):
    """Of a run whose stress test lowers every logit by nothing, by 1, and by so much that all are called negative."""
    with pytest.MonkeyPatch.context() as patch:
        test = run.predictions("test")
        logits = np.stack([test.logit, test.logit - 1, np.full(test.n, -100.0)])
        patch.setattr(gateway, "under_shifts", lambda _, threshold: under_shifts(test, SHIFTED, logits, threshold))
        return make_walkthrough.figures_of(run)


def test_a_figure_is_written_between_its_markers_and_nowhere_else():
    text = "A <!--demo.a-->1<!--/--> of <!--real.a-->2<!--/-->, | <!--demo.b--><!--/--> |"
    assert written(text, {"demo": {"a": "3", "b": r"\1"}}) == (
        r"A <!--demo.a-->3<!--/--> of <!--real.a-->2<!--/-->, | <!--demo.b-->\1<!--/--> |"
    )
    assert written(text, {}) == text
    with pytest.raises(KeyError, match="b"):
        written(text, {"demo": {"a": "3"}})


def test_every_figure_of_the_walkthrough_is_made_and_every_one_made_is_used(figures):
    for name in ("demo", "real"):
        assert {figure for run, figure, _ in MARKED if run == name} <= set(figures)
    assert {figure for _, figure, _ in MARKED} == set(figures)
    again = written(TEXT, {"demo": figures, "real": figures})
    assert [text for *_, text in re.findall(r"<!--(\w+)\.(\w+)-->(.*?)<!--/-->", again, re.DOTALL)] == [
        figures[name] for _, name, _ in MARKED
    ]


def test_what_is_written_there_is_whole():
    """No figure is empty, and one figure has one text wherever it stands."""
    found = {}
    for run, name, text in MARKED:
        assert text.strip()
        assert found.setdefault((run, name), text) == text
    for run, split in ((run, split) for run in ("demo", "real") for split in ("validation", "test")):
        children = [int(found[run, f"{split}_{name}"]) for name in ("found", "missed", "alarmed", "cleared")]
        assert (children[0] + children[1], sum(children)) == (200, 1000)
        assert found[run, "verdict"] in {"held", "broken", "untold"}


def test_rates_and_children_by_counting(run, figures):
    threshold, _ = make_walkthrough.choice(run)
    for split in ("validation", "test"):
        found = run.predictions(split)
        called = found.logit >= threshold
        sensitivity, specificity = called[found.y_true == 1].mean(), 1 - called[found.y_true == 0].mean()
        assert figures[f"{split}_sensitivity"].startswith(f"{sensitivity:.3f} (")
        assert figures[f"{split}_specificity"].startswith(f"{specificity:.3f} (")
        assert int(figures[f"{split}_found"]) == round(200 * sensitivity)
        assert int(figures[f"{split}_alarmed"]) == 800 - round(800 * specificity)
    test, wrong = run.predictions("test"), run.predictions("test").logit >= threshold
    assert figures["alarmed"] == f"{wrong[test.y_true == 0].sum()} of {(test.y_true == 0).sum()}"
    validation = run.predictions("validation")
    missed = ((validation.logit < threshold) & (validation.y_true == 1)).sum()
    assert figures["missed"] == f"{missed} of {validation.n_pos}"


def test_the_price_is_that_of_the_clinic(run, figures):
    threshold, _ = make_walkthrough.choice(run)
    validation = run.predictions("validation")
    share = validation.n_pos / validation.n
    temperature = run.calibration["temperature"]["value"]
    odds = np.exp(threshold / temperature) * (1 - share) / share * 0.2 / 0.8
    assert f"this threshold is a probability of {odds / (1 + odds):.4f}." in figures["price"]
    assert "another threshold is yours" not in figures["price"]
    assert "the model nets" in figures["worth"]


def test_the_worst_shift_and_no_other(figures):
    assert figures["shift"] == "none falls clearly"
    assert figures["shifted"] == "—"
    assert figures["sensitivity_shifted"].startswith("falls, strong blur: 0.000 (")
    assert figures["test_specificity"].startswith(figures["unshifted"])


def test_a_run_without_a_stress_test_says_what_to_do(run):
    from core.errors import RunFolderError

    with pytest.raises(RunFolderError, match="stress test"):
        make_walkthrough.figures_of(run)
