"""What is said of a film that a reader brought."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evaluation.estimates.intervals import Estimate
from core.telling.scale import Scale
from dashboard import theme

if TYPE_CHECKING:
    from core.films.film import Film
    from core.films.reading import Reading
    from core.films.strangeness import Acquaintance

HELP = (
    "They stay in this session's memory, are written to no disk, and are forgotten with the page. Of a DICOM file "
    "nothing is read but its pixels and how they are shown; text that was burned into the pixels stays in them, and is "
    "not looked for."
)
NO_FEATURES = (
    "This run was made without features of its films, so neither likeness nor strangeness can be told; fit again with "
    "train.py to have them."
)
SIMILAR = (
    "By the distance of penultimate features: alike to the network, whatever made it so. Their truth is no evidence "
    "for this film."
)
LOOKS = "nine looks (shifted by 3 %, turned by 4°, darker and brighter)"


@dataclass(frozen=True, kw_only=True, slots=True)
class InUse:
    """A threshold, a logit, and which one it is."""

    threshold: float
    called: str


def headline(files: int, read: int) -> str:
    """How many films there are figures of, and what these are not."""
    return (
        f"What a research model says of {theme.counted(read, 'film')} of {theme.counted(files, 'file')}. It has "
        "seen no patient, and a figure about one film has no confidence interval: the range beside it is only how far "
        "the score moves when the film is shifted, turned or exposed a little otherwise."
    )


def too_many(files: int, most: int) -> str:
    """That only the first files are read."""
    return f"{theme.count(files)} files were chosen; the first {most} are read, bring the others afterwards."


def file_facts(film: Film) -> str:
    """Size and kind of a film's file, and the warning of burned-in text where the file has one."""
    burned = ", the file says that text is burned into it" if film.burned_in else ""
    return f"{film.width:,} × {film.height:,} px, stored as {film.kind}{burned}"


def verdict(known: Acquaintance | None, film: Film, reading: Reading) -> tuple[str, str, bool]:
    """Whether the network knows such films: a word, why, and whether it is a warning."""
    if film.no_film:
        return "no radiograph", f"its pixels say so: {film.odd}", True
    odd = f"; {film.odd}" if film.odd else ""
    if known is None:
        return "not told", f"the run was made without features{odd}", bool(odd)
    patients = len(known.validation)
    as_far = round(known.as_strange(reading.distance) * (patients + 1)) - 1
    said = f"as far from train as it: {theme.count(as_far)} of {theme.count(patients)} patients of validation{odd}"
    if math.isnan(known.limit):
        return "not told", f"{said}; {known.reason}", bool(odd)
    return ("strange", said, True) if reading.distance > known.limit else ("known", said, bool(odd))


def truth_of(label: int | None, classes: tuple[str, str]) -> str:
    """The truth of a film of train; of several findings one may be unknown (None)."""
    return "truth not known" if label is None else f"{classes[int(label)]} (truth)"


def probability(scale: Scale, reading: Reading) -> tuple[str, str]:
    """The probability of a film, and how far it moves."""
    return theme.probability(scale.probability(reading.logit)), _range(scale, reading)


def at_clinic(scales: Sequence[Scale], reading: Reading) -> tuple[str, str]:
    """The same at the prevalence of a clinic, or at both ends of its range."""
    values = " to ".join(theme.probability(scale.probability(reading.logit)) for scale in scales)
    low, high = scales[0].probability(reading.low), scales[-1].probability(reading.high)
    return values, theme.limits(low, high, theme.probability)


def side(used: InUse, reading: Reading, classes: tuple[str, str]) -> tuple[str, str]:
    """On which side of the threshold a film lies, and how far from it."""
    above = reading.logit >= used.threshold
    distance = abs(reading.logit - used.threshold)
    where = f"{theme.fixed(distance, 2)} logits {'above' if above else 'below'} the threshold"
    beyond = int(((reading.looks >= used.threshold) != above).sum())
    looks = f"; {beyond} of {len(reading.looks)} looks fall on the other side" if beyond else ""
    return f"called {classes[int(above)]}", f"{where}{looks}"


def caption(used: InUse, called: str) -> str:
    """How the table was made."""
    return (
        f"Called by {used.called}: {called}, logit {theme.fixed(used.threshold, 4)}. Ranges are the lowest and the "
        f"highest of {LOOKS}; they are no confidence intervals. Research use only, not for diagnosis."
    )


def burned_in(film: Film) -> Iterator[str]:
    """What is known of text in the pixels of a film."""
    if film.burned_in:
        yield "The file says that text is burned into its pixels: it may name the patient, and the network sees it too."
    elif film.burned_in is None:
        yield "Whether text is burned into the pixels is not said by the file and was not looked for."


def how(known: Acquaintance | None, alarms: Mapping[str, Estimate]) -> Iterator[str]:
    """What stands behind the verdict, in sentences."""
    yield (
        "Pixels first: a picture that is blank, black and white alone, without contrast, or in colour is called no "
        "radiograph. Then its features: how far they lie from the tenth nearest film of train (Sun and others 2022)."
    )
    if known is None:
        yield NO_FEATURES
        return
    if math.isnan(known.limit):
        yield f"No limit is set: {known.reason}."
        return
    yield (
        f"Strange is what lies farther than all but 1 % of {theme.count(len(known.validation))} patients of "
        "validation, one film each (split conformal prediction): of films like those, 1 in 100 is called strange by "
        "mistake."
    )
    for name, rate in alarms.items():
        if math.isnan(rate.value):
            yield f"How often films of {theme.set_name(name)} are called strange is not known: {rate.reason}."
            continue
        limits = theme.percent_range(rate.low, rate.high)
        yield (
            f"Of the films of {theme.set_name(name)}, {theme.percent(rate.value)} ({limits}) are called strange. Where "
            "test is of validation's hospital, that is its rate of false alarms; where it is of another, it says how "
            "strange that hospital's films are to the network."
        )
    yield (
        "A film that is called known may still be read wrongly, and not every strange film is noticed. "
        "docs/strangers.md has what is said to an adult's film, a leg, photographs, pages, noise, and films that were "
        "inverted or turned."
    )


def _range(scale: Scale, reading: Reading) -> str:
    return theme.limits(scale.probability(reading.low), scale.probability(reading.high), theme.probability)
