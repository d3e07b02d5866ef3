"""1,000 children, who always sum."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.worth.outlook import Outlook, outlook

shares = st.floats(0, 1)


def test_a_rare_disease_by_hand():
    assert outlook(0.9, 0.8, 0.05) == Outlook(found=45, missed=5, alarmed=190, cleared=760)
    assert outlook(0.9, 0.8, 0.95) == Outlook(found=855, missed=95, alarmed=10, cleared=40)
    assert outlook(0.5, 0.5, 0.5, 10) == Outlook(found=3, missed=2, alarmed=2, cleared=3)


def test_without_one_of_the_rates_there_is_none():
    assert outlook(math.nan, 0.5, 0.1) is None
    assert outlook(0.5, math.nan, 0.1) is None


@given(shares, shares, st.floats(1e-6, 1 - 1e-6), st.integers(1, 5000))
def test_children_always_sum_and_are_nearest(se, sp, p, children):
    found = outlook(se, sp, p, children)
    cells = (found.found, found.missed, found.alarmed, found.cleared)
    assert sum(cells) == children
    assert min(cells) >= 0
    exact = (p * se, p * (1 - se), (1 - p) * (1 - sp), (1 - p) * sp)
    assert all(abs(cell - children * share) <= 1 + 1e-6 for cell, share in zip(cells, exact, strict=True))


@given(shares, shares, st.integers(1, 999))
def test_of_a_whole_number_of_ill_it_is_the_plain_largest_remainder(se, sp, ill):
    p = ill / 1000
    found = outlook(se, sp, p)
    assert found.found + found.missed == ill
    quotas = [ill * se, ill * (1 - se), (1000 - ill) * (1 - sp), (1000 - ill) * sp]
    off = sum(
        abs(a - b) for a, b in zip((found.found, found.missed, found.alarmed, found.cleared), quotas, strict=True)
    )
    whole = [math.floor(q) for q in quotas]
    for _ in range(1000 - sum(whole)):
        place = max(range(4), key=lambda i: quotas[i] - whole[i])
        whole[place] += 1
    assert off == pytest.approx(sum(abs(a - b) for a, b in zip(whole, quotas, strict=True)), abs=1e-6)
