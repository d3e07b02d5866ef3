"""Plain pictures as SVG, drawn when the dossier is written: axes with ticks, lines, bars, dots with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np

WIDTH, HEIGHT = 352, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 14, 30, 46

Range = tuple[float, float]


@dataclass(kw_only=True, slots=True)
class Picture:
    """A picture of ``x`` and ``y`` in the units of their axes, whose ``parts`` are drawn in turn, the first lowest."""

    title: str
    x_title: str
    y_title: str
    x: Range
    y: Range
    alt: str
    width: int = WIDTH
    height: int = HEIGHT
    parts: list[str] = field(default_factory=list)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The pixel of a point."""
        (left, right), (bottom, top) = self.x, self.y
        inside = self.width - _LEFT - _RIGHT, self.height - _TOP - _BOTTOM
        return _LEFT + inside[0] * (x - left) / (right - left), _TOP + inside[1] * (top - y) / (top - bottom)

    def line(self, x: Iterable[float], y: Iterable[float], *, look: str) -> None:
        """A line through points; those that fall on one pixel are one, and one that is not finite parts it."""
        pieces: list[list[str]] = [[]]
        before = ""
        for point in zip(x, y, strict=True):
            if not all(map(math.isfinite, point)):
                pieces.append([])
                continue
            here = "{:.1f} {:.1f}".format(*self.at(*point))
            if here != before:
                pieces[-1].append(here)
            before = here
        path = " ".join("M" + " L".join(piece) for piece in pieces if len(piece) > 1)
        if path:
            self.parts.append(f"<path class='line {look}' d='{path}'/>")

    def band(self, x: Sequence[float], low: Sequence[float], high: Sequence[float], *, look: str) -> None:
        """The area between two lines over the same ``x``, where both are finite."""
        known = [row for row in zip(x, low, high, strict=True) if all(map(math.isfinite, row))]
        if len(known) > 1:
            around = [(a, b) for a, b, _ in known] + [(a, c) for a, _, c in reversed(known)]
            self.area(*zip(*around, strict=True), look=look)

    def area(self, x: Iterable[float], y: Iterable[float], *, look: str) -> None:
        """The area within an outline of finite points."""
        points = dict.fromkeys("{:.1f},{:.1f}".format(*self.at(*point)) for point in zip(x, y, strict=True))
        self.parts.append(f"<polygon class='band {look}' points='{' '.join(points)}'/>")

    def dot(self, x: float, y: float, *, look: str, low: float = math.nan, high: float = math.nan) -> None:
        """A dot, with its interval upright where it has one."""
        if not (math.isfinite(x) and math.isfinite(y)):
            return
        a, b = self.at(x, y)
        if math.isfinite(low) and math.isfinite(high):
            self.parts.append(
                f"<line class='{look}' x1='{a:.1f}' x2='{a:.1f}' y1='{self.at(x, low)[1]:.1f}' "
                f"y2='{self.at(x, high)[1]:.1f}'/>"
            )
        self.parts.append(f"<circle class='{look}' cx='{a:.1f}' cy='{b:.1f}' r='4'/>")

    def steps(self, edges: Sequence[float], heights: Sequence[float], *, look: str) -> None:
        """The outline of a histogram, ``edges`` one more than ``heights``."""
        x = np.repeat(np.asarray(edges), 2)
        y = np.concatenate([[0.0], np.repeat(np.asarray(heights), 2), [0.0]])
        self.line(x.tolist(), y.tolist(), look=look)

    def drawn(self, *, key: str = "") -> str:
        """The picture as HTML. With a ``key`` a live threshold finds it as it finds a chart of the dashboard."""
        (x0, y0), (x1, y1) = self.at(self.x[0], self.y[1]), self.at(self.x[1], self.y[0])
        ranges = f'{{"xaxis":{{"range":{list(self.x)}}},"yaxis":{{"range":{list(self.y)}}}}}'
        area = f"x='{x0:.0f}' y='{y0:.0f}' width='{x1 - x0:.0f}' height='{y1 - y0:.0f}'"
        svg = (
            f"<svg class='main-svg' width='{self.width}' height='{self.height}' role='img' "
            f"aria-label='{escape(self.alt, quote=True)}'>"
            f"<text class='gtitle' x='{_LEFT}' y='16'>{escape(self.title)}</text>"
            f"<rect class='nsewdrag' {area}/>"
            f"{self._ticks()}{''.join(self.parts)}"
            f"<text class='axis' x='{(x0 + x1) / 2:.0f}' y='{self.height - 8}'>{escape(self.x_title)}</text>"
            f"<text class='axis' transform='translate(14 {(y0 + y1) / 2:.0f}) rotate(-90)'>"
            f"{escape(self.y_title)}</text>"
            "</svg>"
        )
        return (
            f"<figure class='st-key-{key}'><div class='holder'><div class='js-plotly-plot' data-layout='{ranges}'>"
            f"{svg}</div></div></figure>"
        )

    def _ticks(self) -> str:
        marks = []
        for value in ticks(*self.x):
            a, b = self.at(value, self.y[0])
            marks.append(f"<line class='grid' x1='{a:.1f}' x2='{a:.1f}' y1='{_TOP}' y2='{b:.1f}'/>")
            marks.append(f"<text class='tick middle' x='{a:.1f}' y='{b + 15:.1f}'>{written(value)}</text>")
        for value in ticks(*self.y):
            a, b = self.at(self.x[0], value)
            marks.append(f"<line class='grid' x1='{a:.1f}' x2='{self.width - _RIGHT}' y1='{b:.1f}' y2='{b:.1f}'/>")
            marks.append(f"<text class='tick end' x='{a - 6:.1f}' y='{b + 4:.1f}'>{written(value)}</text>")
        return "".join(marks)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most so many round numbers from ``low`` to ``high``, evenly spaced by 1, 2, 2.5 or 5 times a power of ten."""
    rough = (high - low) / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 12) for number in range(first, math.floor(high / step + 1e-9) + 1)]


def written(value: float) -> str:
    """A tick in as few digits as it needs, with a true minus."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")
