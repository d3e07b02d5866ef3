"""The question of Find a threshold, as the reader writes it: read exactly, or refused in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from core.evaluation.choosing.requirement import Requirement
from dashboard import state

KINDS = {
    "floor": "A floor",
    "both": "Both floors",
    "ppv": "PPV",
    "cost": "Cost",
    "capacity": "Capacity",
    "net_benefit": "Net benefit",
}
CONFIDENCES = {
    "": "as observed",
    "0.90": "with 90 % confidence",
    "0.95": "with 95 % confidence",
    "0.99": "with 99 % confidence",
    "0.90 each": "with 90 % confidence, tried freely",
    "0.95 each": "with 95 % confidence, tried freely",
    "0.99 each": "with 99 % confidence, tried freely",
}
OTHER = {"sensitivity": "specificity", "specificity": "sensitivity"}
FIRST = {
    "kind": "floor",
    "rate": "sensitivity",
    "sensitivity": "0.95",
    "specificity": "0.90",
    "confidence": "0.95",
    "miss": "10",
    "alarm": "1",
    "prevalence": "",
    "ppv": "50 %",
    "capacity": "20 %",
    "probability": "10 %",
}
"""What the fields hold before the reader writes in them."""

_NUMERAL = re.compile(r"(\d{1,9}|\d{0,9}[.,]\d{1,9})\s*(%?)", re.ASCII)
_QUOTED = 30


def written() -> dict[str, str]:
    """What stands in every field: what the address says, and where it says nothing what they hold at first."""
    known, typed = state.prevalence(), state.required()
    said = numeral_of_share(typed.get("prevalence", ""))
    if said is not None and float(said) != known:
        typed.pop("prevalence")  # the clinic's was changed elsewhere since
    return FIRST | {"prevalence": "" if known is None else repr(known)} | typed


def asked() -> Requirement | None:
    """The question of the address; None where it cannot be read."""
    texts = written()
    return read(texts)[0] if texts["kind"] in KINDS else None


def read(texts: Mapping[str, str]) -> tuple[Requirement | None, list[str]]:
    """The requirement that ``texts`` (as :data:`FIRST`) state, or None and what is wrong with them, in words."""
    kind, problems = texts["kind"], list[str]()

    def number(name: str, called: str, *, share: bool = True, one: bool = False) -> str:
        numeral = _numeral(texts[name])
        if numeral is not None and _within(Fraction(numeral), share=share, one=one):
            return numeral
        said = f"“{texts[name][:_QUOTED]}”" if texts[name].strip() else "empty"
        problems.append(f"{called} is {_wanted(share=share, one=one)}; here it is {said}.")
        return ""

    def prevalence() -> str:
        return number("prevalence", "The prevalence") if texts["prevalence"].strip() else ""

    if kind in {"floor", "both"}:
        rates = (texts["rate"],) if kind == "floor" else tuple(OTHER)
        floors = tuple((rate, number(rate, f"The floor of {rate}", one=True)) for rate in rates)
        confidence, _, each = texts["confidence"].partition(" ")
        found = Requirement(kind=kind, floors=floors, confidence=confidence, every_floor=bool(each))
    elif kind == "cost":
        miss, alarm = (
            number(name, f"The cost of a {called}", share=False)
            for name, called in (("miss", "miss"), ("alarm", "false alarm"))
        )
        found = Requirement(kind=kind, miss=miss, alarm=alarm, prevalence=prevalence())
    elif kind == "ppv":
        floor = number("ppv", "The floor of the PPV", one=True)
        found = Requirement(kind=kind, ppv=floor, prevalence=prevalence())
    elif kind == "capacity":
        capacity = number("capacity", "The share that may be flagged", one=True)
        found = Requirement(kind=kind, capacity=capacity, prevalence=prevalence())
    else:
        probability = number("probability", "The threshold probability")
        found = Requirement(kind=kind, probability=probability, prevalence=prevalence())
    return (None if problems else found), problems


def numeral_of_share(text: str) -> str | None:
    """The decimal numeral of a share strictly between 0 and 1; None for anything else."""
    numeral = _numeral(text)
    return numeral if numeral is not None and _within(Fraction(numeral), share=True, one=False) else None


def _numeral(text: str) -> str | None:
    """``95 %``, ``0,95`` and ``0.95`` as the decimal numeral 0.95; None for anything else."""
    match = _NUMERAL.fullmatch(text.strip())
    if match is None:
        return None
    numeral, percent = match[1].replace(",", "."), match[2]
    if not percent:
        return numeral
    whole, _, decimals = numeral.partition(".")
    digits = whole.rjust(3, "0")
    return f"{digits[:-2]}.{digits[-2:]}{decimals}"


def _within(value: Fraction, *, share: bool, one: bool) -> bool:
    return value > 0 and (not share or value < 1 or (one and value == 1))


def _wanted(*, share: bool, one: bool) -> str:
    if not share:
        return "a number above 0, such as 10"
    upper = "at most 1" if one else "below 1"
    return f"a share above 0 and {upper}, such as 0.95 or 95 %"
