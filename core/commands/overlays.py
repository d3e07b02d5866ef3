"""``python -m core overlays``: heat maps as files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from core.commands.asked import Asked, opened

if TYPE_CHECKING:
    from core.commands.asked import Commands


def add(commands: Commands, asked: Asked) -> None:
    """The command and its options."""
    parser = commands.add_parser("overlays", parents=asked.of_run, help="Grad-CAM overlays into the run folder")
    parser.set_defaults(command=_overlays)


def _overlays(options: argparse.Namespace) -> None:
    from core.installation import check_installation

    check_installation()
    from core.explain.overlays import overlays_folder, write_overlays
    from core.progress import ProgressLine

    run = opened(options)
    progress = ProgressLine(label="heat maps")
    try:
        written = write_overlays(run, progress=progress)
    finally:
        progress.close()
    print(f"{len(written):,} overlays in {overlays_folder(run)}")
