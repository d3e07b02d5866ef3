import hashlib
import json

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runs import provenance
from core.runs.provenance import data_fingerprint, ordered_rows
from core.runs.tables import records_table


@pytest.mark.parametrize("part", [2, 100_000])
@pytest.mark.parametrize("ids", [["a", "b", "c"], ["c", "é", "b"], ['"', "\\", "\x7f"], []])
def test_the_fingerprint_is_of_the_columns_as_json(monkeypatch: pytest.MonkeyPatch, ids: list[str], part: int):
    monkeypatch.setattr(provenance, "_PART", part)
    rows = {
        "image_id": ids,
        "path": None,
        "label": [1, 0, 1][: len(ids)],
        "patient_id": ids[::-1],
        "split": ["validation", "test", "test"][: len(ids)],
        "sha256": ["0", None, "1"][: len(ids)],
        "width": None,
        "height": None,
    }
    records = pd.DataFrame(rows)
    ordered = records.sort_values("image_id").astype(object).where(lambda own: own.notna(), None)
    columns = [ordered[name].tolist() for name in ("image_id", "patient_id", "split", "label", "sha256")]
    assert data_fingerprint(records_table(records)) == hashlib.sha256(json.dumps(columns).encode()).hexdigest()


@given(*[st.lists(st.sampled_from(["a", "ab", "b", "é", "z", "Z"]), unique=True)] * 2)
def test_sets_are_put_in_one_order_as_by_sorting(one: list[str], other: list[str]) -> None:
    for first, second in ((sorted(one), sorted(other)), (one, other)):
        ids = first + second
        rows = ordered_rows(pa.chunked_array([pa.array(part, pa.large_string()) for part in (first, second)]))
        assert (ids if rows is None else [ids[row] for row in rows]) == sorted(ids)
