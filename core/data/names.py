"""What file names say: the patient, and for the public radiographs the cause of the pneumonia."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.errors import ConfigError

_PUBLIC_PNEUMONIA = re.compile(r"(person\d+)_(bacteria|virus)_\d+(?:_\d+)*\.(?:jpe?g|png)", re.IGNORECASE)
_PHANTOM = re.compile(r"(phantom\d+)_(bacteria|virus|normal)_\d+\.png")
_PUBLIC_NORMAL = re.compile(r"(?:NORMAL2-)?(IM-\d+)-\d+(?:-\d+)*\.(?:jpe?g|png)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class NameFacts:
    """What one file name says; None where it says nothing."""

    patient_id: str | None = None
    subtype: str | None = None
    """``bacteria`` or ``virus``."""


def public_name(image_id: str) -> NameFacts:
    """Patient and cause by the naming of the public chest radiographs (Kermany et al., doi 10.17632/rscbjbr9sj).

    The phantoms written as files are named likewise.

    ``NORMAL2-IM-0383-0001.jpeg`` and ``IM-0383-0001.jpeg`` count as one patient: should they be two, keeping them
    together costs nothing, whereas parting one patient would leak. Ask this only where that layout is known: other
    programs write names such as ``IM-0001-0001`` for every patient alike.
    """
    name = PurePosixPath(image_id).name
    if found := _PUBLIC_PNEUMONIA.fullmatch(name):
        return NameFacts(patient_id=found[1].lower(), subtype=found[2].lower())
    if found := _PUBLIC_NORMAL.fullmatch(name):
        return NameFacts(patient_id=found[1].upper())
    if found := _PHANTOM.fullmatch(name):
        return NameFacts(patient_id=found[1], subtype=None if found[2] == "normal" else found[2])
    return NameFacts()


def compile_patient_pattern(pattern: str) -> re.Pattern[str]:
    """``--patient-pattern`` as a regular expression; ConfigError when it is none."""
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigError(f"--patient-pattern {pattern!r} is not a regular expression: {error}") from error


def patient_by_pattern(image_id: str, pattern: re.Pattern[str]) -> str | None:
    """The first group (without groups: the whole match) of ``pattern`` in the file name; None without a match.

    A pattern with a ``/`` is searched for in the whole path relative to the data folder instead.
    """
    text = image_id if "/" in pattern.pattern else PurePosixPath(image_id).name
    found = pattern.search(text)
    if found is None:
        return None
    return (found[1] if pattern.groups else found[0]) or None


def printable(text: str) -> str:
    r"""``text`` with bytes that are not UTF-8 (as the file system may hand them out) written ``\xff``."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
