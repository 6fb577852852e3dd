"""What is written is true: hooks as documented, code as printed, links that lead somewhere.

Marks on the line before a code block, invisible to readers:

``<!-- run -->``                 the block is run, in an empty directory
``<!-- run: with some/dir -->``  the same, with this directory's plug-in installed
``<!-- from: some/file -->``     the block stands in that file, word by word

Every Python block of README.md is run, marked or not. All other Python blocks must at least parse and import what is
there.
"""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from hobnail import hooks
from hobnail.registry import KINDS

REPO = Path(__file__).resolve().parent.parent
PAGES = [
    page
    for pattern in ("*.md", "docs/**/*.md", "samples/**/*.md")
    for page in sorted(REPO.glob(pattern))
    if ".venv" not in page.parts
]
BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?^```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^```$", re.M | re.S)
LINK = re.compile(r"(?<!`)\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    mark: str
    language: str
    code: str

    def __str__(self):
        return f"{self.page.relative_to(REPO).as_posix()}:{self.line}"


def blocks(page):
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text[: match.start("code")].count("\n") + 1, match["mark"] or "", match["language"], match["code"])
        for match in BLOCK.finditer(text)
    ]


BLOCKS = [block for page in PAGES for block in blocks(page)]
RUN = [
    block
    for block in BLOCKS
    if block.language == "python" and (block.mark.startswith("run") or block.page == REPO / "README.md")
]
SHOWN = [block for block in BLOCKS if block.mark.startswith("from:")]
SPECS = sorted(name for name, value in vars(hooks).items() if hasattr(value, f"{hooks.PROJECT}_spec"))


def test_there_are_fewer_than_ten_hooks_and_one_for_each_kind():
    assert sorted(f"hobnail_register_{kind}" for kind in KINDS) == SPECS
    assert len(SPECS) < 10


@pytest.mark.parametrize("name", SPECS)
def test_each_hook_is_documented_with_its_exact_signature(name):
    hook = getattr(hooks, name)
    signature = f"## `{name}{inspect.signature(hook)}`".replace("'", "")
    page = (REPO / "docs/hooks.md").read_text(encoding="utf-8")
    assert signature in page
    contract = re.search(r":class:`hobnail\.contracts\.(\w+)`", hook.__doc__)
    assert contract is not None, "its docstring names no contract"
    section = page.split(signature)[1].split("\n## ")[0]
    assert f"hobnail.contracts.{contract[1]}" in section


def test_register_is_documented_with_its_exact_signature():
    def flat(text):
        return re.sub(r"[\s'\"]+", "", text)

    signature = str(inspect.signature(hooks.Register.__call__)).replace("self, ", "")
    assert flat(f"def register{signature}") in flat((REPO / "docs/hooks.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SPECS)
def test_each_hook_is_tried_by_a_test_or_a_built_in(name):
    sources = [path for room in ("tests", "sdk", "plugins", "bridges") for path in (REPO / room).rglob("*.py")]
    users = [path for path in sources if path.name != "hooks.py" and f"def {name}(" in path.read_text(encoding="utf-8")]
    assert users


@pytest.mark.parametrize("block", RUN, ids=str)
def test_code_runs_as_printed(block, tmp_path, plugin_directory):
    directory = block.mark.partition("with ")[2].strip()
    path = [str(plugin_directory(directory))] if directory else []
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys; sys.path[:0] = {path!r}\n{block.code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.language == "python" and block not in RUN], ids=str
)
def test_code_that_is_not_run_parses_and_imports_what_is_there(block):
    for node in ast.walk(ast.parse(block.code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0].startswith("hobnail"):
            if node.module == "hobnail_thump":
                continue
            module = importlib.import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name), f"{node.module} has no {alias.name}"


@pytest.mark.parametrize("block", SHOWN, ids=str)
def test_code_that_is_shown_stands_in_its_file(block):
    file = REPO / block.mark.removeprefix("from:").strip()
    assert block.code.strip() in file.read_text(encoding="utf-8")


def slug(heading):
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).strip().replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPO).as_posix())
def test_every_link_leads_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    broken = []
    for match in LINK.finditer(text):
        target, _, anchor = match["target"].partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / target).resolve() if target else page
        if not file.exists():
            broken.append(match["target"])
        elif anchor and file.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
            if anchor not in map(slug, headings):
                broken.append(match["target"])
    assert broken == []


def test_the_front_page_shows_code_that_runs():
    assert any(block.page == REPO / "README.md" for block in RUN)
