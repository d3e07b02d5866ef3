"""What Windows lacks is asked for nowhere, and without it everything can be imported. Not run on Windows itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

import pytest

from core import disk
from core.data import sources
from core.data.records import ImageRecord
from core.errors import ImageError
from core.runs import files

ROOT = Path(__file__).resolve().parents[1]
LACKING = {
    "crypt",
    "curses",
    "fcntl",
    "grp",
    "nis",
    "posix",
    "pty",
    "pwd",
    "readline",
    "resource",
    "spwd",
    "syslog",
    "termios",
    "tty",
}
LACKING_IN_OS = {
    "O_DIRECTORY",
    "O_NOFOLLOW",
    "O_NONBLOCK",
    "chown",
    "fchmod",
    "fchown",
    "fork",
    "forkpty",
    "getegid",
    "geteuid",
    "getgid",
    "getgroups",
    "getpgid",
    "getpgrp",
    "getpriority",
    "getsid",
    "getuid",
    "killpg",
    "lchown",
    "mkfifo",
    "mknod",
    "nice",
    "openpty",
    "pread",
    "pwrite",
    "register_at_fork",
    "sched_getaffinity",
    "sched_setaffinity",
    "setgid",
    "setsid",
    "setuid",
    "statvfs",
    "sysconf",
    "uname",
    "wait",
    "wait3",
    "wait4",
    "waitid",
}
LACKING_IN_SIGNAL = {"SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGCHLD", "alarm"}
PRODUCT = sorted(
    [ROOT / "train.py", *(f for room in ("core", "dashboard", "pages") for f in (ROOT / room).rglob("*.py"))]
)
CODE = [*PRODUCT, *sorted(f for room in ("benchmarks", "docs") for f in (ROOT / room).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
NEEDS_LINUX = ("faults", "growth.py", "import.py", "pages.py", "uploads.py")
"""Benchmarks that need it, and say so: their names begin with these."""


def trees(paths: list[Path]) -> Iterator[tuple[str, ast.AST]]:
    for path in paths:
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield f"{name}:{getattr(node, 'lineno', 0)}", node


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def test_no_module_is_imported_that_windows_lacks():
    code = [file for file in [*CODE, *TESTS] if not file.name.startswith(NEEDS_LINUX)]
    found = [(where, name) for where, node in trees(code) for name in imported(node)]
    assert len(found) > 1000
    assert [(where, name) for where, name in found if name.split(".")[0] in LACKING] == []


def test_nothing_is_asked_of_os_and_signal_that_they_lack():
    """The one that is asked for behind ``hasattr``, which processors this process may use, is let pass."""
    lacking = {f"os.{name}" for name in LACKING_IN_OS} | {f"signal.{name}" for name in LACKING_IN_SIGNAL}
    code = [file for file in CODE if not file.name.startswith(NEEDS_LINUX)]
    found = [(where.split(":")[0], ast.unparse(node)) for where, node in trees(code) if isinstance(node, ast.Attribute)]
    assert [each for each in found if each[1] in lacking] == [("core/data/pixels.py", "os.sched_getaffinity")]


def test_every_text_file_says_its_encoding():
    """Windows would take that of the country."""

    def is_text(call: ast.Call) -> bool:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        words = {word.arg: word.value for word in call.keywords}
        mode = words.get("mode", call.args[0] if call.args else ast.Constant("r"))
        if name in ("read_text", "write_text"):
            return True
        if name == "open" and isinstance(call.func, ast.Attribute):
            of = ast.unparse(call.func.value)
            return of not in ("os", "Image") and "b" not in str(getattr(mode, "value", mode))
        return name in ("run", "Popen") and "text" in words

    calls = [(where, node) for where, node in trees(CODE) if isinstance(node, ast.Call) and is_text(node)]
    assert len(calls) > 20
    # The second argument of read_text and the third of open are rarely given by place; here they never are.
    assert [where for where, call in calls if not any(word.arg == "encoding" for word in call.keywords)] == []


def test_no_command_goes_through_a_shell():
    found = [(where, ast.unparse(node)) for where, node in trees(CODE) if isinstance(node, ast.keyword)]
    assert [each for each in found if each[1].startswith("shell=")] == []


def test_no_time_is_written_as_only_glibc_knows():
    strings = [(w, n.value) for w, n in trees(CODE) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    assert [(where, text) for where, text in strings if any(f"%-{letter}" in text for letter in "dHIjmMSy")] == []


WITHOUT = """
import ast, importlib, os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
ours = ("core", "dashboard", "pages", "train")
names, outside = [], set()
for file in map(Path, {files!r}):
    name = ".".join(file.relative_to({root!r}).with_suffix("").parts).removesuffix(".__init__")
    if not name.startswith("pages.") and name != "dashboard.Home":
        names.append(name)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            outside |= {{alias.name for alias in node.names}}
        elif isinstance(node, ast.ImportFrom):
            outside.add(node.module)
