"""The live thresholds in real Chromium against the real server: frames while dragging, and times to open and to switch.

python benchmarks/explorer.py [--sizes 624 100000 1000000] [--repeats 7] [--keep DIR] [--throttle 1] [--drags-only]

A run of n validation images (and n / 4 test images) is imported for each size. Each handle of Operating point, Your
clinic and Two thresholds is dragged over 300 steps while the page's own frames are timed and the reruns it asks of the
server are counted on its web socket (the look for a newer run, every few seconds, is none of the page). ``script`` is
how long all listeners and callbacks of a frame ran, ours and Streamlit's. ``--throttle`` slows the browser's processor
down so many times, as Chromium does it for developers. Beside it, in
the same run: Streamlit's own slider over three such charts, and the time to the first chart of a bare Streamlit app
with one Plotly chart.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.runs.importer import import_predictions
from tests.browser import HOME, chromium, served

STEPS = 300
KINDS = ("roc", "precision_recall", "scores")
HANDLES = {
    "operating_point": {
        **{kind: (f"[data-threshold-layer={kind}] .handle", f".st-key-{kind} .nsewdrag") for kind in KINDS},
        "slider": ("input[type=range][aria-label=Threshold]", ""),
    },
    "clinic": {
        "threshold slider": ("input[type=range][aria-label=Threshold]", ""),
        "prevalence slider": ("input[type=range][aria-label^=Prevalence]", ""),
    },
    "two_thresholds": {
        "lower": ("[data-threshold-layer=scores_lower] .handle", ".st-key-scores .nsewdrag"),
        "upper": ("[data-threshold-layer=scores_upper] .handle", ".st-key-scores .nsewdrag"),
        "lower slider": ("input[data-handle=lower]", ""),
        "upper slider": ("input[data-handle=upper]", ""),
    },
}
"""What is dragged, a page: a handle, and the chart that it is dragged over; a slider is its own."""
STREAMLITS_OWN = """
import numpy as np, plotly.graph_objects as go, streamlit as st
n = {n}
rng = np.random.default_rng(7)
x = np.linspace(0, 1, min(n, 4000))
threshold = st.slider("threshold", 0.0, 1.0, 0.5, 0.001)
for column, name in zip(st.columns(3), ("a", "b", "c")):
    figure = go.Figure([go.Scatter(x=x, y=np.sqrt(x)), go.Scatter(x=[threshold], y=[threshold**0.5], mode="markers")])
    column.plotly_chart(figure, key=name)
st.text(f"threshold {{threshold:.3f}}")
"""
BARE = """
import plotly.graph_objects as go, streamlit as st
st.plotly_chart(go.Figure(go.Scatter(x=[0, 1], y=[0, 1])))
"""
WATCH = """() => {
    window.frames_seen = []
    let last = performance.now()
    window.script_seen = []; window.script_now = 0
    const tick = now => {
        window.frames_seen.push(now - last); last = now; window.ticking = requestAnimationFrame(tick)
        setTimeout(() => { window.script_seen.push(window.script_now); window.script_now = 0 })
    }
    window.ticking = requestAnimationFrame(tick)
}"""
STOP = """() => {
    cancelAnimationFrame(window.ticking)
    return [window.frames_seen.slice(2), window.script_seen.slice(2)]
}"""
TIMED = """
window.script_now = 0
let depth = 0
const timed = callback => function (...given) {
    if (depth++) try { return callback.apply(this, given) } finally { depth-- }
    const began = performance.now()
    try { return callback.apply(this, given) } finally { depth--; window.script_now += performance.now() - began }
}
const request = window.requestAnimationFrame.bind(window)
window.requestAnimationFrame = callback => request(timed(callback))
const listen = EventTarget.prototype.addEventListener, known = new WeakMap()
EventTarget.prototype.addEventListener = function (kind, listener, options) {
    const wanted = /^(pointer|mouse|input|change)/.test(kind) && typeof listener === "function"
    if (wanted && !known.has(listener)) known.set(listener, timed(listener))
    return listen.call(this, kind, wanted ? known.get(listener) : listener, options)
}
const forget = EventTarget.prototype.removeEventListener
EventTarget.prototype.removeEventListener = function (kind, listener, options) {
    const wanted = /^(pointer|mouse|input|change)/.test(kind) && known.has(listener)
    return forget.call(this, kind, wanted ? known.get(listener) : listener, options)
}
"""
"""Sums up how long what waits for a frame or a pointer runs."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[624, 100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--throttle", type=float, default=1.0, help="how many times slower the browser's processor is")
    parser.add_argument("--drags-only", action="store_true")
    parser.add_argument("--keep", type=Path, help="make the runs here, and use those that are here already")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        out = (arguments.keep or Path(folder) / "runs").absolute()
        for n in arguments.sizes:
            if not (out / f"n{n}").exists():
                make_run(out, n)
        with served(HOME, "--out", str(out)) as address:
            for n in arguments.sizes:
                drags(browser, address, n, arguments.throttle)
            if arguments.drags_only:
                return
            for n in arguments.sizes:
                own_slider(browser, Path(folder), n)
            switches(browser, address, arguments.sizes, arguments.repeats)
            first_chart(browser, address, Path(folder), min(arguments.sizes), arguments.repeats)


