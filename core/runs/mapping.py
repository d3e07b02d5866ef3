"""How a table of predictions is read: a small TOML file that a person keeps beside it, and the manifest keeps too."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from core.errors import ImportFileError
from core.runs.files import reason
from core.runs.findings import names_problem
from core.tables.dates import names_days
from core.tables.dress import SEPARATORS, Dress

SCALES = ("logit", "probability", "percent", "free")
UNCERTAIN = ("leave out", "positive", "negative")
FOLDS = ("any", "majority")
READER = "reader:"
_ONE_OF = {
    "delimiter": tuple(SEPARATORS),
    "decimal": (".", ","),
    "thousands": ("", ",", ".", " ", "'"),
    "scale": SCALES,
    "uncertain": UNCERTAIN,
}
_LISTS = ("subgroups", "positive", "negative")
Value = str | int | float | tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One binary question of a table: its column of labels with the words of both sides, and its column of scores.

    ``uncertain`` says what becomes of other words. What is None is found in the table, or asked.
    """

    name: str | None = None
    label: str | None = None
    positive: tuple[str, ...] | None = None
    negative: tuple[str, ...] | None = None
    uncertain: str | None = None
    score: str | None = None
    scale: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mapping:
    """What each column of a table means. What is None is found in the table, or asked; ``""`` says that there is none.

    ``validation_share`` is the share of patients drawn for validation, by ``seed``; 0 draws none.
    """

    delimiter: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    image_id: str | None = None
    patient_id: str | None = None
    split: str | None = None
    site: str | None = None
    date: str | None = None
    date_format: str | None = None
    subgroups: tuple[str, ...] | None = None
    fold: str | None = None
    validation_share: float | None = None
    seed: int | None = None
    findings: tuple[Finding, ...] = (Finding(),)

    @property
    def finding(self) -> Finding:
        """The finding, of several the first."""
        return self.findings[0]

    def of(self, place: int) -> Mapping:
        """This mapping as that of one of its findings alone."""
        return replace(self, findings=(self.findings[place],))

    @property
    def dress(self) -> Dress:
        return Dress(delimiter=self.delimiter, encoding=self.encoding, sheet=self.sheet)

    def with_answer(self, key: str, value: Value, places: Collection[int] = (0,)) -> Mapping:
        """This mapping with ``key``, of its own or of its findings at these ``places``, set to ``value``."""
        changed: dict[str, Any] = {key: value}
        if key not in _FINDING:
            return replace(self, **changed)
        return replace(
            self,
            findings=tuple(
                replace(one, **changed) if place in places else one for place, one in enumerate(self.findings)
            ),
        )

    def get(self, key: str, place: int = 0) -> Value | None:
        """The value of ``key``, of the mapping's own or of the finding at ``place``; None where it is open."""
        found: Value | None = getattr(self.findings[place] if key in _FINDING else self, key)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON, as the TOML file has them; what is open is left out."""
        own: dict[str, Any] = {key: _plain(key, getattr(self, key)) for key in _KEYS if getattr(self, key) is not None}
        findings = [
            {key: _plain(key, value) for key in _FINDING if (value := getattr(one, key)) is not None}
            for one in self.findings
        ]
        return own | ({"finding": findings} if any(findings) else {})

    def to_toml(self) -> str:
        """The file that :func:`read_mapping` reads."""
        own = [line(key, getattr(self, key)) for key in _KEYS if getattr(self, key) is not None]
        lines = [
            [line(key, value) for key in _FINDING if (value := getattr(one, key)) is not None] for one in self.findings
        ]
        findings = [text for own in lines for text in ("", "[[finding]]", *own)] if any(lines) else []
        return "\n".join(own + findings) + "\n"


def called(finding: Finding) -> str:
    """How one of several findings is called: as it is named, else after its column of labels."""
    return finding.name or finding.label or ""


NOTHING_SAID = Mapping()
_FINDING = tuple(field.name for field in fields(Finding))
_KEYS = tuple(field.name for field in fields(Mapping) if field.name != "findings")


def in_finding(key: str) -> bool:
    """Whether a key stands under ``[[finding]]``."""
    return key in _FINDING


def line(key: str, value: Value) -> str:
    """One line of TOML."""
    return f"{key} = {_toml(_plain(key, value))}"


def read_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file. Raises :class:`ImportFileError` that names key and remedy, or why nothing is read."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ImportFileError(f"{path}: there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ImportFileError(f"{path}: cannot be read as text in UTF-8 ({reason(error)})") from error
    return parse_mapping(content, path)


def parse_mapping(text: str, path: Path) -> Mapping:
    """The mapping in a text of TOML; see :func:`read_mapping`. ``path`` is its name in messages."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ImportFileError(f"{path}: is not TOML ({error})") from error
    return mapping_of(found, path)


