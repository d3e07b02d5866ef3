"""Finding a threshold in sentences: the answer, what stands behind it, and what it does not say. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import pandas as pd

from core.evaluation.choosing.answer import passing_stretches
from core.evaluation.choosing.every_floor import FLOORS, highest_floor
from core.evaluation.choosing.guarantee import FloorEvidence, NotGuaranteed
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable
from core.evaluation.choosing.patients_needed import sizes_in_words
from core.evaluation.choosing.requirement import Requirement
from core.evaluation.comparing.difference_from_validation import Difference
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.worth.consequences import expected_cost, expected_net_benefit, share_called_positive
from core.runs.store import Run
from core.telling.scale import Scale
from dashboard import theme
from dashboard.question import OTHER

_STRETCHES = 3
"""So many stretches of thresholds are named in the text alternative."""
CHOSEN_ON_VALIDATION = (
    "The threshold is searched for on validation alone. Other images are looked at afterwards, and only report."
)
OPTIMISTIC = (
    "These plain estimates are optimistic: the threshold was chosen on the same images. They hold for children like "
    "those of validation, not for another hospital."
)
NO_VALIDATION = (
    "This run has no validation images of both classes. Thresholds are chosen on validation, so none can be found here."
)
EXACT_TERMS = """
- **Positive** means score ≥ threshold. Every distinct score of validation is looked at, and compared exactly.
- **Floors as observed**: the best other rate where the floored one is at least the floor; of equal ones the best
  floored rate. Both floors: the largest Youden's J where both hold; of equal ones the most sensitive.
- **With confidence**: the one-sided Clopper–Pearson bound on one image of each patient and class, the one whose SHA-256
  of patient and image id is smallest. Thresholds are tested in a fixed sequence from lenient to strict, until the first
  test fails, so no correction for their number is due (Maurer, Hothorn and Lehmacher 1995; Angelopoulos et al. 2021,
  *Learn then Test*). Two floors share the error evenly (Bonferroni). The rate that is maximised is of all images.
- **What is guaranteed is the floor.** The lower bound is of the threshold alone, had it been fixed beforehand: as a
  guarantee of the threshold that was found it would be false more often than stated.
- **It is for one question, asked once**, and for new children of the kind that validation has. Each floor has a
  threshold of its own, so that with five floors tried at 95 % some guarantee is false in 7 to 12 % of
  simulated hospitals.
- **Floors tried freely**: all floors of the rate from 0.50 to 0.99, in whole per cents, hold at once. Each is tested
  with the same, larger confidence, the least at which the chance that any guarantee is false is as stated, exactly
  (equal local levels; by a Poisson process, Moscovich and Nadler 2017). A floor in between is tested as the next one.
- **Power**: the chance that so many patients of the class guarantee the floor at the threshold that comes closest, if
  the true rates there are those observed, by the very same exact test; two floors both together, the classes taken as
  independent. Power rises in a saw-tooth, so the number is the smallest from which on every number has the power. The
  fewest possible are those that do if every one is called rightly. With floors tried freely it is of the confidence
  that so many patients would be tested with.
- **Cost**: prevalence × (1 − sensitivity) × cost of a miss + (1 − prevalence) × (1 − specificity) × cost of a false
  alarm, the least of all thresholds; of equal ones the most sensitive. **Net benefit** (Vickers and Elkin 2006):
  TP/n − FP/n × p/(1 − p), which is the least cost with a miss at 1 − p and a false alarm at p. Calling nothing
  positive is compared too; it is no threshold.
- **PPV**: the largest sensitivity where prevalence × sensitivity / (prevalence × sensitivity + (1 − prevalence) ×
  (1 − specificity)) is at least the floor; of equal ones the most specific. The PPV may fall and rise along the scores,
  so the threshold's own range is that of a sum.
- **Capacity**: the largest sensitivity where prevalence × sensitivity + (1 − prevalence) × (1 − specificity) is at most
  the share that may be flagged; of equal ones the most specific.
- **The threshold's own range**: 2,000 resamples of patients in which the rule is applied again. A floor or a capacity
  makes the threshold a quantile, and the range is a 95 % bootstrap interval. Where a sum of both rates is maximised the
  ordinary bootstrap is inconsistent; the range is then of n to the power 2/3 of the n patients (m out of n), not scaled
  to n, and wider than an interval would be.
- Other intervals: 95 %, Wilson with effective sample sizes by patient; PPV and NPV at a stated prevalence by Mercaldo,
  Lau and Zhou (2007); cost, flagged share and net benefit by MOVER from both rates, the prevalence as given.
