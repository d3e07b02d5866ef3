"""Who may import whom, read from the code, as docs/architecture.md says."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NUMERIC = {"numpy", "scipy", "pandas", "sklearn"}
IMAGES = NUMERIC | {"cv2", "PIL", "pydicom"}
FOUNDATION = {"core.errors", "core.config"}
TYPES = {"core.evaluation", "core.runs"}
PICTURES = {"core.explain.pictures", "core.explain.pointing_game", "core.explain.heat_map_choice"}
PROGRAM = {"core"} | IMAGES | {"torch", "torchvision", "pyarrow"}

# room -> (packages from outside, rooms of ours); the first row whose name fits is the one that holds
ROOMS: dict[str, tuple[set[str], set[str]]] = {
    "core.errors": (set(), set()),
    "core.config": (set(), set()),
    "core.progress": (set(), set()),
    "core.installation": (set(), set()),
    "core.command_line": (set(), set()),
    "core.evaluation": (NUMERIC, {"core.evaluation"}),
    "core.data": (IMAGES, {"core.data"}),
    "core.model": (IMAGES | {"torch", "torchvision", "pytorch_grad_cam"}, {"core.model", "core.data"}),
    "core.runs": ({"numpy", "pandas", "pyarrow"}, {"core.runs", "core.evaluation"}),
    "core": (PROGRAM, {"core"}),
    "train": (set(), {"core"}),
    "dashboard.charts": ({"plotly"} | NUMERIC, {*TYPES, "dashboard.charts", "dashboard.scale", "dashboard.theme"}),
    "dashboard.scale": (NUMERIC, TYPES),
    "dashboard.theme": ({"plotly"} | NUMERIC, TYPES),
    "dashboard.gateway": ({"streamlit"} | NUMERIC, {"core", "dashboard"}),
    "dashboard": ({"streamlit"} | NUMERIC, {*TYPES, *PICTURES, "core.installation", "dashboard"}),
    "pages": ({"streamlit"}, {*TYPES, "dashboard"}),
}


def modules() -> Iterator[tuple[str, Path]]:
    rooms = (ROOT / room for room in ("core", "dashboard", "pages"))
    for file in [ROOT / "train.py", *(file for room in rooms for file in room.rglob("*.py"))]:
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield name, file


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


def room_of(module: str) -> str:
    return next(room for room in ROOMS if within(module, room))


@pytest.mark.parametrize(("module", "file"), [pytest.param(*pair, id=pair[0]) for pair in modules()])
def test_imports_go_through_doors(module: str, file: Path):
    outside, ours = ROOMS[room_of(module)]
    for name in imports(file):
        top = name.split(".")[0]
        if top in {"core", "dashboard", "pages", "train"}:
            allowed = any(within(name, room) for room in ours | FOUNDATION)
        else:
            allowed = top in outside or top in sys.stdlib_module_names
        assert allowed, f"{module} imports {name}, which is not allowed in {room_of(module)}"


def test_no_circles():
    ours = ("core", "dashboard")
    files = dict(modules())
    graph = {
        module: {n if n in files else n.rpartition(".")[0] for n in imports(file) if n.startswith(ours)}
        for module, file in files.items()
    }
    done: set[str] = set()
    assert "core.evaluation.predictions" in graph["core.evaluation.sweep"]

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"circle: {' -> '.join((*path, module))}"
        if module not in done:
            for name in graph.get(module, ()):
                visit(name, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {statement}; print(*sorted(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in result.stdout.split()}


def test_training_needs_no_dashboard_packages():
    assert not loaded_by("import core.pipeline, train") & {"streamlit", "plotly", "pytorch_grad_cam", "dashboard"}


def test_reports_and_imports_need_no_torch():
    statement = "import core.__main__, core.runs.report, core.runs.importer"
    assert not loaded_by(statement) & {"torch", "cv2", "streamlit"}
