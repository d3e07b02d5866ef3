"""An uploaded file of local cases: read as imports are, and called by its own name."""

import numpy as np
import pandas as pd
import pytest

from core.errors import ImportFileError
from core.runs.local_file import read_local_file
from core.runs.store import read_run


@pytest.fixture(scope="module")
def run(write_run, tmp_path_factory):
    return read_run(write_run(tmp_path_factory.mktemp("runs"), "fitted"))


def content(**columns):
    table = {"image_id": ["a", "b", "c"], "y_true": [0, 1, 1], "logit": [-1.5, 0.25, 2.0], **columns}
    return pd.DataFrame(table)


def test_every_row_is_a_local_case_whatever_its_split(run):
    table = content(split=["validation", "test", "test"], patient_id=["p", "p", ""], site=["x", "", "y"])
    read = read_local_file(run, "site.csv", table.to_csv(index=False).encode())
    local = read.predictions
    assert local.image_id.tolist() == ["a", "b", "c"]
    assert local.patient_id.tolist() == ["p", "p", "c"]
    assert (local.y_true.tolist(), local.logit.tolist(), read.clipped) == ([0, 1, 1], [-1.5, 0.25, 2.0], 0)
    assert local.subgroups["site"].tolist() == ["x", None, "y"]


def test_probabilities_and_parquet(run):
    table = content().drop(columns="logit").assign(probability=[0.0, 0.5, 1.0])
    read = read_local_file(run, "site.parquet", table.to_parquet(index=False))
    local = read.predictions
    assert read.clipped == 2
    assert local.logit[1] == 0
    assert np.isfinite(local.logit).all()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "has no"),
        (b"\xff\xfe\x00ba", "not text"),
        (content(y_true=[0, 1, 2]).to_csv(index=False).encode(), "y_true '2' is not 0 or 1"),
        (content(image_id=["a", "a", "c"]).to_csv(index=False).encode(), "stands in row 2 already"),
        (content().to_parquet()[:200], "Parquet"),
    ],
)
def test_problems_name_the_file_as_the_reader_knows_it(run, data, reason):
    with pytest.raises(ImportFileError) as caught:
        read_local_file(run, "clinic b.csv", data)
    assert str(caught.value).startswith("clinic b.csv")
    assert reason in str(caught.value)
    assert "/" not in str(caught.value).split(":")[0]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("image_id,y_true,logit\n a ,0,-1\nb,1,2\n", "1 cell padded with spaces was trimmed"),
        ("image_id,y_true,logit\na,0,-1\nb,1,2\n,,\n", "1 row of empty cells was left out"),
        ("Image_ID,y_true,logit\na,0,-1\nb,1,2\n", "was read as image_id"),
        ("image_id,y_true,logit\na,false,-1\nb,1,2\n", "read otherwise: 'false' as 0"),
    ],
)
def test_what_was_read_otherwise_is_told(run, text, changed):
    (line,) = read_local_file(run, "mine.csv", text.encode()).changed
    assert changed in line


def test_what_looks_wrong_is_said_of_the_file(run):
    rng = np.random.default_rng(0)
    y_true = np.arange(60) % 2
    table = pd.DataFrame({"image_id": [f"i{i}" for i in y_true * 100 + np.arange(60)], "y_true": y_true})
    straight = table.assign(logit=rng.normal(size=60) + 3 * y_true - 1.5)
    assert read_local_file(run, "x.csv", straight.to_csv(index=False).encode()).odd == ()
    turned = straight.assign(logit=-straight["logit"])
    (said,) = read_local_file(run, "x.csv", turned.to_csv(index=False).encode()).odd
    assert said.head == "The scores point the other way:"
    assert "on your file, below 0.5" in said.text
    assert "If the file holds the probability of the other class" in said.text
    (one,) = read_local_file(run, "x.csv", straight[y_true == 1].to_csv(index=False).encode()).odd
    assert one.text.startswith("your file has 30 images of 30 patients with pneumonia, and none without")


@pytest.mark.parametrize("table", [content(y_true=["", "", ""]), content().drop(columns="y_true")])
def test_cases_without_a_truth_are_refused(run, table):
    with pytest.raises(ImportFileError, match=r"site\.csv: the truth of no case is known"):
        read_local_file(run, "site.csv", table.to_csv(index=False).encode())
