"""How a page looks, measured: what is wider than the screen, what lies over what, and which text is too faint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Any

from dashboard import theme

A4 = 703
"""Pixels of a page's width between its margins of 12 mm."""

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


_SETTLED = """() => !document.querySelector(
        "[data-testid=stStatusWidget], [data-testid=stSpinner], [data-testid=stSkeleton]")
    && [...document.querySelectorAll("[data-testid=stPlotlyChart]")].every(chart => chart.querySelector(".main-svg"))"""

_GROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 26)"}
_COLOURED = "ground => getComputedStyle(document.querySelector('.stApp')).backgroundColor === ground"
_READY = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
# A run that is over before the page draws its beginning is not seen: after ten seconds it is taken to be over.
_WATCHED = """() => {
    const app = document.querySelector("[data-testid=stApp]")
    let ran = false
    const look = changes => {
        ran ||= [app.dataset.testScriptState, ...changes.map(change => change.oldValue)].includes("running")
        if (!ran || app.dataset.testScriptState !== "notRunning") return
        observer.disconnect()
        window.ranAgain = true
    }
    const observer = new MutationObserver(look)
    window.ranAgain = false
    observer.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"], attributeOldValue: true })
    setTimeout(() => { ran = true; look([]) }, 10_000)
}"""
_RAN_AGAIN = "() => window.ranAgain"
_LED = "address => { history.pushState({}, '', address); dispatchEvent(new PopStateEvent('popstate')) }"
_STILL = """() => new Promise(done => {
    let timer
    const deep = root => [root, ...[...root.querySelectorAll("*")].filter(e => e.shadowRoot)
        .flatMap(e => deep(e.shadowRoot))]
    const observer = new MutationObserver(() => wait())
    const wait = () => {
        clearTimeout(timer)
        timer = setTimeout(() => { observer.disconnect(); done() }, 200)
    }
    for (const root of deep(document))
        observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true })
    wait()
})"""


def sideways(page: Any) -> list[int]:
    """By how many pixels the document and its main part are wider than what is seen of them."""
    return still(page).evaluate(
        "() => ['html', '[data-testid=stMain]'].map(s => document.querySelector(s))"
        ".map(e => e.scrollWidth - e.clientWidth)"
    )


def one_below_the_other(chart: Any, parts: Sequence[str]) -> bool:
    """Whether the ``parts`` of a chart, from the top down, do not lie over each other."""
    for part in parts:
        chart.locator(part).first.wait_for()
    boxes = [chart.locator(part).first.bounding_box() for part in parts]
    return all(above["y"] + above["height"] <= below["y"] + 2 for above, below in pairwise(boxes))


def contrasts(page: Any, selectors: Sequence[str]) -> dict[str, float]:
    """The contrast of the first text of each selector with what is behind it (WCAG 2: 4.5 for small text)."""
    return still(page).evaluate(_CONTRAST, list(selectors))


def settled(page: Any) -> Any:
    """The same page, once all of it is drawn and nothing runs."""
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_function(_SETTLED, polling=200, timeout=120_000)
    return still(page)


def still(page: Any) -> Any:
    """The same page, once its script has ended and nothing in it, components too, has changed for 0.2 seconds."""
    page.wait_for_function(_READY, timeout=120_000)
    page.evaluate(_STILL)
    return page


def on_paper(page: Any) -> Any:
    """The same page as it is laid out for A4."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4, "height": 1000})
    return page


def off_paper(page: Any) -> Any:
    """The same page on the screen again, as wide as A4."""
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    return still(page)


def saved(page: Any, name: str, kind: str, folder: Path) -> Path:
    """The file that the button of this name saves, in ``folder``."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=f"Save {name} as {kind}", exact=True).click()
    file = folder / str(waiting.value.suggested_filename)
    waiting.value.save_as(file)
    return file


@contextmanager
def ran_again(page: Any) -> Iterator[None]:
    """Wait after what is done in it until the page's script has run again, and the page stands still."""
    page.evaluate(_WATCHED)
    yield
    page.wait_for_function(_RAN_AGAIN, timeout=120_000)
    still(page)


def led_to(page: Any, address: str) -> None:
    """Lead the page to an address of its server without another document."""
    with ran_again(page):
        page.evaluate(_LED, address)


def said_at(slider: Any, places: Sequence[int], said: str) -> list[Any]:
    """What ``said``, a function of JavaScript, gives with the ``slider`` at each of these positions, moved as a drag
    does, without being released."""
    found: list[Any] = slider.evaluate(
        f"""async (slider, places) => {{
            const found = []
            for (const place of places) {{
                slider.value = place
                slider.dispatchEvent(new Event("input"))
                await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
                found.push(({said})())
            }}
            return found
        }}""",
        places,
    )
    return found


def painted(page: Any, scheme: str) -> None:
    """Have the page drawn in this scheme, "dark" or "light"; where that is another one, its script runs again."""
    changes = not page.evaluate(_COLOURED, _GROUND[scheme])
    with ran_again(page) if changes else nullcontext():
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(_COLOURED, arg=_GROUND[scheme])
    still(page)


def in_both_schemes(page: Any) -> Iterator[str]:
    """The page in dark, as it was opened, then in light, each once it is drawn."""
    for scheme in ("dark", "light"):
        painted(page, scheme)
        yield scheme


def address_of(name: str) -> str:
    """The address of the page of this name, of ``theme.PAGES``."""
    return "/" if name == next(iter(theme.PAGES)) else f"/{name}"
