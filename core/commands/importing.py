"""``python -m core import``: predictions that somebody else made."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.asked import Asked
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.commands.asked import Commands
    from core.evaluation.evaluation_set import EvaluationSet
    from core.runs.mapping import Mapping as TableMapping
    from core.runs.store import Run

_COLUMNS = (
    "CSV, a workbook, Parquet (also a folder of its parts), JSON lines or .npz with image_id, y_true, logit or "
    "probability, and optionally patient_id, split (validation, test or the name of a site), date, subgroups; other "
    "columns by --mapping"
)


def add(commands: Commands, asked: Asked) -> None:
    """The command and its options."""
    parser = commands.add_parser(
        "import", parents=[asked.place], help="a run without images, or a further site of a run, from predictions"
    )
    parser.add_argument("file", type=Path, metavar="FILE", help=_COLUMNS)
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--name", metavar="ID", help="id of the new run")
    target.add_argument("--into", metavar="RUN", help="add the rows to this run as a site")
    parser.add_argument("--site", metavar="NAME", help="with --into: the hospital, period or scanner of all rows")
    parser.add_argument(
        "--mapping", type=Path, metavar="FILE", help="a TOML file that says what the columns of FILE mean"
    )
    parser.add_argument(
        "--hide-test", action="store_true", help="hide test figures until a threshold is locked on validation"
    )
    parser.set_defaults(command=_import)


def _import(options: argparse.Namespace) -> None:
    from core.runs.after_failure import read_again
    from core.runs.hiding import hidden_findings, visible
    from core.runs.importer import import_predictions
    from core.runs.odd_scores import temperature_at_end
    from core.runs.opening import unlabelled_in_words
    from core.runs.said_first import said_first
    from core.runs.store import read_run

    if options.into is not None:
        _import_into(options)
        return
    if options.site is not None:
        raise ConfigError("--site names a site of a run that there is: say which by --into RUN, instead of --name")
    made = import_predictions(
        options.file, name=options.name, out=options.out, mapping=_mapping(options), hide_test=options.hide_test
    )
    run = read_again(made, read_run)
    seen = visible(run, hidden=hidden_findings(run))
    print(f"{run.folder}:" if run.which else f"{run.folder}: {_images_of(run)}")
    for finding in run.findings if run.which else ():
        print(f"{finding}: {_images_of(run.of(finding))}")
        if unknown := unlabelled_in_words(run.of(finding)):
            print(unknown)
    for site in run.sites.whole:
        for finding in run.findings:
            print(_site_line(site, run.of(finding).site(site), run.of(finding).which))
    for finding in run.findings:
        for warning in said_first(seen.of(finding)):
            print(f"{finding}: {warning}" if run.which else warning)
        calibration = run.of(finding).calibration or {}
        if calibration.get("at_bound"):
            end = f"T = {calibration['temperature']['value']:g}. {temperature_at_end(run.of(finding))}"
            print(f"{finding}: {end}" if run.which else end)
    _say_reading(run.manifest["data"])
    if all(run.of(finding).operating_points is None for finding in run.findings):
        print("without validation predictions there is no temperature and no operating point")
        print("to draw some by patient, put the line `validation_share = 0.5` into a file given with --mapping")


def _import_into(options: argparse.Namespace) -> None:
    from core.runs.hiding import is_hidden
    from core.runs.importer import import_sites
    from core.runs.leakage import sites_in_words
    from core.runs.odd_scores import odd_sets_in_words
    from core.runs.prediction_rows import FindingRows
    from core.runs.store import find_run, read_run

    if options.hide_test:
        raise ConfigError("--hide-test belongs to a new run; a run that hides test hides its sites too")
    run = read_run(find_run(options.into, options.out))
    added = import_sites(options.file, run, site=options.site, mapping=_mapping(options))
    print(f"{run.folder}:")
    for finding, rows in (added.findings or {run.finding: FindingRows(sets=added.sets, notes=added.notes)}).items():
        own = run.of(finding)
        for name, images in rows.sets.items():
            print(_site_line(name, images, own.which))
        if not is_hidden(own):
            sets = {f"site {name}": known for name, images in rows.sets.items() if (known := images.labelled).n}
            for warning in odd_sets_in_words(own, sets, given_as_logits=rows.notes["score"] == "logit"):
                print(f"{finding}: {warning}" if own.which else warning)
    for warning in sites_in_words(run, added.sets):
        print(warning)
    _say_reading(added.notes)


def _say_reading(notes: Mapping[str, Any]) -> None:
    """What of a file was read otherwise than it stands there."""
    for line in notes["changed_in_reading"]:
        print(line)
    if clipped := notes["clipped_probabilities"]:
        print(f"{clipped:,} probabilities of exactly 0 or 1 were clipped to 2^-53 (less if others are) or 1 - 2^-53")


def _mapping(options: argparse.Namespace) -> TableMapping | None:
    from core.runs.mapping import read_mapping

    return None if options.mapping is None else read_mapping(options.mapping)


def _images_of(run: Run) -> str:
    """How many images of which sets have a truth, for the finding of ``run``."""
    counts = ", ".join(f"{split} {predictions.n:,}" for split, predictions in run.evaluation_sets.items())
    return f"{len(run.records):,} images ({counts})"


def _site_line(name: str, images: EvaluationSet, which: str) -> str:
    """How large a site is; no figure of it, as the run may hide its sites."""
    unknown = f", {images.n_unlabelled:,} without a known truth" if images.n_unlabelled else ""
    return f"site {name}{f', {which}' if which else ''}: {images.n:,} images of {images.n_patients:,} patients{unknown}"
