"""Files that are there whole or not at all, whatever fails in between, and refusals in words for people."""

import ast
import errno
import os
import re
from pathlib import Path

import pytest

from core import disk
from core.disk import leads_out, refusal, write_whole

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("error", [OSError(code, os.strerror(code), "/x") for code in errno.errorcode])
def test_no_refusal_is_told_in_numbers(error: OSError):
    assert refusal(error)
    assert "rrno" not in refusal(error)
    assert "/x" not in refusal(error)


def test_what_other_libraries_put_into_their_errors_is_not_shown():
    from_pyarrow = OSError(28, "Error writing bytes to file. Detail: [errno 28] No space left on device")
    assert refusal(from_pyarrow) == "the disk is full"
    assert refusal(OSError("no number,\nonly words")) == "no number, only words"
    assert refusal(OSError()) == "OSError"


def test_no_message_shows_what_python_makes_of_a_refusal():
    """Whoever catches an OSError tells it by `refusal` or `reason`. Packages that do not load and tables that are
    parsed in memory are no disk's."""
    files = [*(ROOT / "core").rglob("*.py"), *(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    no_disk = {ROOT / "core" / "installation.py", *(ROOT / "core" / "tables").glob("*.py")}
    bare = [
        f"{file.relative_to(ROOT)}:{shown.lineno}"
        for file in files
        if file not in no_disk
        for handler in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(handler, ast.ExceptHandler) and handler.type and "OSError" in ast.unparse(handler.type)
        for shown in ast.walk(handler)
        if isinstance(shown, ast.FormattedValue)
        if re.match(rf"(str\()?{handler.name}(\)|\.strerror|$)", ast.unparse(shown.value))
    ]
    assert bare == [], "\n".join(bare)


def test_a_file_is_replaced_whole_and_nothing_lies_beside_it(tmp_path: Path):
    for content in (b"first", b"second, longer", b""):
        write_whole(tmp_path / "a", content)
        assert (tmp_path / "a").read_bytes() == content
    write_whole(tmp_path / "a", memoryview(b"a view"))
    assert (tmp_path / "a").read_bytes() == b"a view"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_not_what_fills_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
):
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write_whole(tmp_path / "a", b"old")
    owner = {"write": disk, "fsync": os, "replace": Path}[step]
    with monkeypatch.context() as patch:
        patch.setattr(owner, "sync" if step == "write" else step, refuse)
        with pytest.raises(OSError):
            write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_under_the_temporary_name_is_removed_not_followed(tmp_path: Path, dangling: bool):
    elsewhere = tmp_path / "elsewhere"
    if not dangling:
        elsewhere.write_bytes(b"precious")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".a.new").symlink_to(elsewhere)
    write_whole(tmp_path / "run" / "a", b"new")
    assert (tmp_path / "run" / "a").read_bytes() == b"new"
    assert elsewhere.exists() is not dangling
    assert dangling or elsewhere.read_bytes() == b"precious"


def test_a_folder_may_be_a_link_and_what_is_in_it_may_not_lead_out(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "out").symlink_to(tmp_path)
    (tmp_path / "real" / "inside").symlink_to(tmp_path / "real")
    assert not leads_out(tmp_path / "run" / "a", tmp_path / "run")
    assert not leads_out(tmp_path / "run" / "inside" / "a", tmp_path / "run")
    assert leads_out(tmp_path / "run" / "out" / "a", tmp_path / "run")
