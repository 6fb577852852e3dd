"""What a user installs: an sdist that builds, a wheel that holds everything, and runs with nothing else about."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent

WITHOUT_HEAVY_PACKAGES = """
import sys
for name in ("torch", "onnxruntime", "matplotlib", "sounddevice"):
    sys.modules[name] = None  # importing it now fails, as if it were not installed
sys.argv = ["hobnail", "render", "courtyard", "-o", "scene.flac", "--json"]
from hobnail.cli import main
main()
"""


def run(*command, cwd, **environment):
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--no-isolation", "--sdist", "--outdir", str(folder), str(REPO), cwd=folder)
    (archive,) = folder.glob("hobnail-*.tar.gz")
    return archive


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """Built from the sdist, as a packager would."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.glob("hobnail-*")
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(source), cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.timeout(300)
def test_the_sdist_holds_the_source_and_not_the_rest(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "CMakeLists.txt", "LICENSE", "NOTICE", "native/include/hobnail/mixer.hpp"} <= names
    assert "native/daw/src/instrument.cpp" in names
    shipped = "/HobnailClient/include/hobnail_client/"  # the DAW plug-in is built on the client of the Unreal sample
    rest = [name for name in names if shipped not in name]
    assert not [name for name in rest if name.startswith(("tests/", ".ci", "samples/", ".venv", "build/", "demo/"))]
    assert not [name for name in names if name.endswith((".so", ".pyd", ".pyc"))]


@pytest.mark.timeout(300)
def test_the_wheel_holds_five_typed_packages_the_scene_and_the_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [archive.read(name).decode() for name in names if name.endswith(".dist-info/METADATA")]
    for package in ("hobnail", "hobnail_native", "hobnail_plugins", "hobnail_bridges", "hobnail_trainer"):
        assert f"{package}/py.typed" in names
    assert {"hobnail_native/_core.pyi", "hobnail_native/_intake.pyi"} <= set(names)
    assert "hobnail/trace/data/courtyard.trace" in names
    assert {"src/instrument.cpp", "include/hobnail_client/client.hpp", "plugin/DistrhoPluginInfo.h"} <= {
        name.removeprefix("hobnail_native/daw/") for name in names
    }
    assert [name for name in names if name.endswith("licenses/LICENSE")]
    assert "License-Expression: Apache-2.0" in metadata
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]
    gpl = [line for line in needed if "pedalboard" in line or "dawdreamer" in line]
    assert not gpl, "a GPL package must stay behind an extra"


@pytest.mark.timeout(300)
def test_the_installed_wheel_renders_with_torch_and_the_extras_absent(wheel, tmp_path):
    target = tmp_path / "installed"
    install = ("install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--target", str(target))
    run(sys.executable, "-m", "pip", *install, str(wheel), cwd=tmp_path)
    # Without "site", so that an editable install in this environment does not step in front of the wheel.
    alone = (sys.executable, "-S", "-c")
    paths = os.pathsep.join([str(target), sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]])
    where = run(*alone, "import hobnail; print(hobnail.__file__)", cwd=tmp_path, PYTHONPATH=paths)
    assert Path(where.strip()).is_relative_to(target)
    run(*alone, WITHOUT_HEAVY_PACKAGES, cwd=tmp_path, PYTHONPATH=paths)
    assert (tmp_path / "scene.flac").stat().st_size > 100_000
