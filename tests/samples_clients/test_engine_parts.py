"""The halves that only run inside an engine are compiled against hand-written declarations of it. That shows that they
are C# 7 and C++17 and fit the clients; it does not show that they work in Unity or Unreal, which were not run."""

import json
import re
import subprocess

import pytest

from .building import HERE, REPO, UNREAL, missing

pytestmark = pytest.mark.timeout(300)
UNITY = REPO / "samples/unity/com.hobnail.client"
PLUGIN = REPO / "samples/unreal/Hobnail"
INCLUDE = re.compile(r'^#include "([\w/.]+\.h)"', re.M)


def test_the_unity_components_compile(tmp_path):
    if reason := missing("unity"):
        pytest.skip(reason)
    sources = [HERE / "unity_declarations.cs", *sorted(UNITY.rglob("*.cs"))]
    unused = "-nowarn:649,626,660,661"  # fields that only Unity's editor fills
    command = ["mcs", "-langversion:7", "-warnaserror", "-warn:4", unused, "-target:library"]
    done = subprocess.run(
        [*command, f"-out:{tmp_path / 'unity.dll'}", *map(str, sources)],
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_part_of_the_unity_package_reflects():
    for path in UNITY.rglob("*.cs"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"System\.Reflection|Activator\.|GetType\(|dynamic ", text), path


def test_the_unity_package_is_whole():
    package = json.loads((UNITY / "package.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert all((UNITY / sample["path"]).is_dir() for sample in package["samples"])
    names = {}
    for path in UNITY.rglob("*.asmdef"):
        names.update({(module := json.loads(path.read_text(encoding="utf-8")))["name"]: module.get("references", [])})
    assert all(reference in names for references in names.values() for reference in references)


def test_the_unreal_plugin_parses(tmp_path):
    if reason := missing("unreal-asan"):
        pytest.skip(reason)
    units = sorted(PLUGIN.rglob("Hobnail/Private/*.cpp"))
    own = {path.name for path in PLUGIN.rglob("*.h")}
    for source in [*units, *PLUGIN.rglob("*.h")]:
        for name in INCLUDE.findall(source.read_text(encoding="utf-8")):
            if name not in own:  # the engine's, and those that its header tool would write
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).touch()
    whole = tmp_path / "whole.cpp"
    whole.write_text("".join(f'#include "{unit}"\n' for unit in units), encoding="utf-8")
    folders = [f"-I{tmp_path}", f"-I{PLUGIN / 'Source/Hobnail/Public'}", f"-I{PLUGIN / 'Source/Hobnail/Private'}"]
    declared = ["-include", str(HERE / "unreal_declarations.h"), *folders, f"-isystem{UNREAL}"]
    command = ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *declared, str(whole)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr


def test_the_example_of_the_page_runs(server, tmp_path):
    if reason := missing("unreal-asan"):
        pytest.skip(reason)
    program = tmp_path / "example"
    command = ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{UNREAL}", str(HERE / "cpp/example.cpp")]
    done = subprocess.run(
        [*command, "-o", str(program), "-lzmq", "-pthread"], capture_output=True, text=True, timeout=250, check=False
    )
    assert done.returncode == 0, done.stderr
    assert subprocess.run([str(program), server.control], timeout=60, check=False).returncode == 0


def test_the_unreal_plugin_names_its_modules():
    modules = json.loads((PLUGIN / "Hobnail.uplugin").read_text(encoding="utf-8"))["Modules"]
    for module in modules:
        assert (PLUGIN / f"Source/{module['Name']}/{module['Name']}.Build.cs").is_file()
