"""The fit: batches, schedule, and that a stop costs nothing but time."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from core.config import TrainConfig, resolve
from core.errors import ConfigError, RunFolderError
from core.model.fit import Examples, Fit, fit, row_is_best, validation_figures
from core.model.network import build_network
from core.model.scorer import Scorer

CPU = torch.device("cpu")


def config(**changes) -> TrainConfig:
    return resolve(TrainConfig(image_size=32, batch_size=8, epochs=3, device="cpu", **changes))


@pytest.fixture(scope="module")
def examples() -> Examples:
    """Forty images whose class shows: positives have a bright patch."""
    draw = np.random.default_rng(0)
    label = np.arange(40, dtype=np.int8) % 2
    pixels = draw.integers(0, 120, (40, 32, 32), dtype=np.uint8)
    pixels[label == 1, 8:20, 8:20] += 110
    return Examples(pixels=pixels, rows=np.arange(40), label=label)


def test_a_fit_learns_what_shows(tmp_path, examples):
    state = fit(config(recipe="seed", learning_rate=1e-3), examples, examples, device=CPU, checkpoint=tmp_path / "a.pt")
    assert state.history[-1]["train_loss"] < state.history[0]["train_loss"]
    assert max(row["val_auroc"] for row in state.history) > 0.9


@pytest.mark.parametrize("recipe", ["default", pytest.param("seed", marks=pytest.mark.long)])
def test_stopped_and_resumed_ends_with_the_same_weights(tmp_path, examples, recipe):
    whole = fit(config(recipe=recipe), examples, examples, device=CPU, checkpoint=tmp_path / "a.pt")

    class PowerCutError(Exception):
        pass

    def cut(epoch, done, total):
        if epoch == 2 and done == 3:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        fit(config(recipe=recipe), examples, examples, device=CPU, checkpoint=tmp_path / "b.pt", on_step=cut)
    epochs = []
    resumed = fit(
        config(recipe=recipe),
        examples,
        examples,
        device=CPU,
        checkpoint=tmp_path / "b.pt",
        on_epoch=lambda history, images: epochs.append(history[-1]["epoch"]),
    )
    assert epochs == [2, 3]
    for name, value in whole.result.state_dict().items():
        assert torch.equal(value, resumed.result.state_dict()[name]), name
    without_time = [[{k: v for k, v in row.items() if k != "seconds"} for row in f.history] for f in (whole, resumed)]
    assert without_time[0] == without_time[1]


def test_what_is_said_to_be_done_is_kept(tmp_path, examples):
    """A program that is killed when it has said an epoch goes on behind it."""

    class KilledError(Exception):
        pass

    def killed(history, images):
        raise KilledError

    with pytest.raises(KilledError):
        fit(config(), examples, examples, device=CPU, checkpoint=tmp_path / "a.pt", on_epoch=killed)
    epochs = []
    more = {"on_epoch": lambda history, images: epochs.append(len(history))}
    fit(config(), examples, examples, device=CPU, checkpoint=tmp_path / "a.pt", **more)
    assert epochs[0] == 2


@pytest.mark.long
def test_another_seed_gives_another_fit(tmp_path, examples):
    first = fit(config(seed=0), examples, examples, device=CPU, checkpoint=tmp_path / "a.pt")
    second = fit(config(seed=1), examples, examples, device=CPU, checkpoint=tmp_path / "b.pt")
    assert first.history[-1]["train_loss"] != second.history[-1]["train_loss"]


def test_best_epoch_is_kept_without_averaging(tmp_path, examples):
    state = fit(config(recipe="seed"), examples, examples, device=CPU, checkpoint=tmp_path / "a.pt")
    best = int(np.nanargmax([row["val_auroc"] for row in state.history]))
    again = Fit(config=config(recipe="seed"), device=CPU, steps=15)
    for _ in range(best + 1):
        again.finish_epoch(again.run_epoch(examples, lambda done, total: None), examples)
    again.best = None
    assert torch.equal(state.result.state_dict()["fc.weight"], again.network.state_dict()["fc.weight"])


def averaged(weights: list[dict[str, torch.Tensor]], span: float) -> dict[str, torch.Tensor]:
    """The exponential moving average of weights and batch statistics over so many steps, begun at the first."""
    kept = 1 - 1 / span
    average = {name: value.double() for name, value in weights[0].items() if value.is_floating_point()}
    for now in weights[1:]:
        average = {name: kept * before + (1 - kept) * now[name].double() for name, before in average.items()}
    return average


@pytest.mark.parametrize(
    ("epochs", "span"),
    [(3, 1.5), pytest.param(6, 3.0, marks=pytest.mark.long), pytest.param(1, 1.0, marks=pytest.mark.long)],
)
def test_the_default_recipe_keeps_the_average_of_a_tenth_of_the_steps(examples, epochs, span):
    """Five steps an epoch; a tenth of 15 is 1.5, and never is it less than one, which is the last step's weights."""
    state = Fit(config=replace(config(learning_rate=3e-3), epochs=epochs), device=CPU, steps=5 * epochs)
    seen: list[dict[str, torch.Tensor]] = []

    def look(done: int, total: int) -> None:
        seen.append({name: value.clone() for name, value in state.network.state_dict().items()})

    # Labels that nothing in the images tells, so that the area depends on every logit.
    watched = replace(examples, label=np.random.default_rng(3).permutation(examples.label))
    for _ in range(epochs):
        row = state.finish_epoch(state.run_epoch(examples, look), watched)
    assert len(seen) == 5 * epochs
    expected, found = averaged(seen, span), state.result.state_dict()
    for name, value in expected.items():
        torch.testing.assert_close(found[name].double(), value, rtol=1e-4, atol=1e-5, msg=name)
    last_differs = max(float((found[name] - seen[-1][name]).abs().max()) for name in expected)
    assert (last_differs > 1e-3) == (span > 1)
    network = build_network()
    network.load_state_dict({name: expected.get(name, value).to(value.dtype) for name, value in seen[-1].items()})
    logit = Scorer(network, state.preprocessing).logits(examples.pixels, examples.rows)
    ours = state.scorer().logits(examples.pixels, examples.rows)
    np.testing.assert_allclose(ours, logit, atol=1e-3)
    assert row["val_auroc"] == pytest.approx(roc_auc_score(watched.label, logit)), "validation sees the average too"
    network.load_state_dict(seen[-1])
    last = Scorer(network, state.preprocessing).logits(examples.pixels, examples.rows)
    assert (roc_auc_score(watched.label, last) != row["val_auroc"]) == (span > 1)


