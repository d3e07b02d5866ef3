"""The sections of a dossier as HTML, in the order in which a committee asks; all text from files is escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from core.data.acquisition import SHIFTS
from core.dossier import pictures
from core.dossier.contents import Contents
from core.dossier.failures import gallery
from core.dossier.items import Item
from core.dossier.suppression import FEWEST, shown
from core.dossier.typed import QUESTIONS, Typed
from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.delivery import judgement_at
from core.evaluation.comparing.next_hospital import next_hospital
from core.evaluation.comparing.promise import Verdict
from core.evaluation.comparing.robustness import under_shifts
from core.evaluation.comparing.set_figures import set_figures
from core.evaluation.comparing.subgroups import subgroups
from core.evaluation.estimates.intervals import Estimate
from core.runs.files import reason
from core.runs.locked_points import PRESPECIFIED
from core.runs.marks import older_of, read_marks
from core.runs.said_first import said_first
from core.stress_test import VARIANTS, kept_stress_test, stressed_sets
from core.telling import numbers, words
from core.telling.events import what_it_says, when
from core.telling.names import RATES, VERDICTS, set_name, set_title
from core.telling.scale import scales

_FIGURES = {"auroc": "AUROC", "auprc": "AUPRC", "brier": "Brier score", "slope": "Calibration slope"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A part of the dossier: the ``key`` that items point to, its title, and HTML; empty where the run has none."""

    key: str
    title: str
    inner: str


def sections(found: Contents, typed: Typed, items: Sequence[Item]) -> list[Section]:
    """All that stands below the live threshold; where it ``leaves`` the house, nothing that could tell of a patient."""
    made = [
        Section(key="promise", title="What was promised, and what each set delivers", inner=_promise(found)),
        Section(key="figures", title="Every figure with its interval", inner=_figures(found)),
        Section(key="subgroups", title="Subgroups", inner=_subgroups(found)),
        Section(key="calibration", title="Calibration and worth", inner=_calibration(found)),
        Section(key="stress", title="The same threshold on pictures of another acquisition", inner=_stress(found)),
        Section(key="failures", title="Where it fails", inner=gallery(found)),
        Section(key="flow", title="From files to figures", inner=_flow(found)),
        Section(key="model", title="The model", inner=_model(found)),
        Section(key="truth", title="How the truth was found, and what the model is for", inner=_typed(typed)),
        Section(key="marks", title="What reviewers marked", inner=_marks(found)),
        Section(key="limits", title="Limits", inner=_limits(found)),
        Section(key="methods", title="How the figures were made", inner=_METHODS),
        Section(key="log", title="The log", inner=_log(found)),
    ]
    there = {section.key for section in made if section.inner} | {"decision"}
    checklist = Section(key="items", title="STARD-AI, item by item", inner=_items(items, typed, there))
    return [*(section for section in made if section.inner), checklist]


def decision(found: Contents) -> str:
    """The decision in one paragraph."""
    run, chosen = found.run, found.chosen
    scale = next(iter(scales(run).values()))
    called = f"{scale.unit} {numbers.logit(chosen.threshold)}, {scale.called} "
    called += numbers.probability(scale.probability(chosen.threshold))
    if chosen.lock is None:
        text = f"No threshold is locked in this run. What follows is at {called}: {chosen.rule}."
        if found.seen == "validation":
            text += " It was chosen on validation and promises nothing."
    else:
        lock = chosen.lock
        text = (
            f"{lock.who} locked the threshold “{lock.name}” on {numbers.moment(lock.time)}: {called}. "
            f"Rule: {chosen.rule}. It is {lock.stamp}"
            + (": test was unseen then. " if lock.stamp == PRESPECIFIED else ": test had been seen, or could be. ")
            + f"Reason given: {lock.why}"
        )
    told = [_delivered(found, name) for name in found.sets if name != found.seen]
    lines = ", ".join(str(fault.line) for fault in found.log.altered)
    altered = f"<p class='alarm'>The log was altered (line {lines}): what those lines decided is left out here.</p>"
    return (altered if lines else "") + f"<p>{escape(text)}</p>" + "".join(f"<p>{escape(each)}</p>" for each in told)


def _delivered(found: Contents, name: str) -> str:
    both = words.both_rates(rates(found.sweeps[name], found.chosen.threshold))
    verdicts = _verdicts(found, name)
    held = f" {' '.join(verdicts)}" if verdicts else ""
    return f"{words.begun(set_name(name))} delivers {both}.{held}"


def _verdicts(found: Contents, name: str) -> list[str]:
    told: list[str] = []
    if name in found.chose:
        return told
    for rate, floor in found.chosen.floors.items():
        judged = judgement_at(found.sweeps[name], found.chosen.threshold, rate, floor)
        why = f" ({judged.reason})" if judged.verdict is Verdict.UNTOLD else ""
        told.append(f"The promise of {rate} of at least {floor}: {VERDICTS[judged.verdict]}{why}.")
    return told


