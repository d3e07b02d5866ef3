"""A small run of the judging of test's two claims."""

import pandas as pd
import pytest

from benchmarks import coverage_claims
from benchmarks.coverage_hospitals import Setting


@pytest.fixture(scope="module")
def table():
    setting = Setting(n_patients=200, prevalence=0.3, most_images=1)
    return coverage_claims.claims([setting], 150, n_resamples=10)


def test_both_claims_are_wrong_as_seldom_as_they_say(table):
    (row,) = table.to_dict("records")
    assert (row["patients"], row["images"], row["hospitals"]) == (200, "1", 150)
    assert row["differs wrongly"] <= 0.05 < row["plain gap"]
    assert max(row[f"{word} wrongly"] for word in ("held", "broken")) <= 0.025
    assert 0 < row["held at the floor"] + row["broken at the floor"] <= 0.06
    assert row["broken"] >= row["broken wrongly"]


def test_what_is_beyond_its_bound_is_counted(table):
    assert coverage_claims.report_claims(table).endswith("settings beyond Monte Carlo error: 0 of 1")
    for column, share in (("differs wrongly", 0.2), ("broken at the floor", 0.1)):
        worse = pd.concat([table, table.assign(**{column: share})], ignore_index=True)
        assert coverage_claims.report_claims(worse).endswith("settings beyond Monte Carlo error: 1 of 2")
