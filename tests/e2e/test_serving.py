"""What the server itself says and refuses: headers, WebSockets, uploads that stay in memory, and its log."""

import contextlib
import os
import re
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from core.runs.store import read_run
from dashboard import theme
from tests import browser
from tests.e2e.layout import led_to, settled
from tests.e2e.policy import BLOCKED, check

MIB = 1024 * 1024


def answer(address, method="GET", **headers):
    """(status, headers) of an answer of whatever status."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, method=method, headers=headers), timeout=20) as got:
            return got.status, got.headers
    except urllib.error.HTTPError as error:
        return error.code, error.headers


def script_of(server):
    with urllib.request.urlopen(server) as page:
        return re.search(r'src="\.(/static/js/index[^"]+)"', page.read().decode())[1]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 200),
        ("GET", "/gallery?run=fitted", {}, 200),
        ("GET", "SCRIPT", {}, 200),
        ("HEAD", "/favicon.png", {}, 200),
        ("GET", "SCRIPT", {"Range": "bytes=0-9"}, 206),
        ("GET", "SCRIPT", {"If-None-Match": "ETAG"}, 304),
        ("GET", "/_stcore/health", {}, 200),
        ("GET", "/_stcore/host-config", {}, 200),
        ("GET", "/_stcore/agent/openapi.json", {}, None),
        ("POST", "/_stcore/agent/interact", {}, None),
        ("OPTIONS", "/_stcore/upload_file/session/file", {}, 204),
        ("PUT", "/_stcore/upload_file/session/file", {}, 403),
        ("DELETE", "/_stcore/upload_file/session/file", {}, 403),
        ("POST", "/", {}, 405),
        ("GET", "/media/none.csv", {}, 404),
        ("GET", "/_stcore/bidi-components/none/file.js", {}, 404),
        ("GET", "/component/none/file.js", {}, 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", {}, 400),
        ("GET", "/auth/login", {}, None),
    ],
)
def test_every_kind_of_answer_has_the_headers(server, method, path, headers, status):
    address = server + (script_of(server) if path == "SCRIPT" else path)
    if "If-None-Match" in headers:
        headers = {"If-None-Match": answer(address)[1]["ETag"]}
    got, said = answer(address, method, **headers)
    assert status in (got, None), got
    check(said)


def test_the_policy_blocks_scripts_that_are_written_into_a_page_and_other_hosts(chromium, server):
    """That a violation would have been seen above."""
    context = chromium.new_context()
    context.add_init_script(f"({BLOCKED})()")
    page = context.new_page()
    page.goto(server)
    page.locator("h1").first.wait_for()
    page.evaluate("""() => {
        const script = document.createElement("script"), picture = document.createElement("img")
        script.textContent = "window.ran = true"
        picture.src = "http://127.0.0.1:9/picture.png"
        document.body.append(script, picture)
        setTimeout("window.ran = true")
        return fetch("http://127.0.0.1:9/").catch(() => {})
    }""")
    page.wait_for_function("() => window.blocked.length >= 4")
    directives = {text.split(":")[0] for text in page.evaluate("window.blocked")}
    assert directives == {"script-src-elem", "script-src", "img-src", "connect-src"}
    assert page.evaluate("window.ran") is None
    context.close()


def socket_status(server, origin, **headers):
    address = server.replace("http", "ws", 1) + "/_stcore/stream"
    try:
        with connect(address, origin=origin, additional_headers=headers, subprotocols=["streamlit"], proxy=None):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_a_web_socket_is_opened_for_the_same_host_and_port_alone(server):
    port = int(server.rpartition(":")[2])
    assert socket_status(server, server) == 101
    assert socket_status(server, server.replace("http", "https")) == 101, "a proxy in front speaks TLS"
    refused = [
        f"http://127.0.0.1:{port + 1}",
        "http://127.0.0.1",
        f"http://localhost:{port}",
        f"http://evil.example:{port}",
        f"http://127.0.0.1.evil.example:{port}",
        f"http://user@127.0.0.1:{port}",
        f"ftp://127.0.0.1:{port}",
        "null",
        f"127.0.0.1:{port}",
        "",
        "http://[",
        None,
    ]
    assert {origin: socket_status(server, origin) for origin in refused} == dict.fromkeys(refused, 403)


def open_files(folder):
    """What lies in ``folder``, and what processes have open there: on Linux a temporary file has no name."""
    found = {str(path) for path in folder.rglob("*") if not path.is_dir()}  # torch makes itself an empty folder
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if (target := str(link.readlink())).startswith(f"{folder}/"):
                found.add(target)
    return found


@contextlib.contextmanager
def watching(folder):
    """A set that gathers, many times a second, every file that there is in ``folder``."""
    found, over = set(), threading.Event()

    def watch():
        while not over.wait(0.02):
            found.update(open_files(folder))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()


UPLOADER = (
    "import streamlit as st\nif file := st.file_uploader('File'):\n    st.text(f'{len(file.getvalue())} bytes')\n"
)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder of temporary files of servers that a test starts; it and their open files are seen on Linux alone."""
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("what processes have open is listed on Linux alone")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    return tmp_path / "tmp"