def test_the_published_baseline_averages_nothing(examples):
    assert Fit(config=config(recipe="seed"), device=CPU, steps=15).average is None


def test_a_foreign_checkpoint_is_refused(tmp_path, examples):
    (tmp_path / "c.pt").write_bytes(b"something else")
    with pytest.raises(RunFolderError, match="not a checkpoint of this run"):
        fit(config(), examples, examples, device=CPU, checkpoint=tmp_path / "c.pt")


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1), st.floats(-9, 9)), min_size=1, max_size=30))
def test_validation_figures_are_scikit_learns(rows):
    label = np.array([row[0] for row in rows], dtype=np.int8)
    logit = np.array([row[1] for row in rows])
    figures = validation_figures(label, logit)
    if 0 < label.sum() < len(label):
        assert figures["val_auroc"] == pytest.approx(roc_auc_score(label, logit))
        assert figures["val_auprc"] == pytest.approx(average_precision_score(label, logit))
        assert figures["val_sensitivity_at_0.5"] == (logit[label == 1] >= 0).mean()
        assert figures["val_specificity_at_0.5"] == (logit[label == 0] < 0).mean()
    else:
        assert math.isnan(figures["val_auroc"])
        assert math.isnan(figures["val_sensitivity_at_0.5"]) == (label.sum() == 0)


def test_a_fit_that_diverges_says_what_to_do(tmp_path, examples):
    with pytest.raises(ConfigError, match=r"diverged in epoch 1 .*--learning-rate below"):
        fit(config(learning_rate=math.inf), examples, examples, device=CPU, checkpoint=tmp_path / "a.pt")


def test_resuming_does_not_need_the_first_weights_again(tmp_path, examples):
    torch.save(build_network().state_dict(), tmp_path / "w.pt")
    begun = config(weights=str(tmp_path / "w.pt"))
    fit(replace(begun, epochs=1), examples, examples, device=CPU, checkpoint=tmp_path / "a.pt")
    (tmp_path / "w.pt").unlink()
    assert len(fit(begun, examples, examples, device=CPU, checkpoint=tmp_path / "a.pt").history) == 3


def test_of_equal_epochs_the_first_is_best():
    rows = [{"val_auroc": value} for value in (math.nan, 0.8, 0.9, 0.9)]
    assert [row_is_best(rows[: i + 1]) for i in range(4)] == [True, True, True, False]
