"""Modules joined into one script: each once and in its place, with names of its own."""

import shutil
import subprocess
from pathlib import Path

import pytest

from core.telling.joining import joined

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="no Node.js here")


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder / "entry.js"


def printed(script: str, folder: Path) -> list[str]:
    (folder / "joined.mjs").write_text(script, encoding="utf-8")
    return subprocess.run(["node", folder / "joined.mjs"], capture_output=True, text=True, check=True).stdout.split()


def test_every_module_runs_once_before_those_that_import_it(tmp_path):
    entry = write(
        tmp_path,
        last='console.log("last")\nexport const word = "deep"\n',
        left='import { word } from "./last.js"\nconsole.log("left")\nexport function left() { return word }\n',
        right='import {\n  word,\n} from "./last.js"\nconsole.log("right")\nexport class Right { word = word }\n',
        entry='import { left } from "./left.js"\nimport { Right } from "./right.js"\n'
        "console.log(left(), new Right().word)\n",
    )
    assert printed(joined(entry), tmp_path) == ["last", "left", "right", "deep", "deep"]


def test_what_a_module_does_not_export_is_its_own(tmp_path):
    entry = write(
        tmp_path,
        one='const own = "one"\nexport const told = () => own\n',
        entry='import { told } from "./one.js"\nconst own = "entry"\nconsole.log(told(), own, typeof secret)\n',
    )
    assert printed(joined(entry), tmp_path) == ["one", "entry", "undefined"]


def test_async_functions_are_exported_and_the_entry_keeps_its_default(tmp_path):
    entry = write(
        tmp_path,
        one='export async function soon() { return "now" }\n',
        entry='import { soon } from "./one.js"\nexport default soon\nconsole.log(await soon())\n',
    )
    assert printed(joined(entry), tmp_path) == ["now"]
    assert "export default soon" in joined(entry)


def test_modules_are_found_from_where_they_are_imported(tmp_path):
    (tmp_path / "below").mkdir()
    write(tmp_path, shared="export const word = 7\n")
    entry = write(tmp_path / "below", entry='import { word } from "../shared.js"\nconsole.log(word)\n')
    assert printed(joined(entry), tmp_path) == ["7"]


def test_a_ring_of_imports_is_refused(tmp_path):
    ring = 'import { two } from "./two.js"\nexport const one = 1\n'
    two = 'import { one } from "./entry.js"\nexport const two = one\n'
    with pytest.raises(ValueError, match=r"entry\.js imports itself by way of .*two\.js"):
        joined(write(tmp_path, two=two, entry=ring))


@pytest.mark.parametrize(
    "line",
    [
        'import "./one.js"',
        'import one from "./one.js"',
        'import * as all from "./one.js"',
        'import { word } from "elsewhere"',
        'export * from "./one.js"',
        "export { word }",
        "export let word = 1",
    ],
)
def test_other_forms_of_import_and_export_are_refused_by_name(tmp_path, line):
    entry = write(tmp_path, one="export const word = 1\n", entry=f"{line}\n")
    with pytest.raises(ValueError, match=r"entry\.js: this form of import or export cannot be joined: ") as refused:
        joined(entry)
    assert line in str(refused.value)


def test_a_default_export_is_the_entrys_alone(tmp_path):
    entry = write(tmp_path, one="export default 1\nexport const word = 1\n", entry='import { word } from "./one.js"\n')
    with pytest.raises(ValueError, match=r"one\.js: this form .* export default 1"):
        joined(entry)
