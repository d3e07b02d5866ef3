"""The columns of an import, each read and judged: what cannot be meant is refused, what is read otherwise is said."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import TableError
from core.evaluation.predictions import all_distinct
from core.runs.encoded import encoded, taken, texts
from core.runs.prediction_file import CANONICAL
from core.runs.site_names import site_name_problem
from core.runs.tables import EVALUATED, RESERVED
from core.tables import cells
from core.tables.numerals import all_percent, possible_numerals, read_numbers
from core.tables.on_disk import PART, is_text
from core.tables.sheet import Mask, Sheet, as_mask, few, shown
from core.tables.splits import ambiguous, distinct_splits, split_of
from core.tables.truth_words import NUMERALS, PAIRS

CLIP = 2.0**-53
"""What a probability of 0 is taken as; 1 becomes 1 - CLIP, the largest double below 1."""
ROUNDING = 1e-6
"""So far beyond 0 or 1 a probability may lie by the rounding of a softmax in single precision."""
LARGEST_LOGIT = 1e9
"""Beyond it no score is a logit, and squares and products of scores would leave the range of floats in the end."""

_NUMERAL = r"^[+-]?[0-9]"
_TRUTHS = {word: numeral for pair in PAIRS[1:] for word, numeral in zip(pair, NUMERALS, strict=True)}


def nobody(sheet: Sheet) -> tuple[pa.ChunkedArray, Mask]:
    """Patients where no column tells them: ``""`` and not known, both (n,)."""
    return pa.chunked_array([pa.repeat("", sheet.rows)]), np.zeros(sheet.rows, dtype=np.bool_)


def evaluated(sets: pd.Categorical) -> Mask:
    """Which images (n,) are of validation or test, by the names of their sets (n,)."""
    found: Mask = np.logical_or.reduce([np.asarray(sets == split, dtype=np.bool_) for split in EVALUATED])
    return found


def image_ids(sheet: Sheet, sets: pd.Categorical) -> pa.ChunkedArray:
    """The ids of the images (n,); each stands in one row of validation and test together, and of each site.

    ``sets`` (n,) names the set of each row: the same id in two hospitals is two images.
    """
    image_id = sheet.id_column("image_id")
    empty = as_mask(pc.equal(image_id, ""))
    sheet.refuse(empty, lambda at: "image_id is empty")
    if not all_distinct(texts(image_id)):
        hospital = pd.factorize(np.where(evaluated(sets), "", sets))[0]
        codes = encoded(image_id).codes.astype(np.int64) * (int(hospital.max(initial=0)) + 1) + hospital
        repeated = pd.Series(codes).duplicated().to_numpy(dtype=np.bool_) & ~empty
        if repeated.any():
            _refuse_repeated(sheet, image_id, codes, repeated)
    return image_id


def _refuse_repeated(sheet: Sheet, image_id: pa.ChunkedArray, codes: npt.NDArray[np.int64], repeated: Mask) -> None:
    """A picture in several rows: the file is one of boxes, of readers or of copies, and each has its own way."""
    _, first_of, code = np.unique(codes, return_index=True, return_inverse=True)
    first = first_of[code[repeated]]
    again = np.flatnonzero(repeated)

    def differs(name: str) -> Mask:
        if not sheet.has(name):
            return np.zeros(sheet.rows, dtype=np.bool_)
        values = encoded(sheet.as_text(name)).codes
        found = np.zeros(sheet.rows, dtype=np.bool_)
        found[again] = values[again] != values[first]
        return found

    truth, score = differs("y_true"), differs("logit") | differs("probability")

    def earlier(at: int) -> int:
        return sheet.row_of(int(first[np.searchsorted(again, at)]))

    def why(way: str) -> Callable[[int], str]:
        return lambda at: (
            f"image_id {shown(image_id[at].as_py())} stands in row {earlier(at)} already, and a run has one row an "
            f"image: {way}"
        )

    for rows, way in (
        (repeated & ~truth & ~score, "keep the first of the rows with the same truth and score, such as a row a box"),
        (
            repeated & truth,
            "y_true differs, so if these are several readers, settle on one truth for each image, or "
            "import each reader's rows from a file of their own under another --name",
        ),
        (
            repeated & ~truth & score,
            "the score differs, so if these are several models or views, import each from a "
            "file of its own under another --name, or name each view in image_id and keep patient_id",
        ),
    ):
        sheet.refuse(rows, why(way))


def labels(sheet: Sheet) -> npt.NDArray[np.float64]:
    """The truth of each image (n,): 0 or 1, or words for them as true and false; NaN where it is unknown."""
    column = sheet.columns["y_true"]
    if is_text(column.type):
        words, places = sheet.words("y_true")
        numerals = [_TRUTHS.get(word.lower()) for word in words]
        if any(numerals):
            read = " and ".join(
                f"{shown(word)} as {_TRUTHS[word.lower()]}" for word in sorted(words) if word.lower() in _TRUTHS
            )
            otherwise = np.array([one is not None for one in numerals])[places]
            sheet.say(otherwise, "y_true", f"was read otherwise: {read}", f"were read otherwise: {read}")
            read_as = pa.array([one or word for one, word in zip(numerals, words, strict=True)], pa.large_string())
            sheet.columns["y_true"] = taken(pa.chunked_array([read_as]), places)
    words, places = sheet.words("y_true")
    text = pa.chunked_array([pa.array(words, pa.string())])
    no_truth = as_mask(cells.is_unknown(text)) & ~as_mask(cells.matches(text, _NUMERAL))
    unknown = no_truth[places]
    if worded := [place for place in np.flatnonzero(no_truth).tolist() if words[place]]:
        told = few(words[place] for place in worded)
        sheet.say(
            np.isin(places, worded), "y_true", f"({told}) is no truth: unknown", f"({told}) are no truth: unknown"
        )
    label = sheet.numbers("y_true")

    def why(at: int) -> str:
        cell, value = sheet.cell("y_true", at), str(column[at].as_py())
        if value in ("-1", "-1.0"):
            return (
                f"y_true {cell} is not 0 or 1; write 1 for the positive class and 0 for the other, and leave the "
                "cell empty where the truth is not known or uncertain"
            )
        return (
            f"y_true {cell} is not 0 or 1; a run tells two classes apart: write 1 for the one that is to be found, "
            "0 for all others, and leave the cell empty where the truth is not known"
        )

    sheet.refuse(~unknown & ~np.isin(label, (0, 1)), why, by="y_true")
    truth: npt.NDArray[np.float64] = (label == 1).astype(np.float64)
    truth[unknown] = np.nan
    return truth


def sets(sheet: Sheet) -> pd.Categorical:
    """The evaluation set of each image (n,): ``validation``, ``test``, ``train`` (which is not used) or the name of a
    site; test where no column tells."""
    if not sheet.has("split"):
        return pd.Categorical.from_codes(np.zeros(sheet.rows, dtype=np.int8), pd.Index(["test"], dtype=object))
    splits, known, places = distinct_splits(sheet, "split")
    every = list(dict.fromkeys(splits))
    names = [name for name in every if split_of(name) is None]
    impossible: dict[str, str] = {}
    for name in names:
        if unclear := ambiguous(name):
            impossible[name] = f"{unclear}; write validation, test or the name of a site"
        elif not name:
            impossible[name] = "is not known; write validation, test or the name of a site"
        elif wrong := site_name_problem(name, names[: names.index(name)]):
            impossible[name] = f"is not validation or test, and cannot be the name of a site: {wrong}"
    sheet.refuse(
        np.array([not one and split in impossible for split, one in zip(splits, known, strict=True)], bool)[places],
        lambda at: f"split {sheet.cell('split', at)} {impossible[splits[places[at]]]}",
        by="split",
    )
    codes = np.array([every.index(split) for split in splits], dtype=np.min_scalar_type(-len(every)))
    return pd.Categorical.from_codes(codes[places], pd.Index(every, dtype=object))


def logits(sheet: Sheet) -> tuple[npt.NDArray[np.float64], int]:
    """Logits (n,), and how many probabilities were 0 or 1, whose logits are infinite."""
    name = "logit" if sheet.has("logit") else "probability"
    value = _of_percent_signs(sheet) if name == "probability" else None
    value = sheet.numbers(name) if value is None else value
    comma = np.isnan(value)
    if comma.any():
        comma &= as_mask(cells.matches(sheet.as_text(name), r"^[+-]?[0-9]*,[0-9]+$"))
    sheet.refuse(
        comma,
        lambda at: f"{name} {sheet.cell(name, at)} has a comma where a decimal point is expected; replace the commas",
    )
    if name == "logit":
        sheet.refuse(
            ~np.isfinite(value) & ~comma,
            lambda at: f"logit {sheet.cell('logit', at)} is not a finite number (with a decimal point)",
            by=name,
        )
        sheet.refuse(
            np.isfinite(value) & (np.abs(value) > LARGEST_LOGIT),
            lambda at: (
                f"logit {sheet.cell('logit', at)} is no logit: one lies between -{LARGEST_LOGIT:,.0f} and "
                f"{LARGEST_LOGIT:,.0f}; if it is a score on another scale, divide all of them by one number"
            ),
        )
        return value, 0
    return _logits_of(sheet, value, comma)


def _of_percent_signs(sheet: Sheet) -> npt.NDArray[np.float64] | None:
    """The column ``probability`` (n,) where each cell ends in a percent sign and its numbers have one reading."""
    text = sheet.columns["probability"]
    if not is_text(text.type) or not all_percent(text) or len(readings := possible_numerals(text)) != 1:
        return None
    one, many = "has a percent sign and was divided by 100", "have a percent sign and were divided by 100"
    sheet.say(~as_mask(cells.is_empty(text)), "probability", one, many)
    return read_numbers(text, readings[0], power=-2)


def _logits_of(sheet: Sheet, probability: npt.NDArray[np.float64], comma: Mask) -> tuple[npt.NDArray[np.float64], int]:
    beyond = ((probability < 0) & (probability >= -ROUNDING)) | ((probability > 1) & (probability <= 1 + ROUNDING))
    sheet.say(
        beyond,
        "probability",
        f"lies beyond 0 or 1 by rounding (at most {ROUNDING:g}) and was taken as 0 or 1",
        f"lie beyond 0 or 1 by rounding (at most {ROUNDING:g}) and were taken as 0 or 1",
    )
    if beyond.any():
        probability = np.where(beyond, np.clip(probability, 0, 1), probability)
    percent = "; are they percentages? Divide by 100" if _in_percent(probability) else ""
    sheet.refuse(
        ~((probability >= 0) & (probability <= 1)) & ~comma,
        lambda at: (
            f"probability {sheet.cell('probability', at)} is not a number from 0 to 1 (with a decimal point){percent}"
        ),
        by=None if percent else "probability",
    )
    zero = probability == 0
    logit = np.empty(len(probability))
    with np.errstate(invalid="ignore", divide="ignore"):  # the rows refused above
        for start in range(0, len(logit), PART):
            part = probability[start : start + PART]
            clipped = np.where(part == 0, CLIP, np.where(part == 1, 1 - CLIP, part))
            logit[start : start + PART] = np.log(clipped / (1 - clipped))
    smallest = probability.min(initial=1.0, where=probability > 0)
    if smallest <= CLIP:
        # 0 stays below every other: half the smallest, halved as a logarithm because half of 5e-324 is 0.
        logit[zero] = np.log(smallest) - np.log(2)
    return logit, int(np.count_nonzero(zero)) + int(np.count_nonzero(probability == 1))


def _in_percent(probability: npt.NDArray[np.float64]) -> bool:
    """Whether the numbers are most likely percentages: from 0 to 100, and half of them above 1."""
    above = np.count_nonzero(probability > 1)
    if not above:
        return False
    known = probability[~np.isnan(probability)]
    return bool(known.min() >= 0 and known.max() <= 100 and above / len(known) >= 0.5)


def subgroups(sheet: Sheet) -> dict[str, npt.NDArray[np.object_]]:
    """Every further column as text (n,), None where a cell is empty."""
    names = [name for name in sheet.columns if name not in CANONICAL]
    reserved = [name for name in names if name in RESERVED]
    if reserved:
        raise TableError(
            f"{sheet.file}: no subgroup can be called {shown(reserved[0])}, which has a meaning of its own in a run; "
            "rename or remove that column"
        )
    columns = {}
    for name in names:
        sheet.say_alike(name)
        words, places = sheet.words(name)
        columns[name] = np.array([*(word or None for word in words), None], dtype=object)[places]
    return columns
