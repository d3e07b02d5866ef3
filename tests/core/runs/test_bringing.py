import re
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.errors import ImportFileError
from core.runs.asking import OpenQuestionsError
from core.runs.class_words import class_words
from core.runs.importer import import_predictions, import_sites
from core.runs.mapping import Mapping, mapping_of, parse_mapping
from core.runs.prediction_rows import read_rows
from core.runs.reading import Run
from core.runs.store import read_run
from core.runs.understanding import understand
from tests.core.runs.files_to_bring import TABLE, Brought, csv_of, files, finding

FILES = list(files())
HOSPITAL = Path(__file__).parents[4] / "shared" / "data" / "predictions" / "hospital-export.csv"


def _mapping(text: str) -> Mapping:
    return parse_mapping(text, Path("mapping.toml"))


def test_there_are_sixty_files() -> None:
    assert len(FILES) >= 60
    assert len({one.name for one in FILES}) == len(FILES)


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in FILES])
def test_a_file_is_read_asked_about_or_refused_in_words(one: Brought) -> None:
    file = Path("brought")
    if one.asked:
        found = understand(file, _mapping(one.mapping), content=one.content)
        assert {question.key for question in found.questions} == set(one.asked)
        with pytest.raises(OpenQuestionsError, match="--mapping FILE"):
            read_rows(file, mapping=_mapping(one.mapping), content=one.content)
    elif one.refused:
        with pytest.raises(ImportFileError, match=re.escape(one.refused)):
            read_rows(file, mapping=_mapping(one.mapping), content=one.content)
    else:
        rows = read_rows(file, mapping=_mapping(one.mapping), content=one.content)
        test = rows.sets["test"]
        assert list(test.image_id) == list(TABLE["image"])
        np.testing.assert_array_equal(test.y_true, TABLE["label"])
        np.testing.assert_allclose(1 / (1 + np.exp(-test.logit)), TABLE["probability"], rtol=1e-12)
        if "patient" not in one.name and "greek" not in one.name:
            assert list(test.patient_id) == list(TABLE["patient"])
        assert one.said in "\n".join(rows.notes["changed_in_reading"])


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in FILES if one.asked])
def test_every_answer_is_a_line_that_closes_its_question(one: Brought) -> None:
    given = _mapping(one.mapping)
    for question in understand(Path("brought"), given, content=one.content).questions:
        for choice in question.choices:
            answered = question.answered(given, choice)
            assert _mapping(answered.to_toml()) == answered
            try:
                again = understand(Path("brought"), answered, content=one.content)
            except ImportFileError:
                continue
            assert question.key not in {other.key for other in again.questions}


def test_the_message_is_itself_a_mapping_once_answers_are_freed() -> None:
    file = csv_of(TABLE.assign(label=TABLE["label"].map({0: "nein", 1: "ja\n"}), date="3/4/2024"))
    with pytest.raises(OpenQuestionsError) as asked:
        read_rows(Path("file"), mapping=Mapping(), content=file)
    text = str(asked.value).split("\n\n", 1)[1].replace('# date_format = "%d/%m/%Y"', 'date_format = "%d/%m/%Y"')
    rows = read_rows(Path("file"), mapping=_mapping(text.replace('# positive = "ja"', 'positive = "ja"')), content=file)
    assert set(rows.sets["test"].date.astype(str)) == {"2024-04-03"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('decimal = "x"', "decimal is 'x'; write one of"),
        ("validation_share = 1", "write a share from 0"),
        ("seed = -1", "write a count"),
        ("image_id = 3", 'write it in quotes: image_id = "3"'),
        ('fold = "reader:"', 'write "any", "majority" or "reader:NAME"'),
        ('date_format = "%d.%m"', "write the places of day, month and year"),
        ('date_format = "%Y%Y-%m-%d"', "write the places of day, month and year"),
        ('date_format = "%Q"', "write the places of day, month and year"),
        ('decimal = ","\nthousands = ","', "one sign cannot be both"),
        ('positive = "x"', r"move it below a line \[\[finding\]\]"),
        ('[[finding]]\npositive = "x"\nnegative = ["x", "y"]', "'x' is positive and negative"),
        ('[finding]\npositive = "x"', r"write \[\[finding\]\]"),
    ],
)
def test_a_mapping_is_checked_in_words(text: str, reason: str) -> None:
    with pytest.raises(ImportFileError, match=reason):
        _mapping(text)


