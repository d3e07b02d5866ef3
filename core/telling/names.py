"""How sets, rules, rates and verdicts are called, wherever they are told of."""

from __future__ import annotations

from core.evaluation.comparing.promise import Verdict

PRODUCT = "Threshold workbench"
DISCLAIMER = "Research use only. Not for diagnosis."

MEASURES = {"auroc": "AUROC", "auprc": "AUPRC"}
SCALES = {"calibrated": "Calibrated", "raw": "Raw", "score": "Score"}
SPLITS = {"train": "Training", "validation": "Validation", "test": "Test"}
"""The run's own sets; every other one is a site, and called by its name."""
ALL_SITES = "all"


RULES = {
    "youden": "Youden's J",
    "specificity_0.90": "Specificity at least 0.90",
    "sensitivity_0.95": "Sensitivity at least 0.95",
    "best_f1": "Best F1",
}

RATES = {
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "precision": "Precision (PPV)",
    "npv": "NPV",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "f1": "F1",
}

VERDICTS = {Verdict.HELD: "held", Verdict.BROKEN: "broken", Verdict.UNTOLD: "these patients do not tell"}
"""What is said of a promise, and of nothing else."""
DIFFERS, ALIKE = "differs, more than chance", "no clear difference"
"""What is said of a difference, and of nothing else."""


def set_title(name: str) -> str:
    """How an evaluation set is called on a switch or an axis."""
    return "All sites" if name == ALL_SITES else SPLITS.get(name, name)


def set_name(name: str) -> str:
    """How an evaluation set is called in a sentence."""
    if name == ALL_SITES:
        return "all sites together"
    return SPLITS[name].lower() if name in SPLITS else f"site {name}"
