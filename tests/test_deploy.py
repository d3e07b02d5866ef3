"""docs/deploy.md does what it says: its backup and restore are run, its limits are the server's."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from core.runs.decisions import read_decisions
from core.runs.files import DECISIONS
from core.runs.locked_points import Signature, lock_point, locked_points
from core.runs.marks import Mark, read_marks, write_mark
from core.runs.store import list_runs, read_run

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
BACKUP, RESTORE = re.findall(r"^```sh\n(.*?)^```$", DEPLOY, re.DOTALL | re.MULTILINE)
(NGINX,) = re.findall(r"^```nginx\n(.*?)^```$", DEPLOY, re.DOTALL | re.MULTILINE)


def shell(lines: str, folder: Path) -> subprocess.CompletedProcess[str]:
    if sys.platform != "linux":
        pytest.skip("the commands are those of a Linux server")
    lines = lines.replace("python ", f"{sys.executable} ")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(["sh", "-ec", lines], cwd=folder, env=environment, capture_output=True, text=True)


def lock(folder: Path, name: str) -> None:
    lock_point(read_run(folder), threshold=0.5, signature=Signature(name=name, rule="r", who="w", why="y"))


def hashes(folder: Path) -> dict[str, str]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {file.relative_to(folder).as_posix(): sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture
def backed_up(tmp_path, write_run):
    """Two runs, one locked twice and marked, a folder of pixels and a half-made run; backed up as the text says."""
    locked = write_run(tmp_path / "runs", "locked")
    write_run(tmp_path / "runs", "plain")
    for name in ("first", "second"):
        lock(locked, name)
    image_id = str(read_run(locked).predictions("test").image_id[0])
    write_mark(
        locked,
        Mark(
            finding="",
            evaluation_set="test",
            image_id=image_id,
            label_error=True,
            poor_image=False,
            ambiguous=False,
            note="näher",
            reviewer="r",
            marked="2026-01-01T00:00:00+00:00",
        ),
    )
    for hidden in (".cache/pixels", ".half.partial"):
        (tmp_path / "runs" / hidden).mkdir(parents=True)
        (tmp_path / "runs" / hidden / "file").write_text("can be made again")
    result = shell(BACKUP, tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    return tmp_path


def test_what_was_backed_up_opens_elsewhere_and_is_the_same_to_the_byte(backed_up):
    before = {name: digest for name, digest in hashes(backed_up / "runs").items() if not name.startswith(".")}
    head = read_decisions(backed_up / "runs" / "locked").newest
    shutil.move(backed_up / "runs", backed_up / "lost")
    result = shell(RESTORE, backed_up)
    assert (result.returncode, result.stderr) == (0, "")
    elsewhere = backed_up / "elsewhere"
    assert hashes(elsewhere) == before
    assert {entry.run_id for entry in list_runs(elsewhere)} == {"locked", "plain"}
    log = read_decisions(elsewhere / "locked")
    assert log.altered == log.torn == ()
    assert [point.name for point in locked_points(log)] == ["first", "second"]
    assert head is not None and log.newest == head
    assert [mark.note for mark in read_marks(elsewhere / "locked").values()] == ["näher"]
    lock(elsewhere / "locked", "third")
    assert read_decisions(elsewhere / "locked").altered == (), "the chain goes on"


@pytest.mark.parametrize("damage", ["a log cut short", "a byte of a file", "a file is missing"])
def test_a_damaged_backup_is_noticed(backed_up, damage):
    """A log that was cut off at a line's end is sound by itself: only the hashes that were kept apart tell."""
    run = backed_up / "runs" / "locked"
    if damage == "a log cut short":
        log = run / DECISIONS
        log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
    elif damage == "a byte of a file":
        with (run / "predictions.parquet").open("r+b") as file:
            file.seek(100)
            file.write(b"\0\1\2")
    else:
        (run / "history.csv").unlink()
    assert shell(BACKUP.splitlines()[-1], backed_up).returncode == 0, "the archive alone is made anew"
    assert shell(RESTORE, backed_up).returncode != 0


def test_the_proxy_takes_what_the_dashboard_takes_and_hands_on_what_it_asks_for():
    limit = tomllib.loads((ROOT / "dashboard/.streamlit/config.toml").read_text())["server"]["maxUploadSize"]
    assert f"client_max_body_size {limit + 1}m;" in NGINX.partition("location ")[0], "of the sign-in's request too"
    assert f"{limit} MB at most" in DEPLOY
    for line in (
        "proxy_set_header Host $http_host;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_request_buffering off;",
        "proxy_buffering off;",
    ):
        assert line in NGINX.partition("location / {")[2]
    assert not re.search(r"\$(request|request_uri|args|query_string|http_referer)\b", NGINX)
