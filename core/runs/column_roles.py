"""Which column of a table means what: each role by its name, or asked; and what its cells leave open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pyarrow as pa

from core.errors import TableError
from core.runs.asking import Choice, Understanding
from core.runs.column_names import called
from core.runs.label_words import could_be_labels, sides
from core.runs.mapping import READER, Finding, Mapping
from core.runs.prediction_file import CANONICAL
from core.runs.score_scale import could_be_scores, numerals_of, scale_of
from core.runs.several_findings import listed_findings, pairs, score_called_after
from core.runs.tables import RESERVED
from core.tables import cells
from core.tables.dates import possible_formats
from core.tables.sheet import Sheet, as_mask, few, shown
from core.tables.splits import split_of

_LEVELS = 12
"""A further column of more levels than these is no subgroup by itself."""
_LISTED = 40
"""So many columns are offered as answers."""
_ROLES = ("image_id", "patient_id", "split", "site", "date", "label", "score")


def check_columns(sheet: Sheet, mapping: Mapping) -> None:
    """Raise :class:`TableError` where the table has no rows, or the mapping names what it has not, or two sets."""
    if sheet.rows == 0 and not sheet.ragged:
        raise TableError(f"{sheet.file}: has no rows")
    if sheet.has(""):
        raise TableError(f"{sheet.file}: has a column without a name; name it, or remove it (in pandas: index=False)")
    named = [(key, mapping.get(key, place)) for place in range(len(mapping.findings)) for key in _ROLES]
    named += [("subgroups", name) for name in mapping.subgroups or ()]
    for key, name in named:
        if name and name not in sheet.columns:
            columns = ", ".join(map(shown, sheet.columns))
            raise TableError(
                f"{sheet.file}: the mapping's {key} is {name!r}, and there is no such column in: {columns}"
            )
    if mapping.split and mapping.site:
        raise TableError(
            f"{sheet.file}: the mapping names a split and a site, and one column says of which set a row is; keep "
            "one of them, and list the other under subgroups"
        )


def ids(found: Understanding, sheet: Sheet) -> None:
    """Which columns name the image and its patient."""
    _column(found, sheet, "image_id", "the image", needed=True)
    _column(found, sheet, "patient_id", "the patient", needed=False)


def sets(found: Understanding, sheet: Sheet, *, into: bool) -> None:
    """Which column says of what set a row is; no site is looked for ``into`` one that is named."""
    _column(
        found, sheet, "split", "the split (or, where it is no validation or test, the site)", needed=False, fits=_splits
    )
    mapping = found.mapping
    if into or mapping.split or mapping.site is not None or mapping.subgroups is not None:
        return
    for name in called("site", _free(found, sheet))[:1]:
        found.ask(
            "site",
            f"Are the values of column {shown(name)} sites of their own?",
            [
                Choice(value=name, means="each is a further set of images, which chooses no threshold"),
                Choice(value="", means="no: all rows are one set, and the column is a subgroup"),
            ],
        )


def _splits(sheet: Sheet, name: str) -> bool:
    return any(split_of(word) for word in sheet.as_text(name).unique().to_pylist())


def labels(found: Understanding, sheet: Sheet, *, into: bool) -> None:
    """Which column has the truth, and which of its words mean what; of several findings which are meant. ``into`` a
    site no truth need be known, and the label is "" where no column can be it."""
    findings = pairs(sheet, _free(found, sheet)) if found.mapping.finding.label is None else {}
    if len(findings) > 1 and not called("label", _free(found, sheet)):
        found.ask(
            "label",
            f"The file has {len(findings)} findings, each with labels and scores. Which are meant, one or several?",
            [
                Choice(value=name, means=f"score: {score}", finding=Finding(label=name, score=score))
                for name, score in findings.items()
            ],
        )
        return
    none = Choice(value="", means="none of them: the truth of every image is unknown") if into else None
    _column(found, sheet, "label", "the truth (the label)", needed=True, fits=could_be_labels, none=none)
    if name := found.mapping.finding.label:
        plain = found.mapping.finding == Finding(label=name)
        listed = listed_findings(sheet, _free(found, sheet), name) if plain else []
        if len(listed) > 1:
            found.ask(
                "positive",
                f"Column {shown(name)} lists findings, and {len(listed)} of them have a column of scores. Which are "
                "meant, one or several? An image whose list does not name a finding is without it.",
                [
                    Choice(value=one.name or "", means=f"score: {one.score}", finding=replace(one, name=None))
                    for one in listed
                ],
            )
            return
        reasons, questions = sides(sheet, found.mapping.finding, name)
        for one in reasons:
            found.understand(one.key, one.value, one.because)
        found.questions += questions


def scores(found: Understanding, sheet: Sheet) -> None:
    """Which column has the scores, how its numbers are written and what they are."""
    if found.mapping.finding.score is None and {"logit", "probability"} <= set(_free(found, sheet)):
        choices = [Choice(value=name, means=_first_cells(sheet, name)) for name in ("logit", "probability")]
        found.ask("score", "Which column is the score of the model?", choices)
        return
    finding = found.mapping.finding
    if finding.score is None and finding.label and not called("score", _free(found, sheet)):
        wanted = [finding.label, *(finding.positive or ())]
        free = _free(found, sheet)
        if (name := score_called_after(sheet, free, wanted)) is not None:
            found.understand("score", name, "the only column of numbers that is called after the finding")
        elif finding.positive is None and sum(could_be_scores(sheet, name) for name in free) > 1:
            return  # which finding is meant may say which score is
    _column(found, sheet, "score", "the score of the model", needed=True, fits=could_be_scores)
    if not (name := found.mapping.finding.score):
        return
    found.mapping, reasons, questions = numerals_of(sheet, found.mapping, name)
    if not questions:
        found.mapping, further, questions = scale_of(sheet, found.mapping, name)
        reasons += further
    found.reasons += reasons
    found.questions += questions


def dates(found: Understanding, sheet: Sheet) -> None:
    """Which column has the day, and in which format."""
    _column(found, sheet, "date", "the date", needed=False)
    name = found.mapping.date
    if not name or found.mapping.date_format is not None or pa.types.is_temporal(sheet.columns[name].type):
        return
    words = pd.Series(sheet.as_text(name).unique().to_pylist())
    words = words[~as_mask(cells.is_unknown(pa.chunked_array([pa.array(words, pa.string())])))]
    forms = possible_formats(words)
    if len(forms) == 1:
        found.understand(
            "date_format", forms[0], f"the only format in which every cell is a day: {shown(words.iloc[0])}"
        )
    elif len(words):
        asks = f"Column {shown(name)}: in which format are its days, such as {few(words, 2)}?"
        found.ask("date_format", asks, [Choice(value=form) for form in forms])


def subgroups(found: Understanding, sheet: Sheet) -> None:
    """Further columns of few levels; what is left out is said."""
    if found.mapping.subgroups is not None:
        return
    free = _free(found, sheet)
    findings = pairs(sheet, sheet.columns)
    others = [name for name in findings if name not in {one.label for one in found.mapping.findings}]
    few_levels = [
        name
        for name in free
        if not pa.types.is_floating(sheet.columns[name].type)
        and not pa.types.is_temporal(sheet.columns[name].type)
        and name not in CANONICAL | set(RESERVED) | findings.keys() | set(findings.values())
        and 2 <= len(sheet.columns[name].unique()) <= min(_LEVELS, sheet.rows // 2)
    ]
    left = [name for name in free if name not in few_levels]
    because = f"columns of 2 to {_LEVELS} levels" + (f"; left out: {few(left, 6)}" if left else "")
    if others and found.mapping.finding.label:
        because += f"; other findings, left out: {few(others, 20)}"
    if free:
        found.understand("subgroups", tuple(few_levels), because)


def fold(found: Understanding, sheet: Sheet) -> None:
    """How one row an image comes of several, where an image has several."""
    mapping = found.mapping
    if not mapping.image_id or mapping.fold is not None:
        return
    keys = [mapping.image_id, *([mapping.split or mapping.site] if mapping.split or mapping.site else [])]
    table = pd.DataFrame({name: sheet.text(str(name)) for name in keys})
    again = table.duplicated(keep=False).to_numpy()
    if not again.any():
        return
    readers = [
        Choice(value=f"{READER}{level}", means=f"only the rows with {shown(level)} in column {shown(name)}")
        for name in _free(found, sheet, but_subgroups=True)
        if 2 <= len(levels := sheet.as_text(name).unique().to_pylist()) <= 6
        and not pd.concat([table, pd.Series(sheet.text(name), name="\0")], axis=1)[again].duplicated().any()
        for level in levels
        if level
    ]
    found.ask(
        "fold",
        f"{int(again.sum()):,} rows share their image with another row (first: {shown(table[again].iloc[0, 0])}). How "
        "does one row an image come of them?",
        [
            Choice(value="any", means="positive where any row says so, with the highest score"),
            Choice(value="majority", means="what most rows say; unknown where they are even"),
            *readers,
        ],
    )


def _free(found: Understanding, sheet: Sheet, *, but_subgroups: bool = False) -> list[str]:
    """Columns that have no meaning yet."""
    mapping = found.mapping
    taken = {mapping.get(key, place) for place in range(len(mapping.findings)) for key in _ROLES} | found.taken
    taken |= set() if but_subgroups else set(mapping.subgroups or ())
    return [name for name in sheet.columns if name not in taken]


def _column(
    found: Understanding,
    sheet: Sheet,
    key: str,
    what: str,
    *,
    needed: bool,
    fits: Callable[[Sheet, str], bool] = lambda sheet, name: True,
    none: Choice | None = None,
) -> None:
    """Find the column of ``key`` by its name, or ask; ``none`` says what it means that no column is it."""
    if found.mapping.get(key) is not None:
        return
    free = _free(found, sheet)
    named = called(key, free)
    fitting = [name for name in named if fits(sheet, name)]
    named = fitting or named
    if len(named) == 1 and (fitting or needed):
        found.understand(key, named[0], f"the only column called so, {what}")
        return
    others = {name for role in _ROLES if role != key for name in called(role, free)}
    offered = named or [name for name in free if needed and fits(sheet, name) and name not in others]
    if key == "image_id" and not named:
        offered = [name for name in offered if len(sheet.columns[name].unique()) > sheet.rows / 2] or offered
    if offered:
        choices = [Choice(value=name, means=_first_cells(sheet, name)) for name in offered[:_LISTED]]
        if none or not needed:
            choices.append(none or Choice(value="", means="none of them"))
        found.ask(key, f"Which column is {what}?", choices)
    elif none:
        found.understand(key, none.value, f"no column can be {what}, so it is unknown of every image")
    elif needed:
        raise TableError(
            f"{sheet.file}: no column can be {what}; columns found: {', '.join(map(shown, sheet.columns))}"
        )


def _first_cells(sheet: Sheet, name: str) -> str:
    return "such as " + few(sheet.as_text(name).slice(0, 200).unique().to_pylist()[:2])