"""


def rule_of(found: OperatingPoint) -> str:
    """The rule that a threshold answers, as a sentence, and that it may part nobody."""
    all_positive = " It calls every image of validation positive." if not found.tn + found.fn else ""
    return f"On validation, it has the {found.rule}.{all_positive}"


def refusal(found: Unreachable, classes: tuple[str, str]) -> str:
    """Why no threshold does what was asked, with the classes called as the run calls them."""
    reason = found.reason
    if isinstance(found, NotGuaranteed) and found.sizes:
        patients = {"sensitivity": f"patients {classes[1]}", "specificity": f"patients {classes[0]}"}
        reason = sizes_in_words(found.sizes, patients)
    return f"{reason[0].upper()}{reason[1:]}."


def merely_shown(found: OperatingPoint | Unreachable, called: Callable[[float], str]) -> str:
    """What validation shows without the confidence that was asked for; ``called`` names a threshold, a logit."""
    if isinstance(found, Unreachable):
        return "Without any confidence, as merely observed on validation, no threshold does it either."
    return (
        f"As merely observed on validation, a threshold of {called(found.threshold)} does it. "
        "Whether it holds for the next children is then not assured."
    )


def guaranteed(floor: FloorEvidence, requirement: Requirement, classes: tuple[str, str]) -> str:
    """One floor, which is what holds, and its evidence in counts; the bound is of the threshold alone."""
    called, does = (classes[1], "found") if floor.rate == "sensitivity" else (classes[0], "rightly sent home")
    share = 1 - (1 - float(requirement.confidence)) / len(requirement.floors)
    every = f" for every floor of {floor.rate} at once" if requirement.every_floor else ""
    bound = (
        f"The highest of these floors that holds here is {highest_floor(floor.bound)}."
        if requirement.every_floor
        else f"For this threshold alone, had it been fixed beforehand, the lower bound would be "
        f"{theme.fixed(floor.bound, 4)}; that is not guaranteed."
    )
    return (
        f"With {100 * share:g} % confidence{every}, {floor.rate} is at least {floor.floor}: of "
        f"{theme.counted(floor.patients, 'patient')} {called}, one image each, {theme.count(floor.hits)} are {does}. "
        f"{bound} The rates below count every image, so they can differ."
    )


def freshness(run: Run) -> str:
    """Whether the confidence is exact, approximate or unknown: validation must not have chosen the network too."""
    chosen = run.manifest.get("data", {}).get("checkpoint_chosen_on_validation")
    if run.checkpoint is None:
        return (
            "These predictions were imported: whether validation also chose the network is not known. If it did, the "
            "confidence is only approximate."
        )
    if chosen or (chosen is None and run.config.recipe == "seed"):
        return (
            "Approximate: the epoch that was kept is the one with the best validation AUROC, so validation is no "
            "longer fresh and the confidence is less than stated."
        )
    return "Validation chose neither epoch nor weights of this network, so the confidence is as stated."


def like_validation(requirement: Requirement, tried: Sequence[Requirement] = ()) -> str:
    """For whom a confidence holds, and how often it may be asked for.

    ``tried`` are all questions of one floor or two that these patients have answered in this session.
    """
    together = ", both floors together," if len(requirement.floors) > 1 else ""
    text = (
        f"The {100 * float(requirement.confidence):g} %{together} are for children like those of validation, not for "
        "another hospital, and for "
    )
    if requirement.every_floor:
        rates = " and of ".join(rate for rate, _ in requirement.floors)
        return f"{text}all floors of {rates} from {FLOORS[0]} to {FLOORS[-1]} at once: try as many as you like."
    return f"{text}one question asked once. {_tries(tried)}To try floors freely, choose the confidence “tried freely”."


def _tries(tried: Sequence[Requirement]) -> str:
    """What is left of the confidence when so many questions were asked; empty where it was one."""
    if len(tried) < 2:
        return ""
    left = 1 - sum(1 - Fraction(one.confidence) for one in tried)
    asked = f"{theme.counted(len(tried), 'such question')} were answered in this session: that all the guarantees hold"
    if left <= 0:
        return f"{asked} at once has no confidence left. "
    return (
        f"{asked} at once has a confidence of at least {100 * float(left):g} % (Bonferroni) if all were meant from the "
        "start, and less if one was asked because of what another showed. "
    )


def uncertainty(found: Estimate, scale: Scale, *, smooth: bool) -> str:
    """How far the threshold itself moves when patients are drawn anew; ``smooth`` as the requirement's is."""
    if not math.isfinite(found.low):
        return "How uncertain the threshold itself is cannot be said: no resample of patients meets the rule."
    low, high = (theme.probability(scale.probability(limit)) for limit in (found.low, found.high))
    logits = f"{scale.unit} {theme.fixed(found.low, 2)} to {theme.fixed(found.high, 2)}"
    if not smooth:
        return f"The threshold itself, in 95 % of smaller samples: {low} to {high} ({logits})."
    return f"The threshold itself, 95 % interval over patients: {low} to {high} ({logits})."


