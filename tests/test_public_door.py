"""Each package has one door: what it exports is listed, in order, and the list is true."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import hobnail

REPO = Path(__file__).resolve().parent.parent
ROOMS = ("sdk", "native", "plugins", "bridges", "trainer")
DOORS = sorted(
    path
    for room in ROOMS
    for path in (REPO / room).rglob("__init__.py")
    if path.relative_to(REPO / room).parts[0].startswith("hobnail")
)


def name_of(path: Path) -> str:
    room = next(room for room in ROOMS if path.is_relative_to(REPO / room))
    return ".".join(path.parent.relative_to(REPO / room).parts)


def bound(tree: ast.Module) -> set[str]:
    """Public names that a module binds at its top level; its own submodules do not count."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module != "__future__":
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in names if not name.startswith("_") or name == "__version__"}


def listed(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["__all__"]:
            return ast.literal_eval(node.value)
    return None


def constants_classes_functions(name: str) -> tuple[int, str]:
    """The order that ruff keeps: CONSTANTS, Classes, then the rest."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


@pytest.mark.parametrize("path", DOORS, ids=name_of)
def test_what_a_package_binds_is_what_it_lists(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names, door = bound(tree), listed(tree)
    if name_of(path) == "hobnail.cli":  # a program, not a library: its door is the command line
        return
    assert set(door or ()) == names
    assert door is None or door == sorted(door, key=constants_classes_functions)


@pytest.mark.parametrize("path", [path for path in DOORS if "sdk" in path.parts], ids=name_of)
def test_every_listed_name_is_there(path):
    module = importlib.import_module(name_of(path))
    for name in getattr(module, "__all__", ()):
        assert getattr(module, name) is not None, name


def test_the_version_is_the_installed_one():
    import tomllib

    written = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert hobnail.__version__ == written


def test_every_error_is_at_the_front_door_and_in_the_drawn_tree():
    from hobnail import errors

    classes = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert classes <= set(hobnail.__all__)
    assert [name for name in classes if f" {name}" not in errors.__doc__] == []


def test_the_front_door_opens_without_heavy_packages():
    code = "import hobnail, sys; print(sorted({'torch', 'onnxruntime', 'zmq', 'rich', 'click'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
