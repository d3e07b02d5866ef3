import hashlib
from pathlib import Path

import pytest

from core.errors import TableError
from core.tables import content
from core.tables.content import Content

BYTES = bytes(range(7)) * 9
A, B = b"PAR1 a", b"PAR1 b"


@pytest.fixture(params=["memory", "disk"])
def held(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Content:
    monkeypatch.setattr(content, "PART", 10)
    if request.param == "memory":
        return Content(Path("file"), BYTES)
    monkeypatch.setattr(content, "HELD", 0)
    (tmp_path / "file").write_bytes(BYTES)
    return Content(tmp_path / "file")


def test_it_is_what_the_file_holds(held: Content) -> None:
    assert (len(held), held[:], held[3:5], held[60:99]) == (63, BYTES, BYTES[3:5], BYTES[60:])
    assert b"".join(held.parts()) == BYTES
    assert held.sha256() == hashlib.sha256(BYTES).hexdigest()
    with held.opened() as opened:
        assert opened.read() == BYTES
    assert held.startswith((b"no", BYTES[:4]))


def test_what_follows_its_beginning(held: Content) -> None:
    rest = held.after(5).after(1)
    assert (len(rest), rest[:3], b"".join(rest.parts())) == (57, BYTES[6:9], BYTES[6:])
    with rest.opened() as opened:
        assert opened.read() == BYTES[6:]


def test_signs_are_found_across_parts(held: Content) -> None:
    for at in range(len(BYTES) - 3):
        assert held.has(BYTES[at : at + 3])
    assert not held.has(b"\x00\x02")


def test_a_file_that_is_not_there_or_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read: there is no such file"):
        Content(tmp_path / "nowhere")
    with pytest.raises(TableError, match="is a folder without Parquet files"):
        Content.of(tmp_path, None)


def test_a_file_that_is_changed_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "HELD", 0)
    (tmp_path / "file").write_bytes(BYTES)
    held = Content(tmp_path / "file")
    held.check()
    (tmp_path / "file").write_bytes(BYTES * 2)
    with pytest.raises(TableError, match="was changed while it was read"):
        held.check()


def test_a_folder_is_its_parquet_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name, held in {"b.parquet": B, "a.parquet": A, "_plan.parquet": b"P", ".c.parquet": b"C", "d": b""}.items():
        (tmp_path / name).write_bytes(held)
    parts = Content.of(tmp_path, None)
    assert [(one.file.name, one[:]) for one in parts.files()] == [("a.parquet", A), ("b.parquet", B)]
    assert parts.startswith((b"no", b"PAR1")) and not parts.startswith(b"no")
    listed = "".join(f"{hashlib.sha256(held).hexdigest()}  {name}.parquet\n" for name, held in (("a", A), ("b", B)))
    assert parts.sha256() == hashlib.sha256(listed.encode()).hexdigest()
    parts.check()
    (tmp_path / "c.parquet").write_bytes(A)
    with pytest.raises(TableError, match="was changed while it was read"):
        parts.check()
