"""The plug-in, built once, and a server for it."""

import json
import os
import subprocess

import pytest

from hobnail.launch import ServerProcess

from . import building

ENVIRONMENT = {
    "TSAN_OPTIONS": "halt_on_error=1 exitcode=66 ignore_noninstrumented_modules=1",  # libzmq knows no sanitizer
    "ASAN_OPTIONS": "detect_leaks=1 exitcode=67",
}


def pytest_collection_modifyitems(items):
    """The first test waits for the compiler."""
    for item in items:
        if {"plugin", "run_probe"} & set(item.fixturenames) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def buildable():
    if (reason := building.missing()) is not None:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def plugin(buildable):
    """Where the built plug-in is."""
    return building.plugin()


@pytest.fixture(scope="package")
def scores(tmp_path_factory):
    """Where the server leaves what bounces were told."""
    return tmp_path_factory.mktemp("scores")


@pytest.fixture(scope="package")
def server(scores):
    config = scores / "server.toml"
    config.write_text(f"[bridge.zmq]\nbounce_scores = {json.dumps(str(scores))}\n", encoding="utf-8")
    with ServerProcess(["--sink", "null", "--config", str(config)]) as server:
        yield server


@pytest.fixture(scope="session")
def run_probe(buildable):
    """Runs the probe under a sanitizer; what it said."""

    def run(kind, /, notes=(), **wish):
        words = [f"note={note}" for note in notes]
        for key, value in wish.items():
            words += [f"{key}={one}" for one in (value if isinstance(value, list) else [value])]
        done = subprocess.run(
            [str(building.probe(kind)), *words],
            env={**os.environ, **ENVIRONMENT},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout)

    return run
