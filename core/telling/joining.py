"""One script out of modules that import each other: what a component of the dashboard is, and the dossier has."""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r'^import (\{[\w ,\n]+\}) from "(\.[^"\n]+)"$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_DEFAULT = "export default "


def joined(entry: Path) -> str:
    """The module ``entry`` with all that it imports, as one module that imports nothing.

    Every other module stands before those that import it, once, as a function that is called at once and gives what
    the module exports: so its other names stay its own. Only the entry has a default export.

    Raises ValueError where a module imports itself by way of others, and where an import or export is of another form
    than ``import { a, b } from "./file.js"`` and ``export`` before a function, class or const; OSError where a file
    cannot be read.
    """
    names: dict[Path, str] = {}
    parts: list[str] = []

    def place(file: Path, above: tuple[Path, ...]) -> str:
        if file in above:
            raise ValueError(f"{file} imports itself by way of {above[-1]}")
        if file not in names:
            text = file.read_text(encoding="utf-8")
            body = _IMPORT.sub(
                lambda found: f"const {found[1]} = {place((file.parent / found[2]).resolve(), (*above, file))}", text
            )
            exported = ", ".join(_EXPORT.findall(body))
            body = _EXPORT.sub("", body)
            if strange := [line for line in _LEFT.findall(body) if above or not line.startswith(_DEFAULT)]:
                raise ValueError(f"{file}: this form of import or export cannot be joined: {strange[0]}")
            names[file] = f"module{len(names)}"
            wrapped = f"const {names[file]} = (() => {{\n{body}\nreturn {{ {exported} }}\n}})()"
            parts.append(wrapped if above else body)
        return names[file]

    place(entry.resolve(), ())
    return "\n".join(parts)
