"""What a threshold means for 1,000 children, where another share of them is ill.

The browser computes the same in ``dashboard/clinic/predictive.js``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

CHILDREN = 1000
"""How many children the outlook is told for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """Of so many children: ill and found, ill and missed, well and falsely alarmed, well and rightly sent home."""

    found: int
    missed: int
    alarmed: int
    cleared: int


def outlook(sensitivity: float, specificity: float, prevalence: float, children: int = CHILDREN) -> Outlook | None:
    """What is to be expected of so many ``children``, in whole ones that always sum to ``children``.

    Rounded by largest remainders twice: all into ill and well, then each of the two by what they are called. The number
    of ill ones therefore never depends on the threshold. Of equal remainders ill comes before well and right before
    wrong. None where one of the two rates is undefined (NaN).
    """
    if math.isnan(sensitivity) or math.isnan(specificity):
        return None
    ill = _largest_remainder(children, prevalence)
    well = children - ill
    found, cleared = _largest_remainder(ill, sensitivity), _largest_remainder(well, specificity)
    return Outlook(found=found, missed=ill - found, alarmed=well - cleared, cleared=cleared)


def _largest_remainder(total: int, share: float) -> int:
    """The first of two whole parts of ``total``: the one left over goes to the larger remainder."""
    quota = total * share
    whole = math.floor(quota)
    return whole + (quota - whole >= 0.5)
