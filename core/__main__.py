"""``python -m core report | overlays | stress | import | phantom``: what is done with runs besides fitting them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from core.command_line import guarded
from core.config import TrainConfig

_COLUMNS = "CSV or Parquet with image_id, y_true, logit or probability, and optionally patient_id, split, subgroups"

# Each command imports what it needs itself, so that a report does not wait for torch.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0, 2 for an error in one line on stderr, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    return guarded(lambda: command(options))


def _report(options: argparse.Namespace) -> None:
    from core.runs.claims import claims
    from core.runs.hiding import open_run
    from core.runs.odd_pictures import sentences
    from core.runs.report import report, report_text, slopes
    from core.runs.store import find_run

    run = open_run(find_run(options.run, options.out))
    figures = report(run)
    if options.json:
        print(json.dumps(figures, indent=2, allow_nan=False))
    else:
        told = report_text(
            figures, slopes(run, figures), claims=claims(run), synthetic=run.synthetic, hidden=run.hidden
        )
        print(told)
        for sentence in sentences(run):
            print(f"\n{sentence}")


def _overlays(options: argparse.Namespace) -> None:
    from core.installation import check_installation

    check_installation()
    from core.explain.overlays import write_overlays
    from core.progress import ProgressLine
    from core.runs.hiding import open_run
    from core.runs.store import find_run

    run = open_run(find_run(options.run, options.out))
    progress = ProgressLine(label="heat maps")
    try:
        written = write_overlays(run, progress=progress)
    finally:
        progress.close()
    print(f"{len(written):,} overlays in {run.folder / 'overlays'}")


def _import(options: argparse.Namespace) -> None:
    from core.runs.importer import import_predictions
    from core.runs.store import read_run

    made = import_predictions(options.file, name=options.name, out=options.out, hide_test=options.hide_test)
    run = read_run(made)
    counts = ", ".join(f"{split} {predictions.n:,}" for split, predictions in run.evaluation_sets.items())
    print(f"{run.folder}: {len(run.records):,} images ({counts})")
    clipped = run.manifest["data"]["clipped_probabilities"]
    if clipped:
        print(f"{clipped:,} probabilities of exactly 0 or 1 were clipped to 2^-53 (less if others are) or 1 - 2^-53")
    if run.operating_points is None:
        print("without validation predictions there is no temperature and no operating point")


def _stress(options: argparse.Namespace) -> None:
    from core.installation import check_installation

    check_installation()
    from core.explain.pictures import Pictures
    from core.progress import ProgressLine
    from core.runs.hiding import open_run
    from core.runs.store import find_run
    from core.stress_test import stress_test

    run = open_run(find_run(options.run, options.out))
    progress = ProgressLine(label="stress test")
    try:
        found = stress_test(run, Pictures(run, options.data), progress=progress)
    finally:
        progress.close()
    variants, images = found.logits.shape
    print(f"{images:,} images of {found.split} scored unshifted and under {variants - 1} shifts, kept in {run.folder}")


def _phantom(options: argparse.Namespace) -> None:
    from core.data.phantom import write_phantom
    from core.progress import ProgressLine

    progress = ProgressLine(label="phantoms")
    try:
        write_phantom(options.folder, seed=options.seed, progress=progress)
    finally:
        progress.close()
    print(f"{options.folder}: synthetic images; fit on them with `python train.py --data {options.folder}`")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core",
        description="Runs: report, overlays, stress test, import; the embedded data as files. Research use only.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument(
        "--out", type=Path, default=Path(TrainConfig().out), metavar="DIR", help="where runs lie (default: %(default)s)"
    )
    run = argparse.ArgumentParser(add_help=False)
    run.add_argument("run", metavar="RUN", help="a run's id, or its folder")

    report = commands.add_parser("report", parents=[run, place], help="all figures, computed from the saved logits")
    report.add_argument("--json", action="store_true", help="as JSON, like the files of the run")
    report.set_defaults(command=_report)

    overlays = commands.add_parser("overlays", parents=[run, place], help="Grad-CAM overlays into the run folder")
    overlays.set_defaults(command=_overlays)

    stress = commands.add_parser("stress", parents=[run, place], help="score test again under shifts of acquisition")
    stress.add_argument("--data", type=Path, metavar="DIR", help="where the images lie now, if they have moved")
    stress.set_defaults(command=_stress)

    imported = commands.add_parser("import", parents=[place], help="a run without images, from predictions")
    imported.add_argument("file", type=Path, metavar="FILE", help=_COLUMNS)
    imported.add_argument("--name", required=True, metavar="ID", help="id of the new run")
    imported.add_argument(
        "--hide-test", action="store_true", help="hide test figures until a threshold is locked on validation"
    )
    imported.set_defaults(command=_import)

    phantom = commands.add_parser("phantom", help="the embedded, synthetic data set as files")
    phantom.add_argument("folder", type=Path, metavar="DIR", help="where to write it")
    phantom.add_argument("--seed", type=int, default=0, metavar="N", help="another set (default: %(default)s)")
    phantom.set_defaults(command=_phantom)
    return parser


if __name__ == "__main__":
    sys.exit(main())
