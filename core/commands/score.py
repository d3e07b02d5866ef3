"""``python -m core score``: a folder of images by a run's network."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.asked import Asked
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.commands.asked import Commands
    from core.runs.store import Run
    from core.scoring import ScoredFolder

_REASONS = 8
"""So many reasons for not using files are named."""


def add(commands: Commands, asked: Asked) -> None:
    """The command and its options."""
    parser = commands.add_parser(
        "score",
        parents=[asked.run, asked.place],
        help="a folder of images scored by a run's network: a further site, or a table",
    )
    parser.add_argument("folder", metavar="DIR", help="images: JPEG, PNG, TIFF or DICOM, at any depth")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="their table, as train.py --labels reads it")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--site", metavar="NAME", help="add them to the run as this site (default: the folder's name)")
    target.add_argument("--to", type=Path, metavar="FILE", help="write image_id, logit, probability as Parquet instead")
    parser.add_argument("--finding", metavar="NAME", help="what the table's labels are of, where that is not plain")
    parser.add_argument("--leave-out", metavar="WHAT", help="lateral, adult or both, where the table tells")
    parser.add_argument(
        "--odd",
        default="judge",
        choices=("judge", "keep", "drop"),
        help="odd pictures, as train.py --odd (%(default)s)",
    )
    parser.add_argument(
        "--engine",
        default="local",
        choices=("local", "ray"),
        help="ray: by a cluster, into a folder of parts (--to); DIR may be an address or a Parquet file of paths",
    )
    parser.set_defaults(command=_score)


def _score(options: argparse.Namespace) -> None:
    """Score the folder, and add it to the run or write the table."""
    from core.installation import check_installation

    check_installation()
    if options.engine == "ray":
        _score_in_parts(options)
        return
    from core.data.layouts.layout import to_leave_out
    from core.progress import ProgressLine
    from core.runs.site_names import check_site_name
    from core.runs.sites import expected_sites
    from core.runs.store import find_run, read_run
    from core.scoring import add_scored, score_folder

    run, folder = read_run(find_run(options.run, options.out)), Path(options.folder)
    site = None
    if options.to is None:  # a name that is impossible is said before anything dear is done
        site = check_site_name(options.site or _name_of(folder), expected_sites(run.folder, run.manifest))
    lines: dict[str, ProgressLine] = {}

    def progress(what: str, done: int, total: int) -> None:
        lines.setdefault(what, ProgressLine(label=what))(done, total)

    try:
        scored = score_folder(
            run,
            folder,
            labels=options.labels,
            finding=options.finding,
            leave_out=to_leave_out(options.leave_out),
            odd=options.odd,
            progress=progress,
        )
    finally:
        for line in lines.values():
            line.close()
    if site is None:
        _write_table(run, options.to, scored)
    else:
        add_scored(run, site, scored, labels=options.labels)
    _say(run, site, options.to, scored)


def _score_in_parts(options: argparse.Namespace) -> None:
    """Let a cluster score the images, into a folder of parts; what is there already stays."""
    by_table = any(given is not None for given in (options.labels, options.finding, options.leave_out))
    if options.to is None or options.odd != "keep" or by_table:
        raise ConfigError(
            "--engine ray writes the scores of all images into a folder: it needs --to FOLDER and --odd keep, "
            "and no --labels, --finding or --leave-out"
        )
    from core.part_scores import SKIPPED, Parts, images_to_score
    from core.progress import ProgressLine
    from core.runs.files import CHECKPOINT
    from core.runs.store import find_run, read_run
    from core.score_by_ray import score_by_ray
    from core.scoring import class_names_of

    run = read_run(find_run(options.run, options.out))
    images = images_to_score(options.folder, class_names_of(run))
    parts = Parts(options.to, images, run.manifest["files"][CHECKPOINT]["sha256"])
    progress = ProgressLine(label="scoring")
    try:
        score_by_ray(run, parts, progress)
    finally:
        progress.close()
    scored, unread = parts.counts()
    print(f"{options.to}: {scored:,} images in {len(parts):,} parts")
    if unread:
        print(f"  {unread:,} more could not be read: their rows have no logit, and the reason")
    if images.skipped:
        print(f"  {len(images.skipped):,} files are not used, see {options.to / SKIPPED}")


def _name_of(folder: Path) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("-._")
    if not name:
        raise ConfigError(f"{folder}: has no name that a site could have; say --site NAME")
    return name


def _write_table(run: Run, file: Path, scored: ScoredFolder) -> None:
    """``image_id``, ``logit`` and ``probability`` (calibrated, where the run has a temperature), one row an image; of
    several findings one each, with ``finding``."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    from core.disk import write_whole
    from core.run_scorer import run_scorer
    from core.tables.writing import csv_text

    content = io.BytesIO()
    tables = [
        pa.table(
            {
                "image_id": pa.array(images.image_id, type=pa.string()),
                **({"finding": pa.array([name] * images.n, type=pa.string())} if run.which else {}),
                "logit": pa.array(images.logit, type=pa.float64()),
                "probability": pa.array(run_scorer(run.of(name)).probability(images.logit), type=pa.float64()),
            }
        )
        for name, images in scored.sets.items()
    ]
    pq.write_table(pa.concat_tables(tables), content, write_page_checksum=True)
    write_whole(file, content.getbuffer())
    if scored.files.skipped:
        text = csv_text(("path", "reason"), scored.files.skipped, quoted=True)
        write_whole(_skipped_beside(file), text.encode(errors="backslashreplace"))


def _skipped_beside(file: Path) -> Path:
    return file.with_name(f"{file.stem}-skipped.csv")


def _say(run: Run, site: str | None, to: Path | None, scored: ScoredFolder) -> None:
    """What was read, scored and left out; of figures nothing, as the run may hide those of its sites."""
    from core.runs.hiding import is_hidden
    from core.runs.leakage import sites_in_words
    from core.runs.odd_pictures import odd_in_words
    from core.runs.odd_scores import odd_sets_in_words
    from core.scoring import fitted_on

    images = scored.images
    print(f"data: {scored.index.name}, {scored.index.layout}")
    for line in scored.index.changed:
        print(f"  {line}")
    unknown = "".join(
        f", {own.n_unlabelled:,} without a known truth{f' for {name}' if run.which else ''}"
        for name, own in scored.sets.items()
        if own.n_unlabelled
    )
    where = to if site is None else f"{run.folder}: site {site}"
    print(f"{where}: {images.n:,} images of {images.n_patients:,} patients{unknown}")
    if scored.files.skipped:
        place = f"site {site}'s skipped.csv" if to is None else _skipped_beside(to)
        are = "1 file is" if len(scored.files.skipped) == 1 else f"{len(scored.files.skipped):,} files are"
        print(f"  {are} not used, see {place}:")
        for reason, count in list(scored.left_out.items())[:_REASONS]:
            print(f"    {count:,}: {reason}")
    for sentence in odd_in_words(scored.odd, set(images.image_id), "look at them before you trust their scores"):
        print(f"  {sentence}")
    if same := fitted_on(run, scored):
        print(f"  {same:,} of these files are images that the network was fitted on: their scores prove nothing")
    if site is None:
        return
    for name, own in scored.sets.items():
        if not is_hidden(run.of(name)) and own.labelled.n:
            for warning in odd_sets_in_words(run.of(name), {f"site {site}": own.labelled}, given_as_logits=True):
                print(f"{name}: {warning}" if run.which else warning)
    for warning in sites_in_words(run, {site: images}):
        print(warning)
    print("next: open the run in the dashboard; the site is one of its sets, with its images")
