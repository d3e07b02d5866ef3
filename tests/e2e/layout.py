"""How a page looks, measured: what is wider than the screen, what lies over what, and which text is too faint."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

_CONTRAST = """selectors => {
    const pixel = document.createElement("canvas").getContext("2d", {willReadFrequently: true})
    const rgba = colour => {
        pixel.clearRect(0, 0, 1, 1); pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1)
        return [...pixel.getImageData(0, 0, 1, 1).data].map(v => v / 255)
    }
    const over = (top, below) => top.slice(0, 3).map((v, i) => v * top[3] + below[i] * (1 - top[3]))
    const light = colour => colour.map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
    const ground = element => {
        const chain = []
        for (let e = element; e; e = e.parentElement ?? e.getRootNode().host)
            chain.unshift(rgba(getComputedStyle(e).backgroundColor))
        return chain.reduce((below, top) => over(top, below), [1, 1, 1])
    }
    const find = selector => document.querySelector(selector)
        ?? [...document.querySelectorAll("*")].map(e => e.shadowRoot?.querySelector(selector)).find(Boolean)
    return Object.fromEntries(selectors.map(selector => {
        const element = find(selector), style = getComputedStyle(element)
        const paper = ground(element)
        const text = rgba(element instanceof SVGElement ? style.fill : style.color)
        text[3] *= Number(style.opacity)
        const [a, b] = [light(over(text, paper)), light(paper)].sort((x, y) => y - x)
        return [selector, (a + 0.05) / (b + 0.05)]
    }))
}"""


def sideways(page: Any) -> list[int]:
    """By how many pixels the document and its main part are wider than what is seen of them."""
    return page.evaluate(
        "() => ['html', '[data-testid=stMain]'].map(s => document.querySelector(s))"
        ".map(e => e.scrollWidth - e.clientWidth)"
    )


def one_below_the_other(chart: Any, parts: Sequence[str]) -> bool:
    """Whether the ``parts`` of a chart, from the top down, do not lie over each other."""
    boxes = [chart.locator(part).first.bounding_box() for part in parts]
    return all(above["y"] + above["height"] <= below["y"] + 2 for above, below in pairwise(boxes))


def contrasts(page: Any, selectors: Sequence[str]) -> dict[str, float]:
    """The contrast of the first text of each selector with what is behind it (WCAG 2: 4.5 for small text)."""
    return page.evaluate(_CONTRAST, list(selectors))
