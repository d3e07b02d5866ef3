"""``python -m core phantom``: the embedded, synthetic data set as files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.asked import Asked

if TYPE_CHECKING:
    from core.commands.asked import Commands


def add(commands: Commands, _: Asked) -> None:
    """The command and its options."""
    parser = commands.add_parser("phantom", help="the embedded, synthetic data set as files")
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write it")
    parser.add_argument(
        "--positive-class", metavar="NAME", help="what they show: PNEUMONIA (default), EFFUSION, or both with a comma"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another set (default: %(default)s)")
    parser.set_defaults(command=_phantom)


def _phantom(options: argparse.Namespace) -> None:
    from core.config import EMBEDDED_FINDINGS, embedded_findings
    from core.data.phantom_files import write_phantom
    from core.progress import ProgressLine

    findings, progress = embedded_findings(options.positive_class), ProgressLine(label="phantoms")
    try:
        write_phantom(options.folder, seed=options.seed, findings=findings, progress=progress)
    finally:
        progress.close()
    told = "" if findings == EMBEDDED_FINDINGS[:1] else f" --labels {options.folder / 'labels.csv'}"
    named = f" --positive-class {findings[0]}" if told and len(findings) == 1 else ""
    print(
        f"{options.folder}: synthetic images; fit on them with `python train.py --data {options.folder}{told}{named}`"
    )
