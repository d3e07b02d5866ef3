"""The public data sets whose tables are read as they are."""

from __future__ import annotations

from core.data.layouts.chexpert import CHEXPERT
from core.data.layouts.covid import COVID
from core.data.layouts.layout import Layout
from core.data.layouts.mimic import MIMIC
from core.data.layouts.nih import NIH
from core.data.layouts.padchest import PADCHEST
from core.data.layouts.rsna import RSNA
from core.data.layouts.vindr import VINDR
from core.tables.sheet import Sheet

KNOWN = (NIH, RSNA, CHEXPERT, VINDR, PADCHEST, MIMIC, COVID)


def layout_of(sheet: Sheet) -> Layout | None:
    """The data set whose header ``sheet`` has; None for any other, and for a table in our own columns."""
    if sheet.has("path") and sheet.has("label"):
        return None
    return next((layout for layout in KNOWN if layout.recognised(sheet.columns)), None)
