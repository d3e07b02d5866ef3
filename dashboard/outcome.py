"""What one threshold means for the images of one split, in counts."""

from __future__ import annotations

import html
from dataclasses import dataclass

from dashboard import drawn, theme


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What one threshold means for the images of one split, in counts."""

    split: str
    n_pos: int
    n_neg: int
    patients_pos: int
    patients_neg: int
    found: int
    cleared: int

    @property
    def missed(self) -> int:
        return self.n_pos - self.found

    @property
    def alarmed(self) -> int:
        return self.n_neg - self.cleared


def show(title: str, found: Outcome, words: tuple[str, str], noun: str) -> None:
    """What a threshold means for one split, in natural frequencies, each sentence with its bar of right and wrong.

    ``words`` is how the classes are called (negative, positive), ``noun`` what is counted.
    """
    without, with_finding = words
    positive = (
        f"Of {theme.count(found.n_pos)} {noun} {with_finding} ({theme.counted(found.patients_pos, 'patient')}), "
        f"{_are(found.found)} found and {_are(found.missed)} missed."
        if found.n_pos
        else f"There are none {with_finding}, so how many are found cannot be known."
    )
    negative = (
        f"Of {theme.count(found.n_neg)} {without} ({theme.counted(found.patients_neg, 'patient')}), "
        f"{_are(found.cleared)} sent home and {_are(found.alarmed)} falsely alarmed."
        if found.n_neg
        else f"There are none {without}, so how many are falsely alarmed cannot be known."
    )
    drawn.html(
        f"<div class='tw-label'>{html.escape(title)}</div>"
        f"<p class='tw-sentence'>{html.escape(positive)}</p>{_share(found.found, found.n_pos, theme.POSITIVE)}"
        f"<p class='tw-sentence'>{html.escape(negative)}</p>{_share(found.cleared, found.n_neg, theme.NEGATIVE)}"
        f"<p class='tw-sentence'>{theme.alarms_in_words(found.found, found.found + found.alarmed)}</p>"
    )


def _share(right: int, total: int, colour: str) -> str:
    """Right ones solid, wrong ones hatched; empty where there is nothing to share out."""
    if not total:
        return ""
    return (
        f"<div class='tw-share' aria-hidden='true' style='--tw-class:{colour}'>"
        f"<i style='width:{100 * right / total:.2f}%'></i>{'<b></b>' if right < total else ''}</div>"
    )


def _are(number_of: int) -> str:
    return f"{theme.count(number_of)} {'is' if number_of == 1 else 'are'}"
