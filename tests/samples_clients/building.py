"""Builds the probes: small programs around the clients of other languages that do what a test tells them.

They land in ``build/samples_clients``, under a name made from their sources, so that they are built once.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
UNITY = REPO / "samples/unity/com.hobnail.client/Runtime/Client"
UNREAL = REPO / "samples/unreal/Hobnail/Source/ThirdParty/HobnailClient/include"
LIBRARIES = "#include <zmq.hpp>\n#include <zmq_addon.hpp>\n#define MSGPACK_NO_BOOST\n#include <msgpack.hpp>\n"
STRICT = ["-std=c++17", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]
SANITIZERS = {
    "unreal-asan": ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    "unreal-tsan": ["-fsanitize=thread"],
}
KINDS = ("unity", *SANITIZERS)


def missing(kind):
    """Why a probe cannot be built on this machine; None when it can."""
    if kind == "unity":
        wanted = [tool for tool in ("mcs", "mono") if shutil.which(tool) is None]
        return f"no {' and no '.join(wanted)}: apt install mono-mcs mono-runtime libzmq5" if wanted else None
    if shutil.which("g++") is None:
        return "no g++"
    look = subprocess.run(
        ["g++", "-std=c++17", "-fsyntax-only", "-x", "c++", "-"],
        input=LIBRARIES,
        text=True,
        capture_output=True,
        check=False,
    )
    return "no headers: apt install libzmq3-dev cppzmq-dev libmsgpack-cxx-dev" if look.returncode else None


def sources(kind):
    """The files that a probe is made of."""
    if kind == "unity":
        return [*sorted((HERE / "cs").glob("*.cs")), *sorted(UNITY.rglob("*.cs"))]
    return [
        *sorted(path for path in (HERE / "cpp").iterdir() if path.name != "example.cpp"),
        *sorted(UNREAL.rglob("*.hpp")),
    ]


def command(kind, target):
    """How a probe is compiled."""
    if kind == "unity":
        return ["mcs", "-langversion:7", "-warnaserror", "-warn:4", f"-out:{target}", *map(str, sources(kind))]
    units = [str(HERE / "cpp" / name) for name in ("probe.cpp", "allocations.cpp")]
    return ["g++", *STRICT, *SANITIZERS[kind], f"-I{UNREAL}", *units, "-o", str(target), "-lzmq", "-pthread"]


def start_build(kind):
    """The probe's file, and the compiler at work on it, or None when it is there already."""
    digest = hashlib.sha256()
    for path in sources(kind):
        digest.update(path.name.encode() + path.read_bytes())
    digest.update(" ".join(command(kind, "")).encode())
    folder = REPO / "build/samples_clients" / f"{kind}-{digest.hexdigest()[:16]}"
    target = folder / "probe.exe"
    if target.exists():
        return target, None
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "unity":  # where there is libzmq.so.5 only, as without the development package
        shutil.copy(HERE / "cs/probe.exe.config", folder)
    making = folder / f"making-{os.getpid()}.exe"
    return target, (subprocess.Popen(command(kind, making), stderr=subprocess.PIPE, text=True), making)


def finish_build(target, compiler):
    """Waits for the compiler; what it complains of fails the test."""
    if compiler is not None:
        process, making = compiler
        _, complaints = process.communicate(timeout=600)
        assert process.returncode == 0, complaints
        making.replace(target)
    return target
