"""The house stands as it was drawn: arrows point down, no circles, small files, no private doors."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "native/hobnail_native": set(),
    "sdk/hobnail": {"hobnail_native"},
    "plugins/hobnail_plugins": {"hobnail", "hobnail_native"},
    "bridges/hobnail_bridges": {"hobnail", "hobnail_native"},
    "trainer/hobnail_trainer": {"hobnail", "hobnail_native", "hobnail_plugins"},
}
ROOMS = {room.split("/")[1] for room in MAY_IMPORT}
LIGHT = ("native/hobnail_native", "sdk/hobnail", "bridges/hobnail_bridges")
HEAVY = {"torch", "onnxruntime"}
LONGEST_LINES = 400
LONG_LINES = 300
LONG_FOR_A_REASON: dict[str, str] = {
    "native/hobnail_native/_core.pyi": "one stub for one compiled module: a stub cannot be split",
}
"""Files of the product of more than 300 lines -> why; the list is meant to stay short."""

MACHINE = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w|[A-Z]:\\+Users|(?:extra-)?index-url", re.IGNORECASE)
TEXT = {".py", ".pyi", ".cpp", ".hpp", ".h", ".toml", ".md", ".txt", ".sh", ".cmake", ".json", ".jsonl", ".cs", ".gd"}


def modules(room: str) -> dict[str, Path]:
    """Dotted name -> file, of every module in a room."""
    root = REPO / room
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = (root.name, *path.relative_to(root).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, path: Path) -> Iterator[tuple[str, str | None]]:
    """(module, name taken from it) of every import, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, None
        elif isinstance(node, ast.ImportFrom):
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            start = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            for alias in node.names:
                yield module, alias.name


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_beneath_it(room):
    allowed = MAY_IMPORT[room] | {room.split("/")[1]}
    wrong = [
        f"{name} imports {module}"
        for name, path in modules(room).items()
        for module, _ in imports(name, path)
        if module.split(".")[0] in ROOMS - allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("room", LIGHT)
def test_the_sdk_and_the_bridges_stay_light(room):
    wrong = [
        f"{name} imports {module}"
        for name, path in modules(room).items()
        for module, _ in imports(name, path)
        if module.split(".")[0] in HEAVY
    ]
    assert wrong == []


def edges(room: str) -> dict[str, set[str]]:
    """Module -> modules of the same room that it imports."""
    known = modules(room)
    graph: dict[str, set[str]] = {name: set() for name in known}
    for name, path in known.items():
        for module, taken in imports(name, path):
            target = f"{module}.{taken}" if f"{module}.{taken}" in known else module
            if target in known and target != name:
                graph[name].add(target)
    return graph


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Some modules that import each other in a circle; empty when there are none."""
    done: set[str] = set()
    path: list[str] = []

    def visit(name: str) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        path.append(name)
        for target in sorted(graph[name]):
            if found := visit(target):
                return found
        path.pop()
        done.add(name)
        return []

    for name in graph:
        if found := visit(name):
            return found
    return []


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_no_modules_import_each_other_in_a_circle(room):
    assert circle(edges(room)) == []


def test_a_planted_circle_would_be_seen():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": set()}) == ["a", "b", "c", "a"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_nobody_takes_another_modules_private_name(room):
    own_door = "hobnail_native"  # its __init__ is the door of the compiled _core
    wrong = [
        f"{name} takes {module}.{taken}"
        for name, path in modules(room).items()
        for module, taken in imports(name, path)
        if module.split(".")[0] in ROOMS and name != own_door
        for part in (*module.split("."), taken or "")
        if part.startswith("_") and not part.startswith("__")
    ]
    assert wrong == []


def source_files() -> list[Path]:
    """Everything that people read as code."""
    roots = [*MAY_IMPORT, "native/include", "native/bindings", "native/tests", "tests", "samples"]
    return [
        path
        for root in roots
        for path in sorted((REPO / root).rglob("*"))
        if path.suffix in {".py", ".pyi", ".cpp", ".hpp"} and not path.is_symlink()
    ]


def test_no_file_is_long_without_a_reason():
    lines = {
        path.relative_to(REPO).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in source_files()
    }
    assert {name: count for name, count in lines.items() if count > LONGEST_LINES} == {}
    product = {name: count for name, count in lines.items() if not name.startswith("tests/")}
    long = {name: count for name, count in product.items() if count > LONG_LINES and name not in LONG_FOR_A_REASON}
    assert long == {}, "split them, or write the reason into LONG_FOR_A_REASON"


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_every_module_says_what_it_is_for(room):
    silent = [
        name
        for name, path in modules(room).items()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_every_package_ships_its_types(room):
    assert (REPO / room / "py.typed").is_file()


def test_the_import_linter_agrees():
    code = (
        "import sys; from importlinter.cli import lint_imports;"
        "sys.exit(lint_imports(config_filename='pyproject.toml', no_cache=True))"
    )
    rooms = [str(REPO / room.split("/")[0]) for room in MAY_IMPORT]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {rooms!r}; {code}"],
        cwd=REPO,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def tracked_files() -> list[Path]:
    """What belongs to the project: by git where there is one, else what the directories hold."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return [REPO / name for name in done.stdout.splitlines()]
    roots = ("sdk", "native", "plugins", "bridges", "trainer", "samples", "tests", "docs", "scripts", ".ci")
    return [*REPO.glob("*.*"), *(path for root in roots for path in (REPO / root).rglob("*"))]


def test_no_file_names_a_place_on_somebodys_machine():
    wrong = []
    for path in tracked_files():
        if path.suffix not in TEXT or not path.is_file() or path == Path(__file__).resolve():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if MACHINE.search(line):
                wrong.append(f"{path.relative_to(REPO)}:{number}: {line.strip()[:100]}")
    assert wrong == []
