"""How soon a page of a large run gives its answer, and when it is whole: the real server, real Chromium.

    python -m benchmarks.pages [--images 1000000] [--a-patient 1 2] [--sites 0] [--repeats 1] [--keep DIR]
        [--pages NAME ...]

A run of so many validation and as many test images is imported for each number of images a patient; with ``--sites``
as many images again are those of so many further hospitals. Once the run is
read, every page is opened from the side bar three times: for the first time, again, and at another threshold. Of each:
the clock until the page's own answer stands there, the clock until the script has ended, and the processor time that
the server had spent by then. The answer is the first of the page's own callout, figures in tiles or chart that is of
this visit; a page that Streamlit still shows of the one before does not count. It needs Linux.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.runs.importer import import_predictions
from dashboard.theme import PAGES
from tests.browser import HOME, chromium, served

LEFT_OUT = ("bring_data", "compare")
"""They speak of no run, and of two."""
ANSWERS = {"operating_point": ".tile b", "clinic": ".tile b", "two_thresholds": ".tile b, .main-svg"}
ANSWER = ".tw-callout, .tw-tile, .main-svg, .tw-table, [data-testid=stMarkdownContainer] strong"
ANSWERED = """([title, answer]) => {
    const main = document.querySelector("[data-testid=stMain]")
    if (!main?.querySelector("h1")?.innerText.startsWith(title)) return false
    const ours = [...main.querySelectorAll("[data-stale=false]")]
    return ours.some(holder => {
        const shadows = [...holder.querySelectorAll("*")].flatMap(each => each.shadowRoot ?? [])
        return [holder, ...shadows].some(root => root.querySelector(answer))
    })
}"""
ENDED = """title => document.querySelector("[data-testid=stMain] h1")?.innerText.startsWith(title)
    && document.querySelector("[data-test-script-state=notRunning]") !== null"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--a-patient", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--sites", type=int, default=0, help="further hospitals")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="make the runs here, and use those that are here already")
    parser.add_argument("--pages", nargs="+", default=[name for name in PAGES if name not in LEFT_OUT])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        out = (arguments.keep or Path(folder) / "runs").absolute()
        for images in arguments.a_patient:
            name = made(out, arguments.images, images, arguments.sites)
            for _ in range(arguments.repeats):
                with served(HOME, "--out", str(out)) as address:
                    visits(browser, address, name, arguments.pages)


def made(out: Path, n: int, images: int, sites: int = 0) -> str:
    """The name of a run of ``n`` validation and ``n`` test images, on average so many ``images`` a patient, and of
    about ``n`` more of so many ``sites``."""
    name = f"n{n}_{images}" + (f"_{sites}_sites" if sites else "")
    if (out / name).exists():
        return name
    rng, parts = np.random.default_rng(7), []
    sets = [("validation", n, 0.0), ("test", n, 0.3), *((f"site-{k}", n // sites, 0.2 * k) for k in range(sites))]
    for split, count, drift in sets:
        ill = rng.random(count) < 0.3
        patient = np.arange(count) if images == 1 else np.sort(rng.integers(0, count // images, count))
        columns = {
            "image_id": [f"{split}-{number}" for number in range(count)],
            "patient_id": [f"{split}-{number}" for number in patient],
            "y_true": ill.astype(int),
            "logit": rng.normal(np.where(ill, 1.6, -1.6) + drift, 1.5),
            "split": split,
            "scanner": rng.choice(list("abcde"), count),
            "age": rng.integers(0, 18, count),
        }
        parts.append(pd.DataFrame(columns))
    out.mkdir(parents=True, exist_ok=True)
    file = out.parent / f"{name}.parquet"
    pd.concat(parts, ignore_index=True).to_parquet(file, index=False)
    import_predictions(file, name=name, out=out)
    return name


def visits(browser: Any, address: str, run: str, names: list[str]) -> None:
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.set_default_timeout(300_000)
    server = children()[-1]
    for visit, first in (("first", "/overview?run="), ("again", ""), ("moved", "/overview?threshold=0.731&run=")):
        if first:
            page.goto(f"{address}{first}{run}")
            page.wait_for_function(ENDED, arg="Overview")
        for name in names:
            page.wait_for_timeout(300)
            spent, began = processor(server), time.perf_counter()
            page.get_by_test_id("stSidebar").get_by_role("link", name=PAGES[name], exact=True).click()
            page.wait_for_function(ANSWERED, arg=[PAGES[name], ANSWERS.get(name, ANSWER)])
            answered, spent_then = time.perf_counter() - began, processor(server) - spent
            page.wait_for_function(ENDED, arg=PAGES[name])
            whole = time.perf_counter() - began
            print(
                f"{run}  {visit:<6} {PAGES[name]:<22} answer {answered:6.2f} s ({spent_then:6.2f} of the processor)  "
                f"whole {whole:6.2f} s ({processor(server) - spent:6.2f})",
                flush=True,
            )
    page.context.close()


def children() -> list[int]:
    """Processes that this one has begun, the newest last."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == os.getpid():
            found.append(int(folder.name))
    return sorted(found)


def processor(process: int) -> float:
    """Seconds of the processor that a process has used."""
    fields = (Path("/proc") / str(process) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
