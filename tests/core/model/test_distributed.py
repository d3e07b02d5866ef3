"""A fit by several processes computes what one does; that it also ends and resumes with them is tested on the job."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import distributed

from core.errors import ConfigError, LostProcessError
from core.model.augment import Augmentation, augment
from core.model.distributed import ALONE, Processes, processes_of_this_fit

Found = dict[str, dict[str, torch.Tensor]]


@pytest.fixture(scope="module")
def first_steps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Found, Found, str]:
    """Of one process, of several, and what was printed."""
    if sys.platform == "win32":
        pytest.skip("processes are not forked there")
    folder = tmp_path_factory.mktemp("steps")
    command = [sys.executable, str(Path(__file__).with_name("several_processes.py")), str(folder)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
    assert done.returncode == 0, done.stderr
    one, two, three = (torch.load(folder / f"{count}.pt", weights_only=True) for count in (1, 2, 3))
    return one, two | three, done.stdout


def apart(a: torch.Tensor, b: torch.Tensor) -> float:
    """Their distance as a part of the length of ``a``."""
    return float(torch.linalg.vector_norm((a - b).double()) / max(torch.linalg.vector_norm(a.double()), 1e-12))


@pytest.mark.parametrize("case", ["double precision", "unequal shares", "more processes than images"])
def test_loss_gradients_and_statistics_of_the_first_step_are_those_of_one_process(first_steps, case):
    """In double precision: in single, rounding alone moves one process's gradient by parts of a hundred."""
    one, several, _ = first_steps
    assert len(one[case]) == 62 + (1 if case == "unequal shares" else 2) * 122 + 3
    for name, value in one[case].items():
        assert apart(value, several[case][name]) < (1e-5 if name == "train_loss" else 1e-9), name


def test_two_steps_leave_the_weights_statistics_and_average_of_one_process(first_steps):
    """A step of the learning rate is a thousandth and more of a weight; the last batch is a smaller one."""
    one, several, _ = first_steps
    for name, value in one["two steps"].items():
        assert apart(value, several["two steps"][name]) < 1e-5, name
    assert apart(one["two steps"]["state fc.weight"], one["double precision"]["state fc.weight"]) > 1e-3


def test_the_loss_in_single_precision_is_that_of_one_process_and_its_gradient_as_true(first_steps):
    one, several, _ = first_steps
    exact = one["double precision"]
    by_one, by_several = one["single precision"], several["single precision"]
    assert apart(by_one["train_loss"], by_several["train_loss"]) < 1e-5
    gradients = [name for name in exact if name.startswith("gradient")]
    off = [max(apart(exact[name], found[name]) for name in gradients) for found in (by_one, by_several)]
    assert off[1] < max(3 * off[0], 1e-4)


def test_the_first_process_alone_prints(first_steps):
    assert first_steps[2].split("\n") == ["printed by 0 of 2", "printed by 0 of 3", ""]


@pytest.mark.parametrize(("total", "count"), [(16, 2), (7, 3), (2, 5), (0, 2)])
def test_the_shares_are_the_whole_in_its_order_and_alike_in_size(total, count):
    shares = [np.arange(total)[Processes(rank=rank, count=count).share(total)] for rank in range(count)]
    assert np.concatenate(shares).tolist() == list(range(total))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("total", [6, 1])
def test_an_image_is_changed_as_it_would_be_in_the_whole_batch(total):
    images = torch.randint(0, 256, (total, 24, 24), dtype=torch.uint8, generator=torch.Generator().manual_seed(3))
    whole = augment(images, Augmentation(), torch.Generator().manual_seed(5))
    parts = []
    for rank in (0, 1):
        share, generator = Processes(rank=rank, count=2).share(total), torch.Generator().manual_seed(5)
        parts.append(augment(images[share], Augmentation(), generator, share=share, of=total))
        ahead = torch.Generator().manual_seed(5)
        augment(images, Augmentation(), ahead)
        assert torch.equal(torch.rand(3, generator=generator), torch.rand(3, generator=ahead)), "the next batch too"
    torch.testing.assert_close(torch.cat(parts), whole)


def test_parts_of_a_mean_average_to_it():
    values = torch.tensor([1.0, 2.0, 4.0, 9.0, 5.0])
    parts = [p.part_of_mean(values[p.share(5)], 5) for p in (Processes(rank=r, count=2) for r in (0, 1))]
    assert float(sum(parts)) / 2 == pytest.approx(21 / 5)
    assert ALONE.part_of_mean(values, 5) == values.mean()


def test_one_process_asks_nobody(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "4")  # of a cluster's scheduler, not of torchrun
    with processes_of_this_fit() as processes:
        assert processes is ALONE
    network = torch.nn.Linear(2, 1)
    assert ALONE.spread(network, torch.device("cpu")) is network
    assert ALONE.from_first("told") == "told"
    assert ALONE.joined(np.arange(3.0)).tolist() == [0, 1, 2]
    assert float(ALONE.average(torch.tensor(2.5))) == 2.5
    assert not distributed.is_initialized()


@pytest.mark.parametrize(
    "error",
    [RuntimeError("[gloo/transport/tcp/pair.cc:547] Connection closed by peer"), distributed.DistBackendError()],
)
def test_a_lost_process_is_said_with_the_remedy(error):
    with (
        pytest.raises(LostProcessError, match=r"one of the 2 processes.*; say this"),
        Processes(count=2).ending_together("say this"),
    ):
        raise error


def test_a_fault_of_the_program_is_not_called_a_lost_process():
    with pytest.raises(RuntimeError, match="shapes"), Processes(count=2).ending_together("say this"):
        raise RuntimeError("shapes do not fit")


def test_a_device_that_cannot_be_shared_is_refused(monkeypatch):
    two = Processes(rank=1, count=2, on_this_machine=1)
    assert two.device(torch.device("cpu")) == torch.device("cpu")
    with pytest.raises(ConfigError, match="say --device cpu"):
        two.device(torch.device("mps"))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ConfigError, match="has 1 GPUs"):
        two.device(torch.device("cuda"))
