"""The one file: words and pictures that stand, the live threshold, the data, and a check of all three."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import core.telling as telling
from core.dossier import pictures
from core.dossier.contents import Contents
from core.dossier.items import stard_ai
from core.dossier.sections import Section, decision, sections
from core.dossier.suppression import apart
from core.dossier.typed import Typed
from core.evaluation.choosing.operating_point import FLOORS
from core.runs.exports import file_name
from core.runs.files import MANIFEST, canonical, plain, sha256_of
from core.runs.locked_points import locked_points
from core.telling import live, names, numbers, words
from core.telling.joining import joined
from core.telling.presets import locked_presets, presets
from core.telling.scale import scales

_HERE, _TELLING = Path(__file__).parent, Path(telling.__file__).parent
_QUIET = "#5b6670"
_AT_THRESHOLDS = {"operating_points", "called_positive", "next_hospital"}


def page(found: Contents, typed: Typed, *, leaves: bool = False) -> str:
    """The dossier of a run as one HTML page that asks for nothing else.

    With ``leaves`` it is marked as leaving the house: no rows, and counts only where they stand for five patients or
    more (:mod:`core.dossier.suppression`).
    """
    source, items = stard_ai()
    if leaves:
        found = apart(found)
    made = [Section(key="decision", title="The decision", inner=decision(found)), *sections(found, typed, items)]
    parts = {name: _text(value) for name, value in _parts(found).items()}
    sums = {name: _sha256(text) for name, text in parts.items()}
    sums |= {f"section {section.key}": _sha256(_words(section.inner)) for section in made}
    run = found.run
    written = datetime.now(UTC).isoformat(timespec="seconds")
    title = f"Dossier of {words.run_name(run)}"
    head = (
        f"<h1>{escape(title)}</h1><p class='quiet'>{escape(words.facts(run, run.records['patient_id'].nunique()))}</p>"
        + ("<p class='mark'>Leaves the house: counts only, none of fewer than 5 patients.</p>" if leaves else "")
        + (f"<p class='mark'>Holds {_radiographs(found)}, as was asked for.</p>" if found.failures else "")
        + ("<p class='mark'>Synthetic images, not radiographs.</p>" if run.synthetic else "")
        + "<p id='unchanged' role='status'>Checking whether this file was changed…</p>"
    )
    style = "\n".join(_read(_TELLING / file) for file in ("explorer/explorer.css", "saving/row.css"))
    about = {"run": words.in_pictures(run), "file": file_name(run), "disclaimer": names.DISCLAIMER}
    data = "".join(
        f"<script type='application/json' data-part='{name}'>{text}</script>" for name, text in parts.items()
    )
    first, rest = made[0], made[1:]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; script-src 'unsafe-inline'; "
        "style-src 'unsafe-inline'; img-src data: blob:\">"
        f"<title>{escape(title)} · {names.PRODUCT}</title><style>{_read(_HERE / 'dossier.css')}</style></head>"
        f"<body class='stApp'><div class='tw-about' hidden {_attributes(about)}></div>"
        f"<header><p class='disclaimer'>{names.DISCLAIMER}</p>{head}</header><main>"
        f"{_drawn(first)}{_live(found)}{''.join(map(_drawn, rest))}"
        "</main><footer>"
        f"<p>Written {escape(numbers.moment(written))} by {names.PRODUCT}. {escape(source)}. {names.DISCLAIMER}</p>"
        "<p class='quiet'>The check says whether this file is as it was written, not who wrote it.</p></footer>"
        f"{data}<script type='application/json' id='sums'>{_text({'written': written, 'sums': sums})}</script>"
        f"<template id='live-style'><style>{style}</style></template>"
        f"<script type='module'>{_script()}</script></body></html>"
    )


def _radiographs(found: Contents) -> str:
    return numbers.counted(sum(isinstance(one.jpeg, bytes) for one in found.failures), "picture")


def _parts(found: Contents) -> dict[str, Any]:
    """The data of the page, each a script of JSON that is checked by itself."""
    run = found.run
    scale = next(iter(scales(run).values()))
    share = None
    if "validation" in found.sets and (own := found.sets["validation"]).n:
        share = own.n_pos / own.n or None
    offered = words.positions_offered(len(found.points), len(found.sweeps[found.seen].threshold))
    rules = presets(found.sweeps[found.seen], FLOORS) if found.seen == "validation" else ()
    known = set(found.points["threshold"].tolist())
    buttons = [
        button | {"floor": "", "label": f"{button['label']} {button['floor']}".strip()}
        for button in live.presets_of(
            [*rules, *locked_presets(p for p in locked_points(found.log, run.which) if p.sound)]
        )
        if button["threshold"] in known or button["threshold"] is None
    ]
    control = {
        **live.positions_of(run, found.sets, seen=found.seen, reported=found.reported, table=None, offered=offered),
        "scale": live.scale_of(scale, share, words.class_words(run)[1]),
        "presets": buttons,
        "threshold": found.chosen.threshold,
        "counts": {
            name: live.counts_of(run, name, (own.patients_with(0), own.patients_with(1)))
            for name, own in found.sets.items()
        },
        "called": {name: live.reported_of(name) for name in found.sets},
        "alone": words.only_split(found.seen, hidden=run.hidden),
        "quiet": _QUIET,
    }
    parts: dict[str, Any] = {
        "control": control,
        "positions": live.columns(found.points),
        "figures": _without_counts(found.figures) if found.leaves else found.figures,
        "log": {
            "manifest": sha256_of(run.folder / MANIFEST),
            "lines": [] if found.leaves else found.log.content.decode("utf-8", errors="replace").splitlines(),
        },
    }
    if found.rows is not None:
        parts["rows"] = found.rows
    if found.failures:
        jpegs = [one.jpeg if isinstance(one.jpeg, bytes) else b"" for one in found.failures]
        parts["pictures"] = [b64encode(jpeg).decode("ascii") for jpeg in jpegs]
    return parts


def _without_counts(figures: Any) -> Any:
    """The figures of a report without all that is of thresholds that may not be among the positions."""
    if not isinstance(figures, dict):
        return figures
    return {name: _without_counts(value) for name, value in figures.items() if name not in _AT_THRESHOLDS}


def _live(found: Contents) -> str:
    others = [name for name in found.sets if name != found.seen] or [found.seen]
    first = found.reported or found.seen
    buttons = "".join(
        f"<button type='button' data-set='{escape(name, quote=True)}' aria-pressed='{str(name == first).lower()}'>"
        f"{escape(names.set_title(name))}</button>"
        for name in others
    )
    choice = (
        f"<div class='sets' role='group' aria-label='Held against validation'>{buttons}</div>" if others[1:] else ""
    )
    legend = (
        f"<p class='quiet'>Curves: {names.set_name(found.seen)} solid, the set held against it dashed. Scores: "
        f"{' dashed, '.join(map(escape, words.class_words(found.run)))} solid. The grey area of the ROC curve "
        "holds both rates of all thresholds of the set held against it at once, in 95 of 100 such sets.</p>"
    )
    charts = "".join(
        f"<div class='charts' data-of='{escape(name, quote=True)}'{'' if name == first else ' hidden'}>"
        f"{pictures.live_pictures(found, name)}</div>"
        for name in others
    )
    return (
        "<section id='live'><h2>The threshold, live</h2>"
        "<p class='quiet hint'>Drag it on any chart, by the slider or the arrow keys. Nothing is decided by that.</p>"
        f"{choice}<div id='control'></div>{charts}{legend}</section>"
    )


def _drawn(section: Section) -> str:
    return (
        f"<section id='{section.key}'><h2>{escape(section.title)}</h2>"
        f"<div data-sealed='{section.key}'>{section.inner}</div></section>"
    )


def _script() -> str:
    """One script, in which nothing ends the element that holds it."""
    return joined(_HERE / "dossier.js").replace("</script", "<\\/script")


def _text(value: Any) -> str:
    """JSON in one way only, which no HTML can end."""
    return canonical(plain(value)).decode("ascii").replace("<", "\\u003c")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def _words(inner: str) -> str:
    """All text of some HTML, as a browser's ``textContent`` gives it."""
    parser = _Text()
    parser.feed(inner)
    parser.close()
    return "".join(parser.pieces)


def _attributes(values: Mapping[str, str]) -> str:
    return " ".join(f"data-{name}='{escape(value, quote=True)}'" for name, value in values.items())


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")
