"""One fit by several processes, as torchrun starts them.

All of them go through the same batches in the same order, and each computes its share of every batch; gradients, batch
statistics and losses are those of the whole. The first process alone prints, writes and locks.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from core.errors import ConfigError, LostProcessError, WorkbenchError
from core.model.batch_norm import over_whole_batches

T = TypeVar("T")
_LONGEST_WAIT = timedelta(hours=12)
"""For the others, while the first decodes. That one of them has died is noticed at once, not by waiting."""


class _TerminatedError(BaseException):
    """This process was told to end, as torchrun tells the others when one is dead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Processes:
    """The processes of a fit as one of them sees it: it is number ``rank``, from 0, of ``count``.

    What is asked of all of them (:meth:`from_first`, :meth:`average`, :meth:`joined`) waits until all have asked.
    """

    rank: int = 0
    count: int = 1
    on_this_machine: int = 0  # its number, from 0, among those of its machine

    @property
    def is_first(self) -> bool:
        """Whether this process prints, writes and locks."""
        return self.rank == 0

    def device(self, kind: torch.device) -> torch.device:
        """This process's own device of that kind. Raises :class:`ConfigError` where there are too few."""
        if self.count == 1 or kind.type == "cpu":
            return kind
        if kind.type != "cuda":
            raise ConfigError(f"several processes fit on CUDA or on the CPU, not on {kind.type}; say --device cpu")
        if self.on_this_machine >= torch.cuda.device_count():
            raise ConfigError(f"this machine has {torch.cuda.device_count()} GPUs; start no more processes on it")
        own = torch.device("cuda", self.on_this_machine)
        torch.cuda.set_device(own)
        return own

    def spread(self, network: nn.Module, device: torch.device) -> nn.Module:
        """What to call in place of ``network`` while it is fitted; begins with the first process's weights everywhere.

        Its batch norms are changed in place; names and values of its state stay.
        """
        if self.count == 1:
            return network
        if device.type == "cuda":
            nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
        else:
            over_whole_batches(network)
        return DistributedDataParallel(network, forward_sync_buffers=False)

    def share(self, total: int) -> slice:
        """Which of ``total`` things are this process's; some have none where ``total`` is less than ``count``."""
        return slice(total * self.rank // self.count, total * (self.rank + 1) // self.count)

    def part_of_mean(self, values: Tensor, total: int) -> Tensor:
        """Of own ``values`` (b,) of a whole ``total``, what averages over the processes to the mean of all."""
        return values.mean() if self.count == 1 else values.sum() * (self.count / total)

    def average(self, value: Tensor) -> Tensor:
        """The mean of ``value`` over the processes."""
        if self.count > 1:
            distributed.all_reduce(value)
            value = value / self.count
        return value

    def joined(self, own: NDArray[np.float64]) -> NDArray[np.float64]:
        """The shares of all processes one after the other, in each of them."""
        if self.count == 1:
            return own
        shares: list[Any] = [None] * self.count
        distributed.all_gather_object(shares, own)
        return np.concatenate(shares)

    def from_first(self, value: T) -> T:
        """The ``value`` that the first process gives; what the others give is not looked at."""
        told = [value]
        if self.count > 1:
            distributed.broadcast_object_list(told, src=0)
        return told[0]

    @contextmanager
    def ending_together(self, remedy: str) -> Iterator[None]:
        """Turn the death of another process into a :class:`LostProcessError`, which tells the ``remedy``."""
        try:
            yield
        except (RuntimeError, _TerminatedError) as error:
            if isinstance(error, RuntimeError) and not _is_of_a_connection(error):
                raise
            raise LostProcessError(
                f"one of the {self.count} processes of this fit ended, or all were told to, so it was stopped; {remedy}"
            ) from error


ALONE = Processes()


def _is_of_a_connection(error: RuntimeError) -> bool:
    """Whether torch raised it because another process does not answer; gloo's errors have no class of their own."""
    return isinstance(error, distributed.DistError) or "gloo" in str(error)


@contextmanager
def processes_of_this_fit() -> Iterator[Processes]:
    """The processes that torchrun started together with this one, or this one alone.

    In all but the first nothing is printed. Of an error that is meant for a person, and that may reach all of them, one
    is raised; the others leave with ``SystemExit``.
    """
    count = int(os.environ.get("WORLD_SIZE", "1")) if distributed.is_torchelastic_launched() else 1
    if count == 1:
        yield ALONE
        return
    store, rank, _ = next(rendezvous("env://"))
    distributed.init_process_group(
        "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo",
        store=PrefixStore("fit", store),
        rank=rank,
        world_size=count,
        timeout=_LONGEST_WAIT,
    )
    signal.signal(signal.SIGTERM, _terminated)
    processes = Processes(rank=rank, count=count, on_this_machine=int(os.environ["LOCAL_RANK"]))
    try:
        with processes.ending_together("begin it again"), _silent(unless=processes.is_first):
            yield processes
    except (WorkbenchError, KeyboardInterrupt, OSError):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is ending
        if not _is_first_to_tell(store):
            raise SystemExit(2) from None
        raise
    distributed.destroy_process_group()


def _terminated(_number: int, _frame: object) -> None:
    raise _TerminatedError


def _is_first_to_tell(store: Store) -> bool:
    """Whether no other process of the fit has asked yet; torchrun keeps the ``store``, so that any of them may die."""
    try:
        return int(store.add("told", 1)) == 1
    except RuntimeError:  # torchrun itself has gone
        return True


@contextmanager
def _silent(*, unless: bool) -> Iterator[None]:
    if unless:
        yield
        return
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield
