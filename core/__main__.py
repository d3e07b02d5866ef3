"""``python -m core COMMAND``: report, compare, dossier, overlays, stress, score, export, import,
phantom, unpack."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.command_line import guarded
from core.config import TrainConfig
from core.errors import ConfigError
from core.score_command import add_options as add_score_options

if TYPE_CHECKING:
    from core.evaluation.evaluation_set import EvaluationSet
    from core.runs.mapping import Mapping as TableMapping
    from core.runs.store import Run

_COLUMNS = (
    "CSV, a workbook, Parquet (also a folder of its parts), JSON lines or .npz with image_id, y_true, logit or "
    "probability, and optionally patient_id, split (validation, test or the name of a site), date, subgroups; other "
    "columns by --mapping"
)

# Each command imports what it needs itself, so that a report does not wait for torch.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0, 2 for an error in one line on stderr, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    return guarded(lambda: command(options))


def _opened(options: argparse.Namespace) -> Run:
    """The run that was asked for, as it may be seen, for the finding that was named."""
    from core.runs.hiding import open_run
    from core.runs.opening import opened_for
    from core.runs.store import find_run

    return opened_for(open_run(find_run(options.run, options.out)), options.finding)


def _report(options: argparse.Namespace) -> None:
    from core.runs.report import report, told

    run = _opened(options)
    print(json.dumps(report(run), indent=2, allow_nan=False) if options.json else told(run))


def _compare(options: argparse.Namespace) -> None:
    from core.runs.compare import compare_runs, comparison_as_json
    from core.runs.compare_text import compare_text
    from core.runs.hiding import open_run
    from core.runs.margins import note_look
    from core.runs.opening import opened_for
    from core.runs.store import find_run

    a, b = (opened_for(open_run(find_run(run, options.out)), options.finding) for run in (options.run, options.other))
    found = compare_runs(a, b, evaluation_set=options.set, point=options.point)
    noted = note_look(a, b, options.set)
    as_json = json.dumps(comparison_as_json(found), indent=2, allow_nan=False) if options.json else ""
    print(as_json or compare_text(found, noted=noted))


def _dossier(options: argparse.Namespace) -> None:
    from core.dossier.writing import write_dossier
    from core.runs.exports import file_name

    run = _opened(options)
    to = options.to or Path(f"{file_name(run)}-dossier.html")
    pictures = None
    if options.pictures:
        from core.explain.pictures import Pictures

        pictures = Pictures(run, options.data)
    write_dossier(run, to, leaves=options.leaves_the_house, pictures=pictures)
    print(f"{to}: {to.stat().st_size / 1e6:.1f} MB; it opens in any browser and asks for nothing else")


def _overlays(options: argparse.Namespace) -> None:
    from core.installation import check_installation

    check_installation()
    from core.explain.overlays import overlays_folder, write_overlays
    from core.progress import ProgressLine

    run = _opened(options)
    progress = ProgressLine(label="heat maps")
    try:
        written = write_overlays(run, progress=progress)
    finally:
        progress.close()
    print(f"{len(written):,} overlays in {overlays_folder(run)}")


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


def _stress(options: argparse.Namespace) -> None:
    from core.installation import check_installation

    check_installation()
    from core.explain.pictures import Pictures
    from core.progress import ProgressLine
    from core.stress_test import stress_test, stressed_sets

    run = _opened(options)
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


def _export(options: argparse.Namespace) -> None:
    from core.installation import check_installation

    check_installation()
    from core.export.writing import export

    made = export(_opened(options), options.to)
    print(f"compared with torch on {made.images} {made.kind}: the logits differ by at most {made.difference:.1e}")
    for file in made.files:
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core",
        description="Runs: report, compare, overlays, stress test, scoring, import; the embedded data as files. "
        "Research only.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument(
        "--out", type=Path, default=Path(TrainConfig().out), metavar="DIR", help="where runs lie (default: %(default)s)"
    )
    run = argparse.ArgumentParser(add_help=False)
    run.add_argument("run", metavar="RUN", help="a run's id, or its folder")

    finding = argparse.ArgumentParser(add_help=False)
    finding.add_argument("--finding", metavar="F", help="which finding, where a run has several")

    report = commands.add_parser(
        "report", parents=[run, place, finding], help="all figures, computed from the saved logits"
    )
    report.add_argument("--json", action="store_true", help="as JSON, like the files of the run")
    report.set_defaults(command=_report)

    compare = commands.add_parser(
        "compare", parents=[run, place, finding], help="two runs on the same images, with differences"
    )
    compare.add_argument("other", metavar="RUN", help="the run that the first one is compared with")
    compare.add_argument("--set", default="test", metavar="NAME", help="validation, test or a site (default: test)")
    compare.add_argument(
        "--point", metavar="NAME", help="a lock or an operating point of both (default: the newest lock, else youden)"
    )
    compare.add_argument("--json", action="store_true", help="as JSON")
    compare.set_defaults(command=_compare)

    dossier = commands.add_parser(
        "dossier", parents=[run, place, finding], help="one HTML file of a run that opens anywhere"
    )
    dossier.add_argument("--to", type=Path, metavar="FILE", help="where to write it (default: RUN-dossier.html)")
    dossier.add_argument(
        "--leaves-the-house", action="store_true", help="no rows, and only counts that stand for five patients or more"
    )
    dossier.add_argument("--pictures", action="store_true", help="with small pictures of the images it errs on worst")
    dossier.add_argument("--data", type=Path, metavar="DIR", help="where the images lie now, if they have moved")
    dossier.set_defaults(command=_dossier)

    overlays = commands.add_parser(
        "overlays", parents=[run, place, finding], help="Grad-CAM overlays into the run folder"
    )
    overlays.set_defaults(command=_overlays)

    stress = commands.add_parser(
        "stress", parents=[run, place, finding], help="score test again under shifts of acquisition"
    )
    stress.add_argument("--data", type=Path, metavar="DIR", help="where the images lie now, if they have moved")
    stress.add_argument("--set", metavar="NAME", help="a site that came with its images (default: test)")
    stress.set_defaults(command=_stress)

    scored = commands.add_parser(
        "score", parents=[run, place], help="a folder of images scored by a run's network: a further site, or a table"
    )
    add_score_options(scored)

    exported = commands.add_parser(
        "export", parents=[run, place, finding], help="ONNX, thresholds and a model card, for other programs"
    )
    exported.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder to write them into")
    exported.set_defaults(command=_export)

    imported = commands.add_parser(
        "import", parents=[place], help="a run without images, or a further site of a run, from predictions"
    )
    imported.add_argument("file", type=Path, metavar="FILE", help=_COLUMNS)
    target = imported.add_mutually_exclusive_group(required=True)
    target.add_argument("--name", metavar="ID", help="id of the new run")
    target.add_argument("--into", metavar="RUN", help="add the rows to this run as a site")
    imported.add_argument("--site", metavar="NAME", help="with --into: the hospital, period or scanner of all rows")
    imported.add_argument(
        "--mapping", type=Path, metavar="FILE", help="a TOML file that says what the columns of FILE mean"
    )
    imported.add_argument(
        "--hide-test", action="store_true", help="hide test figures until a threshold is locked on validation"
    )
    imported.set_defaults(command=_import)

    phantom = commands.add_parser("phantom", help="the embedded, synthetic data set as files")
    phantom.add_argument("folder", type=Path, metavar="DIR", help="where to write it")
    phantom.add_argument(
        "--positive-class", metavar="NAME", help="what they show: PNEUMONIA (default), EFFUSION, or both with a comma"
    )
    phantom.add_argument("--seed", type=int, default=0, metavar="N", help="another set (default: %(default)s)")
    phantom.set_defaults(command=_phantom)

    unpacked = commands.add_parser("unpack", help="a file of MedMNIST (.npz) as pictures with a table of labels")
    unpacked.add_argument("file", type=Path, metavar="FILE", help="such as pneumoniamnist_224.npz")
    unpacked.add_argument("folder", type=Path, metavar="DIR", help="where to write them: a new folder")
    unpacked.add_argument("--finding", metavar="NAME", help="which finding, where the file has several")
    unpacked.set_defaults(command=_unpack)
    return parser


if __name__ == "__main__":
    sys.exit(main())
