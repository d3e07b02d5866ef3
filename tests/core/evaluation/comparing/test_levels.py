"""Numbers and pairs of columns as levels, against pandas and plain counts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.comparing.levels import binned, crossed, numbers_of


def column(values):
    return np.array(values, dtype=object)


def test_only_columns_of_many_numbers_are_numbers():
    many = [str(k / 2) for k in range(9)]
    assert numbers_of(column([*many, None])).tolist()[:9] == [k / 2 for k in range(9)]
    assert np.isnan(numbers_of(column([*many, None]))[9])
    for other in (many[:8], [*many, "x"], [*many, "nan"], [*many, "inf"], [None, None], []):
        assert numbers_of(column(other)) is None, other


@given(st.lists(st.one_of(st.integers(-5, 5), st.floats(-1e6, 1e6), st.just(np.nan)), max_size=80))
def test_bins_part_the_numbers_at_quartiles_that_occur(values):
    numbers = np.array(values, dtype=float)
    names = binned(numbers)
    known = ~np.isnan(numbers)
    assert [name is None for name in names] == (~known).tolist()
    spans = pd.DataFrame({"name": names[known], "value": numbers[known]}).groupby("name")["value"].agg(["min", "max"])
    spans = spans.sort_values("min")
    assert (spans["min"].to_numpy()[1:] > spans["max"].to_numpy()[:-1]).all(), "bins do not overlap"
    assert len(spans) <= 4
    ordered = sorted(numbers[known])
    quartiles = {ordered[-(-len(ordered) * k // 4) - 1] for k in (1, 2, 3)} if ordered else set()
    assert set(spans["min"].iloc[1:]) <= quartiles
    for number, name in zip(numbers[known].tolist(), names[known], strict=True):
        assert is_said_of(number, name)


def is_said_of(number, name):
    """Whether a bin's name, read as a person reads it, holds the number."""
    words = name.replace(",", "").split()
    match words:
        case ["all"]:
            return True
        case ["below", high]:
            return number < float(high)
        case [low, "to", "below", high]:
            return float(low) <= number < float(high)
        case [low, "or", "more"]:
            return float(low) <= number
    return False


def test_edges_are_in_the_names_and_quarters_are_quarters():
    names = binned(np.array([*range(1, 101)], dtype=float))
    assert pd.Series(names).value_counts().to_dict() == {
        "below 25": 24,
        "25 to below 50": 25,
        "50 to below 75": 25,
        "75 or more": 26,
    }
    assert set(binned(np.array([0.0] * 90 + [*range(1, 11)], dtype=float))) == {"all"}
    assert set(binned(np.array([0.0] * 60 + [3.0] * 40))) == {"below 3", "3 or more"}
    close = set(binned(np.array([1.00001, 1.00002, 1.00003, 1.00004])))
    assert close == {"below 1.00002", "1.00002 to below 1.00003", "1.00003 or more"}


@pytest.mark.parametrize(
    ("numbers", "names"),
    [
        ([0.1, 0.1232, 0.12345, 0.2], {"below 0.1232", "0.1232 to below 0.12345", "0.12345 or more"}),
        ([1234567.0 + k for k in range(4)], {"below 1,234,568", "1,234,568 to below 1,234,569", "1,234,569 or more"}),
        (
            [1.0, 1 + 2**-52, 1 + 2**-51],
            {
                "below 1.0000000000000002",
                "1.0000000000000002 to below 1.0000000000000004",
                "1.0000000000000004 or more",
            },
        ),
    ],
)
def test_edges_that_rounding_would_move_past_a_number_or_onto_each_other_have_more_digits(numbers, names):
    assert set(binned(np.array(numbers))) == names


@pytest.mark.parametrize(
    ("one", "other"), [(("a, b", "c"), ("a", "b, c")), ((None, "c"), ("no x", "c")), (("a,", "b"), ("a", ", b"))]
)
def test_two_pairs_of_levels_never_have_one_name(one, other):
    names = crossed(("x", column([one[0], other[0]])), ("y", column([one[1], other[1]])))
    assert names[0] != names[1]


@given(st.lists(st.tuples(*[st.none() | st.text('abno x,"\\', max_size=4)] * 2), max_size=30))
def test_as_many_names_as_pairs(pairs):
    names = crossed(("x", column([one for one, _ in pairs])), ("y", column([other for _, other in pairs])))
    assert len({name for name in names if name is not None}) == len({pair for pair in pairs if pair != (None, None)})


@pytest.mark.parametrize("swapped", [False, True])
def test_crossing_tells_every_pair_apart(swapped):
    sex, cause = ("sex", column(["f", "m", None, None])), ("cause", column(["virus", None, "virus", None]))
    found = crossed(cause, sex) if swapped else crossed(sex, cause)
    expected = [["f", "virus"], ["m", "no cause"], ["no sex", "virus"], None]
    assert [one if one is None else one.split(", ") for one in found] == [
        one if one is None else one[::-1] if swapped else one for one in expected
    ]
