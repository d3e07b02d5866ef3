"""Augmentation: what differs between two hospitals' radiographs of the same child.

Whole batches of grey levels at once. Every random number comes from the generator given, drawn on the CPU, so that a
batch is the same whichever device computes it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, kw_only=True, slots=True)
class Augmentation:
    """Largest changes; each image draws its own between none and these."""

    rotation: float = 12.0  # degrees
    zoom: float = 0.20  # fraction, of each axis apart, as framing and aspect differ between acquisitions
    shift: float = 0.10  # fraction of the side
    shear: float = 0.08
    gamma: float = 0.5  # exponent from exp(-gamma) to exp(gamma)
    contrast: float = 0.4  # gain, likewise
    brightness: float = 0.15  # of the full range
    sharpness: float = 1.0  # 1: from fully smoothed to twice the detail
    noise: float = 0.04  # standard deviation, of the full range
    collimation: float = 0.12  # widest dark border, as a fraction of the side


def augment(
    images: Tensor,
    settings: Augmentation,
    generator: torch.Generator,
    *,
    share: slice = slice(None),
    of: int | None = None,
) -> Tensor:
    """Changed images, float32 (b, h, w) in 0 to 255, from uint8 (b, h, w). The input is not modified.

    Where ``images`` are the ``share`` of a batch ``of`` so many, they are changed as they would be in the whole batch.
    """
    count = len(images) if of is None else of

    def uniform(limit: float, *shape: int) -> Tensor:
        drawn = torch.rand((count, *shape), generator=generator) * (2 * limit) - limit
        return drawn[share].to(images.device)

    grey = images.to(torch.float32).div(255)
    grey = _reframe(
        grey,
        angle=torch.deg2rad(uniform(settings.rotation)),
        zoom=torch.exp(uniform(settings.zoom, 1) + uniform(settings.zoom / 2, 2)),
        shift=uniform(2 * settings.shift, 2),
        shear=uniform(settings.shear),
        mirror=torch.where(uniform(1.0) < 0, -1.0, 1.0),
    )
    grey = _sharpen(grey, uniform(settings.sharpness))
    grey = _expose(grey, uniform(settings.gamma), uniform(settings.contrast), uniform(settings.brightness))
    grey = _collimate(grey, uniform(1.0, 4).clamp_min(0) * settings.collimation)
    grain = torch.randn((count, *grey.shape[1:]), generator=generator)[share].to(images.device)
    grey = grey + grain * uniform(settings.noise).abs().view(-1, 1, 1)
    return grey.clamp_(0, 1).mul_(255)


def _reframe(grey: Tensor, *, angle: Tensor, zoom: Tensor, shift: Tensor, shear: Tensor, mirror: Tensor) -> Tensor:
    """Rotation, zoom, shift, shear and mirroring in one resampling; what comes into view is the nearest border."""
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = [
        torch.stack([cos * zoom[:, 0] * mirror, (shear - sin) * zoom[:, 0], shift[:, 0]], dim=1),
        torch.stack([sin * zoom[:, 1] * mirror, cos * zoom[:, 1], shift[:, 1]], dim=1),
    ]
    height, width = grey.shape[1:]
    if not len(grey):  # which torch makes no grid for
        return grey
    grid = functional.affine_grid(torch.stack(rows, dim=1), [len(grey), 1, height, width], align_corners=False)
    moved = functional.grid_sample(grey.unsqueeze(1), grid, padding_mode="border", align_corners=False)
    return moved.squeeze(1)


def _sharpen(grey: Tensor, amount: Tensor) -> Tensor:
    """Smoothed for negative amounts, sharpened for positive ones, unchanged at 0."""
    smooth = functional.avg_pool2d(grey.unsqueeze(1), 3, stride=1, padding=1, count_include_pad=False).squeeze(1)
    return (grey + (grey - smooth) * amount.view(-1, 1, 1)).clamp_(0, 1)


def _expose(grey: Tensor, gamma: Tensor, contrast: Tensor, brightness: Tensor) -> Tensor:
    """Another exposure: a power law, then gain about mid-grey and an offset."""
    curved = grey.clamp_min(1e-4) ** torch.exp(gamma).view(-1, 1, 1)
    return ((curved - 0.5) * torch.exp(contrast).view(-1, 1, 1) + 0.5 + brightness.view(-1, 1, 1)).clamp_(0, 1)


def _collimate(grey: Tensor, border: Tensor) -> Tensor:
    """Dark borders, as a collimator leaves them; ``border`` (b, 4): top, bottom, left, right as fractions."""
    height, width = grey.shape[1:]
    y = (torch.arange(height, device=grey.device) + 0.5) / height
    x = (torch.arange(width, device=grey.device) + 0.5) / width
    tall = (y >= border[:, :1]) & (y <= 1 - border[:, 1:2])
    wide = (x >= border[:, 2:3]) & (x <= 1 - border[:, 3:4])
    return grey * (tall.unsqueeze(2) & wide.unsqueeze(1))
