"""The dashboard without a browser: the entry script run by Streamlit's AppTest on a folder of runs."""

from __future__ import annotations

import json
import logging
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.runs.importer import import_predictions
from core.runs.seal import sealed
from dashboard import widgets
from tests.glossary import without_meanings

HOME = Path(__file__).resolve().parents[2] / "dashboard" / "Home.py"
HOSTILE = '![x](http://evil.example/x.png)<script>alert("1")</script>'


class Net(logging.Handler):
    """What went wrong in the pages of one test, however calmly they said so to the reader."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        """Parts of pages that ``widgets.calm`` gave a notice instead: its line of the log, with a crash's traceback."""
        self.uncaught: list[str] = []
        """Exceptions that reached Streamlit, which shows them with their traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        self.parts.append(self.format(record))

    def check(self, *, parts_may_fail: bool) -> None:
        """Fail with all that went wrong."""
        wrong = [*(() if parts_may_fail else self.parts), *self.uncaught]
        if wrong:
            pytest.fail("\n".join(["something went wrong in a page:", *wrong]), pytrace=False)


@pytest.fixture(autouse=True, scope="session")
def _configured() -> None:
    """As in the dashboard's own configuration, which AppTest does not read."""
    config.set_option("runner.magicEnabled", False)
    config.set_option("browser.gatherUsageStats", False)


@pytest.fixture(autouse=True, scope="session")
def _packages_are_looked_through_once() -> Iterator[None]:
    """Streamlit reads the metadata of every installed package for each app; a server has one, these tests thousands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def net(request: pytest.FixtureRequest) -> Iterator[Net]:
    """Fails a test in whose pages something failed; parts may, where the test asks for ``parts_may_fail``."""
    found = Net()
    widgets.logger.addHandler(found)
    yield found
    widgets.logger.removeHandler(found)
    found.check(parts_may_fail="parts_may_fail" in request.fixturenames)


@pytest.fixture
def parts_may_fail(net: Net) -> list[str]:
    """Of a test that is about a part that fails: what was logged of each, as far as the test has come."""
    return net.parts


@pytest.fixture
def open_dashboard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, net: Net) -> Callable[..., AppTest]:
    """Run the dashboard on the runs in ``out``, at an address with the given parameters, from another folder."""
    monkeypatch.chdir(tmp_path)

    class Watched(AppTest):
        def _run(self, *args: Any, **kwargs: Any) -> AppTest:  # every run, also those of widgets, comes through here
            app = super()._run(*args, **kwargs)
            net.uncaught += ["\n".join([*error.stack_trace, error.message]) for error in app.exception]
            return app

    def run(out: Path, script: str = "overview", **address: str) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["Home.py", "--out", str(out)])
        app = Watched(HOME, default_timeout=60)
        for name, value in address.items():
            app.query_params[name] = value
        return app.switch_page(f"../pages/{script}.py").run()  # the browser goes from "/" to a page by itself

    return run


def _elements(node: Any) -> Iterator[Any]:
    for child in getattr(node, "children", {}).values():
        yield child
        yield from _elements(child)


@pytest.fixture
def shown() -> Callable[..., str]:
    """What an app shows, as the text that is sent to the browser: all of it, or the elements of one type.

    Words of the glossary stand without their meanings on hover.
    """

    def read(app: AppTest, kind: str | None = None) -> str:
        parts = []
        for element in _elements(app._tree):
            if element.type == "dataframe" and kind in {None, "dataframe"}:
                parts.append(element.value.to_csv())
            elif kind in {None, element.type}:
                text = getattr(element.proto, "body", "") or getattr(element.proto, "code_text", "")
                parts.append(str(text or element.proto))
        return without_meanings("\n".join(parts))

    return read


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, write_run: Callable[..., Path]) -> Path:
    """A folder with one run of each kind; the newest whole one is ``fitted``."""
    out = tmp_path_factory.mktemp("runs")
    write_run(
        out,
        "hostile",
        data={"class_names": ["NORMAL", HOSTILE], "leakage": {"images": [[HOSTILE, HOSTILE]], "patients": [HOSTILE]}},
        skipped=[(HOSTILE, HOSTILE)],
        image_prefix=HOSTILE,
    )
    _import(out, "imported", ["validation", "test"])
    _import(out, "test-only", ["test"])
    write_run(out, "synthetic", config=TrainConfig(image_size=64, epochs=8), data={"kind": "phantom"}, drift=0.0)
    write_run(out, "fitted")
    shutil.copytree(out / "fitted", out / "truncated")
    (out / "truncated" / "metrics.json").write_text("{")
    shutil.copytree(out / "fitted", out / "from-the-future")
    _change_manifest(out / "from-the-future", schema_version=3)
    shutil.copytree(out / "fitted", out / "altered")
    _change_manifest(out / "altered", created="2020-01-01T00:00:00+00:00")
    history = (out / "altered" / "history.csv").read_bytes()
    (out / "altered" / "history.csv").write_bytes(history.replace(b"20.0", b"30.0"))
    return out


def _import(out: Path, name: str, splits: list[str]) -> None:
    rows = [
        {
            "image_id": f"{split}-{i}",
            "patient_id": f"{split}-{i // 3}",
            "y_true": i % 2,
            "logit": (i % 2) * 2 + i % 7 - 4,
        }
        | ({"split": split} if len(splits) > 1 else {})
        for split in splits
        for i in range(90)
    ]
    file = out.parent / f"{name}.csv"
    pd.DataFrame(rows).to_csv(file, index=False)
    import_predictions(file, name=name, out=out)


def _change_manifest(folder: Path, **values: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(sealed(json.loads(path.read_text()) | values)))
