"""``python -m core stress``: images scored again under shifts of acquisition."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.asked import Asked, opened
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.commands.asked import Commands


def add(commands: Commands, asked: Asked) -> None:
    """The command and its options."""
    parser = commands.add_parser("stress", parents=asked.of_run, help="score test again under shifts of acquisition")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where the images lie now, if they have moved")
    parser.add_argument("--set", metavar="NAME", help="a site that came with its images (default: test)")
    parser.set_defaults(command=_stress)


def _stress(options: argparse.Namespace) -> None:
    from core.installation import check_installation

    check_installation()
    from core.explain.pictures import Pictures
    from core.progress import ProgressLine
    from core.stress_test import stress_test, stressed_sets

    run = opened(options)
    chosen = options.set or stressed_sets(run)[0]
    if chosen not in (sets := stressed_sets(run)):
        raise ConfigError(f"--set {chosen}: what can be scored again is {', '.join(sets)}")
    pictures = Pictures(run, options.data, site=chosen if chosen in run.sites.whole else None)
    progress = ProgressLine(label="stress test")
    try:
        found = stress_test(run, pictures, chosen, progress=progress)
    finally:
        progress.close()
    variants, images = found.logits.shape
    print(f"{images:,} images of {found.split} scored unshifted and under {variants - 1} shifts, kept in {run.folder}")
