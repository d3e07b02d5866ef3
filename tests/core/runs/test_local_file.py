"""An uploaded file of local cases: read as imports are, and called by its own name."""

import numpy as np
import pandas as pd
import pytest

from core.errors import ImportFileError
from core.runs.local_file import read_local_file


def content(**columns):
    table = {"image_id": ["a", "b", "c"], "y_true": [0, 1, 1], "logit": [-1.5, 0.25, 2.0], **columns}
    return pd.DataFrame(table)


def test_every_row_is_a_local_case_whatever_its_split():
    table = content(split=["validation", "test", "test"], patient_id=["p", "p", ""], site=["x", "", "y"])
    local, clipped = read_local_file("site.csv", table.to_csv(index=False).encode())
    assert local.image_id.tolist() == ["a", "b", "c"]
    assert local.patient_id.tolist() == ["p", "p", "c"]
    assert (local.y_true.tolist(), local.logit.tolist(), clipped) == ([0, 1, 1], [-1.5, 0.25, 2.0], 0)
    assert local.subgroups["site"].tolist() == ["x", None, "y"]


def test_probabilities_and_parquet():
    table = content().drop(columns="logit").assign(probability=[0.0, 0.5, 1.0])
    local, clipped = read_local_file("site.parquet", table.to_parquet(index=False))
    assert clipped == 2
    assert local.logit[1] == 0
    assert np.isfinite(local.logit).all()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "has no"),
        (b"\xff\xfe\x00bad", "not text"),
        (content(y_true=[0, 1, 2]).to_csv(index=False).encode(), "y_true '2' is not 0 or 1"),
        (content(image_id=["a", "a", "c"]).to_csv(index=False).encode(), "stands in row 2 already"),
        (content().to_parquet()[:200], "Parquet"),
    ],
)
def test_problems_name_the_file_as_the_reader_knows_it(data, reason):
    with pytest.raises(ImportFileError) as caught:
        read_local_file("clinic b.csv", data)
    assert str(caught.value).startswith("clinic b.csv")
    assert reason in str(caught.value)
    assert "/" not in str(caught.value).split(":")[0]
