"""The table of what changes is the difference of the two 2x2 tables."""

import numpy as np
from sklearn.metrics import confusion_matrix

from dashboard.gallery.changes import counts_table


def test_counts_are_those_of_scikit_learn_and_the_last_column_is_their_difference(run, view_of):
    rng = np.random.default_rng(0)
    for before, after in rng.uniform(-4, 6, (10, 2)):
        view = view_of(run, threshold=float(before), kind="changes", other=float(after))
        table = counts_table(view)
        numbers = table.iloc[:, 1:].map(lambda text: int(text.replace("−", "-").replace(",", "")))
        for column, threshold in enumerate((before, after)):
            matrix = confusion_matrix(view.predictions.y_true, view.predictions.logit >= threshold)
            tn, fp, fn, tp = matrix.ravel()
            assert numbers.iloc[:, column].tolist() == [tp, fp, tn, fn]
        assert (numbers.iloc[:, 1] - numbers.iloc[:, 0]).equals(numbers.iloc[:, 2])
        flipped = np.abs(numbers.iloc[:, 2]).sum() // 2
        assert len(view.rows) == flipped
        assert (np.diff(view.predictions.logit[view.rows]) <= 0).all()
    assert table.iloc[:, 0].tolist() == ["True positives", "False positives", "True negatives", "False negatives"]
