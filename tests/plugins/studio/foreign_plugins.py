"""VST3 effects to try: other people's, made from a Debian source package, and one of ours that breaks.

``python3 tests/plugins/studio/foreign_plugins.py`` fetches the source package (12.7 MB, and an index of 9.5 MB) by apt
into ``build/foreign``; nothing of it is part of Hobnail. Without it their tests are skipped.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
FOREIGN = REPO / "build/foreign"
DPF = Path("/usr/share/dpf/distrho")
PACKAGE = "zam-plugins"  # Damien Zammit's, GPL-2+
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITE = "bookworm"


def fetch():
    """Get the sources, checked by apt's signatures; quietly nothing where this is not such a Debian."""
    if list(FOREIGN.glob(f"{PACKAGE}-*")) or not shutil.which("apt-get") or not Path(KEYRING).exists():
        return
    state = FOREIGN / "apt"
    for folder in ("lists", "cache"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    sources = state / "sources.list"
    sources.write_text(f"deb-src [signed-by={KEYRING}] http://deb.debian.org/debian {SUITE} main\n")
    apart = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": state / "lists",
        "Dir::Cache": state / "cache",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in apart.items())]
    subprocess.run([*apt, "update"], check=True)
    subprocess.run([*apt, "source", "--download-only", "--tar-only", PACKAGE], check=True, cwd=state)
    (archive,) = state.glob("*.orig.tar.*")
    subprocess.run(["tar", "--extract", "--file", archive, "--directory", FOREIGN], check=True)
    shutil.rmtree(state)


def zam(name):
    """One of the package's effects as a VST3, without its window; skips where its source is not."""
    found = sorted(FOREIGN.glob(f"{PACKAGE}-*/plugins/{name}"))
    if not found:
        _skip("needs a source package: python3 tests/plugins/studio/foreign_plugins.py")
    units = [path for path in sorted(found[0].glob("*.cpp")) if not path.stem.endswith(("UI", "Artwork"))]
    return _built(name, units, found[0])


def trouble(*, at_load=False):
    """Our effect that breaks."""
    name = "TroubleAtLoad" if at_load else "Trouble"
    return _built(name, [HERE / "cpp/trouble.cpp"], HERE / "cpp", *(["-DTROUBLE_AT_LOAD"] if at_load else []))


def _built(name, units, folder, *flags):
    if not DPF.exists() or not shutil.which("g++"):
        _skip("needs g++ and the Debian package dpf-source")
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in [*units, *sorted(folder.glob("*.h"))]))
    bundle = REPO / "build/vst3" / digest.hexdigest()[:16] / f"{name}.vst3"
    if not bundle.exists():
        making = bundle.with_name(f"making-{os.getpid()}")
        binary = making / "Contents/x86_64-linux" / f"{name}.so"
        binary.parent.mkdir(parents=True)
        command = ["g++", "-std=gnu++14", "-O1", "-w", "-fPIC", "-fvisibility=hidden", "-DNDEBUG", "-shared"]
        command += ["-DDISTRHO_PLUGIN_TARGET_VST3", *flags, f"-I{folder}", f"-I{DPF}", *map(str, units)]
        command += [str(DPF / "DistrhoPluginMain.cpp"), "-o", str(binary), "-ldl", "-lpthread"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        making.replace(bundle)
    return bundle


def _skip(why):
    import pytest  # fetching does without it

    pytest.skip(why)


if __name__ == "__main__":
    fetch()
