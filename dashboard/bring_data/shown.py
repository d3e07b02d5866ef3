"""The file as it stands and as it will be read, in tables; escaped."""

from __future__ import annotations

import html

import pandas as pd

from core.runs.asking import Understanding
from core.runs.first_rows import Read, first_rows, raw_rows
from core.runs.mapping import called
from core.runs.prediction_rows import PredictionRows
from dashboard import widgets
from dashboard.bring_data import words
from dashboard.html_table import cell, table


def as_it_stands(found: Understanding) -> None:
    """The first rows of the file, and what of it was understood."""
    rows = raw_rows(found)
    if rows:
        widgets.label("The first rows, as they stand in the file")
        widgets.listing(pd.DataFrame(rows), key="bring_raw_rows")
    if found.reasons:
        widgets.label("Understood without asking")
        widgets.small_table(
            words.understood(found.reasons, list(map(called, found.mapping.findings))), name="understood"
        )


def as_it_will_be_read(found: Understanding, rows: PredictionRows) -> None:
    """The first rows as the import takes them, changed cells marked; how many there are; what is read otherwise."""
    read = first_rows(found)
    if read:
        names = [words.read(name) for name in read]
        lines = list(zip(*read.values(), strict=True))
        caption = "A cell that is read otherwise than it stands in the file has what stands there beneath it."
        table(
            names,
            [(html.escape(line[0].value), [_cell(one) for one in line[1:]]) for line in lines],
            name="first-rows",
            caption=caption,
        )
    widgets.small_table(words.sets_of(rows), name="sets")
    if lines := rows.notes["changed_in_reading"]:
        widgets.callout("Read otherwise than it stands in the file:", "; ".join(lines) + ".")
    if "validation" not in rows.sets and "test" in rows.sets:
        widgets.callout("No validation.", words.NO_VALIDATION, warn=True)


def _cell(one: Read) -> str:
    return cell(one.value, "" if one.value == one.stands else f"in the file: {one.stands or 'empty'}")
