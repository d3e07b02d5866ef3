"""Who may import whom, read from the code, as docs/architecture.md says."""

import ast
import functools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NUMERIC = {"numpy", "scipy", "pandas", "sklearn"}
IMAGES = NUMERIC | {"cv2", "PIL", "pydicom", "gdcm"}
FOUNDATION = {"core.errors", "core.config"}
TYPES = {"core.evaluation", "core.runs"}
PICTURES = {"core.explain.pictures", "core.explain.pointing_game", "core.explain.heat_map_choice"}
PROGRAM = {"core"} | IMAGES | {"torch", "torchvision", "pyarrow"}
SWEEPS = {f"core.evaluation.{name}" for name in ("predictions", "sweep", "curves", "positions", "places", "estimates")}

# room -> (packages from outside, rooms of ours); the first row whose name fits is the one that holds
ROOMS: dict[str, tuple[set[str], set[str]]] = {
    "core.errors": (set(), set()),
    "core.config": (set(), set()),
    "core.progress": (set(), set()),
    "core.installation": (set(), set()),
    "core.file_lock": ({"filelock"}, set()),
    "core.disk": (set(), set()),
    "core.command_line": (set(), {"core.disk"}),
    "core.evaluation.predictions": (NUMERIC, set()),
    "core.evaluation.estimates": (NUMERIC, {"core.evaluation.predictions", "core.evaluation.estimates"}),
    "core.evaluation.calibration": (NUMERIC, {*SWEEPS, "core.evaluation.calibration"}),
    "core.evaluation.choosing": (NUMERIC, {*SWEEPS, "core.evaluation.choosing"}),
    "core.evaluation.worth": (
        NUMERIC,
        {*SWEEPS, *(f"core.evaluation.{room}" for room in ("calibration", "choosing", "worth"))},
    ),
    "core.evaluation.comparing": (
        NUMERIC,
        {*SWEEPS, *(f"core.evaluation.{room}" for room in ("calibration", "choosing", "comparing", "worth"))},
    ),
    "core.evaluation": (NUMERIC, {"core.evaluation"}),
    "core.tables": ({"numpy", "pyarrow", "python_calamine"}, {"core.tables"}),
    "core.data": (IMAGES | {"pyarrow"}, {"core.data", "core.tables", "core.disk", "core.file_lock"}),
    "core.model": (IMAGES | {"torch", "torchvision"}, {"core.model", "core.data", "core.disk"}),
    "core.runs": (
        {"numpy", "pandas", "pyarrow"},
        {"core.runs", "core.evaluation", "core.tables", "core.file_lock", "core.disk", "core.progress"},
    ),
    "core.telling": (NUMERIC, TYPES | {"core.telling"}),
    "core.dossier": (
        NUMERIC,
        TYPES
        | {
            "core.dossier",
            "core.telling",
            "core.disk",
            "core.explain.pictures",
            "core.stress_test",
            "core.data.acquisition",
        },
    ),
    "core.explain": (
        PROGRAM | {"pytorch_grad_cam"},
        {
            *TYPES,
            "core.explain",
            "core.model",
            "core.data",
            "core.disk",
            "core.kept",
            "core.progress",
            "core.run_scorer",
        },
    ),
    "core.score_by_ray": (PROGRAM | {"ray"}, {"core"}),
    "core.films": (IMAGES, {*TYPES, "core.films", "core.model", "core.data", "core.disk", "core.run_scorer"}),
    "core.export": (PROGRAM | {"onnx", "onnxruntime"}, {"core"}),
    "core": (PROGRAM, {"core"}),
    "train": (set(), {"core"}),
    "dashboard.charts": ({"plotly"} | NUMERIC, {*TYPES, "core.telling", "dashboard.charts", "dashboard.theme"}),
    "dashboard.theme": (NUMERIC, TYPES | {"core.telling"}),
    "dashboard.job": (set(), {"core.progress", "core.file_lock", "core.disk"}),
    "dashboard.serving": ({"streamlit", "starlette"}, {"dashboard.serving"}),
    "dashboard.gateway": ({"streamlit"} | NUMERIC, {"core", "dashboard.gateway"}),
    "dashboard": (
        {"streamlit"} | NUMERIC,
        {*TYPES, *PICTURES, "core.films", "core.telling", "core.installation", "core.disk", "dashboard"},
    ),
    "pages": ({"streamlit"}, {*TYPES, "core.telling", "dashboard"}),
}

