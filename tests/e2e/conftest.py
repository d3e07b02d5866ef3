"""A real browser on the real server, which is started from another folder than the project's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.config import TrainConfig
from core.runs.importer import import_predictions, import_sites
from core.runs.store import read_run
from tests import browser
from tests.e2e.layout import led_to, painted
from tests.e2e.policy import BLOCKED

HOSTILE = '![x](http://evil.example/x.png)<script>alert("1")</script>'
PATIENCE = 60_000
"""Milliseconds: a busy machine needs half a minute for a page that it shows in two seconds otherwise."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A Chromium that Playwright drives; tests that need it are skipped, by name, where there is none."""
    if browser.chromium_path() is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    driver.expect.set_options(timeout=PATIENCE)
    with browser.chromium() as driven:
        yield driven


@pytest.fixture(scope="session")
def context(chromium: Any) -> Iterator[Any]:
    """The browser's memory that all visits share: reading and compiling Streamlit's scripts costs more than a visit."""
    # Without a graphics card Streamlit's animations take half of what a visit costs.
    context = chromium.new_context(accept_downloads=True, reduced_motion="reduce")
    context.add_init_script(f"({BLOCKED})()")
    yield context
    context.close()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, write_run: Callable[..., Path]) -> Path:
    out = tmp_path_factory.mktemp("runs")
    write_run(
        out,
        "hostile",
        skipped=[(HOSTILE, HOSTILE)],
        image_prefix=HOSTILE,
        data={"class_names": ["NORMAL", HOSTILE], "leakage": {"images": [[HOSTILE, HOSTILE]], "patients": [HOSTILE]}},
    )
    _import(out, "many", 25_000, apart=2)  # more distinct scores than positions are offered for
    _import(out, "crossing", 2000, apart=5)  # sensitivity and specificity of 0.95 hold together
    _import(out, "dominated", 1120, apart=2, patients=_dominated)
    _import(out, "sited", 1200, apart=3)
    import_sites(out / "dominated.parquet", read_run(out / "sited"), site="north")
    write_run(out, "doomed")
    write_run(out, "synthetic", config=TrainConfig(image_size=64, epochs=8), data={"kind": "phantom"})
    write_run(out, "fitted")
    return out


