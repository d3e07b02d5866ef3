"""The log of decisions: whatever is done to a line is noticed, and nothing that was confirmed is ever lost."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.errors import RunFolderError
from core.runs import decision_log
from core.runs import decisions as room
from core.runs.decision_log import DecisionLog
from core.runs.decisions import read_decisions
from core.runs.files import DECISIONS, MANIFEST
from tests.core.runs.noting import note_many, noted

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / MANIFEST).write_text("{}")
    return tmp_path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of five lines, which the tests below damage and put back."""
    folder = tmp_path_factory.mktemp("written")
    (folder / MANIFEST).write_text('{"run_id": "written"}')
    for value in ("é\n", 0.1 + 0.2, [1, None], "\ud800", -5e-324):
        noted(folder, value)
    return folder


def damaged(folder: Path, content: bytes) -> DecisionLog:
    """The log as it is read with ``content``."""
    kept = (folder / DECISIONS).read_bytes()
    (folder / DECISIONS).write_bytes(content)
    try:
        return read_decisions(folder)
    finally:
        (folder / DECISIONS).write_bytes(kept)


def lines_of(folder: Path) -> list[bytes]:
    return (folder / DECISIONS).read_bytes().splitlines(keepends=True)


def assert_whole(log: DecisionLog, events: int) -> None:
    assert (log.altered, log.torn) == ((), ())
    assert [event.sequence for event in log.events] == list(range(1, events + 1))
    assert all(event.sound for event in log.events)


def test_without_a_file_nothing_was_decided(folder: Path):
    log = read_decisions(folder)
    assert log == DecisionLog() and log.newest is None


def test_the_chain_can_be_checked_with_nothing_but_sha256_and_json(written: Path):
    previous = hashlib.sha256((written / MANIFEST).read_bytes()).hexdigest()
    for number, line in enumerate(lines_of(written), start=1):
        fields = json.loads(line)
        stated = fields.pop("hash")
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == stated
        assert (fields["previous"], fields["sequence"], fields["event"]) == (previous, number, "noted")
        assert fields["time"].endswith("+00:00")
        previous = stated
    newest = read_decisions(written).newest
    assert newest is not None and newest.hash == previous


@given(value=st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_every_bit_comes_back(folder: Path, value: object):
    noted(folder, value)
    found = read_decisions(folder).newest
    assert found is not None
    assert repr(found.fields["value"]) == repr(value)


@given(data=st.data())
@settings(deadline=None, max_examples=300)
def test_any_changed_byte_is_noticed(written: Path, data: st.DataObject):
    content = (written / DECISIONS).read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != content[at]))
    log = damaged(written, content[:at] + bytes([byte]) + content[at + 1 :])
    line = 1 + content[:at].count(b"\n")
    found = {fault.line for fault in (*log.altered, *log.torn)}
    assert found & {line, line + 1}
    assert not all(event.sound for event in log.events) or len(log.events) < 5


@given(data=st.data())
@settings(deadline=None, max_examples=100)
def test_any_removal_but_at_the_end_is_noticed_and_there_by_a_kept_hash(written: Path, data: st.DataObject):
    lines, kept = lines_of(written), [event.hash for event in read_decisions(written).events]
    left = sorted(data.draw(st.sets(st.integers(0, 4), max_size=4)))
    log = damaged(written, b"".join(lines[i] for i in left))
    if left == list(range(len(left))):
        assert_whole(log, len(left))
    else:
        assert log.altered
    for i, value in enumerate(kept):
        found = log.find(value)
        assert (found is not None) <= (i in left)
        if left == list(range(len(left))):
            assert (found is not None) == (i in left)


@given(order=st.permutations(range(5)), repeated=st.integers(0, 4), at=st.integers(0, 5))
@settings(deadline=None, max_examples=100)
def test_any_other_order_and_any_line_inserted_again_is_noticed(
    written: Path, order: Sequence[int], repeated: int, at: int
):
    lines = lines_of(written)
    again = [*lines[:at], lines[repeated], *lines[at:]]
    assert damaged(written, b"".join(again)).altered
    assume(list(order) != sorted(order))
    assert damaged(written, b"".join(lines[i] for i in order)).altered


