"""What looks wrong about scores, in the words of terminal, report and pages: reported cases, and others made here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.evaluation.calibration.temperature import End
from core.runs.hiding import open_run
from core.runs.importer import import_predictions
from core.runs.odd_scores import odd_scores_in_words, temperature_at_end, temperature_in_words
from core.runs.report import told
from core.runs.said_first import said_first
from core.runs.store import Run, read_run


def rows(**sets: float) -> pd.DataFrame:
    """80 images of each of ``sets``, half with the finding, logits apart by so much."""
    rng = np.random.default_rng(3)
    return pd.concat(
        pd.DataFrame(
            {
                "image_id": [f"{name}-{i}" for i in range(80)],
                "patient_id": [f"{name}-{i // 2}" for i in range(80)],
                "split": name,
                "y_true": np.arange(80) // 2 % 2,
                "logit": rng.normal(size=80) + apart * (np.arange(80) // 2 % 2 - 0.5),
            }
        )
        for name, apart in sets.items()
    )


def imported(table: pd.DataFrame, tmp_path: Path, *, hide_test: bool = False) -> Run:
    table.to_csv(tmp_path / "rows.csv", index=False)
    return open_run(import_predictions(tmp_path / "rows.csv", name="odd", out=tmp_path / "runs", hide_test=hide_test))


def heads(run: Run) -> list[str]:
    return [said.head for said in odd_scores_in_words(run)]


TURNED = "The scores point the other way:"


def test_ordinary_scores_are_passed_in_silence(tmp_path: Path) -> None:
    run = imported(rows(validation=4, test=4), tmp_path)
    assert said_first(run) == []
    assert temperature_at_end(run) == ""


def test_the_reported_probability_of_the_other_class(cases: Path, tmp_path: Path) -> None:
    run = read_run(import_predictions(cases / "inverted-scores" / "p-normal.csv", name="p", out=tmp_path))
    (said,) = odd_scores_in_words(run)
    assert said.head == TURNED
    assert "0.001 (0.000 to 0.013) on validation and 0.000 (0.000 to 0.133) on test" in said.text
    assert "1 − probability" in said.text
    assert "Nothing was turned round" in said.text
    assert "high end of the range" in temperature_at_end(run)
    assert "They point the other way" in temperature_at_end(run)
    assert "perfectly" not in temperature_at_end(run)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.assign(logit=-table["logit"]),
        lambda table: table.assign(y_true=1 - table["y_true"]),
        lambda table: table.assign(probability=1 / (1 + np.exp(table["logit"]))).drop(columns="logit"),
    ],
)
def test_others_that_point_the_other_way_are_said_first_everywhere(change, tmp_path: Path, capsys) -> None:
    run = imported(change(rows(validation=4, test=4)), tmp_path)
    assert heads(run) == [TURNED]
    text = told(run)
    assert text.index(TURNED) < text.index("AUROC  ")
    main(["import", str(tmp_path / "rows.csv"), "--name", "again", "--out", str(tmp_path / "runs")])
    assert capsys.readouterr().out.splitlines()[1].startswith(TURNED)


@pytest.mark.parametrize(
    ("unit", "said"), [(1e-5, "T = 0.01. It is the low end"), (1e5, "T = 100. It is the high end")]
)
def test_an_import_says_that_the_scores_are_in_another_unit(unit: float, said: str, tmp_path: Path, capsys) -> None:
    table = rows(validation=2, test=2)
    table.assign(logit=unit * table["logit"]).to_csv(tmp_path / "rows.csv", index=False)
    main(["import", str(tmp_path / "rows.csv"), "--name", "unit", "--out", str(tmp_path / "runs")])
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("T = ")]
    assert line.startswith(said) and "as if they were in another unit" in line


@pytest.mark.parametrize("score", [0.3, -2.0, 0.0])
def test_one_score_for_all_is_one_warning(score: float, tmp_path: Path) -> None:
    table = rows(validation=2, test=2).assign(logit=score)
    assert heads(imported(table, tmp_path)) == ["All scores are the same:"]


def test_only_one_set_turned_is_said_of_that_set(tmp_path: Path) -> None:
    (said,) = odd_scores_in_words(imported(rows(validation=4, test=-4), tmp_path))
    assert said.head == TURNED
    assert "on test, below 0.5" in said.text
    assert "Validation does not" in said.text


def test_a_hidden_test_is_not_judged(tmp_path: Path, capsys) -> None:
    run = imported(rows(validation=4, test=-4), tmp_path, hide_test=True)
    assert heads(run) == []
    main(["import", str(tmp_path / "rows.csv"), "--name", "hid", "--out", str(tmp_path / "runs"), "--hide-test"])
    assert TURNED not in capsys.readouterr().out


def test_a_probability_called_logit(tmp_path: Path) -> None:
    table = rows(validation=4, test=4)
    (said,) = odd_scores_in_words(imported(table.assign(logit=1 / (1 + np.exp(-table["logit"]))), tmp_path))
    assert said.head == "The column logit looks like a probability:"
    assert "every score of validation and test lies within 0 and 1" in said.text
    assert "0.500 to 0.731" in said.text
    assert "call the column probability" in said.text


@pytest.mark.parametrize(
    ("column", "low", "high", "said"),
    [
        ("logit", -1.0, 1.0, "stand -1 and 1"),
        ("probability", 0.0, 1.0, "stand 0 and 1"),
        ("probability", 0.25, 0.75, "stand 0.25 and 0.75"),
    ],
)
def test_a_decision_instead_of_a_score(column: str, low: float, high: float, said: str, tmp_path: Path) -> None:
    table = rows(validation=2, test=2)
    called = np.where(table["logit"] > 0, high, low)
    run = imported(table.drop(columns="logit").assign(**{column: called}), tmp_path)
    (own,) = odd_scores_in_words(run)
    assert own.head == "Only two distinct scores:"
    assert f"in validation and test {said} and no other" in own.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: 100 * p, "lies below 0.5"),
        (lambda p: np.log(p), "lies above 0.5"),
        (lambda p: -3 + p, "lies above 0.5"),
    ],
)
def test_scores_of_one_side(change, said: str, tmp_path: Path) -> None:
    table = rows(validation=4, test=4)
    run = imported(table.assign(logit=change(1 / (1 + np.exp(-table["logit"])))), tmp_path)
    (own,) = odd_scores_in_words(run)
    assert own.head == "All scores lie on one side of 0.5:"
    assert f"no probability of validation and test {said}" in own.text


def test_a_set_on_another_scale(tmp_path: Path) -> None:
    table = rows(validation=4, test=4)
    table.loc[table["split"] == "test", "logit"] += 40
    assert heads(imported(table, tmp_path)) == [
        "All scores lie on one side of 0.5:",
        "Every threshold calls all images alike:",
    ]


@pytest.mark.parametrize(
    ("name", "where", "without", "lost"),
    [
        ("test-one-class", "test", "none labelled positive", "its sensitivity, AUROC"),
        ("test-only-normal", "test", "none labelled positive", "its sensitivity, AUROC"),
        ("validation-one-class", "validation", "none labelled negative", "its specificity, AUROC"),
    ],
)
def test_the_reported_sets_of_one_class(
    name: str, where: str, without: str, lost: str, cases: Path, tmp_path: Path
) -> None:
    run = read_run(import_predictions(cases / "one-class" / f"{name}.csv", name="one", out=tmp_path))
    (said,) = odd_scores_in_words(run)
    assert said.head == f"One class in {where}:"
    assert without in said.text
    assert lost in said.text
    assert ("no threshold can be chosen" in said.text) == (where == "validation")
    assert ("held against validation" in said.text) == (name == "test-one-class")


@pytest.mark.parametrize(("where", "label"), [("validation", 0), ("test", 1), ("validation", 1)])
def test_other_sets_of_one_class(where: str, label: int, tmp_path: Path) -> None:
    table = rows(validation=4, test=4)
    run = imported(table[(table["split"] != where) | (table["y_true"] == label)], tmp_path)
    (said,) = odd_scores_in_words(run)
    assert said.head == f"One class in {where}:"
    assert f"40 images of 20 patients labelled {('negative', 'positive')[label]}" in said.text


def test_both_sets_of_one_class(tmp_path: Path) -> None:
    table = rows(validation=4, test=4)
    run = imported(table[(table["split"] == "test") == table["y_true"]], tmp_path)
    assert heads(run) == ["One class in validation:", "One class in test:"]
    assert max(map(len, told(run).splitlines())) <= 100


@pytest.mark.parametrize(
    ("end", "which", "why"),
    [
        (End.PARTED, "low end", "parted perfectly"),
        (End.ONE_CLASS, "low end", "one class only"),
        (End.SMALL, "low end", "close to a probability of 0.5"),
        (End.BACKWARDS, "high end", "wrong side of 0.5"),
        (End.LARGE, "high end", "too extreme"),
    ],
)
def test_an_end_of_the_temperature_is_explained(end: End, which: str, why: str) -> None:
    text = temperature_in_words(end)
    assert text.startswith(f"It is the {which} of the range that is searched, 0.01 to 100, and no minimum: ")
    assert why in text
    assert "the other way" not in text
    assert ("perfectly" in text) == (end is End.PARTED)


def test_the_report_says_which_end(tmp_path: Path) -> None:
    parted = rows(validation=0, test=0)
    run = imported(parted.assign(logit=np.where(parted["y_true"] == 1, 1, -1) * (2 + parted["logit"].abs())), tmp_path)
    text = " ".join(told(run).split())
    assert "T = 0.010 (no interval); at the end of the range searched" in text
    assert "It is the low end of the range" in text


def test_a_site_whose_scores_point_the_other_way_is_named(tmp_path: Path) -> None:
    rng, rows = np.random.default_rng(3), []
    for split, sign in (("validation", 1), ("test", 1), ("north", -1)):
        truth = np.arange(80) % 2
        logit = sign * rng.normal(3.0 * truth - 1.5, 1)
        rows += [f"{split}{i},{y},{score:.6f},{split}" for i, (y, score) in enumerate(zip(truth, logit, strict=True))]
    (tmp_path / "p.csv").write_text("image_id,y_true,logit,split\n" + "\n".join(rows))
    run = read_run(import_predictions(tmp_path / "p.csv", name="a", out=tmp_path / "runs"))
    said = odd_scores_in_words(run)[0]
    assert said.head == "The scores point the other way:"
    assert "on site north" in said.text
    assert "Validation and test do not, so the sets differ in this." in said.text