FLOORS = (
    {"theme", "glossary", "component", "drawn", "job", "serving"},
    {"gateway", "state", "charts", "words", "outcome", "downloads", "html_number"},
    {"widgets", "controls", "called", "question", "html_table", "grid"},
    {"fits", "at_hospitals"},
    {"frame", "side_bar", "links", "scheme", "places", "welcome", "explorer"},
    {"Home"},
)
"""Rooms of ``dashboard/`` from the ground up: each imports from floors below its own alone."""

PAGE_ROOMS = {
    "adaptation",
    "bring_data",
    "calibration",
    "clinic",
    "compare",
    "delivery",
    "find_threshold",
    "gallery",
    "lock",
    "overview",
    "stress_test",
    "subgroups",
    "two_thresholds",
    "utility",
}
"""Packages of ``dashboard/`` that one page alone is made of. None imports another one's."""


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def modules(*rooms: str) -> Iterator[tuple[str, Path]]:
    for room in rooms:
        place = ROOT / room
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            yield name_of(file), file


PRODUCT = tuple(modules("core", "dashboard", "pages", "train.py"))
EVERYTHING = (*PRODUCT, *modules("benchmarks", "docs", "tests"))


@functools.cache
def imports(file: Path) -> tuple[str, ...]:
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(found)


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


def room_of(module: str) -> str:
    return next(room for room in ROOMS if within(module, room))


@pytest.mark.parametrize(("module", "file"), [pytest.param(*pair, id=pair[0]) for pair in PRODUCT])
def test_imports_go_through_doors(module: str, file: Path):
    outside, ours = ROOMS[room_of(module)]
    for name in imports(file):
        top = name.split(".")[0]
        if top in {"core", "dashboard", "pages", "train"}:
            allowed = any(within(name, room) for room in ours | FOUNDATION)
        else:
            allowed = top in outside or top in sys.stdlib_module_names
        assert allowed, f"{module} imports {name}, which is not allowed in {room_of(module)}"


def dashboard_imports() -> Iterator[tuple[str, str, str]]:
    """(module, its room, a room of the dashboard that it imports from), besides its own."""
    for module, file in modules("dashboard"):
        room = module.partition(".")[2].split(".")[0]
        for name in imports(file):
            other = name.partition(".")[2].split(".")[0]
            if within(name, "dashboard") and room and other != room:
                yield module, room, other


def floor(room: str) -> int:
    return next((number for number, rooms in enumerate(FLOORS) if room in rooms), len(FLOORS) - 1)


def test_every_room_of_the_dashboard_has_its_floor():
    rooms = {module.split(".")[1] for module, _ in modules("dashboard") if "." in module}
    assert rooms == set.union(*FLOORS) | PAGE_ROOMS


def test_no_arrow_of_the_dashboard_runs_up():
    """Page packages stand on the top floor, beside Home."""
    upward = {f"{module} -> {other}" for module, room, other in dashboard_imports() if floor(other) >= floor(room)}
    assert not upward


def test_page_packages_know_no_other_pages_package():
    assert not {f"{module} -> {other}" for module, _, other in dashboard_imports() if other in PAGE_ROOMS}


def test_a_page_takes_its_own_package_alone():
    own = {"operating_point": set()}
    for module, file in modules("pages"):
        page = module.partition(".")[2]
        taken = {name.split(".")[1] for name in imports(file) if within(name, "dashboard")} & PAGE_ROOMS
        assert taken <= own.get(page, {page}), f"{page} takes {taken}"


def test_no_circles():
    files = dict(EVERYTHING)
    graph = {
        module: {name if name in files else name.rpartition(".")[0] for name in imports(file)} & files.keys()
        for module, file in files.items()
    }
    done: set[str] = set()
    assert "core.evaluation.predictions" in graph["core.evaluation.sweep"]
    assert "benchmarks.coverage_hospitals" in graph["tests.benchmarks.test_coverage"]

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"circle: {' -> '.join((*path, module))}"
        if module not in done:
            for name in graph[module]:
                visit(name, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_address_and_session_have_one_room():
    """Only ``dashboard/state`` touches them; a widget's own value is read there too."""
    for module, file in (*modules("dashboard"), *modules("pages")):
        if not within(module, "dashboard.state"):
            text = file.read_text(encoding="utf-8")
            assert "session_state" not in text and "st.query_params" not in text, module


def test_types_of_evaluation_and_screen_are_frozen():
    """What several readers share must not change under one of them; what is kept for one session may."""
    rooms = ("core/evaluation", "dashboard", "pages")
    decorators = {
        f"{module}.{node.name}": ast.unparse(decorator)
        for module, file in modules(*rooms)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if "dataclass" in ast.unparse(decorator)
    }
    assert {name for name, made in decorators.items() if "frozen=True" not in made} == {
        "dashboard.state.address._Address"
    }
