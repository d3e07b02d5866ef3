"""What is said of a fit in each of its states."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from core.config import TrainConfig
from core.progress import Progress
from core.runs.under_way import FitUnderWay
from dashboard.fits import words

FIT = FitUnderWay(
    run_id="a",
    folder=Path("/runs/.a.partial"),
    running=True,
    asked_to_stop=False,
    begun=datetime(2026, 3, 3, 14, 2, tzinfo=UTC),
    machine="host",
    process=7,
    config=TrainConfig(epochs=8),
    history=pd.DataFrame({"epoch": [1, 2], "train_loss": [0.5, 0.25], "val_auroc": [0.75, 0.875]}),
    progress=Progress(label="epoch 3 of 8, step", done=1250, total=4000, seconds_left=85.0),
)


@pytest.mark.parametrize(
    ("changes", "head", "far"),
    [
        ({}, "A fit is running", "a: 2 of 8 epochs done. Now epoch 3 of 8, step 1,250 of 4,000, 1 min 25 s left."),
        (
            {"progress": None, "history": FIT.history[:0]},
            "A fit is running",
            "a: 0 of 8 epochs done. Now its images are looked up.",
        ),
        (
            {"asked_to_stop": True},
            "A fit is stopping",
            "a: 2 of 8 epochs done. Now epoch 3 of 8, step 1,250 of 4,000, 1 min 25 s left.",
        ),
        (
            {"running": False},
            "A fit was stopped",
            "a: 2 of 8 epochs done. It goes on with the epoch in which it was stopped.",
        ),
        (
            {"running": None},
            "A fit is not finished",
            "a: 2 of 8 epochs done. Whether it runs cannot be told in this folder, which knows no locks.",
        ),
        (
            {"config": TrainConfig(epochs=2)},
            "A fit is running",
            "a: 2 of 2 epochs done. Its figures are computed and saved now.",
        ),
    ],
)
def test_states(changes, head, far):
    fit = replace(FIT, **changes)
    assert words.head(fit) == head
    assert words.how_far(fit) == far


def test_in_short():
    assert words.in_short(FIT) == "A fit is running: a, epoch 3 of 8, step 1,250 of 4,000, 1 min 25 s left."
    assert words.in_short(replace(FIT, progress=None)) == "A fit is running: a, 2 of 8 epochs."
    assert words.in_short(replace(FIT, running=False)) == "A fit was stopped: a, 2 of 8 epochs."


def test_where_it_was_begun():
    assert words.begun(FIT) == (
        "Begun 3 Mar 2026, 14:02 UTC, on the embedded synthetic radiographs. Its process is number 7 on host."
    )
    assert ", on /data/chest. " in words.begun(replace(FIT, config=TrainConfig(data="/data/chest", epochs=8)))
