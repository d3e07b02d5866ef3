"""Rows without a score that say why: the images that ``score --engine ray`` could not read."""

from __future__ import annotations

from core.tables import cells
from core.tables.sheet import Sheet, as_mask

REASON = "reason"


def leave_out_unread(sheet: Sheet) -> None:
    """Leave out the rows of ``sheet`` that have a reason instead of a logit, which is said, and the column of reasons.

    Where some row has both, or neither, the column means something else, and all stays as it is.
    """
    if not (sheet.has(REASON) and sheet.has("logit")):
        return
    unread = ~as_mask(cells.is_empty(sheet.columns[REASON]))
    if not (unread == as_mask(cells.is_empty(sheet.columns["logit"]))).all():
        return
    if count := int(unread.sum()):
        first = int(unread.argmax())
        what = "row without a score was" if count == 1 else "rows without a score were"
        place = f"{'first: ' if count > 1 else ''}row {sheet.row_of(first)}, {sheet.cell(REASON, first)}"
        sheet.changes.append(f"{count:,} {what} left out, as a reason stands in its place ({place})")
        sheet.keep(~unread)
    del sheet.columns[REASON]