@pytest.fixture
def mine(runs, tmp_path):
    """A file of 12 MB with the scores of the validation images of a run."""
    validation = read_run(runs / "fitted").predictions("validation")
    rows = zip(validation.image_id, validation.y_true, validation.logit, strict=True)
    pad = "x" * (12_000_000 // validation.n)
    mine = tmp_path / "mine.csv"
    mine.write_text("image_id,y_true,logit\n" + "".join(f"{name}{pad},{y},{logit}\n" for name, y, logit in rows))
    assert 12_000_000 < mine.stat().st_size < 13_000_000
    return mine


def uploaded(page, file, temporary, done):
    """What lay in ``temporary`` while the page took ``file``, slowly, until it says ``done``."""
    chooser = page.locator("[data-testid=stFileUploaderDropzoneInput]")
    chooser.wait_for(state="attached")
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 6_000_000}
    network.send("Network.emulateNetworkConditions", slow)
    with watching(temporary) as found:
        chooser.set_input_files(file)
        expect(page.get_by_text(done)).to_be_visible()
    network.detach()
    return found


@pytest.mark.long
def test_an_upload_that_streamlit_alone_keeps_on_the_disk_is_seen(chromium, mine, temporary, tmp_path, server_logs):
    """That it would have been seen below."""
    script, options = tmp_path / "page.py", ["--browser.gatherUsageStats=false"]
    script.write_text(UPLOADER)
    with browser.served(script, options=options, logs=server_logs) as address:
        page = chromium.new_page()
        page.goto(address)
        assert uploaded(page, mine, temporary, f"{mine.stat().st_size} bytes")
        page.close()


@pytest.mark.parametrize("seen", [("overview", "gallery"), pytest.param(tuple(theme.PAGES), marks=pytest.mark.long)])
def test_an_upload_of_12_mb_is_never_on_the_disk_and_the_log_of_a_day_without_faults_names_nobody(
    context, runs, write_run, mine, temporary, tmp_path, server_logs, seen
):
    """Pages, an upload, one that is refused, a link to an image: no id, no file name, no address of a reader."""
    run = read_run(write_run(runs, f"logged-{len(seen)}", image_prefix="SMITH-"))
    (tmp_path / "SMITH-file.csv").write_text("image_id,y_true\nSMITH-1,1\n")
    with browser.served(browser.HOME, "--out", str(runs), logs=server_logs) as address:
        log = server_logs / f"{address.rpartition(':')[2]}.log"
        page = context.new_page()
        page.goto(address)
        for name in seen:
            led_to(settled(page), f"/{name}?run={run.run_id}&image={run.predictions('test').image_id[0]}")
        page.goto(f"{address}/adaptation?run=fitted")
        page.get_by_role("radio", name="A file of yours").focus()
        page.keyboard.press("Space")
        n = read_run(runs / "fitted").predictions("validation").n
        assert uploaded(page, mine, temporary, f"{n} images adapt") == set()
        page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(tmp_path / "SMITH-file.csv")
        expect(page.get_by_text("This file cannot be used")).to_be_visible()
        page.close()
        socket_status(address, "http://evil.example")
    told = [line.strip() for line in log.read_text().splitlines() if line.strip()]
    assert told[:2] == ["You can now view your Streamlit app in your browser.", f"URL: {address}"]
    assert [re.sub("^[-0-9]+ [0-9:.]+ ", "", line) for line in told[2:]] == [
        "a WebSocket was refused: its Origin is not of this server's host and port"
    ]


def test_a_desktop_gets_its_browser_opened(chromium, runs, tmp_path, monkeypatch):
    """As Streamlit does where it makes the server itself."""
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" >> "{tmp_path}/opened"\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for headless, lines in (("true", 0), ("false", 1)):
        options = [f"--server.headless={headless}"]
        with browser.served(browser.HOME, "--out", str(runs), options=options) as address:
            opened = tmp_path / "opened"
            for _ in range(50 if lines else 5):
                if not opened.is_file():
                    time.sleep(0.1)
            assert (opened.read_text().splitlines() if opened.is_file() else []) == [address] * lines
