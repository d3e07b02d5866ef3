"""The pictures of a dossier: curves and scores under the live threshold, calibration and net benefit that stand."""

from __future__ import annotations

import numpy as np

from core.dossier.contents import Contents
from core.dossier.svg import Picture
from core.evaluation.calibration.probability import probability
from core.evaluation.calibration.reliability import reliability_bins
from core.evaluation.positions import rows_at
from core.evaluation.predictions import FloatArray, Predictions
from core.evaluation.roc_band import outline, roc_band
from core.evaluation.worth.utility import decision_curve
from core.telling import numbers, words
from core.telling.names import set_name

_BARS = 40
_NARROWEST = 0.05
_LOOKS = ("own", "other")
"""Lines of the set that is named first, and of the one beside it."""


def live_pictures(found: Contents, name: str) -> str:
    """The three charts of validation (or the set that is seen) and of the set ``name``, whose markers move."""
    sets = dict.fromkeys((found.seen, name))
    listed = words.sets_in_words(sets)
    roc = Picture(
        title="ROC curve",
        x_title="1 − specificity",
        y_title="sensitivity",
        x=(0, 1),
        y=(0, 1),
        alt=f"ROC curve of {listed}. The threshold is a point on it that can be dragged. The area around it "
        f"holds both rates of every threshold of {set_name(name)} at once, in 95 of 100 such sets.",
    )
    precision = Picture(
        title="Precision-recall curve",
        x_title="sensitivity (recall)",
        y_title="precision (PPV)",
        x=(0, 1),
        y=(0, 1),
        alt=f"Precision-recall curve of {listed}. The threshold is a point on it that can be dragged.",
    )
    sweep = found.sweeps[name]
    limits = roc_band(sweep, np.append(-1, rows_at(sweep, found.points["threshold"].to_numpy())))
    if limits.notna().all(axis=None):
        roc.area(*outline(limits), look="own")
    roc.line([0, 1], [0, 1], look="even")
    for each, look in zip(sets, _LOOKS, strict=False):
        own, table = found.sets[each], found.points
        tp, fp = table[f"{each}_tp"].to_numpy(dtype=float), table[f"{each}_fp"].to_numpy(dtype=float)
        with np.errstate(invalid="ignore", divide="ignore"):
            sensitivity, alarms, right = tp / own.n_pos, fp / own.n_neg, tp / (tp + fp)
        roc.line([0, *alarms.tolist(), 1], [0, *sensitivity.tolist(), 1], look=look)
        precision.line(sensitivity.tolist(), right.tolist(), look=look)
    pictures = (("roc", roc), ("precision_recall", precision), ("scores", _scores(found, name)))
    return "".join(picture.drawn(key=key) for key, picture in pictures)


def _scores(found: Contents, name: str) -> Picture:
    own = found.sets[name]
    ends = found.points["threshold"].to_numpy()
    low, high = min(own.logit.min(), ends[-1]), max(own.logit.max(), ends[0])
    edges, shares = _steps(found, own) if found.leaves else _bars(own, low, high)
    classes = words.class_words(found.run)
    picture = Picture(
        title=f"Scores of {set_name(name)}",
        x_title="logit",
        y_title="share of the class",
        x=(float(edges[0]), float(edges[-1])),
        y=(0, float(max(map(np.max, shares))) * 1.08),
        alt=f"Distributions of logits of {set_name(name)}: {classes[0]} dashed, {classes[1]} solid. "
        "The threshold is a line across them that can be dragged.",
    )
    for share, look in zip(shares, ("negative", "positive"), strict=True):
        picture.steps(edges.tolist(), share.tolist(), look=look)
    return picture


Shares = list[FloatArray]


def _bars(own: Predictions, low: float, high: float) -> tuple[FloatArray, Shares]:
    """Edges of bars of equal width, and the share of each class in each."""
    room = max((high - low) / 50, 1e-6)
    edges = np.linspace(low - room, high + room, _BARS + 1)
    bars = [np.histogram(own.logit[own.y_true == label], edges)[0] for label in (0, 1)]
    return edges, [bar / max(bar.sum(), 1) for bar in bars]


def _steps(found: Contents, own: Predictions) -> tuple[FloatArray, Shares]:
    """The same with the positions as edges, between which enough patients lie: shares as high as they would be in bars
    of equal width, those beyond the outermost positions in one bar each."""
    inner = found.points["threshold"].to_numpy()[::-1]
    width = max((inner[-1] - inner[0]) / _BARS, _NARROWEST)
    edges = np.concatenate([[inner[0] - 4 * width], inner, [inner[-1] + 4 * width]])
    within = np.searchsorted(inner, own.logit, side="right")
    counts = [np.bincount(within[own.y_true == label], minlength=len(edges) - 1) for label in (0, 1)]
    return edges, [count / max(count.sum(), 1) * width / np.diff(edges) for count in counts]


def reliability(found: Contents, name: str) -> Picture | None:
    """The reliability diagram of a set with its calibrated probabilities, 10 bins; None without a temperature."""
    if found.temperature is None:
        return None
    own = found.sets[name]
    bins = reliability_bins(own.y_true, probability(own.logit, found.temperature), 10, patient_index=own.patient_index)
    picture = Picture(
        title=f"Calibration on {set_name(name)}",
        x_title="calibrated probability",
        y_title="share who are ill",
        x=(0, 1),
        y=(0, 1),
        alt="; ".join(
            f"mean probability {numbers.rate(p)}: {numbers.rate(o)} ill ({numbers.limits(low, high)}, {n} images)"
            for p, o, low, high, n in zip(
                bins.mean_predicted, bins.observed, bins.low, bins.high, bins.count, strict=True
            )
            if n
        ),
    )
    picture.line([0, 1], [0, 1], look="even")
    for p, observed, low, high in zip(bins.mean_predicted, bins.observed, bins.low, bins.high, strict=True):
        picture.dot(p, observed, low=low, high=high, look="own")
    return picture


def worth(found: Contents, name: str) -> Picture | None:
    """The decision curve of a set with its band, beside calling nobody and everybody; None without a temperature."""
    if found.temperature is None:
        return None
    table = decision_curve(found.sets[name], {"calibrated": found.temperature})
    x, value = table["probability"].tolist(), table["net_benefit"].tolist()
    share = found.sets[name].n_pos / found.sets[name].n
    picture = Picture(
        title=f"Net benefit on {set_name(name)}",
        x_title="threshold probability",
        y_title="net benefit",
        x=(0, 1),
        y=(-0.1, max(share, *value, *table["high"].dropna()) * 1.05),
        alt="Net benefit of the model (solid, with its 95 % band), of calling everybody positive (dashed) and nobody "
        f"(0), at the set's own prevalence of {numbers.percent(share)}.",
    )
    kept = [max(low, picture.y[0]) for low in table["low"]]
    picture.band(x, kept, table["high"].tolist(), look="own")
    picture.line(x, [0.0] * len(x), look="even")
    picture.line(x, [v if v >= picture.y[0] else np.nan for v in table["treat_all"]], look="other")
    picture.line(x, [v if v >= picture.y[0] else np.nan for v in value], look="own")
    return picture
