"""Public data sets, read as they are published: labels, patients, views, ages, and what their awkward rows come to."""

from pathlib import Path

import pytest

from core.config import TrainConfig
from core.data.index import DataIndex, index_site
from core.data.labels import index_labels
from core.data.layouts.layout import to_leave_out
from core.data.origin import index_of
from core.errors import ConfigError, DataError
from tests.core.data.layouts import miniatures

PAIR = ("NORMAL", "PNEUMONIA")


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, Path]:
    return {name: made(tmp_path / name) for name, made in miniatures.ALL.items()}


def read(table: Path, root: Path | None = None, **asked) -> DataIndex:
    return index_site(root or table.parent, PAIR, labels=table, **asked)


def labels(index: DataIndex) -> dict[str, int | None]:
    return {Path(record.image_id).stem: record.label for record in index.records}


def patients(index: DataIndex) -> dict[str, str]:
    return {Path(record.image_id).stem: record.patient_id for record in index.records}


def column(index: DataIndex, name: str) -> dict[str, str | None]:
    return {Path(record.image_id).stem: record.subgroups[name] for record in index.records}


def reasons(index: DataIndex) -> dict[str, str]:
    return {file.path: file.reason for file in index.skipped}


def said(index: DataIndex) -> str:
    return "\n".join(index.changed)


def test_nih(tables):
    index = read(tables["nih"])
    assert index.class_names == PAIR
    assert labels(index) == {
        "00000001_000": 0,
        "00000001_001": 1,
        "00000002_000": 0,
        "00000003_000": 1,
        "00000004_000": 0,
    }
    assert patients(index)["00000001_001"] == "1"
    assert [record.image_id for record in index.records][1] == "images_002/images/00000001_001.png"
    age = column(index, "age")
    assert (age["00000001_000"], age["00000003_000"]) == ("58", None)
    assert float(age["00000002_000"]) == pytest.approx(11 / 12, abs=1e-5)
    assert float(age["00000004_000"]) == pytest.approx(3 / 365.25, abs=1e-5)
    assert set(column(index, "view").values()) == {"frontal"}
    assert "recognised as NIH ChestX-ray14; label 1 is Pneumonia" in said(index)
    assert "ages below 0 or above 120, taken as unknown: 1 (first: row 5)" in said(index)
    assert "images of grown-ups (18 years or more): 2; --leave-out adult leaves them out" in said(index)
    assert reasons(index)["Data_Entry_2017.csv row 7"].endswith("13 fields instead of 12")
    assert "file is missing" in reasons(index)["00000006_000.png"]


def test_nih_another_finding(tables):
    assert labels(read(tables["nih"], finding="cardiomegaly"))["00000001_000"] == 1
    with pytest.raises(DataError, match=r"--finding Flu: NIH ChestX-ray14 has 'Cardiomegaly', 'Pneumonia'"):
        read(tables["nih"], finding="Flu")


def test_rsna(tables):
    index = read(tables["rsna"])
    assert labels(index) == {"0004cfab": 0, "00313ee0": 0, "00436515": 1}
    assert patients(index) == {name: name for name in labels(index)}
    assert column(index, "class")["0004cfab"] == "No Lung Opacity / Not Normal"
    assert "rows that are further boxes of an image: 1" in said(index)
    assert not index.skipped
    by_class = read(tables["rsna"].with_name("stage_2_detailed_class_info.csv"))
    assert labels(by_class) == labels(index)


def test_chexpert(tables):
    index = read(tables["chexpert"])
    names = {record.image_id: record.label for record in index.records}
    assert names == {
        "train/patient00001/study1/view1_frontal.jpg": 1,
        "train/patient00001/study1/view2_lateral.jpg": 1,
        "train/patient00002/study1/view1_frontal.jpg": 0,
        "train/patient00004/study1/view1_frontal.jpg": 0,
    }
    assert [record.patient_id for record in index.records][:2] == ["patient00001", "patient00001"]
    assert "rows that do not speak of Pneumonia and say No Finding, taken as absent: 1" in said(index)
    assert "rows that do not speak of Pneumonia, taken as unknown: 1" in said(index)
    assert "rows that are uncertain about Pneumonia (-1), taken as unknown: 1" in said(index)
    assert "images without a known label of Pneumonia, which are not used: 2" in said(index)


def test_chexpert_unpacked_under_its_own_name(tables, tmp_path):
    below = tmp_path / "below"
    below.mkdir()
    tables["chexpert"].parent.rename(below / "CheXpert-v1.0-small")
    index = read(below / "CheXpert-v1.0-small" / "train.csv", below)
    assert index.records[0].image_id == "CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg"


def test_lateral_views_and_grown_ups_are_left_out_where_asked(tables):
    table = tables["chexpert"]
    assert "lateral views: 1; --leave-out lateral leaves them out" in said(read(table))
    frontal = read(table, leave_out=["lateral"])
    assert not [record for record in frontal.records if "lateral" in record.image_id]
    assert "a lateral view, left out by --leave-out lateral" in str(reasons(frontal))
    assert "lateral views" not in said(frontal)
    children = read(table, leave_out=["lateral", "adult"])
    assert [record.image_id for record in children.records] == ["train/patient00004/study1/view1_frontal.jpg"]
    with pytest.raises(DataError, match="this table of RSNA Pneumonia does not tell which are"):
        read(tables["rsna"], leave_out=["adult"])


