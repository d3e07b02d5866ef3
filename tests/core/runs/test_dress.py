"""Random tables in random dress are read back equal, or something is asked: nothing is ever misread."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.runs.asking import Question
from core.runs.mapping import Mapping, Value
from core.runs.prediction_rows import read_rows
from core.runs.understanding import understand

WORDS = (
    ("1", "0"),
    ("True", "False"),
    ("yes", "no"),
    ("1", "-1"),
    ("Pneumonie", "unauffällig"),
    ("oui", "non"),
    ("2", "1"),
    ("krank, schwer", "gesund; leicht"),
    ("a|b", "c"),
    ("1.0", "0.0"),
    ("malade", "sain"),
)
DAYS = ("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y")
SCALES = {
    "probability": (st.floats(0.1, 0.9), lambda x: np.log(x / (1 - x))),
    "percent": (st.floats(1, 99), lambda x: np.log(x / 100 / (1 - x / 100))),
    "free": (st.floats(1e-3, 10), lambda x: x),
    "logit": (st.floats(-5000, 5000).filter(lambda x: abs(x) > 1e-4), lambda x: x),
}
IDS = st.text("abcß0123456789 ._/-,;|\"'äé", min_size=1, max_size=8).map(lambda text: f"i{text}x")


@st.composite
def dressed(draw: st.DrawFn) -> tuple[bytes, dict[str, Value], pd.DataFrame]:
    """A file, what is right to answer where one is asked, and what the file says."""
    n = draw(st.integers(4, 12))
    scale = draw(st.sampled_from(sorted(SCALES)))
    positive, negative = draw(st.sampled_from(WORDS))
    form = draw(st.sampled_from(DAYS))
    digits = draw(st.integers(1, 6))
    thousands = draw(st.sampled_from(["", "", ",", ".", " ", "'"]))
    decimal = draw(st.sampled_from([sign for sign in ".," if sign != thousands]))
    numbers, to_logit = SCALES[scale]
    score = [float(f"{x:.{digits}f}") for x in draw(st.lists(numbers, min_size=n, max_size=n))]
    truth = [1, 0, *draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))]
    day = [
        f"2024-{m:02}-{d:02}"
        for m, d in draw(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 28)), min_size=n, max_size=n))
    ]
    says = pd.DataFrame(
        {
            "image": draw(st.lists(IDS, min_size=n, max_size=n, unique=True)),
            "patient": draw(st.lists(IDS, min_size=n, max_size=n)),
            "truth": truth,
            "score": score,
            "day": day,
        }
    )

    def written(x: float) -> str:
        plain = f"{x:{',' if thousands else ''}.{digits}f}"
        return plain.translate(str.maketrans({",": thousands, ".": decimal}))

    cells = {
        "image": says["image"],
        "patient": says["patient"],
        "label": [positive if one else negative for one in truth],
        scale if draw(st.booleans()) else "score": [written(x) for x in score],
        "date": pd.to_datetime(says["day"]).dt.strftime(form),
    }
    names = draw(st.permutations(list(cells)))
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    content = io.StringIO()
    if draw(st.booleans()):
        content.write(f"sep={separator}\n")
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    table = pd.DataFrame({name: list(cells[name]) for name in names})
    table.to_csv(
        content, sep=separator, index=False, quoting=quoting, lineterminator=draw(st.sampled_from(["\n", "\r\n"]))
    )
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    says["logit"] = [float(to_logit(x)) for x in score]
    right: dict[str, Value] = {
        "delimiter": separator,
        "decimal": decimal,
        "thousands": thousands,
        "scale": scale,
        "date_format": form,
        "positive": (positive,),
        "negative": (negative,),
        "score": scale if scale in cells else "score",
        "image_id": "image",
        "patient_id": "patient",
        "label": "label",
        "date": "date",
    }
    return content.getvalue().encode(encoding), right, says


def _answered(question: Question, right: dict[str, Value]) -> Value:
    """The right answer, which must be among those offered."""
    offered = [choice.value for choice in question.choices]
    if question.key == "date_format" and right["date_format"] not in offered:
        return offered[0]  # of formats that read the same days one is offered
    assert right[question.key] in offered, (question, right[question.key])
    return right[question.key]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(dressed())
def test_a_table_in_any_dress_is_read_back_or_asked_about(file: tuple[bytes, dict[str, Value], pd.DataFrame]) -> None:
    content, right, says = file
    mapping = Mapping()
    for _ in range(8):
        questions = understand(Path("file"), mapping, content=content).questions
        if not questions:
            break
        for question in questions:
            mapping = mapping.with_answer(question.key, _answered(question, right))
    test = read_rows(Path("file"), mapping=mapping, content=content).sets["test"]
    assert list(test.image_id) == list(says["image"].str.strip())
    assert list(test.patient_id) == list(says["patient"].str.strip())
    np.testing.assert_array_equal(test.y_true, says["truth"])
    np.testing.assert_allclose(test.logit, says["logit"], rtol=1e-9, atol=1e-9)
    assert list(test.date.astype(str)) == list(says["day"])
