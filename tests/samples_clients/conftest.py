"""Probes of the engine clients, and servers for them."""

import json
import os
import selectors
import subprocess

import pytest

from hobnail.launch import ServerProcess

from .building import KINDS, finish_build, missing, start_build

PATIENCE_S = 100.0
ENVIRONMENT = {
    "TSAN_OPTIONS": "halt_on_error=1 exitcode=66 ignore_noninstrumented_modules=1",  # libzmq knows no sanitizer
    "ASAN_OPTIONS": "detect_leaks=1 exitcode=67",
}


def pytest_collection_modifyitems(items):
    """The first test of a kind waits for its compiler."""
    for item in items:
        if "built" in item.fixturenames and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(300))


class Probe:
    """A program in another language: it is told a line, and answers with a line of JSON."""

    def __init__(self, kind, program):
        command = ["mono", "--debug", str(program)] if kind == "unity" else [str(program)]
        self.kind = kind
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **ENVIRONMENT}
        )

    def tell(self, *words):
        """Asks it to do a step, without waiting for the end of it."""
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()

    def hear(self):
        """The answer to what it was told."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            assert selector.select(PATIENCE_S), f"the probe says nothing for {PATIENCE_S} s"
        line = self._process.stdout.readline()
        assert line, f"the probe ended with {self._process.wait(10)}"
        said = json.loads(line)
        assert "failed" not in said, said["failed"]
        return said

    def ask(self, *words):
        """Does a step and gives its answer."""
        self.tell(*words)
        return self.hear()

    def end(self):
        """Its exit code, once it has nothing more to do; a sanitizer's complaint is one."""
        self._process.stdin.close()
        try:
            return self._process.wait(20)
        finally:
            self._process.kill()
            self._process.stdout.close()


@pytest.fixture(scope="session")
def builds():
    """All compilers are started together, the first time that a probe is wanted."""
    started = {kind: start_build(kind) for kind in KINDS if missing(kind) is None}
    yield started
    for _, compiler in started.values():
        if compiler is not None:  # nobody wanted this one
            compiler[0].kill()
            compiler[0].communicate()


@pytest.fixture(scope="session", params=KINDS)
def built(request, builds):
    if (reason := missing(request.param)) is not None:
        pytest.skip(reason)
    return request.param, finish_build(*builds[request.param])


@pytest.fixture
def probe(built):
    probe = Probe(*built)
    try:
        yield probe
    finally:
        code = probe.end()
    assert code == 0, f"the probe ended with {code}"


@pytest.fixture(scope="package")
def server():
    """One server for all tests but those that end it."""
    with ServerProcess(["--sink", "null"]) as server:
        yield server
