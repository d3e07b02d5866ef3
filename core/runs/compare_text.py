"""Two runs compared, as aligned text for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from textwrap import wrap

from core.evaluation.comparing.paired import Compared
from core.evaluation.estimates.difference import apart
from core.runs.compare import RunsCompared
from core.runs.report_text import DISCLAIMER, WIDTH, figure, table
from core.runs.said_first import said_first

_LABELS = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "brier": "Brier, calibrated",
    "slope": "slope, calibrated",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "precision": "PPV",
    "npv": "NPV",
    "net_benefit": "net benefit",
}
_NAMED = 5
_OTHER = {"sensitivity": "specificity", "specificity": "sensitivity"}


def compare_text(found: RunsCompared, *, noted: bool = True) -> str:
    """``found`` in at most :data:`~core.runs.report_text.WIDTH` columns. ``noted`` is false where the logs could not
    take down that the two were looked at together."""
    lines: list[str] = []
    for paragraph in _paragraphs(found, noted=noted):
        lines += [*paragraph, ""]
    return "\n".join([*lines, DISCLAIMER])


def _paragraphs(found: RunsCompared, *, noted: bool) -> Iterator[list[str]]:
    for side, run, point in zip("AB", found.runs, found.points, strict=True):
        at = f"it {point.reason}" if point.threshold is None else f"at {point.name}, {point.threshold!r} (logit)"
        yield wrap(f"{side}: {run.run_id}" + (" (synthetic images)" if run.synthetic else "") + f", {at}", WIDTH)
        for warning in said_first(run):
            yield wrap(f"Of {side}. {warning}", WIDTH)
    yield wrap(_images(found), WIDTH)
    if differing := _differing(found):
        yield wrap(differing, WIDTH)
    own = found.comparison
    yield [*table([("", "A", "B", "A - B"), *(_row(_LABELS[name], own.figures[name]) for name in _LABELS)])]
    yield [line for text in _reasons(found) for line in wrap(text, WIDTH)] or ["All figures have an interval."]
    yield [line for text in _tests(found) for line in wrap(text, WIDTH)]
    if found.reader:
        yield _at_reader(found)
    for margin in found.margins:
        yield wrap(_margin(found, margin.figure, margin.margin, beforehand=margin.beforehand, who=margin.who), WIDTH)
    if not noted:
        yield wrap(
            "This look could not be noted in the log of both runs, so that a margin stated later cannot be told from "
            "one stated before it.",
            WIDTH,
        )
    yield wrap(_legend(found), WIDTH)


def _images(found: RunsCompared) -> str:
    own, (a, b) = found.comparison, found.comparison.n
    if own.pairs is None:
        return (
            f"Unpaired: the two have no image of {found.evaluation_set} in common ({a:,} and {b:,} images). "
            "Differences are those of two sets that share nothing: of the patients as much as of the models."
        )
    left = own.pairs.only_a + own.pairs.only_b
    rest = f" {own.pairs.only_a:,} images are in A alone and {own.pairs.only_b:,} in B alone." if left else ""
    how = " They pair by file name, as no image has the same id in both." if own.pairs.by_file_name else ""
    alike = " with the same truth" if own.pairs.differing else ""
    patients = f"{own.n_patients[0]:,} patients of {found.evaluation_set}"
    return f"Paired: {a:,} images of {patients} are in both{alike}.{how}{rest}"


def _differing(found: RunsCompared) -> str:
    pairs = found.comparison.pairs
    if pairs is None or not pairs.differing:
        return ""
    count = len(pairs.differing)
    named = ", ".join(pairs.differing[:_NAMED]) + (f" and {count - _NAMED:,} more" if count > _NAMED else "")
    head = "1 image has another truth" if count == 1 else f"{count:,} images have another truth"
    left = "" if pairs.n else " Nothing is left to compare: one of the two may have its classes the other way round."
    return f"{head} in A than in B and {'is' if count == 1 else 'are'} left out: {named}.{left}"


def _row(label: str, compared: Compared) -> tuple[str, str, str, str]:
    star = " *" if apart(compared.difference) else ""
    return label, figure(compared.a), figure(compared.b), figure(compared.difference, "+z.3f") + star


def _reasons(found: RunsCompared) -> Iterator[str]:
    """Why differences are undefined or have no interval, each reason once."""
    by_reason: dict[str, list[str]] = {}
    for name in _LABELS:
        difference = found.comparison.figures[name].difference
        if difference.reason:
            by_reason.setdefault(difference.reason, []).append(_LABELS[name])
    for reason, names in by_reason.items():
        yield f"Without difference or interval, as {reason}: {', '.join(names)}."


def _tests(found: RunsCompared) -> Iterator[str]:
    own = found.comparison
    yield f"No difference of AUROC: {_p(own.figures['auroc'].p)}."
    if own.mcnemar is not None:
        yield (
            f"A alone is right on {own.mcnemar.only_a:,} images and B alone on {own.mcnemar.only_b:,}: "
            f"{_p(own.mcnemar.p)} (McNemar, patients as clusters)."
        )
    if own.worth is not None:
        yield (
            f"Net benefit is in true positives a child, where {own.worth.prevalence:.1%} of the children are ill and a "
            f"missed child is worth {own.worth.alarms_a_miss:g} false alarms."
        ).replace("%", " %")


def _p(p: float) -> str:
    if math.isnan(p):
        return "p is not defined"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _at_reader(found: RunsCompared) -> list[str]:
    who = found.reader.upper()
    model = "B" if who == "A" else "A"
    lines = wrap(f"{who} has a reader's few grades. {model} where its one rate is that of {who}:", WIDTH)
    rows = [("", model, who, f"{model} - {who}")]
    for rate, own in found.at_reader.items():
        rows.append((rate, f"{own.model:z.3f}", f"{own.reader:z.3f}", figure(own.difference, "+z.3f")))
    ends = [f"{rate} at {_OTHER[rate]} {own.at:.3f}" for rate, own in found.at_reader.items()]
    note = f"That is {' and '.join(ends)}, found on the images that judge it: a description, no threshold to be used."
    return [*lines, *table(rows), *wrap(note, WIDTH)]


def _margin(found: RunsCompared, name: str, margin: float, *, beforehand: bool, who: str) -> str:
    when = "stated before the first look" if beforehand else "stated afterwards"
    low = found.comparison.figures[name].difference.low
    verdict = (
        "not known" if math.isnan(low) else "A is non-inferior" if low > -margin else "not shown to be non-inferior"
    )
    return f"Margin of {margin:g} for {_LABELS[name]} by {who}, {when}: {verdict}."


def _legend(found: RunsCompared) -> str:
    kind = "from what each patient adds to both" if found.comparison.pairs is not None else "of independent sets"
    return (
        f"In brackets: 95 % intervals, patients as clusters; those of differences {kind}. * marks a difference whose "
        f"own interval excludes 0, each by itself. Rates and net benefit are those of each one's own threshold."
    )
