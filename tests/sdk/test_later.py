"""Builders that are imported when they are needed: a server's processes do not pay for what they never build."""

import subprocess
import sys

import pytest

from hobnail.findings import Finding
from hobnail.hooks import Later
from hobnail.host import Host
from hobnail.testing import FakeEngine

NOT_FOR_ALL = ("hobnail_plugins.aht.engine", "hobnail_bridges.zmq.server", "hobnail_bridges.osc.server", "rich")


def test_it_builds_what_it_names():
    assert isinstance(Later("hobnail.testing:FakeEngine")(), FakeEngine)


def test_what_is_asked_of_it_is_asked_of_what_it_names():
    found = Later("hobnail_bridges.osc.server:OscBridge").examine()
    assert all(isinstance(finding, Finding) for finding in found)
    with pytest.raises(AttributeError):
        _ = Later("hobnail.testing:FakeEngine").no_such_thing


def test_what_is_said_beforehand_imports_nothing():
    heavy = Later("no.such.module:Engine", on_request=True)
    assert heavy.on_request
    with pytest.raises(ModuleNotFoundError):
        heavy()


def test_a_host_finds_every_plug_in_without_what_is_heavy_in_them():
    """In a process of its own: this one has imported everything."""
    look = (
        "import sys, hobnail.cli.serve; from hobnail.host import Host; host = Host.discovered();"
        f"print([name for name in {NOT_FOR_ALL!r} if name in sys.modules], len(host.failures))"
    )
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[] 0"


def test_the_neural_engine_is_still_loaded_on_request_only():
    offer = Host.discovered().offer("engines", "aht")
    assert offer.build.on_request
