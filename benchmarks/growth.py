"""How time and memory grow with the number of images, of every page and of the commands on predictions.

    python -m benchmarks.growth [--sizes 1000 10000 100000 1000000] [--picture docs/pictures/growth.svg]

A run has so many validation and as many test images, one a patient. Every figure is of a process of its own: seconds of
its processor and memory at its peak. A page is first opened on another run, of a hundred images, so that what Python
reads once is not counted in its seconds; it is then opened for the first time on the run itself. Beside each line a
dotted one grows as n log n from the line's last figure but one. It needs Linux.
"""

from __future__ import annotations

import argparse
import itertools
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from benchmarks.pages import LEFT_OUT, made
from dashboard.theme import PAGES
from tests.browser import HOME

COMMANDS: Mapping[str, Callable[[Path, str], list[str]]] = {
    "import": lambda out, run: [
        "import",
        str(out.parent / f"{run}.parquet"),
        "--out",
        str(out),
        "--name",
        f"{run}-again",
    ],
    "report": lambda out, run: ["report", run, "--out", str(out)],
    "compare": lambda out, run: ["compare", run, run, "--out", str(out)],
    "dossier": lambda out, run: ["dossier", run, "--out", str(out), "--to", str(out.parent / "dossier.html")],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--picture", type=Path, help="draw all of it here, as SVG")
    parser.add_argument("--one", nargs=3, metavar=("WHAT", "OUT", "RUN"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        what, out, run = arguments.one
        print(*measured(what, Path(out), run), file=sys.__stdout__)
        return
    table = growth(arguments.sizes)
    for before, after in itertools.pairwise(arguments.sizes):
        print(f"n log n grows {grown(before, after):.1f} times from {before:,} to {after:,} images")
    if arguments.picture:
        draw(table, arguments.picture)


def growth(sizes: list[int]) -> pd.DataFrame:
    """Seconds of the processor and MB at the peak, a row for each of ``sizes`` and what was run."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "runs"
        made(out, 100, 1)
        for n in sizes:
            run = made(out, n, 1)
            for what in [*COMMANDS, *(page for page in PAGES if page not in LEFT_OUT)]:
                asked = [sys.executable, "-m", "benchmarks.growth", "--one", what, str(out), run]
                done = subprocess.run(asked, check=True, capture_output=True, encoding="utf-8")
                seconds, peak = map(float, done.stdout.split()[-2:])
                name = f"core {what}" if what in COMMANDS else PAGES[what]
                rows.append({"what": name, "images": n, "seconds": seconds, "MB": peak})
                print(f"{rows[-1]['what']:<24}{n:>10,}{seconds:>9.2f} s{peak:>8.0f} MB", flush=True)
    return pd.DataFrame(rows)


def measured(what: str, out: Path, run: str) -> tuple[float, float]:
    """Seconds of the processor, and MB at the peak, of one page or command in this process."""
    from streamlit.testing.v1 import AppTest

    if what in COMMANDS:
        from core.__main__ import main as core_main

        began = time.process_time()
        if core_main(COMMANDS[what](out, run)):
            raise SystemExit(f"core {what} has failed")
    else:
        sys.argv = [str(HOME), "--out", str(out)]
        for name in ("n100_1", run):
            began = time.process_time()
            app = AppTest(HOME, default_timeout=600)
            app.query_params["run"] = name
            app.switch_page(f"../pages/{what}.py").run()
            if app.exception:
                raise SystemExit(str(app.exception[0].message))
    seconds = time.process_time() - began
    # Not getrusage, which keeps what the program that began this process had at its peak.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    return seconds, int(status["VmHWM"].split()[0]) / 1e3


def grown(before: int, after: int) -> float:
    """How many times as much n log n is."""
    return after * math.log(after) / (before * math.log(before))


def draw(table: pd.DataFrame, file: Path) -> None:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    matplotlib.rcParams["svg.fonttype"] = "none"

    names = list(dict.fromkeys(table["what"]))
    rows = math.ceil(len(names) / 4)
    figure = Figure(figsize=(12, 2.5 * rows), layout="constrained")
    FigureCanvasSVG(figure)
    lines = []
    for place, name in enumerate(names, start=1):
        own = table[table["what"] == name]
        n, seconds = own["images"].tolist(), own["seconds"].tolist()
        axes = figure.add_subplot(rows, 4, place)
        memory = axes.twinx()
        lines = [
            *axes.loglog(n, seconds, "o-", color="#0072b2", label="seconds of the processor"),
            *axes.loglog(n[-2:], [seconds[-2], seconds[-2] * grown(*n[-2:])], ":", color="#5b6670", label="n log n"),
            *memory.loglog(n, own["MB"], "s--", color="#d55e00", label="MB at the peak"),
        ]
        axes.set(ylim=(0.05, 100), title=name, xlabel="images of each set", ylabel="s")
        memory.set(ylim=(100, 20_000), ylabel="MB")
        axes.minorticks_off()
        memory.minorticks_off()
    figure.legend(handles=lines, loc="outside upper center", ncols=3)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})


if __name__ == "__main__":
    main()