def test_a_line_made_to_fit_itself_is_noticed_at_the_next(written: Path):
    lines = lines_of(written)
    fields = json.loads(lines[1])
    fields["fields"] = {"value": "forged"}
    del fields["hash"]
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    forged = fields | {"hash": hashlib.sha256(text.encode()).hexdigest()}
    lines[1] = json.dumps(forged, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    log = damaged(written, b"".join(lines))
    assert [fault.line for fault in log.altered] == [3]
    assert "does not follow the line before it" in log.altered[0].reason


def test_one_altered_line_is_named_alone(written: Path):
    lines = lines_of(written)
    log = damaged(written, b"".join([*lines[:2], lines[2].replace(b"noted", b"locked"), *lines[3:]]))
    assert [(fault.line, fault.reason) for fault in log.altered] == [(3, "was altered: it does not fit its own hash")]
    assert [event.sound for event in log.events] == [True, True, False, True, True]


def test_a_log_cannot_be_moved_to_another_run(written: Path, folder: Path):
    (folder / DECISIONS).write_bytes((written / DECISIONS).read_bytes())
    log = read_decisions(folder)
    assert [fault.line for fault in log.altered] == [1]
    assert "the log or the manifest is another's" in log.altered[0].reason


def test_a_log_written_anew_shows_only_against_a_kept_hash(folder: Path):
    noted(folder, "first")
    kept = read_decisions(folder).events[0].hash
    (folder / DECISIONS).unlink()
    noted(folder, "another")
    log = read_decisions(folder)
    assert_whole(log, 1)
    assert log.find(kept) is None
    assert log.find(f" {log.events[0].hash.upper()}\n") == log.events[0]


def test_nothing_is_added_to_an_altered_log(folder: Path):
    noted(folder, 1, 2)
    altered = (folder / DECISIONS).read_bytes().replace(b'"value":1', b'"value":3')
    (folder / DECISIONS).write_bytes(altered)
    with pytest.raises(RunFolderError, match=r"decisions.jsonl: line 1 was altered.*restore it from a copy"):
        noted(folder, 4)
    assert (folder / DECISIONS).read_bytes() == altered


@pytest.mark.parametrize("before", [0, 2])
def test_a_torn_last_line_is_told_and_destroys_nothing(folder: Path, before: int):
    if before:
        noted(folder, *range(before))
    start = (folder / DECISIONS).read_bytes() if before else b""
    noted(folder, "torn")
    whole = (folder / DECISIONS).read_bytes()
    for end in range(len(start) + 1, len(whole)):
        (folder / DECISIONS).write_bytes(whole[:end])
        log = read_decisions(folder)
        said_all = end == len(whole) - 1  # a line that lacks nothing but its end counts
        assert (len(log.events), log.altered) == (before + said_all, ())
        assert [fault.line for fault in log.torn] == [before + 1]
        noted(folder, "after")
        after = (folder / DECISIONS).read_bytes()
        assert after.startswith(whole[:end] + b"\n")
        log = read_decisions(folder)
        assert [event.sequence for event in log.events] == list(range(1, before + 2 + said_all))
        assert log.altered == ()
        assert [fault.line for fault in log.torn] == ([] if said_all else [before + 1])
        assert all(event.sound for event in log.events)


def test_pieces_of_several_killed_writers_stay_and_cannot_be_changed(folder: Path):
    noted(folder, "first")
    with (folder / DECISIONS).open("ab") as file:
        file.write(b'{"event":"no\n{"eve')
    assert [fault.line for fault in read_decisions(folder).torn] == [2, 3]
    noted(folder, "second")
    log = read_decisions(folder)
    assert ([fault.line for fault in log.torn], log.altered) == ([2, 3], ())
    content = (folder / DECISIONS).read_bytes()
    assert [fault.line for fault in damaged(folder, content.replace(b"no\n", b"on\n")).altered] == [2, 3, 4]
    assert [fault.line for fault in damaged(folder, content.replace(b'{"eve\n', b"")).altered] == [2, 3]


@pytest.mark.parametrize("line", [b"{}", b"[]", b"\xff\xfe", b"", b"NaN", b"[" * 100_000, b"1" * 5_000])
def test_what_is_no_line_is_altered(written: Path, line: bytes):
    lines = lines_of(written)
    log = damaged(written, b"".join([*lines[:2], line + b"\n", *lines[2:]]))
    assert [fault.line for fault in log.altered] == [3]
    assert len(log.events) == 5


def test_what_is_no_file_or_cannot_be_written_is_a_run_folder_error(folder: Path, monkeypatch: pytest.MonkeyPatch):
    noted(folder, 1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, text: len(text) - 1)
        with pytest.raises(RunFolderError, match="cannot be written"):
            noted(folder, 2)
    assert len(read_decisions(folder).events) == 1
    (folder / DECISIONS).unlink()
    os.mkfifo(folder / DECISIONS)
    with pytest.raises(RunFolderError, match="not a regular file"):
        read_decisions(folder)
    with pytest.raises(RunFolderError):
        noted(folder / "gone", 1)


def test_a_line_is_one_write_that_is_on_the_disk_before_it_is_confirmed(folder: Path, monkeypatch: pytest.MonkeyPatch):
    events: list[str] = []
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, text: (events.append("write"), write(descriptor, text))[1])
    monkeypatch.setattr(os, "fsync", lambda descriptor: events.append("fsync"))
    monkeypatch.setattr(room, "sync", lambda path: events.append(f"sync {path.name}"))
    noted(folder, 1, 2)
    assert events == ["write", "fsync", f"sync {folder.name}"]