@pytest.mark.parametrize("probability", ["0.5", "0.25"])
def test_two_columns_of_scores_are_asked_about_whatever_is_in_them(probability: str) -> None:
    rows = [f"i{i},{i % 2},{i - 3},{probability if i else 0.1 * i}" for i in range(8)]
    content = "\n".join(["image_id,y_true,logit,probability", *rows]).encode()
    with pytest.raises(OpenQuestionsError) as asked:
        read_rows(Path("file"), content=content)
    assert '# score = "logit"' in str(asked.value) and '# score = "probability"' in str(asked.value)


def _answers(folder: Path, text: str) -> str:
    (folder / "mapping.toml").write_text(text, encoding="utf-8")
    return str(folder / "mapping.toml")


def _hospital() -> Path:
    if not HOSPITAL.exists():
        pytest.skip("hospital-export.csv is not here")
    return HOSPITAL


def test_a_finding_is_called_as_the_mapping_says_in_the_run_and_its_sites(tmp_path: Path) -> None:
    rows = [f"{split}{i},{i % 2},{i % 5 - 2},{split}" for split in ("validation", "test", "north") for i in range(40)]
    file = tmp_path / "a.csv"
    file.write_text("\n".join(["image_id,y_true,logit,split", *rows]) + "\n")
    named = _mapping('[[finding]]\nname = "Pleural effusion"\n')
    run = read_run(import_predictions(file, name="a", out=tmp_path / "runs", mapping=named))
    assert run.findings == ("Pleural effusion",)
    assert run.site("north").n == 40
    assert class_words(run.manifest["data"]["class_names"]) == ("without pleural effusion", "with pleural effusion")
    other = tmp_path / "other.csv"
    other.write_text("\n".join(["image_id,y_true,logit", *(row.rsplit(",", 1)[0] for row in rows[:40])]) + "\n")
    with pytest.raises(ImportFileError, match="names is 'Oedema', and that of the run is 'Pleural effusion'"):
        import_sites(other, run, site="south", mapping=_mapping('[[finding]]\nname = "Oedema"\n'))
    import_sites(other, run, site="south", mapping=named)
    assert read_run(run.folder).site("south").n == 40


def test_the_hospitals_export_imports_in_at_most_five_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["import", str(_hospital()), "--name", "hospital", "--out", str(tmp_path)]
    assert main(command) == 2
    asked = capsys.readouterr().err
    assert asked.count("Question:") <= 5
    assert '# positive = "Pneumonie"' in asked
    template = asked.split("\n\n", 1)[1].replace('# positive = "Pneumonie"', 'positive = "Pneumonie"')
    assert main([*command, "--mapping", _answers(tmp_path, template)]) == 0
    assert "validation_share" in capsys.readouterr().out
    run = read_run(tmp_path / "hospital")
    _is_the_second_models_test(run)
    assert mapping_of(run.manifest["data"]["mapping"], Path()).finding.scale == "percent"
    assert run.operating_points is None


def _is_the_second_models_test(run: Run) -> None:
    """The export has the images of second-model.csv, rounded to a thousandth of a percent."""
    import pandas as pd

    model = pd.read_csv(HOSPITAL.with_name("second-model.csv"), index_col="image_id")
    test = run.predictions("test")
    expected = model.loc[list(test.image_id)]
    np.testing.assert_array_equal(test.y_true, expected["y_true"])
    assert list(test.patient_id) == list(expected["patient_id"])
    p = 1 / (1 + np.exp(-expected["logit"].to_numpy()))
    np.testing.assert_allclose(1 / (1 + np.exp(-test.logit)), p, atol=6e-6)


