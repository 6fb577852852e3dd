"""Builds the plug-in with the system's compiler: VST3, LV2 and CLAP from the same object of the instrument."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hobnail.dawplugin.framework import write_main
from hobnail.dawplugin.sources import Sources, find_sources
from hobnail.dawplugin.tools import Tools, find_tools
from hobnail.errors import BuildError

NAME: Final = "Hobnail"
KINDS: Final = ("VST3", "LV2", "CLAP")
_FLAGS: Final = ("-O2", "-fPIC", "-fvisibility=hidden", "-DNDEBUG", "-DMSGPACK_NO_BOOST", "-pthread")
_TTL: Final = "import ctypes, sys; ctypes.CDLL(sys.argv[1]).lv2_generate_ttl(sys.argv[2].encode())"
_NO_WORDS: Final = re.compile(r' +<urn:distrho:(?!prompt1>)\w+>(?: "[^"\n]*"|\n"""[^"\n]*""") ;\n')
_FREEWHEEL: Final = '        lv2:symbol "freewheel" ;\n'


@dataclass(frozen=True, slots=True)
class Built:
    """What was built."""

    vst3: Path  #: a folder
    lv2: Path  #: a folder
    clap: Path  #: a file

    def all(self) -> tuple[Path, ...]:
        """In that order."""
        return (self.vst3, self.lv2, self.clap)


def places_in(folder: Path) -> Built:
    """Where a build in ``folder`` puts things."""
    return Built(folder / f"{NAME}.vst3", folder / f"{NAME}.lv2", folder / f"{NAME}.clap")


def build(
    folder: Path,
    *,
    tools: Tools | None = None,
    sources: Sources | None = None,
    jobs: int = 2,
    told: Callable[[str], None] = lambda _: None,
) -> Built:
    """Build into ``folder``; ``told`` hears what is being done. Raises BuildError with the compiler's own words."""
    tools, sources = tools or find_tools(), sources or find_sources()
    built = places_in(folder)
    binaries = {"VST3": built.vst3 / _vst3_place(), "LV2": built.lv2 / f"{NAME}_dsp.so", "CLAP": built.clap}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for binary in binaries.values():
            binary.parent.mkdir(parents=True, exist_ok=True)
        instrument = [*_cpp(tools, sources, "17"), "-Wall", "-Wextra", "-c", str(sources.daw / "src/instrument.cpp")]
        commands = {"instrument": [*instrument, "-o", str(work / "instrument.o")]}
        for kind in KINDS:
            include = [f"-I{work}", f"-I{sources.daw / 'plugin'}", f"-I{tools.dpf}", f"-I{tools.dpf / 'src'}"]
            framework = [*_cpp(tools, sources, "17"), f"-DDISTRHO_PLUGIN_TARGET_{kind}", *include]
            main = write_main(tools.dpf, kind, work)
            commands[f"{kind} frame"] = [*framework, "-w", "-c", str(main), "-o", str(work / f"main_{kind}.o")]
            plugin = str(sources.daw / "plugin/plugin.cpp")
            commands[f"{kind} plug-in"] = [*framework, "-c", plugin, "-o", str(work / f"plugin_{kind}.o")]
        _run_all(commands, jobs, told)
        links = {
            kind: [
                *(tools.compiler, "-shared", "-pthread", str(work / f"main_{kind}.o"), str(work / f"plugin_{kind}.o")),
                *(str(work / "instrument.o"), "-o", f"{binary}.part", "-lzmq", "-ldl"),
            ]
            for kind, binary in binaries.items()
        }
        _run_all(links, jobs, told)
    for binary in binaries.values():
        Path(f"{binary}.part").replace(binary)
    _describe_lv2(built.lv2)
    return built


def _vst3_place() -> Path:
    machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    return Path("Contents") / f"{machine}-linux" / f"{NAME}.so"


def _cpp(tools: Tools, sources: Sources, standard: str) -> list[str]:
    return [tools.compiler, f"-std=gnu++{standard}", *_FLAGS, *(f"-I{folder}" for folder in sources.includes)]


def _run_all(commands: dict[str, list[str]], jobs: int, told: Callable[[str], None]) -> None:
    def run(name: str) -> None:
        told(name)
        _run(name, commands[name])

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for done in [pool.submit(run, name) for name in commands]:
            done.result()


def _run(name: str, command: Sequence[str], folder: Path | None = None, env: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise BuildError(
            f"{name} could not be built: {command[0]} ended with {done.returncode}: {' | '.join(said[:5])}",
            cure="Please report it with these lines.",
        )


def _describe_lv2(folder: Path) -> None:
    """LV2's own description, which the binary writes, with the port named that tells of offline renders.

    Of the state its presets keep only what a preset says: choosing one must not lead an instrument to another server.
    """
    binary = f"{NAME}_dsp"
    plain = {key: value for key, value in os.environ.items() if key != "HOBNAIL_ADDRESS"}
    plain["XDG_DATA_HOME"] = str(folder / "nobody")  # whoever builds may have words of their own for new instruments
    _run("LV2 description", [sys.executable, "-c", _TTL, f"./{binary}.so", binary], folder, plain)
    presets = folder / "presets.ttl"
    said, count = _NO_WORDS.subn("", presets.read_text(encoding="utf-8"))
    if not count:
        raise BuildError(f"{presets}: no preset has a state.", cure="Please report it with your DPF's version.")
    presets.write_text(said, encoding="utf-8")
    path = folder / f"{binary}.ttl"
    text = path.read_text(encoding="utf-8")
    if text.count(_FREEWHEEL) != 1:
        raise BuildError(
            f"{path}: the port freewheel is not there once.", cure="Please report it with your DPF's version."
        )
    path.write_text(
        text.replace(_FREEWHEEL, f"{_FREEWHEEL}        lv2:designation lv2:freeWheeling ;\n"), encoding="utf-8"
    )
