"""A published model's 18 columns beside the label tables of CheXpert and NIH: asked which findings are meant.

Names of the 18 columns: ``default_pathologies`` of torchxrayvision (mlmed/torchxrayvision,
torchxrayvision/datasets.py). Header of CheXpert's train.csv (Irvin et al. 2019) as its public readers write it out, of
NIH's Data_Entry_2017.csv (Wang et al. 2017) as its readers quote it: two of its names have a comma inside, unquoted.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import ImportFileError
from core.runs.asking import OpenQuestionsError
from core.runs.mapping import NOTHING_SAID, parse_mapping
from core.runs.prediction_rows import read_rows
from core.runs.understanding import understand

PATHOLOGIES = [
    "Atelectasis",
    "Consolidation",
    "Infiltration",
    "Pneumothorax",
    "Edema",
    "Emphysema",
    "Fibrosis",
    "Effusion",
    "Pneumonia",
    "Pleural_Thickening",
    "Cardiomegaly",
    "Nodule",
    "Mass",
    "Hernia",
    "Lung Lesion",
    "Fracture",
    "Lung Opacity",
    "Enlarged Cardiomediastinum",
]
CHEXPERT = [
    "Path",
    "Sex",
    "Age",
    "Frontal/Lateral",
    "AP/PA",
    "No Finding",
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
]
NIH = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],"
)
FILE = Path("file.csv")


def _scores(rng: np.random.Generator, n: int) -> pd.DataFrame:
    return pd.DataFrame({name: rng.uniform(0.01, 0.99, n).round(4) for name in PATHOLOGIES})


def _chexpert(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({name: rng.choice(["1.0", "0.0", "-1.0", ""], n, p=[0.3, 0.4, 0.1, 0.2]) for name in CHEXPERT})
    table["Path"] = [f"CheXpert-v1.0/train/patient{i:05}/study1/view1_frontal.jpg" for i in range(n)]
    table["Sex"], table["Age"] = rng.choice(["Female", "Male"], n), rng.integers(18, 90, n).astype(str)
    table["Frontal/Lateral"], table["AP/PA"] = "Frontal", rng.choice(["AP", "PA", ""], n)
    return table.join(_scores(rng, n).add_prefix("pred_"))


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def _answered(text: str) -> object:
    return parse_mapping(text, Path("mapping.toml"))


def test_of_chexperts_findings_one_is_asked_for_and_its_score_is_the_one_called_so() -> None:
    table = _chexpert()
    found = understand(FILE, NOTHING_SAID, content=_csv(table))
    (question,) = [one for one in found.questions if one.key == "label"]
    both = set(PATHOLOGIES) & set(CHEXPERT)
    assert {choice.value for choice in question.choices} == both
    assert f"{len(both)} findings" in question.asks
    chosen = question.answered(NOTHING_SAID, next(one for one in question.choices if one.value == "Pneumonia"))
    found = understand(FILE, chosen, content=_csv(table))
    assert found.mapping.finding.score == "pred_Pneumonia"
    assert {one.key for one in found.questions} == {"uncertain", "scale"}
    mapping = chosen.with_answer("uncertain", "leave out").with_answer("scale", "probability")
    rows = read_rows(FILE, mapping=mapping, content=_csv(table))
    known = table["Pneumonia"].isin(["1.0", "0.0"])
    test = rows.sets["test"]
    assert list(test.image_id) == list(table["Path"][known])
    np.testing.assert_array_equal(test.y_true, table["Pneumonia"][known].astype(float))
    np.testing.assert_allclose(1 / (1 + np.exp(-test.logit)), table["pred_Pneumonia"][known], rtol=1e-12)
    assert "other findings, left out" in "\n".join(rows.notes["changed_in_reading"])
    assert not set(test.subgroups) & {*PATHOLOGIES, *table.columns[19:]}


NIH_LABELS = ("Cardiomegaly", "Cardiomegaly|Emphysema", "Pneumonia", "No Finding", "Effusion|Pneumonia", "No Finding")


def _nih(n: int = 48) -> tuple[bytes, pd.DataFrame]:
    scores = _scores(np.random.default_rng(2), n)
    lines = [NIH + ",".join(PATHOLOGIES)]
    labels = [NIH_LABELS[i % len(NIH_LABELS)] for i in range(n)]
    for i, label in enumerate(labels):
        own = f"{i:08}_000.png,{label},0,{i // 2 + 1},{20 + i:03}Y,M,PA,2682,2749,0.143,0.143,,"
        lines.append(own.removesuffix(",") + ",".join(map(str, scores.iloc[i])))
    return "\n".join(lines).encode(), scores.assign(labels=labels)


def test_of_nihs_lists_one_finding_is_asked_for() -> None:
    content, truth = _nih()
    found = understand(FILE, NOTHING_SAID, content=content)
    (question,) = [one for one in found.questions if one.key == "positive"]
    assert {one.value for one in question.choices} == {"Cardiomegaly", "Emphysema", "Pneumonia", "Effusion"}
    mapping = question.answered(NOTHING_SAID, next(one for one in question.choices if one.value == "Pneumonia"))
    found = understand(FILE, mapping, content=content)
    assert found.mapping.finding.score == "Pneumonia"
    assert [one.key for one in found.questions] == ["scale"]
    mapping = mapping.with_answer("scale", "probability")
    rows = read_rows(FILE, mapping=mapping, content=content)
    test = rows.sets["test"]
    np.testing.assert_array_equal(test.y_true, truth["labels"].str.split("|").map(lambda one: "Pneumonia" in one))
    np.testing.assert_allclose(1 / (1 + np.exp(-test.logit)), truth["Pneumonia"], rtol=1e-12)
    assert test.n_patients == 24
    assert "16 with 'Pneumonia' as 1" in "\n".join(rows.notes["changed_in_reading"])


def _filled_in(said: str) -> object:
    """The mapping that a person makes of the lines in a message: of each question the first answer, of findings all."""
    lines = said.partition("--mapping FILE.\n\n")[2].splitlines()
    of_findings = next((at for at, line in enumerate(lines) if "Which are meant" in line), len(lines))
    freed = [line.removeprefix("# ") for line in lines[of_findings + 1 :]]
    kept, open_question = [], False
    for line in lines[:of_findings]:
        if line.startswith("# Question"):
            open_question = True
        elif open_question and line.startswith("# "):
            kept.append(line[2:])
            open_question = False
        elif not line.startswith("#"):
            kept.append(line)
    return _answered("\n".join([*kept, *freed]))


def _asked(mapping: object, content: bytes) -> str:
    with pytest.raises(OpenQuestionsError) as asked:
        read_rows(FILE, mapping=mapping, content=content)
    return str(asked.value)


@pytest.mark.parametrize("dress", ["chexpert", "nih"])
def test_all_findings_are_taken_by_the_lines_that_the_messages_give(dress: str) -> None:
    table = _chexpert()
    content, truth = (_csv(table), table) if dress == "chexpert" else _nih()
    mapping = _filled_in(_asked(NOTHING_SAID, content))
    said = _asked(mapping, content)
    questions = {line for line in said.splitlines() if line.startswith("# Question")}
    # One question a kind, however many findings it is asked of.
    assert len(questions) == (2 if dress == "chexpert" else 1)
    assert all("The same is asked of" in line for line in questions)
    rows = read_rows(FILE, mapping=_filled_in(said), content=content)
    names = (
        [name for name in CHEXPERT if name in PATHOLOGIES]
        if dress == "chexpert"
        else ["Cardiomegaly", "Emphysema", "Pneumonia", "Effusion"]
    )
    assert sorted(rows.findings) == sorted(names)
    for name in names:
        test = rows.findings[name].sets["test"]
        if dress == "chexpert":
            known = truth[names].isin(["1.0", "0.0"]).any(axis=1)
            wanted = pd.to_numeric(truth[name][known].where(truth[name][known].isin(["1.0", "0.0"])))
            score = truth[f"pred_{name}"][known]
        else:
            wanted, score = truth["labels"].str.split("|").map(lambda one, name=name: float(name in one)), truth[name]
        np.testing.assert_array_equal(test.y_true, wanted.astype(float))
        np.testing.assert_allclose(1 / (1 + np.exp(-test.logit)), score, rtol=1e-12)


def test_several_findings_are_taken_by_one_answer() -> None:
    content = _csv(_chexpert())
    (question,) = [one for one in understand(FILE, NOTHING_SAID, content=content).questions if one.key == "label"]
    two = [one for one in question.choices if one.value in ("Pneumonia", "Edema")]
    mapping = question.answered(NOTHING_SAID, *two)
    found = understand(FILE, mapping, content=content)
    assert [one.score for one in found.mapping.findings] == ["pred_Edema", "pred_Pneumonia"]
    assert [(one.key, one.places) for one in found.questions] == [("uncertain", (0, 1)), ("scale", (0, 1))]
    for one in found.questions:
        mapping = one.answered(mapping, one.choices[0])
    assert not understand(FILE, mapping, content=content).questions
    assert parse_mapping(mapping.to_toml(), FILE) == mapping


def test_two_findings_of_one_name_are_refused() -> None:
    with pytest.raises(ImportFileError, match="the name of two findings"):
        _answered('[[finding]]\nlabel = "a"\n[[finding]]\nlabel = "b"\nname = "A"\n')


def test_a_finding_that_is_no_side_is_asked_about() -> None:
    content, truth = _nih()
    text = 'validation_share = 0\n[[finding]]\npositive = "Pneumonia"\nnegative = "No Finding"\nscale = "probability"\n'
    with pytest.raises(OpenQuestionsError, match="what becomes of"):
        read_rows(FILE, mapping=_answered(text), content=content)
    rows = read_rows(FILE, mapping=_answered(text + 'uncertain = "leave out"\n'), content=content)
    assert rows.sets["test"].n == int(truth["labels"].str.contains("Pneumonia|No Finding").sum())


def test_a_word_with_a_bar_that_stands_in_no_other_list_is_one_word() -> None:
    table = pd.DataFrame({"image": list("abcd"), "label": ["a|b", "c"] * 2, "probability": [0.1, 0.2, 0.3, 0.4]})
    content = table.to_csv(index=False).encode()
    found = understand(FILE, NOTHING_SAID.with_answer("delimiter", ","), content=content)
    (question,) = found.questions
    assert {one.value for one in question.choices} == {("a|b",), ("c",)}
