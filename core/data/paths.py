"""Finding the files a table names: another spelling of a name, or another machine's folder before it."""

from __future__ import annotations

import difflib
import os
import posixpath
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

_MOST_HINTS = 20
"""So many missing files get their nearest match; to look for more takes long and helps nobody."""
_MOST_COMPARED = 5_000


@dataclass(kw_only=True, slots=True)
class Found:
    """The file of each path that was asked for, relative to the data folder, and how it came to be found."""

    image_ids: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Path -> why there is no file for it."""
    respelled: dict[str, str] = field(default_factory=dict)
    """Path -> the file whose name differs in case or in how Unicode composes its letters."""
    moved: dict[str, str] = field(default_factory=dict)
    """Path -> the folder of another place that was left off its beginning."""


def find_files(root: Path, paths: Iterable[str], *, by_name: bool = False) -> Found:
    """The file under ``root`` for each of ``paths``, by its exact name first.

    Backslashes separate as slashes do. A name that differs from one file's alone in case or in composed letters is
    that file's. From a path that begins elsewhere (``C:\\data\\x.png``, ``/home/me/x.png``), or with the data folder's
    own name, and leads to no file here as few folders are left off as make one. Where two paths would so come to one
    file neither is taken; the nearest match is named instead. With ``by_name`` a path is the name of a file, with or
    without its ending, that lies anywhere in the folder, once.
    """
    folder, found = _Folder(root), Found()
    for path in dict.fromkeys(paths):
        _find(folder, path, found, by_name=by_name)
    _refuse_collisions(found)
    return found


def _find(folder: _Folder, path: str, found: Found, *, by_name: bool) -> None:
    relative, elsewhere = folder.relative(path)
    if relative is None and not elsewhere:
        found.missing[path] = "the path leads out of the data folder"
        return
    try:
        if relative is not None and (folder.root / relative).is_file():
            found.image_ids[path] = relative
            return
    except (OSError, ValueError):
        found.missing[path] = "the path is not valid"
        return
    if relative is not None and (same := folder.spelled.get(_plain(relative), [])):
        if len(same) == 1:
            found.image_ids[path] = found.respelled[path] = same[0]
        else:
            found.missing[path] = f"file is missing; {' and '.join(map(repr, same[:3]))} differ from it in case alone"
        return
    if by_name:
        _find_by_name(folder, path, found)
        return
    parts = elsewhere.split("/") if elsewhere else (relative or "").split("/")
    for left_off in range(1, len(parts)):
        if not elsewhere and _plain(parts[left_off - 1]) != _plain(folder.absolute.name):
            continue
        if len(same := folder.spelled.get(_plain("/".join(parts[left_off:])), [])) == 1:
            found.image_ids[path], found.moved[path] = same[0], "/".join(parts[:left_off])
            return
    reason = "the path leads out of the data folder" if relative is None else "file is missing"
    near = folder.nearest(parts[-1]) if len(found.missing) < _MOST_HINTS else ""
    found.missing[path] = f"{reason}; did you mean {near!r}?" if near else reason


def _find_by_name(folder: _Folder, path: str, found: Found) -> None:
    same = folder.named(path)
    if len(same) == 1:
        found.image_ids[path] = same[0]
    elif same:
        found.missing[path] = f"several files have this name, such as {same[0]!r} and {same[1]!r}; keep one of them"
    else:
        found.missing[path] = "file is missing"


def _refuse_collisions(found: Found) -> None:
    """Two paths that name one file only once folders are left off, or letters changed, may mean two pictures."""
    asked: dict[str, list[str]] = defaultdict(list)
    for path, image_id in found.image_ids.items():
        asked[image_id].append(path)
    for image_id, paths in asked.items():
        folders = {found.moved.get(path, "") for path in paths}
        guessed = [path for path in paths if path in found.moved]
        if len(paths) > 1 and len(folders) > 1:
            for path in guessed:
                del found.image_ids[path], found.moved[path]
                found.missing[path] = f"file is missing; other rows may mean its nearest match {image_id!r} too"


class _Folder:
    """The names of the files in a data folder, read when the first one is not found."""

    def __init__(self, root: Path) -> None:
        self.root, self.absolute = root, root.absolute()

    def relative(self, path: str) -> tuple[str | None, str]:
        """``path`` relative to the folder, in its one spelling, or None; and what it is if it begins elsewhere.

        Neither where it leads out of the folder, to a file of this machine or by ``..``.
        """
        path = path.replace("\\", "/")
        if path.casefold().startswith("file://"):
            path = path[len("file://") :]
        if posixpath.isabs(path) or path[1:2] == ":":
            try:
                path = Path(path).relative_to(self.absolute).as_posix()
            except ValueError:
                drive, rest = (path[:2], f"/{path[2:]}") if path[1:2] == ":" else ("", path)
                return None, "" if _exists(path) else posixpath.normpath(drive + rest)
        path = posixpath.normpath(path)
        return (None, "") if path in (".", "..") or path.startswith("../") else (path, "")

    @cached_property
    def names(self) -> list[str]:
        """Every file, relative to the folder, sorted; hidden folders are not entered."""
        found = []
        for place, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            inside = Path(place).relative_to(self.root)
            found += [(inside / name).as_posix() for name in files]
        return sorted(found)

    @cached_property
    def spelled(self) -> dict[str, list[str]]:
        """Plain name -> the files that have it."""
        spelled: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            spelled[_plain(name)].append(name)
        return dict(spelled)

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        named: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            named[_plain(posixpath.basename(name))].append(name)
        return dict(named)

    @cached_property
    def by_stem(self) -> dict[str, list[str]]:
        named: dict[str, list[str]] = defaultdict(list)
        for name, files in self.by_name.items():
            named[posixpath.splitext(name)[0]] += files
        return dict(named)

    def named(self, name: str) -> list[str]:
        """The files of that name, or, where there is none, of that name and any ending."""
        plain = _plain(name)
        return self.by_name.get(plain) or self.by_stem.get(plain) or []

    def nearest(self, name: str) -> str:
        """The file of the same name in another folder, of the same name but its ending, or of the likest; or ``""``."""
        plain = _plain(name)
        same = self.by_name.get(plain) or self.by_stem.get(plain) or self.by_stem.get(posixpath.splitext(plain)[0])
        if not same and len(self.by_name) <= _MOST_COMPARED:
            likest = difflib.get_close_matches(plain, self.by_name, n=1, cutoff=0.8)
            same = self.by_name[likest[0]] if likest else None
        return same[0] if same else ""


def folders_left_off(found: Found) -> str:
    """The commonest beginnings that were left off, for a message."""
    counts = Counter(found.moved.values()).most_common()
    more = f" and {len(counts) - 2} others" if len(counts) > 2 else ""
    return ", ".join(repr(name) for name, _ in counts[:2]) + more


def _exists(path: str) -> bool:
    try:
        return os.path.lexists(path)
    except (OSError, ValueError):
        return False


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