def _promise(found: Contents) -> str:
    rows = []
    for name in found.sets:
        at = rates(found.sweeps[name], found.chosen.threshold)
        chose = name in found.chose
        rows.append(
            [
                set_title(name) + (" (chose the threshold)" if chose else ""),
                *(_cell(at[rate]) for rate in RATES),
                "; ".join(_verdicts(found, name)) or numbers.EM_DASH,
            ]
        )
    tables = "".join(_two_by_two(found, name) for name in found.sets)
    rates_of_sets = _table(["Set", *RATES.values(), "The promise"], rows, caption="Rates at the threshold")
    return f"{rates_of_sets}<div class='side'>{tables}</div>{_next_hospital(found)}"


def _next_hospital(found: Contents) -> str:
    """What is predicted of the true rates of one more hospital, from the sites that did not choose the threshold."""
    sweeps = {name: own for name, own in found.sweeps.items() if name not in {"validation", "test", *found.chose}}
    told = []
    for rate in ("sensitivity", "specificity"):
        one = next_hospital(sweeps, found.chosen.threshold, rate)
        limits = numbers.limits(one.cautious_low, one.cautious_high)
        told.append(
            f"{rate} cannot be predicted, as {one.reason}"
            if one.reason
            else f"{rate} {limits} (95 % prediction, mean of the sites {numbers.rate(one.mean.value)})"
        )
    return f"<p class='quiet'>The next hospital like these: {escape('; '.join(told))}.</p>"


def _two_by_two(found: Contents, name: str) -> str:
    tp, fp, tn, fn = found.sweeps[name].counts(found.chosen.threshold)
    without, with_finding = words.class_words(found.run)
    rows = [
        [with_finding, *map(numbers.count, (tp, fn, tp + fn))],
        [without, *map(numbers.count, (fp, tn, fp + tn))],
        ["all", *map(numbers.count, (tp + fp, fn + tn, tp + fp + tn + fn))],
    ]
    return _table(["", "called positive", "called negative", "all"], rows, caption=set_title(name))


def _figures(found: Contents) -> str:
    of_sets = {name: set_figures(own, found.temperature) for name, own in found.sets.items()}
    known = [key for key in _FIGURES if any(key in figures for figures in of_sets.values())]
    rows = [
        [
            set_title(name),
            numbers.count(found.sets[name].n),
            numbers.count(found.sets[name].n_patients),
            *(_cell(figures[key]) if key in figures else numbers.EM_DASH for key in known),
        ]
        for name, figures in of_sets.items()
    ]
    heads = ["Set", "images", "patients", *(_FIGURES[key] for key in known)]
    return _table(heads, rows, caption="Figures of each set")


def _subgroups(found: Contents) -> str:
    name = found.reported or found.seen
    own, temperature = found.sets[name], found.temperature or 1.0
    parts = []
    for column in own.subgroups:
        groups = subgroups(own, column, threshold=found.chosen.threshold, temperature=temperature).groups
        if not 1 < len(groups) <= 30:
            continue
        told = shown(own, column, found.chosen.threshold) if found.leaves else [(True, True)] * len(groups)
        rows = []
        for group, seen in zip(groups, told, strict=True):
            level = "not known" if group.name is None else group.name
            rows.append(
                [
                    level,
                    numbers.count(group.positives) if seen[1] else _FEW,
                    numbers.count(group.images - group.positives) if seen[0] else _FEW,
                    _cell(group.estimates["sensitivity"]) if seen[1] else _FEW,
                    _cell(group.estimates["specificity"]) if seen[0] else _FEW,
                ]
            )
        classes = words.class_words(found.run)
        head = [column, f"images {classes[1]}", f"images {classes[0]}", "Sensitivity", "Specificity"]
        parts.append(_table(head, rows, caption=f"{set_title(name)} by {column}"))
    if not parts:
        return ""
    note = "Levels are described; a level that differs may do so by chance, as the more levels there are, the more do."
    if found.leaves:
        note += f" {_FEW}: so few patients (below {FEWEST}) that they, or others by subtraction, could be known."
    return "".join(parts) + f"<p class='quiet'>{note}</p>"


_FEW = "few"
_LEFT_IN_THE_HOUSE = "<p>Left in the house: these pictures rest on counts of fewer patients than may leave it.</p>"


def _calibration(found: Contents) -> str:
    if found.leaves:
        return _LEFT_IN_THE_HOUSE
    drawn = []
    for name in dict.fromkeys((found.seen, found.reported or found.seen)):
        drawn += [pictures.reliability(found, name), pictures.worth(found, name)]
    made = "".join(picture.drawn() for picture in drawn if picture is not None)
    return f"<div class='side'>{made}</div>" if made else ""


