"""Builds the plug-in, and probes around its core, once: under a name made from their sources.

``python -m tests.daw.building`` does so ahead of the tests.
"""

import hashlib
import os
import subprocess
from pathlib import Path

from hobnail.dawplugin import build as building
from hobnail.dawplugin import framework
from hobnail.dawplugin.sources import find_sources
from hobnail.dawplugin.tools import find_tools
from hobnail.errors import BuildError

REPO = Path(__file__).resolve().parents[2]
PROBE = Path(__file__).resolve().parent / "cpp/probe.cpp"
CLAP_HOST = PROBE.with_name("clap_host.cpp")
SANITIZERS = {
    "asan": ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    "tsan": ["-fsanitize=thread"],
    "plain": ["-O2"],  # for measuring
}


def missing():
    """Why nothing can be built on this machine; None when it can."""
    try:
        find_tools()
    except BuildError as error:
        return str(error)
    return None


def folder(name, *texts):
    digest = hashlib.sha256()
    for path in [*find_sources().files(), *texts]:
        digest.update(path.name.encode() + path.read_bytes())
    return REPO / "build/daw" / f"{name}-{digest.hexdigest()[:16]}"


def plugin():
    """The plug-in, all formats."""
    target = folder("plugin", Path(building.__file__), Path(framework.__file__))
    places = building.places_in(target)
    return places if (target / "done").exists() else _built(target, places)


def _built(target, places):
    building.build(target)
    (target / "done").touch()
    return places


def probe(kind):
    """The probe under a sanitizer."""
    target = folder(f"probe-{kind}", PROBE) / "probe"
    if not target.exists():
        core = find_sources().daw / "src/instrument.cpp"
        units = [_compiled(kind, core, folder(f"core-{kind}")), _compiled(kind, PROBE, target.parent)]
        making = target.with_name(f"making-{os.getpid()}")
        _run(["g++", *SANITIZERS[kind], *map(str, units), "-o", str(making), "-lzmq", "-pthread"])
        making.replace(target)
    return target


def clap_host():
    """A host of our own for the CLAP: none that can be installed loads one."""
    target = folder("clap-host", CLAP_HOST, CLAP_HOST.with_name("preset_browser.hpp")) / "clap_host"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        making = target.with_name(f"making-{os.getpid()}")
        strict = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{find_tools().dpf / 'src'}"]
        _run(["g++", *strict, str(CLAP_HOST), "-o", str(making), "-ldl"])
        making.replace(target)
    return target


def _compiled(kind, source, into):
    target = into / f"{source.stem}.o"
    if not target.exists():
        into.mkdir(parents=True, exist_ok=True)
        making = target.with_name(f"{source.stem}-{os.getpid()}.o")
        strict = ["-std=c++17", "-O1", "-g1", "-Wall", "-Wextra", "-Werror", "-DMSGPACK_NO_BOOST"]
        strict.append("-Wno-mismatched-new-delete")  # the probe counts what operator new is asked for
        includes = [f"-I{include}" for include in find_sources().includes]
        _run(["g++", *strict, *SANITIZERS[kind], *includes, "-c", str(source), "-o", str(making)])
        making.replace(target)
    return target


def _run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


if __name__ == "__main__" and missing() is None:
    plugin()
    clap_host()
    for each in ("asan", "tsan"):
        probe(each)
