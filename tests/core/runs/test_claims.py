"""What a run's test says of its operating points, against what each part says alone."""

from dataclasses import replace
from pathlib import Path

from core.evaluation.choosing.optimism import choices, optimism
from core.evaluation.comparing.promise import judge
from core.evaluation.sweep import threshold_sweep
from core.runs.claims import Claims, claims
from core.runs.store import read_run


def test_promises_are_of_floors_alone_and_differences_of_every_threshold(whole_run: Path) -> None:
    run = read_run(whole_run)
    found = claims(run)
    points = {point["name"]: point["threshold"] for point in run.operating_points or ()}
    assert list(found.judgements) == ["specificity_0.90", "sensitivity_0.95"]
    for name, rate, floor in (("specificity_0.90", "specificity", 0.9), ("sensitivity_0.95", "sensitivity", 0.95)):
        own = found.differences[points[name]][rate]
        size = threshold_sweep(run.predictions("test")).effective_sizes(points[name])[rate]
        assert found.judgements[name] == judge(own.delivered, size, floor)
    assert set(found.differences) == set(points.values())
    added = optimism(run.predictions("validation"), choices({"specificity": "0.90", "sensitivity": "0.95"}))
    own = [name for name in points if points[name] == points["youden"]]
    if own == ["youden"]:
        assert [one.optimism for one in found.differences[points["youden"]].values()] == added[0].tolist()


def test_without_test_or_validation_nothing_is_claimed(whole_run: Path) -> None:
    run = read_run(whole_run)
    empty = run.predictions("test")
    empty = replace(
        empty,
        subgroups={},
        **{name: getattr(empty, name)[:0] for name in ("image_id", "patient_id", "y_true", "logit")},
    )
    for missing in ("validation", "test"):
        bare = replace(run, evaluation_sets={**run.evaluation_sets, missing: empty})
        assert claims(bare) == Claims(judgements={}, differences={})
