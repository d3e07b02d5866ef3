"""Batch norm whose statistics are those of the whole batch, though each process has only a share of it.

On CUDA torch has one, ``SyncBatchNorm``, which refuses the CPU; this one is for there.
"""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn


class _SumOverProcesses(torch.autograd.Function):
    """The sum of every process's tensor; each process's loss depends on it, so its gradient is their sum as well."""

    @staticmethod
    def forward(_context: object, value: Tensor) -> Tensor:
        total = value.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(_context: object, gradient: Tensor) -> Tensor:
        return _SumOverProcesses.forward(_context, gradient)


def sum_over_processes(value: Tensor) -> Tensor:
    """``value``, of any shape that all processes share, summed over them; differentiable."""
    total: Tensor = _SumOverProcesses.apply(value)
    return total


class WholeBatchNorm(nn.BatchNorm2d):
    """Batch norm (Ioffe and Szegedy, ICML 2015) of the images (b, c, h, w) of all processes; b may be 0 in some."""

    def forward(self, images: Tensor) -> Tensor:
        """Normalised by all processes' mean and variance while training, by the running ones otherwise."""
        if not self.training:
            return super().forward(images)
        over = (0, 2, 3)
        values = torch.full((1,), images.numel() / images.shape[1], dtype=images.dtype)
        sums = sum_over_processes(torch.cat([images.sum(over), values]))
        total = sums[-1].detach()
        mean = sums[:-1] / total
        centred = images - mean.view(1, -1, 1, 1)
        variance = sum_over_processes(centred.square().sum(over)) / total
        self._remember(mean.detach(), variance.detach() * total / (total - 1))
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return torch.addcmul(self.bias.view(1, -1, 1, 1), centred, scale.view(1, -1, 1, 1))

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        """Move the running statistics; ``variance`` without bias, as torch keeps it."""
        assert self.running_mean is not None and self.running_var is not None
        assert self.num_batches_tracked is not None and self.momentum is not None
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)


def over_whole_batches(network: nn.Module) -> None:
    """Put a :class:`WholeBatchNorm` with the same weights and statistics in place of each batch norm of ``network``."""
    for part in list(network.modules()):
        for name, norm in list(part.named_children()):
            if type(norm) is nn.BatchNorm2d:
                whole = WholeBatchNorm(norm.num_features, eps=norm.eps, momentum=norm.momentum).to(norm.weight.dtype)
                whole.load_state_dict(norm.state_dict())
                setattr(part, name, whole)
