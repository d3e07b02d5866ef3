"""The file that a reader brings: uploaded and kept in this session's memory, or read where it lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from core.disk import refusal
from core.errors import ImportFileError
from core.runs.mapping import NOTHING_SAID, Mapping, parse_mapping
from dashboard import state, widgets
from dashboard.controls import bound

T = TypeVar("T")

FILE, MAPPING_FILE = "bring_file", "bring_mapping_file"
_PATH = state.Note[str]("bring_path")
_KEPT = state.Note[tuple[tuple[str, ...], dict[Any, Any]]]("bring_kept")
HELP = (
    "CSV of any kind, a workbook (.xlsx, .xls, .ods), Parquet, JSON lines or NumPy's .npz, with any names of columns. "
    "An upload stays in this session's memory."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """``content`` is what was uploaded; None where ``file`` is read where it lies. ``mapping`` is the saved one that
    was given beside it. ``key`` is another one for every other file or mapping."""

    file: Path
    content: bytes | None
    mapping: Mapping
    key: tuple[str, ...]

    def kept(self, what: object, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for this file in this session; nothing of another file is kept."""
        key, found = _KEPT.value(((), {}))
        if key != self.key:
            found = {}
        if what not in found:
            found = {**dict(list(found.items())[-_MOST:]), what: make()}
            _KEPT.keep((self.key, found))
        value: T = found[what]
        return value


_MOST = 13


def choose_file() -> Brought | None:
    """The controls; None where no file was chosen yet, or, with what is the matter, where it cannot be had."""
    uploaded = st.file_uploader("A table of predictions: one row an image, with its truth and its score", key=FILE)
    widgets.small(HELP)
    with widgets.folded("A file on the machine that runs the dashboard, or a mapping saved earlier"):
        typed = bound(
            st.text_input,
            "Path of the file, on the machine that runs the dashboard",
            key="bring_path",
            value=_PATH.value(""),
            keep=_PATH.keep,
        ).strip()
        saved = st.file_uploader("How an earlier file was read (mapping, .toml)", type=["toml"], key=MAPPING_FILE)
    if uploaded is None and not typed:
        return None
    try:
        mapping = NOTHING_SAID if saved is None else _mapping(saved.name, saved.getvalue())
        beside = "" if saved is None else saved.file_id
        if uploaded is not None:
            return Brought(
                file=Path(uploaded.name), content=uploaded.getvalue(), mapping=mapping, key=(uploaded.file_id, beside)
            )
        file = Path(typed).expanduser().absolute()
        return Brought(file=file, content=None, mapping=mapping, key=(str(file), _as_it_is(file), beside))
    except ImportFileError as error:
        refused(error)
        return None


def refused(error: Exception) -> None:
    """Why a file cannot be imported as it is."""
    widgets.notice("This file cannot be imported as it is", "Nothing was written.", detail=str(error))


def _as_it_is(file: Path) -> str:
    """Another text whenever the file was written again. Raises :class:`ImportFileError` where there is none."""
    try:
        status = file.stat()
    except OSError as error:
        raise ImportFileError(f"{file}: cannot be read ({refusal(error)}); see that the path is whole") from error
    return f"{status.st_size} {status.st_mtime_ns}"


def _mapping(name: str, content: bytes) -> Mapping:
    try:
        return parse_mapping(content.decode("utf-8-sig"), Path(name))
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{name}: is not text in UTF-8; give the mapping as it was saved") from error
