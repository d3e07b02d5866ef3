import io

import numpy as np
import pandas as pd

from core.runs.exports import frame_csv


def test_a_table_is_written_as_pandas_would_but_for_formulas() -> None:
    table = pd.DataFrame(
        {
            "logit": [-0.1, 1e-300, np.nan, 1 / 3],
            "n": [-1, 2, 3, 4],
            "label": pd.array([1, None, 0, 1], dtype="Int64"),
            "split": pd.Categorical(["test", None, "test", "train"]),
            "who": ["a,b", None, 'say "x"', "two\nlines"],
            "seen": [True, False, True, False],
        }
    )
    assert frame_csv(table) == table.to_csv(index=False)
    assert frame_csv(table.iloc[:0]) == table.iloc[:0].to_csv(index=False)


def test_text_and_header_are_guarded_and_numbers_are_not() -> None:
    table = pd.DataFrame({"=name": ["@a", "-1+1", "b"], "gap": [-0.5, -1e-9, 2.0]})
    assert frame_csv(table) == "'=name,gap\n'@a,-0.5\n'-1+1,-1e-09\nb,2.0\n"
    assert pd.read_csv(io.StringIO(frame_csv(table)))["gap"].tolist() == table["gap"].tolist()