def _stress(found: Contents) -> str:
    """What the stress test found where it was run to its end; of validation if it was run while test was hidden."""
    run = found.run
    if run.checkpoint is None:
        return "<p>Not in this run: without the network no picture can be scored again.</p>"
    kept = (kept_stress_test(run, name) for name in stressed_sets(run))
    tested = next((one for one in kept if one is not None), None)
    if tested is None:
        return "<p>Not in this run: the stress test was not made, or not to its end.</p>"
    if found.leaves:
        return _LEFT_IN_THE_HOUSE
    own = run.predictions(tested.split)
    of_name = {shift.name: shift.title for shift in SHIFTS}
    rows = [
        [
            of_name.get(one.variant.shift, "as they are"),
            numbers.EM_DASH if not one.variant.strength else ("mild", "moderate", "strong")[one.variant.strength - 1],
            *(_cell(one.rates[rate]) for rate in ("sensitivity", "specificity")),
        ]
        for one in under_shifts(own, VARIANTS, tested.logits, found.chosen.threshold)
    ]
    caption = f"{set_title(tested.split)}, scored again under shifts that were made"
    return _table(["Shift", "Strength", "Sensitivity", "Specificity"], rows, caption=caption)


def _flow(found: Contents) -> str:
    run = found.run
    skipped = 0 if run.skipped is None else len(run.skipped)
    steps = []
    if run.skipped is not None:
        steps.append(f"{numbers.count(len(run.records) + skipped)} files found, {numbers.count(skipped)} left out")
    own = ["train", "validation", "test"]
    for name in own:
        part = run.records[run.records["split"] == name]
        if len(part):
            ill = int((part["label"] == 1).sum()) if "label" in part else 0
            patients = part["patient_id"].nunique(dropna=True)
            used = "chooses" if name == "validation" else "fits" if name == "train" else "reports"
            steps.append(
                f"{set_title(name)} {used}: {numbers.count(len(part))} images, {numbers.count(ill)} "
                f"{words.class_words(run)[1]}, {numbers.counted(patients, 'patient')} known by an id"
            )
    for name in run.sites.whole:
        site = run.site(name)
        unknown = f", {numbers.count(site.n_unlabelled)} without a known truth" if site.n_unlabelled else ""
        steps.append(f"Site {name} reports: {numbers.count(site.n)} images{unknown}")
    drawn = "".join(f"<li>{escape(step)}</li>" for step in steps)
    reasons = ""
    if skipped and run.skipped is not None and not found.leaves:
        counted = run.skipped["reason"].value_counts()
        rows = [[str(why), numbers.count(number)] for why, number in counted.head(20).items()]
        reasons = _table(["Left out because", "files"], rows)
    changed = [] if found.leaves else run.manifest["data"].get("changed_in_reading") or []  # they name rows
    said = "".join(f"<li>{escape(str(line))}</li>" for line in changed)
    return f"<ol class='flow'>{drawn}</ol>{reasons}" + (f"<ul>{said}</ul>" if said else "")


def _model(found: Contents) -> str:
    run, config = found.run, found.run.config
    if run.checkpoint is None:
        source = "" if found.leaves else run.manifest["data"].get("name", "")
        text = (
            f"The model itself is not in this run: its predictions were imported{f' from {source}' if source else ''}."
        )
        return f"<p>{escape(text)}</p>"
    versions = ", ".join(f"{name} {version}" for name, version in run.manifest["package_versions"].items())
    text = (
        f"ResNet-18 with one logit, {config.image_size} x {config.image_size} px, initial weights {config.weights}, "
        f"{config.epochs} epochs, batches of {config.batch_size}, recipe {config.recipe}, seed {config.seed}; "
        "calibrated by temperature scaling on validation. It reads the picture alone and knows nothing of the truth. "
        f"Software: {versions}; commit {run.manifest['git_commit']}. "
        f"Fingerprint of the data: {run.manifest['data_fingerprint']}."
    )
    return f"<p>{escape(text)}</p>"


def _typed(typed: Typed) -> str:
    told = {question: typed.answers.get(name, "") for name, question in QUESTIONS.items()}
    answers = [f"<dt>{escape(question)}</dt><dd>{_said(answer)}</dd>" for question, answer in told.items()]
    return f"<dl>{''.join(answers)}</dl>"


def _said(text: str) -> str:
    return escape(text).replace("\n", "<br>") if text else "<em class='missing'>not in this run: nobody typed it</em>"


