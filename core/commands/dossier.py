"""``python -m core dossier``: a run as one HTML file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.asked import Asked, opened

if TYPE_CHECKING:
    from core.commands.asked import Commands


def add(commands: Commands, asked: Asked) -> None:
    """The command and its options."""
    parser = commands.add_parser("dossier", parents=asked.of_run, help="one HTML file of a run that opens anywhere")
    parser.add_argument("--to", type=Path, metavar="FILE", help="where to write it (default: RUN-dossier.html)")
    parser.add_argument(
        "--leaves-the-house", action="store_true", help="no rows, and only counts that stand for five patients or more"
    )
    parser.add_argument("--pictures", action="store_true", help="with small pictures of the images it errs on worst")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where the images lie now, if they have moved")
    parser.set_defaults(command=_dossier)


def _dossier(options: argparse.Namespace) -> None:
    from core.dossier.writing import write_dossier
    from core.runs.exports import file_name

    run = opened(options)
    to = options.to or Path(f"{file_name(run)}-dossier.html")
    pictures = None
    if options.pictures:
        from core.explain.pictures import Pictures

        pictures = Pictures(run, options.data)
    write_dossier(run, to, leaves=options.leaves_the_house, pictures=pictures)
    print(f"{to}: {to.stat().st_size / 1e6:.1f} MB; it opens in any browser and asks for nothing else")
