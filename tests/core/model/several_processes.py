"""The first steps of a fit by one process and by several, in files: what ``test_distributed.py`` compares.

    python several_processes.py FOLDER

A program of its own, because the processes are forked, which a program that has computed with torch must not do.
"""

import multiprocessing
import os
import socket
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from core.config import TrainConfig, resolve
from core.model import fit as fit_module
from core.model import scorer
from core.model.distributed import ALONE, Processes, processes_of_this_fit
from core.model.fit import Examples, Fit
from core.model.network import build_network, prepare

CASES = {
    "single precision": (2, "default", 8, 1e-30, torch.float32),
    "double precision": (2, "default", 8, 1e-30, torch.float64),
    "unequal shares": (2, "seed", 7, 1e-30, torch.float64),
    "more processes than images": (3, "default", 2, 1e-30, torch.float64),
    "two steps": (2, "default", 14, 1e-3, torch.float64),
}
"""Name -> (processes, recipe, images, learning rate, precision). A batch has eight images."""


def examples(count: int) -> Examples:
    """Images whose class shows."""
    draw, label = np.random.default_rng(0), np.arange(count, dtype=np.int8) % 2
    pixels = draw.integers(0, 120, (count, 32, 32), dtype=np.uint8)
    pixels[label == 1, 8:20, 8:20] += 110
    return Examples(pixels=pixels, rows=np.arange(count), label=label)


def first_epoch(
    processes: Processes, recipe: str, count: int, learning_rate: float, precision: torch.dtype
) -> dict[str, torch.Tensor]:
    """What an epoch leaves behind."""
    config = resolve(TrainConfig(image_size=32, recipe=recipe, batch_size=8, epochs=1, learning_rate=learning_rate))
    fit_module.build_network = lambda weights, outputs: build_network(weights, outputs).to(precision)
    fit_module.prepare = lambda images, preprocessing: prepare(images, preprocessing).to(precision)
    scorer.prepare = fit_module.prepare
    state = Fit(config=config, device=torch.device("cpu"), steps=1, processes=processes)
    row = state.run_epoch(examples(count), lambda done, total: None)
    history = state.finish_epoch(row, examples(7))
    found = {f"gradient of {name}": value.grad for name, value in state.network.named_parameters()}
    found |= {f"state {name}": value for name, value in state.network.state_dict().items()}
    if state.average is not None:
        found |= {f"average {name}": value for name, value in state.average.module.state_dict().items()}
    return found | {name: torch.tensor(history[name]) for name in ("train_loss", "val_auroc", "val_auprc")}


def one_of_several(rank: int, count: int, port: int, folder: Path) -> None:
    torchrun = {"TORCHELASTIC_RUN_ID": "test", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    os.environ.update({**torchrun, "WORLD_SIZE": str(count), "RANK": str(rank), "LOCAL_RANK": str(rank)})
    with processes_of_this_fit() as processes:
        found = {name: first_epoch(processes, *case) for name, (many, *case) in CASES.items() if many == count}
        print(f"printed by {processes.rank} of {count}", flush=True)
        if processes.is_first:
            torch.save(found, folder / f"{count}.pt")


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    fork = multiprocessing.get_context("fork")
    for count in (2, 3):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        group = [fork.Process(target=one_of_several, args=(rank, count, port, folder)) for rank in range(count)]
        for process in group:
            process.start()
        for process in group:
            process.join()
            assert process.exitcode == 0
    torch.save({name: first_epoch(ALONE, *case) for name, (_, *case) in CASES.items()}, folder / "1.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
