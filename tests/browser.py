"""The real server and a real browser, for tests, benchmarks and the pictures of the documentation."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parents[1] / "dashboard" / "Home.py"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str | None:
    """Where this machine's Chromium is; None where it has none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def chromium() -> Iterator[Any]:
    """Chromium, driven by Playwright. RuntimeError where there is none."""
    from playwright.sync_api import sync_playwright

    path = chromium_path()
    if path is None:
        raise RuntimeError("no Chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def served(script: Path, *arguments: str, options: Sequence[str] = (), logs: Path | None = None) -> Iterator[str]:
    """The address of a Streamlit server on ``script``, started from another folder than the project's.

    Where there is a folder for ``logs`` the server's is kept there, under the number of its port.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        f"--server.port={port}",
        "--server.headless=true",
        "--logger.enableRich=false",
    ]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("STREAMLIT_", "PYTHONPATH"))
    }
    with tempfile.TemporaryDirectory() as elsewhere, ((logs or Path(elsewhere)) / f"{port}.log").open("a") as log:
        process = subprocess.Popen(
            [*command, *options, "--", *arguments], cwd=elsewhere, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", Path(log.name))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


class ServerLogs:
    """What servers write into a folder of logs, from the making of this object or from :meth:`from_now_on`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.from_now_on()

    def from_now_on(self) -> None:
        """Leave out what was written until now."""
        self._known = {log: log.stat().st_size for log in self.folder.iterdir()}

    def failures(self, *, parts_may_fail: bool = False) -> list[str]:
        """The lines by which a server says that a part of a page failed, or that an exception reached Streamlit."""
        wrong = "Uncaught app execution" if parts_may_fail else "Uncaught app execution|a part of the page"
        return [line for line in self.lines() if re.search(wrong, line)]

    def lines(self) -> Iterator[str]:
        """All that was written, tracebacks too."""
        for log in self.folder.iterdir():
            yield from log.read_bytes()[self._known.get(log, 0) :].decode(errors="replace").splitlines()


def _wait(address: str, log: Path) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"the server did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