def test_adding_many_events_takes_as_long_as_they_are_many(folder: Path):
    """A hundred times as many take about a hundred times as long; by the square it would be ten thousand."""

    def seconds(count: int) -> float:
        (folder / DECISIONS).unlink(missing_ok=True)
        start = time.process_time()
        noted(folder, *range(count))
        return time.process_time() - start

    few = min(seconds(200) for _ in range(3))
    assert seconds(20_000) < 400 * max(few, 0.005)
    assert_whole(read_decisions(folder), 20_000)
    noted(folder, "after")
    assert_whole(read_decisions(folder), 20_001)


def test_threads_and_processes_keep_one_chain(folder: Path):
    code = "import sys; from pathlib import Path; from tests.core.runs.noting import note_many; "
    code += f"note_many(Path({str(folder)!r}), sys.argv[1], 15)"
    others = [subprocess.Popen([sys.executable, "-c", code, f"p{i}"], cwd=ROOT) for i in range(2)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda who: note_many(folder, who, 10), ("t0", "t1", "t2")))
    assert [other.wait() for other in others] == [0, 0]
    log = read_decisions(folder)
    assert_whole(log, 60)
    expected = {f"t{t}-{i}" for t in range(3) for i in range(10)} | {f"p{p}-{i}" for p in range(2) for i in range(15)}
    assert {event.fields["value"] for event in log.events} == expected


def test_killed_at_any_moment_what_was_confirmed_is_there(folder: Path):
    code = f"""
import sys
from pathlib import Path
from tests.core.runs.noting import noted
for i in range(10**6):
    noted(Path({str(folder)!r}), f"{{sys.argv[1]}}-{{i}}" + "x" * 5000)
    print(i, flush=True)
"""
    rng, confirmed = np.random.default_rng(0), 0
    for turn in range(3):
        writer = subprocess.Popen([sys.executable, "-c", code, str(turn)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        writer.stdout.readline()  # it has begun
        time.sleep(rng.uniform(0, 0.1))
        writer.kill()
        said = 1 + len(writer.stdout.read().splitlines())
        writer.wait()
        writer.stdout.close()
        log = read_decisions(folder)
        assert log.altered == ()
        assert len(log.events) - confirmed in (said, said + 1)
        confirmed = len(log.events)
    noted(folder, "after")
    log = read_decisions(folder)
    assert log.altered == () and [event.sequence for event in log.events] == list(range(1, confirmed + 2))


def test_a_line_is_checked_once_however_many_follow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To check all of it again would make n appends cost n squared."""
    parsed, checked = decision_log._parsed, []
    monkeypatch.setattr(decision_log, "_parsed", lambda raw: checked.append(raw) or parsed(raw))
    for value in range(60):
        noted(folder, value)
    assert len(checked) == 60
    assert_whole(read_decisions(folder), 60)


def test_a_log_is_read_again_only_where_another_wrote_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading all of it at each append would cost n squared; what another wrote in the same moment is noticed."""
    read, readings = room.read_decisions, []
    monkeypatch.setattr(room, "read_decisions", lambda folder: readings.append(folder) or read(folder))
    noted(folder, "first")
    readings.clear()
    for value in range(20):
        noted(folder, value)
    assert readings == []
    with (folder / DECISIONS).open("ab") as file:
        file.write(b'{"eve')
    noted(folder, "second")
    assert readings == [folder]
    noted(folder, "third")
    assert readings == [folder]
    log = read(folder)
    assert ([fault.line for fault in log.torn], log.altered, len(log.events)) == ([22], (), 23)
    content = (folder / DECISIONS).read_bytes()
    (folder / DECISIONS).write_bytes(content.replace(b"third", b"fifth"))
    with pytest.raises(RunFolderError, match="line 24 was altered"):
        noted(folder, "fourth")


def test_a_line_that_was_checked_before_and_altered_since_is_noticed(folder: Path) -> None:
    noted(folder, "first", "second")
    path = folder / DECISIONS
    path.write_bytes(path.read_bytes().replace(b"first", b"other"))
    assert [fault.line for fault in read_decisions(folder).altered] == [1]
    with pytest.raises(RunFolderError, match="line 1 was altered"):
        noted(folder, "third")