def _dominated(rng: np.random.Generator, split: np.ndarray, y_true: np.ndarray) -> np.ndarray:
    """Two images a patient, but two thirds of validation's are one patient's (a G of 2.2), and of test's positives a
    third (7.6)."""
    patient = np.char.add(split, (np.arange(len(split)) // 2).astype(str)).astype(object)
    chance = rng.random(len(split))
    patient[(split == "validation") & (chance < 2 / 3)] = "one"
    patient[(split == "test") & (y_true == 1) & (chance < 1 / 3)] = "other"
    return patient


def _import(out: Path, name: str, n: int, *, apart: float, patients: Callable[..., np.ndarray] | None = None) -> None:
    """A run of ``n`` images, 1,000 of them test, whose classes lie so many logits ``apart``; ``patients`` gives the id
    of each, by default one image a patient."""
    rng = np.random.default_rng(3)
    y_true = rng.integers(0, 2, n)
    split = np.where(np.arange(n) < n - 1000, "validation", "test")
    table = {
        "image_id": np.arange(n).astype(str),
        "y_true": y_true,
        "logit": rng.normal(apart * (y_true - 0.5)),
        "split": split,
    }
    if patients is not None:
        table["patient_id"] = patients(rng, split, y_true)
    pd.DataFrame(table).to_parquet(out / f"{name}.parquet", index=False)
    import_predictions(out / f"{name}.parquet", name=name, out=out)


@pytest.fixture(scope="session")
def server_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which every server's log is kept."""
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="session")
def server(context: Any, runs: Path, server_logs: Path) -> Iterator[str]:
    """The address of a server on ``runs``. One for all tests: it takes seconds to start, and to show its first page."""
    with browser.served(browser.HOME, "--out", str(runs), logs=server_logs) as address:
        page = context.new_page()
        page.goto(address)
        page.locator("h1").first.wait_for(timeout=2 * PATIENCE)
        page.close()
        yield address


@pytest.fixture(autouse=True)
def net(request: pytest.FixtureRequest, server_logs: Path) -> Iterator[browser.ServerLogs]:
    """Fails a test in whose pages something failed; parts may, where the test asks for ``parts_may_fail``."""
    log = browser.ServerLogs(server_logs)
    yield log
    if log.failures(parts_may_fail="parts_may_fail" in request.fixturenames):
        pytest.fail("\n".join(["something went wrong in a page:", *log.lines()]), pytrace=False)


@pytest.fixture(scope="session")
def axe() -> str:
    package = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def parts_may_fail(net: browser.ServerLogs) -> Callable[[], list[str]]:
    """Of a test that is about a part that fails: gives what the server has logged of it so far."""
    return net.failures


@pytest.fixture(scope="session")
def sent() -> list[Any]:
    """What the tab has sent to its server, in this test or before."""
    return []


@pytest.fixture(scope="session")
def tab(context: Any, sent: list[Any]) -> Iterator[Any]:
    """The tab in which the visits follow each other, within one document as long as the server is one."""
    page = context.new_page()
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    yield page
    page.close()


@pytest.fixture
def visit(context: Any, server: str, tab: Any) -> Iterator[Callable[..., Any]]:
    """Open the dashboard in a browser that remembers nothing; in the end nothing may have gone wrong or been asked of
    another host.

    It is in the tab that all tests share, led there as by the history's Back, which restores a page from
    its address alone: scripts are neither loaded nor compiled again. One that is ``fresh`` has a tab of its own: for
    its history to be counted, its answers to be read, or as another reader.
    """
    problems: list[str] = []
    answers: list[Any] = []
    opened: list[Any] = []
    listeners = {
        "console": lambda message: problems.append(message.text) if _is_problem(message) else None,
        "pageerror": lambda error: problems.append(str(error)),
        "dialog": lambda dialog: problems.append(f"dialog: {dialog.message}"),
        "request": lambda request: None if _own(request.url, server) else problems.append(request.url),
        "response": lambda answer: answers.append(answer) if answer.url.startswith(server) else None,
    }

    def open_page(
        address: str = "/", *, width: int = 1280, height: int = 900, scheme: str = "light", fresh: bool = False
    ) -> Any:
        page = context.new_page() if fresh else tab
        if not (led := page.url.startswith(server)):
            page.goto("about:blank")  # what it was on looks for a server that is gone
        page.set_default_timeout(PATIENCE)
        if page not in opened:
            opened.append(page)
            for event, listener in listeners.items():
                page.on(event, listener)
        page.set_viewport_size({"width": width, "height": height})
        if led:
            painted(page, scheme)
            led_to(page, address)
        else:
            page.emulate_media(color_scheme=scheme)
            page.goto(server + address)
        return page

    open_page.address, open_page.problems = server, problems  # type: ignore[attr-defined]
    open_page.answers = answers  # type: ignore[attr-defined]
    yield open_page
    for other in context.pages:
        if other != tab:
            other.close()
    if tab in opened:
        try:
            _forget(tab, server)
        except Exception:
            tab.goto("about:blank")  # the next test gets another document
            raise
        finally:
            for event, listener in listeners.items():
                tab.remove_listener(event, listener)
    assert problems == []


def _forget(page: Any, server: str) -> None:
    """Leave the page as one in which nobody was yet, but for its history, and the cookie without which nothing may be
    uploaded: where a run is asked for that there is not, nothing is shown that could hold anything."""
    page.mouse.move(0, 0)
    page.emulate_media(media="null")
    page.context.clear_permissions()
    memory = page.context.new_cdp_session(page)
    memory.send("Storage.clearDataForOrigin", {"origin": server, "storageTypes": "local_storage,indexeddb"})
    memory.detach()
    led_to(page, "/overview?run=none")


def _is_problem(message: Any) -> bool:
    """What Streamlit itself says without need: of a page that is not the first one, it looks for its own address one
    folder too deep, then finds it; and where the page ran again meanwhile, for the file of a button that is gone."""
    url = message.location.get("url", "")
    looking = url.endswith(("/_stcore/health", "/_stcore/host-config"))
    file = url.partition("?")[0].endswith((".csv", ".html", ".toml", ".txt", ".jsonl"))
    replaced = ("/media/" in url and file) or "Download Button source error - 404" in message.text
    return message.type == "error" and not looking and not replaced


def _own(url: str, server: str) -> bool:
    return url.startswith((server, server.replace("http", "ws", 1), "data:", "blob:"))