def test_vindr_of_children(tables):
    index = read(tables["vindr_pcxr"])
    assert labels(index) == {"aa01": 1, "bb02": 0, "dd04": 0}
    assert "images whose readers disagree, so that most of them decide, or nobody: 2" in said(index)
    assert index.records[0].image_id == "train/aa01.dicom"
    assert labels(read(tables["vindr_pcxr"], finding="Bronchitis")) == {"aa01": 0, "bb02": 0, "dd04": 0}


def test_vindr_a_row_a_box(tables):
    index = read(tables["vindr_cxr"])
    assert labels(index) == {"ee05": 1, "ff06": 0}
    assert labels(read(tables["vindr_cxr"], finding="Consolidation")) == {"ee05": 0, "ff06": 0}


def test_padchest(tables):
    index = read(tables["padchest"])
    assert labels(index) == {"1_a": 1, "1_b": 1, "2_a": 0, "3_a": 0}
    assert column(index, "view") == {"1_a": "frontal", "1_b": "lateral", "2_a": "frontal", "3_a": "frontal"}
    assert column(index, "age") == {"1_a": "84", "1_b": "84", "2_a": "5", "3_a": None}
    assert "images that the authors exclude: 1" in said(index)
    assert set(labels(read(tables["padchest"], leave_out=["lateral", "adult"]))) == {"2_a", "3_a"}
    assert labels(read(tables["padchest"], finding="pleural effusion"))["1_a"] == 1


def test_mimic(tables):
    index = read(tables["mimic"])
    assert [record.image_id for record in index.records] == ["files/p10/p10000032/s53189527/2a2277a9.jpg"]
    assert reasons(index)["files/p10/p10000032/s50414267/02aa804e.jpg"] == "of train, which no site has"
    both = index_labels(tables["mimic"].parent, tables["mimic"], "Pneumonia")
    assert labels(both) == {"02aa804e": 1, "174413ec": 1, "2a2277a9": 0}
    assert column(both, "view") == {"02aa804e": "frontal", "174413ec": "lateral", "2a2277a9": "frontal"}
    assert set(patients(both).values()) == {"10000032"}
    tables["mimic"].with_name("mimic-cxr-2.0.0-metadata.csv").unlink()
    with pytest.raises(DataError, match="put it beside this file"):
        read(tables["mimic"])


def test_covid(tables):
    index = read(tables["covid"], finding="Viral Pneumonia")
    assert labels(index) == {"Normal-1": 0, "Normal-2": 0, "Viral Pneumonia-1": 1}
    assert {record.image_id.split("/")[1] for record in index.records} == {"images"}
    assert "images of COVID, neither Viral Pneumonia nor Normal: 1" in said(index)
    with pytest.raises(DataError, match=r"say by --finding NAME which is meant: 'COVID', 'Viral Pneumonia'"):
        read(tables["covid"])


def test_a_fit_reads_the_same_tables(tables):
    table = tables["chexpert"]
    config = TrainConfig(
        data=str(table.parent), labels=str(table), positive_class="Pneumonia", leave_out="lateral, adult"
    )
    with pytest.raises(DataError, match="both classes are needed"):
        index_of(config)
    table, settings = tables["vindr_pcxr"], {"positive_class": "pneumonia"}
    index = index_of(TrainConfig(data=str(table.parent), labels=str(table), **settings))
    assert index.class_names == ("no Pneumonia", "Pneumonia")
    assert labels(index) == {"aa01": 1, "bb02": 0, "dd04": 0}
    with pytest.raises(DataError, match="say by --positive-class NAME which is meant: 'Pneumonia', 'Bronchitis'"):
        index_of(TrainConfig(data=str(table.parent), labels=str(table)))


def test_two_files_of_one_name_are_not_guessed_between(tables):
    folder = tables["rsna"].parent
    miniatures.dicom(folder / "copies" / "00313ee0.dcm", 1)
    assert "several files have this name" in reasons(read(tables["rsna"]))["00313ee0"]


def test_what_cannot_be_left_out_is_said(tables, tmp_path):
    with pytest.raises(ConfigError, match="--leave-out oblique: say lateral or adult"):
        to_leave_out("lateral,oblique")
    (tmp_path / "own.csv").write_text("path,label\na.png,1\n")
    with pytest.raises(DataError, match="--leave-out is for tables of public data sets"):
        read(tmp_path / "own.csv", leave_out=["adult"])
    with pytest.raises(DataError, match="--leave-out needs a table"):
        index_site(tmp_path, PAIR, leave_out=["adult"])


def test_a_table_in_our_own_columns_is_no_layout(tables):
    """Even where it has the columns of one besides."""
    table = tables["rsna"]
    table.write_text("path,label,patientId,Target\nstage_2_train_images/00313ee0.dcm,1,x,0\n")
    assert labels(read(table)) == {"00313ee0": 1}