def _marks(found: Contents) -> str:
    try:
        marks = [mark for mark in read_marks(found.run.folder, older_of(found.run)).values() if mark.says_something]
    except Exception as error:  # a damaged file of marks is said, and takes nothing else along
        return f"<p>The marks of this run cannot be read: {escape(reason(error))}</p>"
    if not marks:
        return "<p>No image was marked.</p>"
    kinds = {"label_error": "label errors", "poor_image": "poor images", "ambiguous": "ambiguous images"}
    counted = ", ".join(f"{sum(getattr(mark, kind) for mark in marks)} {name}" for kind, name in kinds.items())
    reviewers = len({mark.reviewer for mark in marks})
    text = f"{numbers.counted(len(marks), 'mark')} by {numbers.counted(reviewers, 'reviewer')}: {counted}."
    return f"<p>{escape(text)} No figure above leaves them out.</p>"


def _limits(found: Contents) -> str:
    run = found.run
    said = [str(each) for each in said_first(run)]
    if found.leaves and said:  # they name patients
        said = [f"{numbers.counted(len(said), 'warning')} about these data: to be read in the dossier that stays."]
    if run.synthetic:
        said.insert(0, "The images are synthetic phantoms: nothing here speaks of radiographs.")
    if run.hidden:
        said.append("Test is hidden until a threshold is locked: what validation promises was not put to a test.")
    if found.reported is None:
        said.append("There is no set besides the one that chose the threshold, so nothing says how it carries over.")
    if not run.sealed:
        said.append("The manifest of this run has no seal of its own, as it was written before there were seals.")
    elif not run.sites.whole:
        said.append(
            "No site of another hospital is in this run, so nothing here says what the threshold delivers there. An "
            "area under the ROC curve that carries over does not carry its threshold along."
        )
    ill = found.sets[found.seen]
    if ill.n:
        said.append(
            f"{numbers.percent(ill.n_pos / ill.n)} of {set_name(found.seen)} are {words.class_words(run)[1]}. Where "
            "fewer are, of the alarms fewer are real; calibrated probabilities belong to that share."
        )
    said.append("Figures hold for children like those of these sets; another hospital's may differ from all of them.")
    said.append("Research use only. Not for diagnosis.")
    return f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in said)}</ul>"


_METHODS = (
    "<p>Intervals are of 95 % and allow for patients with several images: rates by Wilson's interval with effective "
    "sample sizes, AUROC by DeLong's variance over patients, the others linearised over patients. A promise is held "
    "or broken where exact limits (Clopper and Pearson, 2.5 % each) lie wholly on one side of its floor. Undefined "
    "figures are a dash, never 0 or 1. The counts under the live threshold are exact at every position.</p>"
)


def _log(found: Contents) -> str:
    rows = [
        [str(event.sequence), when(event.time), event.event, what_it_says(event), event.hash[:16] + "…"]
        for event in found.log.events
    ]
    if not rows:
        return "<p>Nothing was decided yet.</p>"
    altered = "".join(f"<li>Line {fault.line} {escape(fault.reason)}</li>" for fault in found.log.altered)
    return _table(["No.", "When", "Event", "What it says", "Hash"], rows) + (
        f"<ul class='alarm'>{altered}</ul>" if altered else ""
    )


def _items(items: Sequence[Item], typed: Typed, there: set[str]) -> str:
    rows, met, partly = [], 0, 0
    for item in items:
        text = typed.items.get(item.number) or typed.answers.get(item.asks, "")
        places = []
        if item.where in there:
            places.append(f"<a href='#{item.where}'>see “{item.where}”</a>" + (", in part" if item.partly else ""))
        if text:
            places.append(_said(text))
        met += bool(places)
        partly += item.partly and len(places) == 1 and not text
        said = "; ".join(places) or "<em class='missing'>not in this run: to be typed</em>"
        rows.append([item.number, escape(item.title), said, item.tripod, item.claim])
    heads = ("Item", "Asks for", "Where", "TRIPOD+AI", "CLAIM 2024")
    count = (
        f"<p>{met} of {len(items)} rows (40 items) are met, {partly} of them in part; "
        f"{len(items) - met} are not in this run.</p>"
    )
    return count + _rows(heads, rows, label="STARD-AI", look="items")


def _cell(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return f"{numbers.EM_DASH} ({estimate.reason})"
    return f"{numbers.rate(estimate.value)} ({numbers.interval(estimate)})"


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, caption: str = "") -> str:
    """A table of texts."""
    told = [[escape(str(cell)) for cell in row] for row in rows]
    return _rows(heads, told, label=caption or heads[0], caption=caption)


def _rows(heads: Sequence[str], rows: Iterable[Sequence[str]], *, label: str, caption: str = "", look: str = "") -> str:
    """A table of HTML, which scrolls sideways where it is too wide."""
    head = "".join(f"<th scope='col'>{escape(name)}</th>" if name else "<td></td>" for name in heads)
    body = "".join(
        f"<tr><th scope='row'>{first}</th>{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>" for first, *rest in rows
    )
    named = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f"<div class='scroll' tabindex='0' role='region' aria-label='{escape(label, quote=True)}'>"
        f"<table class='{look}'>{named}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
