"""What a machine needs in order to build the plug-in, and what to install where something is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from hobnail.errors import BuildError

DPF = Path("/usr/share/dpf/distrho")
_HEADERS = "#include <zmq.hpp>\n#define MSGPACK_NO_BOOST\n#include <msgpack.hpp>\nint main() { return zmq_errno(); }\n"
PACKAGES = "g++ dpf-source libzmq3-dev cppzmq-dev libmsgpack-cxx-dev"


@dataclass(frozen=True, slots=True)
class Tools:
    """A compiler that works, and DPF."""

    compiler: str
    dpf: Path


def find_tools(dpf: Path = DPF, compilers: tuple[str, ...] = ("g++", "c++", "clang++")) -> Tools:
    """Look for all of it. Raises BuildError that names everything that is missing, with the one line that cures it."""
    if not sys.platform.startswith("linux"):
        raise BuildError(
            f"The plug-in is built on Linux only so far; this is {sys.platform}.",
            cure="docs/plugin.md says what is known of other systems.",
        )
    compiler = next((found for name in compilers if (found := shutil.which(name))), None)
    missing: list[tuple[str, str]] = []
    if compiler is None:
        missing.append(("a C++ compiler", "g++"))
    if not (dpf / "DistrhoPluginMain.cpp").is_file():
        missing.append((f"DISTRHO's plug-in framework in {dpf}", "dpf-source"))
    if compiler is not None and (complaint := _headers_missing(compiler)):
        missing.append((f"libzmq, cppzmq or msgpack-c ({complaint})", "libzmq3-dev cppzmq-dev libmsgpack-cxx-dev"))
    if compiler is None or missing:
        what = "; ".join(thing for thing, _ in missing)
        raise BuildError(
            f"The plug-in cannot be built here. Missing: {what}.",
            cure=f"On Debian and Ubuntu: sudo apt install {' '.join(package for _, package in missing)}",
        )
    return Tools(compiler, dpf)


def _headers_missing(compiler: str) -> str:
    """The compiler's own words when the libraries are not there; empty when they are."""
    command = [compiler, "-std=c++17", "-fsyntax-only", "-x", "c++", "-"]
    done = subprocess.run(command, input=_HEADERS, text=True, capture_output=True, check=False)
    if done.returncode == 0:
        return ""
    return next((line.split("error: ")[-1] for line in done.stderr.splitlines() if "error" in line), "it does not say")