def make_run(out: Path, n: int) -> None:
    """Predictions like a good model's, with one to three images a patient; test drifts."""
    rng, began = np.random.default_rng(7), time.perf_counter()
    parts = []
    for split, size, drift in (("validation", n, 0.0), ("test", n // 4, 1.0)):
        y_true = (rng.random(size) < 0.3).astype(int)
        logit = rng.normal(np.where(y_true == 1, 1.6, -1.6) + drift, 1.5)
        patient = np.sort(rng.integers(0, size // 2, size))
        image = [f"{split}-{i}" for i in range(size)]
        parts.append(
            pd.DataFrame(
                {"image_id": image, "patient_id": patient.astype(str), "y_true": y_true, "logit": logit, "split": split}
            )
        )
    out.mkdir(parents=True, exist_ok=True)
    file = out.parent / f"{n}.parquet"
    table = pd.concat(parts, ignore_index=True)
    table["patient_id"] = table["split"] + "-" + table["patient_id"]
    table.to_parquet(file, index=False)
    import_predictions(file, name=f"n{n}", out=out)
    print(f"run of {n:,} validation images made in {time.perf_counter() - began:.0f} s", flush=True)


def opened(browser: Any, address: str, *, charts: int = 1) -> tuple[Any, float]:
    """A page in a fresh browser context, and the milliseconds until so many charts are drawn."""
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.set_default_timeout(180_000)
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(".js-plotly-plot .main-svg").nth(3 * charts - 1).wait_for(state="attached")
    return page, 1e3 * (time.perf_counter() - began)


def percentiles(values: list[float]) -> str:
    return " / ".join(f"{np.percentile(values, q):.1f}" for q in (50, 95, 99))


def drags(browser: Any, address: str, n: int, throttle: float) -> None:
    for place, handles in HANDLES.items():
        drags_on(browser, f"{address}/{place}?run=n{n}", place, n, handles, throttle)


def drags_on(
    browser: Any, address: str, place: str, n: int, handles: dict[str, tuple[str, str]], throttle: float
) -> None:
    reruns: list[int] = []
    warm = browser.new_context(viewport={"width": 1440, "height": 1300}).new_page()
    page = browser.new_context(viewport={"width": 1440, "height": 1300}).new_page()
    page.on("websocket", lambda socket: socket.on("framesent", lambda sent: reruns.append(1) if is_rerun(sent) else 0))
    page.add_init_script(TIMED)
    for each in (warm, page):
        each.goto(address)
        for handle, _ in handles.values():
            each.locator(handle).wait_for(state="attached", timeout=600_000)
    warm.context.close()
    page.wait_for_timeout(3000)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": throttle})
    for name, (selector, chart) in handles.items():
        handle = page.locator(selector)
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        path = track(name, box, page.locator(chart).bounding_box() if chart else box)
        page.mouse.move(*path[0])
        page.mouse.down()
        page.wait_for_timeout(200)
        reruns.clear()
        page.evaluate(WATCH)
        for x, y in path:
            page.mouse.move(x, y)
        (frames, script), during = page.evaluate(STOP), len(reruns)
        before = page.url
        began = time.perf_counter()
        page.mouse.up()
        page.wait_for_function("before => location.href !== before", arg=before)
        settled = 1e3 * (time.perf_counter() - began)
        page.wait_for_timeout(1500)
        print(
            f"n {n:>9,}  {place + ', ' + name:<34}  frame p50/p95/p99 {percentiles(frames)} ms ({len(frames)} frames), "
            f"script {percentiles(script)} ms  "
            f"reruns while dragging {during}, after release {len(reruns)}; address follows after {settled:.0f} ms",
            flush=True,
        )
    page.context.close()


def is_rerun(message: str | bytes) -> bool:
    """Whether a message to the server asks for a run of the whole page."""
    if isinstance(message, str):
        return False
    asked = BackMsg.FromString(message)
    return asked.WhichOneof("type") == "rerun_script" and not asked.rerun_script.fragment_id


def track(name: str, box: dict[str, float], chart: dict[str, float]) -> list[tuple[float, float]]:
    """300 places under the pointer: from the handle to and fro over its chart, or along its slider.

    The upper of two handles goes the other way, so that both end where they did not begin.
    """
    start = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    along = 0.5 - (-0.45 if "upper" in name else 0.45) * np.cos(np.linspace(0, 3.6 * np.pi, STEPS))
    if "slider" in name:
        return [(chart["x"] + chart["width"] * s, start[1]) for s in along]
    rise = {"roc": np.sqrt(along), "precision_recall": 1 - along**3}.get(name, np.full(STEPS, 0.5))
    places = [
        (chart["x"] + chart["width"] * s, chart["y"] + chart["height"] * (1 - r))
        for s, r in zip(along, rise, strict=True)
    ]
    return [start, *places]


def own_slider(browser: Any, folder: Path, n: int) -> None:
    script = folder / "own.py"
    script.write_text(STREAMLITS_OWN.format(n=n), encoding="utf-8")
    with served(script) as address:
        page, _ = opened(browser, address, charts=3)
        page.wait_for_timeout(1500)
        thumb = page.get_by_role("slider")
        waits, changes = [], 0
        for target in np.linspace(0.2, 0.8, 7):
            box = page.locator(".stSlider").bounding_box()
            at = thumb.bounding_box()
            page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
            page.mouse.down()
            shown = page.locator(".stText").inner_text()
            page.mouse.move(box["x"] + box["width"] * target, at["y"] + at["height"] / 2, steps=20)
            changes += page.locator(".stText").inner_text() != shown
            began = time.perf_counter()
            page.mouse.up()
            page.wait_for_function("shown => document.querySelector('.stText').innerText !== shown", arg=shown)
            waits.append(1e3 * (time.perf_counter() - began))
            page.wait_for_timeout(500)
        print(
            f"n {n:>9,}  Streamlit's own slider: figures changed while dragging {changes} times of {len(waits)}; "
            f"after release, median {statistics.median(waits):.0f} ms",
            flush=True,
        )
        page.context.close()


def switches(browser: Any, address: str, sizes: list[int], repeats: int) -> None:
    """From a click in the side bar to the first chart of the other page (or its last word, where it has none)."""
    for n in sizes:
        page, _ = opened(browser, f"{address}/operating_point?run=n{n}", charts=3)
        times: dict[str, list[float]] = {}
        for repeat in range(repeats + 1):
            for name, there in (
                ("Overview", ".st-key-discrimination .main-svg"),
                ("Operating point", "[data-threshold-layer=roc]"),
                ("Calibration", ".st-key-reliability_raw .main-svg"),
                ("Gallery", "[data-testid=stMain] [data-testid=stDataFrame]"),
            ):
                began = time.perf_counter()
                page.get_by_test_id("stSidebar").get_by_role("link", name=name).click()
                page.locator(there).first.wait_for()
                if repeat:  # the first visit of a page fills the caches
                    times.setdefault(name, []).append(1e3 * (time.perf_counter() - began))
                else:
                    times.setdefault(f"{name}, first visit", []).append(1e3 * (time.perf_counter() - began))
                page.wait_for_timeout(700)
        for name, found in times.items():
            print(f"n {n:>9,}  to {name}: median {statistics.median(found):.0f} ms", flush=True)
        page.context.close()


def first_chart(browser: Any, address: str, folder: Path, n: int, repeats: int) -> None:
    """Opening the address, in turns with a bare app; both servers are warm."""
    script = folder / "bare.py"
    script.write_text(BARE, encoding="utf-8")

    def timed(where: str) -> Callable[[], float]:
        def once() -> float:
            page, milliseconds = opened(browser, where)
            page.context.close()
            return milliseconds

        return once

    with served(script) as bare:
        plain = timed(bare)
        ours = {
            "operating point": timed(f"{address}/operating_point?run=n{n}"),
            "overview": timed(f"{address}/?run=n{n}"),
        }
        for visit in (plain, *ours.values()):
            visit()
        found: dict[str, list[float]] = {"bare": [], **{name: [] for name in ours}}
        for _ in range(repeats):
            found["bare"].append(plain())
            for name, visit in ours.items():
                found[name].append(visit())
    for name, values in found.items():
        ratio = statistics.median(values) / statistics.median(found["bare"])
        print(f"address to first chart, {name}: median {statistics.median(values):.0f} ms, {ratio:.2f} times bare")


if __name__ == "__main__":
    main()