def test_validation_is_drawn_by_patient_from_the_seed_that_the_manifest_keeps(tmp_path: Path) -> None:
    answers = 'validation_share = 0.5\n[[finding]]\npositive = "Pneumonie"\n'
    run = read_run(import_predictions(_hospital(), name="a", out=tmp_path, mapping=_mapping(answers)))
    kept = mapping_of(run.manifest["data"]["mapping"], Path())
    assert (kept.validation_share, kept.seed) == (0.5, 0)
    validation, test = run.predictions("validation"), run.predictions("test")
    assert not set(validation.patient_id) & set(test.patient_id)
    assert run.operating_points is not None
    lines = _hospital().read_bytes().splitlines(keepends=True)
    turned = tmp_path / "turned.csv"
    turned.write_bytes(b"".join([lines[0], *lines[:0:-1]]))
    again = read_run(import_predictions(turned, name="b", out=tmp_path, mapping=kept))
    assert set(again.predictions("validation").image_id) == set(validation.image_id)
    other = read_run(import_predictions(turned, name="c", out=tmp_path, mapping=kept.with_answer("seed", 1)))
    assert set(other.predictions("validation").image_id) != set(validation.image_id)


def test_a_site_is_added_by_a_mapping_which_its_manifest_keeps(tmp_path: Path) -> None:
    own, further = tmp_path / "own.csv", tmp_path / "further.csv"
    own.write_bytes(csv_of())
    further.write_bytes(csv_of(TABLE.assign(label=["krank", "gesund"] * 4), sep=";"))
    run = read_run(import_predictions(own, name="a", out=tmp_path / "runs"))
    with pytest.raises(OpenQuestionsError):
        import_sites(further, run, site="North")
    import_sites(further, run, site="North", mapping=_mapping(finding(positive="krank")))
    site = read_run(run.folder).sites.whole["North"]
    assert site.manifest["mapping"]["finding"][0]["negative"] == "gesund"
    assert list(next(iter(site.findings.values())).y_true) == [1, 0] * 4


def test_a_mapping_of_canonical_columns_changes_nothing(tmp_path: Path) -> None:
    file = HOSPITAL.with_name("second-model.csv")
    if not file.exists():
        pytest.skip("second-model.csv is not here")
    plain, mapped = read_rows(file), read_rows(file, mapping=Mapping())
    assert list(plain.sets) == list(mapped.sets)
    for name, images in plain.sets.items():
        np.testing.assert_array_equal(images.logit, mapped.sets[name].logit)
        assert list(images.image_id) == list(mapped.sets[name].image_id)
        assert list(images.subgroups["subtype"]) == list(mapped.sets[name].subgroups["subtype"])


def test_images_of_a_site_may_come_without_a_column_of_truths(tmp_path: Path) -> None:
    own, plain, doubtful = tmp_path / "own.csv", tmp_path / "plain.csv", tmp_path / "doubtful.csv"
    own.write_bytes(csv_of())
    plain.write_bytes(csv_of(TABLE[["image", "probability"]]))
    doubtful.write_bytes(csv_of(TABLE[["image", "probability"]].assign(flag=[0, 1] * 4)))
    with pytest.raises(ImportFileError, match="no column can be the truth"):
        import_predictions(plain, name="b", out=tmp_path / "runs")
    run = read_run(import_predictions(own, name="a", out=tmp_path / "runs"))
    added = import_sites(plain, run, site="North")
    assert "no column is the truth, so that of every image is unknown" in added.notes["changed_in_reading"]
    with pytest.raises(OpenQuestionsError, match=r'# label = "flag".*\n# label = ""  # none of them'):
        import_sites(doubtful, run, site="South")
    import_sites(doubtful, run, site="South", mapping=_mapping('[[finding]]\nlabel = ""'))
    for name in ("North", "South"):
        images = read_run(run.folder).site(name)
        assert (images.n, images.n_unlabelled) == (len(TABLE), len(TABLE))
        assert np.isnan(images.y_true).all()
    assert list(images.subgroups["flag"]) == ["0", "1"] * 4
