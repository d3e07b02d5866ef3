"""``python -m core unpack``: a file of MedMNIST as pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.asked import Asked

if TYPE_CHECKING:
    from core.commands.asked import Commands


def add(commands: Commands, _: Asked) -> None:
    """The command and its options."""
    parser = commands.add_parser("unpack", help="a file of MedMNIST (.npz) as pictures with a table of labels")
    parser.add_argument("file", type=Path, metavar="FILE", help="such as pneumoniamnist_224.npz")
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write them: a new folder")
    parser.add_argument("--finding", metavar="NAME", help="which finding, where the file has several")
    parser.set_defaults(command=_unpack)


def _unpack(options: argparse.Namespace) -> None:
    from core.data.layouts.medmnist import LABELS, unpack
    from core.progress import ProgressLine

    progress = ProgressLine(label="pictures")
    try:
        written = unpack(options.file, options.folder, finding=options.finding, progress=progress)
    finally:
        progress.close()
    labels = options.folder / LABELS
    print(f"{options.folder}: {written:,} pictures; name them by --data {options.folder} --labels {labels}")