def weighed(
    requirement: Requirement, rates: dict[str, Estimate], correlation: float, prevalence: float
) -> tuple[str, Estimate, str] | None:
    """What the rule weighs at the threshold: its name, the estimate, and the same in words; None for floors, of the PPV
    too, which stands among the tiles.

    ``correlation`` is that of sensitivity and specificity.
    """
    sensitivity, specificity = rates["sensitivity"], rates["specificity"]
    at = f"at a prevalence of {theme.prevalence(prevalence)}"
    if requirement.kind == "capacity":
        share = share_called_positive(sensitivity, specificity, correlation, prevalence=prevalence)
        return "Called positive", share, f"{theme.percent(share.value)} of all are called positive {at}"
    if requirement.kind == "cost":
        miss, alarm = float(requirement.miss), float(requirement.alarm)
        cost = expected_cost(sensitivity, specificity, correlation, prevalence=prevalence, miss=miss, alarm=alarm)
        return "Expected cost", cost, f"{theme.ratio(1000 * cost.value)} for every 1,000 patients {at}"
    if requirement.kind == "net_benefit":
        probability = float(requirement.probability)
        benefit = expected_net_benefit(
            sensitivity, specificity, correlation, prevalence=prevalence, probability=probability
        )
        per = theme.ratio(1000 * benefit.value)
        return "Net benefit", benefit, f"worth {per} true positives for every 1,000 patients {at}, at no false alarm"
    return None


def weighed_line(name: str, found: Estimate, in_words: str) -> str:
    """``Expected cost 0.052 (0.031 to 0.080): 52 for every 1,000 patients ...``."""
    interval = theme.limits(found.low, found.high, lambda limit: theme.fixed(limit, 4))
    return f"{name} {theme.fixed(found.value, 4)} ({interval}): {in_words}."


def lines_drawn(requirement: Requirement, prevalence: float) -> tuple[dict[str, str], dict[str, float], str, str]:
    """Names of the lines that are drawn, limits with their words, title and axis of the picture."""
    if requirement.floors:
        rates = [rate for rate, _ in requirement.floors]
        limits = {f"floor of {rate}, {floor}": float(floor) for rate, floor in requirement.floors}
        title = f"{' and '.join(rates).capitalize()} by threshold"
        of = "one image a patient" if requirement.confidence else "all images"
        return {rate: rate for rate in rates}, limits, title, f"share ({of})"
    at = f"at a prevalence of {theme.prevalence(prevalence)}"
    if requirement.kind == "ppv":
        limits = {f"floor of the PPV, {theme.percent(float(requirement.ppv))}": float(requirement.ppv)}
        return {"ppv": "PPV"}, limits, f"PPV {at}", "share of those called positive"
    if requirement.kind == "capacity":
        limit = float(requirement.capacity)
        limits = {f"at most {theme.percent(limit)}": limit}
        return {"share": "share called positive"}, limits, f"Share called positive {at}", "share of all"
    if requirement.kind == "cost":
        limits = {"cost of calling nothing positive": prevalence * float(requirement.miss)}
        return {"cost": "expected cost"}, limits, f"Expected cost {at}", "cost a patient (in the costs' unit)"
    limits = {"net benefit of calling nothing positive": 0.0}
    return {"net_benefit": "net benefit"}, limits, f"Net benefit {at}", "true positives a patient"


def lines_in_words(
    lines: pd.DataFrame, names: dict[str, str], found: OperatingPoint | Unreachable, scale: Scale
) -> str:
    """The text alternative of the picture."""
    along = " and ".join(names.values())
    passing = passing_stretches(lines)
    text = f"Lines of {along} against the threshold, over {theme.counted(len(lines), 'threshold')} of validation."
    if len(passing):
        named = [[theme.probability(scale.probability(end)) for end in stretch] for stretch in passing[::-1]]
        text += f" What was asked holds from {', and from '.join(' to '.join(ends) for ends in named[:_STRETCHES])}."
        if len(named) > _STRETCHES:
            text += f" It holds in {len(named) - _STRETCHES} more such stretches above."
    if isinstance(found, OperatingPoint):
        text += f" The one that was found is {theme.probability(scale.probability(found.threshold))}."
    return text


def then(requirement_kind: str, rate: str) -> str:
    """How the sentence of the form ends."""
    if requirement_kind == "floor":
        return f"then the largest {OTHER[rate]}."
    return "then the largest sum of both."


def gap(name: str, own: Difference, named: str, *, chosen: bool) -> str:
    """How far the set called ``named`` is from validation in a rate; corrected where validation ``chosen`` for it."""
    difference = own.corrected_gap
    if math.isnan(difference.value):
        return f"{name}: validation and {named} cannot be compared, one of the two is undefined."
    value, interval = theme.difference(difference)
    corrected = ", corrected for the choice" if chosen else ""
    said = f": {theme.DIFFERS if own.differs else theme.ALIKE}" if math.isfinite(difference.low) else ""
    return f"{name}, {named} − validation{corrected}: {value} ({interval}){said}."
