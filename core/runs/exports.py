"""Tables as CSV for people: what pages offer to save, and what lies beside a run's pictures."""

from __future__ import annotations

import re

import pandas as pd

from core.runs.reading import Run
from core.tables.writing import csv_text


def file_part(text: str) -> str:
    """A text from a file as a part of a file's name: ``age (years)`` -> ``age-years``."""
    return re.sub(r"[\W_]+", "-", text).strip("-").lower()


def file_name(run: Run) -> str:
    """What names of files about a run begin with: its id, and of several findings which one."""
    return f"{run.run_id}-{file_part(run.which)}" if run.which else run.run_id


def frame_csv(table: pd.DataFrame, *, quoted: bool = False) -> str:
    """``table`` without its index as CSV (:mod:`core.tables.writing`): what is absent is an empty cell, floats have
    every digit that they need, and text that a spreadsheet would take for a formula is guarded."""
    plain = table.astype(object).where(table.notna(), None)
    return csv_text([str(name) for name in table.columns], plain.itertuples(index=False, name=None), quoted=quoted)
