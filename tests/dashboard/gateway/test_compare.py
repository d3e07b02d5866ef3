"""What Compare draws of two runs: decision curves of sets with other shares of ill, at one prevalence."""

import numpy as np
import pandas as pd
import pytest

from core.runs.importer import import_predictions
from core.runs.store import read_run
from dashboard.gateway import compare_points, overlaid


@pytest.fixture
def two(tmp_path):
    """Runs on other images of 200 patients each, a half and a tenth of them ill, of the same rates."""
    runs = []
    for name, ill in (("half", 100), ("rare", 20)):
        truth = np.repeat([1, 0], [ill, 200 - ill])
        wrong = np.concatenate([np.arange(ill) % 10 == 0, np.arange(200 - ill) % 5 == 0])
        table = pd.DataFrame({"image_id": [f"{name}{i}.png" for i in range(200)], "y_true": truth})
        table["logit"] = np.where(wrong, 0.5 - truth, truth - 0.5) * 4
        rows = pd.concat(
            [table.assign(split="validation", image_id="v" + table["image_id"]), table.assign(split="test")]
        )
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
        runs.append(read_run(import_predictions(tmp_path / f"{name}.csv", name=name, out=tmp_path / "runs")))
    return runs


@pytest.mark.parametrize(("prevalence", "common"), [(None, 0.3), (0.05, 0.05)])
def test_sets_with_other_shares_of_ill_are_worth_what_their_rates_are(two, prevalence, common):
    points = tuple(compare_points(run, "test")[0] for run in two)
    found = overlaid(*two, "test", points, prevalence, 10.0)
    assert found.found.comparison.pairs is None
    for side in found.sides:
        row = side.worth.set_index("probability").loc[0.5]
        assert row["net_benefit"] == pytest.approx(0.9 * common - 0.2 * (1 - common))
        assert row["treat_all"] == pytest.approx(2 * common - 1)
