"""Numbers, counts and times as people read them: the dashboard and the dossier write the same figures."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from core.evaluation.estimates.intervals import Estimate

EM_DASH = "—"
MINUS = "\N{MINUS SIGN}"
NO_INTERVAL = "no interval"

_MOST_PLACES = 6
_ALL_DIGITS_BELOW = 1e21
"""From here on a browser writes a number with an exponent."""
_NO_ZERO = 0.5e-6
"""From here on a number is not 0 in so many decimals."""


def rate(value: float) -> str:
    """A rate in three decimals; an em dash where it is undefined."""
    return _decimals(value, 3) if math.isfinite(value) else EM_DASH


def ratio(value: float) -> str:
    """A ratio in three significant digits with a true minus, from 1,000 on as a whole number; the sign of infinity
    where it is infinite, an em dash where undefined."""
    if value == math.inf:
        return "∞"
    if not math.isfinite(value):
        return EM_DASH
    if value < 0:
        text = ratio(-value)
        beyond = {"<": ">", ">": "<"}.get(text[0], "")
        return f"{beyond}{MINUS}{text.lstrip('<>')}"
    if 0 < value < 0.0001:
        return "<0.0001"
    if value >= 999_999.5:
        return ">999,999"
    if value >= 999.5:
        return f"{int(_decimals(value, 0)):,}"
    places = 2 - math.floor(math.log10(value)) if value > 0 else 2
    text = _decimals(value, places)
    # 9.996 has become 10.00: one digit too many.
    return text if len(text.replace(".", "").lstrip("0")) <= 3 else _decimals(value, places - 1)


def signed(value: float, places: int = 3) -> str:
    """A difference in so many decimals with its sign (a true minus); an em dash where it is undefined."""
    if not math.isfinite(value):
        return EM_DASH
    return ("" if value < 0 else "+") + _decimals(value, places).replace("-", MINUS)


def fixed(value: float, places: int) -> str:
    """A number in so many decimals, with a true minus; an em dash where it is undefined."""
    return _decimals(value, places).replace("-", MINUS) if math.isfinite(value) else EM_DASH


def logit(value: float) -> str:
    """A threshold as it is shown, in four decimals with a true minus; :func:`logit_in_full` has the rest."""
    return fixed(value, 4)


def logit_in_full(value: float) -> str:
    """A threshold to its last digit, with a true minus."""
    return repr(float(value)).replace("-", MINUS)


def percent(value: float) -> str:
    """A share in percent, with a decimal near the ends; never rounded to a certainty that it is not."""
    if not math.isfinite(value):
        return EM_DASH
    if 0 < value < 0.001:
        return "<0.1 %"
    if 0.999 < value < 1:
        return ">99.9 %"
    return f"{_decimals(100 * value, 0 if 0.0095 <= value <= 0.9905 or value in (0, 1) else 1)} %"


def prevalence(value: float) -> str:
    """A prevalence that somebody set, in percent and five digits, as the page of the clinic writes it."""
    return f"{float(f'{100 * value:.5g}'):g} %"


def percent_range(low: float, high: float) -> str:
    """``80 to 90 %``, in as many decimals (at most four) as tell the ends apart from each other, 0 and 100 %."""
    for places in range(5):
        ends = [str(int(100 * end)) if end in (0, 1) else _decimals(100 * end, places) for end in (low, high)]
        if len({*map(float, ends), 0.0, 100.0}) == len({low, high, 0, 1}):
            break
    return f"{ends[0]} to {ends[1]} %"


def probability(value: float) -> str:
    """A probability in four decimals at most; never rounded to a certainty that it is not."""
    if not math.isfinite(value):
        return EM_DASH
    if 0 < value < 0.0001:
        return "<0.0001"
    if 0.9999 < value < 1:
        return ">0.9999"
    return _decimals(value, 4)


def _decimals(value: float, places: int) -> str:
    """Rounded half up from the exact value, as a browser's ``toFixed`` does, so that both write the same figures."""
    if abs(value) >= _ALL_DIGITS_BELOW:
        return repr(float(value))
    return str(Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def interval(estimate: Estimate) -> str:
    """``0.922 to 0.967``; says so where a value has no interval, and is empty where there is no value."""
    return "" if math.isnan(estimate.value) else limits(estimate.low, estimate.high)


def limits(low: float, high: float, written: Callable[[float], str] = rate) -> str:
    """``0.922 to 0.967``, each as it is ``written``; ``2.10 or more`` where the upper end is infinite; says so where a
    value has no interval."""
    if high == math.inf:
        return f"{written(low)} or more"
    return f"{written(low)} to {written(high)}" if math.isfinite(low) and math.isfinite(high) else NO_INTERVAL


def how(estimate: Estimate) -> str:
    """How an interval was made, or why there is none: ``no interval, as the patients do not differ``."""
    return f"{estimate.method}, as {estimate.reason}" if estimate.reason else estimate.method


def difference(found: Estimate, places: int = 3) -> tuple[str, str]:
    """A difference and its interval, ``("+0.012", "+0.004 to +0.020")``, in :func:`telling_places`; the interval as
    :func:`interval` where there is none."""
    places = telling_places(found, places)
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return signed(found.value, places), interval(found)
    return signed(found.value, places), f"{signed(found.low, places)} to {signed(found.high, places)}"


def telling_places(found: Estimate, places: int) -> int:
    """How many decimals a difference needs so that no limit looks like 0 that is not: six at most.

    What an interval of a difference is read for is whether it holds 0.
    """
    limits = [limit for limit in (found.low, found.high) if math.isfinite(limit) and abs(limit) >= _NO_ZERO]
    while places < _MOST_PLACES and any(not float(_decimals(limit, places)) for limit in limits):
        places += 1
    return places


def told_apart(first: float, second: float) -> tuple[str, str]:
    """Two rates in three decimals, in as many more (six at most) as they differ by."""
    places = 3
    while places < _MOST_PLACES and first != second and _decimals(first, places) == _decimals(second, places):
        places += 1
    return _decimals(first, places), _decimals(second, places)


def count(number: float) -> str:
    """A count with thousands separators."""
    return f"{int(number):,}"


def counted(number: int, singular: str, plural: str = "") -> str:
    """``1 patient``, ``2 patients``."""
    return f"{count(number)} {singular if number == 1 else plural or singular + 's'}"


def alarms_in_words(real: int, alarms: int) -> str:
    """``Of 10 alarms, 2 are real (46 of 231).``; of more where ten would make a certainty of it that it is not."""
    if not alarms:
        return "Nobody is called positive, so there is no alarm."
    for among in (10, 100, 1_000, 10_000, alarms):
        of_them = int(_decimals(among * real / alarms, 0))
        if real in (0, alarms) or 0 < of_them < among:
            break
    are = "is" if of_them == 1 else "are"
    return f"Of {count(among)} alarms, {count(of_them)} {are} real ({count(real)} of {count(alarms)})."


def moment(created: str) -> str:
    """An ISO time with its zone as people read it, ``3 Mar 2026, 14:02 UTC``."""
    time = datetime.fromisoformat(created).astimezone(UTC)
    return f"{day(time)}, {time:%H:%M} UTC"


def day(time: datetime) -> str:
    """``3 Mar 2026``, in UTC."""
    time = time.astimezone(UTC)
    return f"{time.day} {time:%b %Y}"