# Other people's packages have their own code for Windows, and are there before the world is made to look like it.
optional = {{"ray.data"}}  # asked for where it is needed, and need not be there
for name in sorted(name for name in outside - optional if name.split(".")[0] not in ours):
    importlib.import_module(name)
from streamlit.components import v2  # what the first component of a page would load
for name in {modules!r}:
    sys.modules[name] = None
for name in {in_os!r}:
    vars(os).pop(name, None)
for name in {in_signal!r}:
    vars(signal).pop(name, None)
for name in names:
    importlib.import_module(name)
print(len(names))
"""


@pytest.mark.long
def test_everything_can_be_imported_without_what_windows_lacks():
    code = WITHOUT.format(
        root=str(ROOT),
        files=[str(file) for file in PRODUCT],
        modules=sorted(LACKING),
        in_os=sorted(LACKING_IN_OS),
        in_signal=sorted(LACKING_IN_SIGNAL),
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) > 150


@pytest.mark.parametrize(
    "path", ["C:/x.png", "C:x.png", "\\\\server\\share\\x.png", "/x.png", "..\\x.png", "a/../x.png"]
)
def test_no_path_of_windows_leads_out_of_the_data_folder(monkeypatch, path):
    monkeypatch.setattr(sources, "Path", PureWindowsPath)
    record = ImageRecord(image_id="x", path=path, label=0, patient_id="x", sha256="0" * 64)
    with pytest.raises(ImageError, match="leads out of the data folder"):
        sources.RecordedSource(PureWindowsPath("D:/data")).read(record)


def test_a_folder_is_not_opened_where_it_cannot_be(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"x")
    opened = []
    monkeypatch.setattr(disk.os, "open", lambda path, flags: (opened.append((path, flags)), 99)[1])
    monkeypatch.setattr(disk.os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(disk.os, "close", lambda descriptor: None)
    monkeypatch.setattr(disk, "_WINDOWS", True)
    disk.sync(tmp_path)
    disk.sync(tmp_path / "file")
    assert opened == [(tmp_path / "file", disk.os.O_RDWR)]


def test_a_file_that_is_read_is_replaced_once_its_reader_has_ended(tmp_path, monkeypatch):
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "old").write_bytes(b"old")
    replace, refusals, pauses = Path.replace, [1, 2], []

    def refused_at_first(path: Path, target: Path) -> Path:
        if refusals:
            raise PermissionError(refusals.pop())
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refused_at_first)
    monkeypatch.setattr(disk.time, "sleep", pauses.append)
    monkeypatch.setattr(disk, "_PAUSES", (0.1, 0.2, 0.3))
    disk.put_in_place(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old").read_bytes() == b"new"
    assert pauses == [0.1, 0.2]
    refusals[:] = [1, 2, 3, 4]
    with pytest.raises(PermissionError):
        disk.put_in_place(tmp_path / "old", tmp_path / "new")


def test_commands_quote_paths_as_the_shell_at_hand_reads_them(monkeypatch):
    assert files.resume_command(Path("/a b"), "x") == "python train.py --resume x --out '/a b'"
    monkeypatch.setattr(files, "_WINDOWS", True)
    assert files.shell_word(PureWindowsPath("C:/My runs")) == '"C:\\My runs"'
    assert files.shell_word(PureWindowsPath("C:/runs")) == "C:\\runs"