def mapping_of(found: dict[str, Any], path: Path) -> Mapping:
    """The mapping in plain values, as :meth:`Mapping.to_dict` gives them."""
    findings = found.get("finding", [])
    if not isinstance(findings, list) or not all(isinstance(one, dict) for one in findings):
        raise ImportFileError(f"{path}: finding is not a table; write [[finding]] and its lines below it")
    misplaced = [key for key in found if key in _FINDING]
    if misplaced:
        raise ImportFileError(f"{path}: {misplaced[0]} stands outside; move it below a line [[finding]]")
    own = _checked({key: value for key, value in found.items() if key != "finding"}, _KEYS, path, "")
    each = [_checked(dict(one), _FINDING, path, " under [[finding]]") for one in findings or [{}]]
    for one in each:
        if both := set(one.get("positive") or ()) & set(one.get("negative") or ()):
            raise ImportFileError(f"{path}: {sorted(both)[0]!r} is positive and negative; keep it on one side")
    if len(each) > 1 and (problem := names_problem([called(Finding(**one)) for one in each])):
        raise ImportFileError(f"{path}: {problem}; the line name says how a finding is called")
    if own.get("decimal") and own["decimal"] == own.get("thousands"):
        raise ImportFileError(f"{path}: decimal and thousands are both {own['decimal']!r}; one sign cannot be both")
    return Mapping(**own, findings=tuple(Finding(**one) for one in each))


def _checked(found: dict[str, Any], known: Iterable[str], path: Path, where: str) -> dict[str, Any]:
    known = tuple(known)
    checked: dict[str, Any] = {}
    for key, value in found.items():
        if key not in known:
            raise ImportFileError(f"{path}: {key}{where} is not known; known are {', '.join(known)}")
        problem = _problem(key, value)
        if problem:
            raise ImportFileError(f"{path}: {key}{where} is {value!r}; {problem}")
        checked[key] = _listed(value) if key in _LISTS else value
    return checked


def _problem(key: str, value: Any) -> str:
    """What is wrong with a value; empty where nothing is."""
    if key == "validation_share":
        number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1
        return "" if number else "write a share from 0 (none) to less than 1, such as 0.3"
    if key == "seed":
        return "" if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32 else "write a count"
    if key in _LISTS:
        ok = isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
        return "" if ok else "write a text in quotes, or several in brackets"
    if not isinstance(value, str):
        return f"write it in quotes: {line(key, str(value))}"
    if key in _ONE_OF and value not in _ONE_OF[key]:
        return f"write one of {', '.join(map(_toml, _ONE_OF[key]))}"
    if key == "date_format" and value and not names_days(value):
        return "write the places of day, month and year as in %d.%m.%Y or %Y-%m-%d"
    if key == "fold" and value not in FOLDS and not (value.startswith(READER) and value != READER):
        return 'write "any", "majority" or "reader:NAME"'
    return ""


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _plain(key: str, value: Value) -> Any:
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 and key in _FINDING else list(value)
    return value


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
