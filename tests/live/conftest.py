"""A server, a decent client on it that must never notice anything, and a vandal."""

import pytest

from hobnail.launch import ServerProcess

from .attackers import GRAVEL, Decent, Raw, eventually


@pytest.fixture(scope="module")
def server():
    """A server that the tests of one file share; a file may make its own."""
    with ServerProcess(["--sink", "null"]) as server:
        yield server


@pytest.fixture(scope="module")
def decent(server):
    with Decent(server.control) as client:
        yield client
        eventually(lambda: client.poll(0.1) is not None and set(client.steps) <= client.ended.keys())
        assert all(client.ended[step].onset is not None for step in client.steps)


@pytest.fixture
def vandal(server, decent):
    with Raw(server.control) as raw:
        yield raw


@pytest.fixture(autouse=True)
def unharmed(request):
    """Whatever a test did to the common server, the decent client is still known; at the end all its steps sounded."""
    common = "decent" in request.fixturenames or "vandal" in request.fixturenames
    client = request.getfixturevalue("decent") if common else None
    yield
    if client is not None:
        assert client._core.greetings == 1  # it was never let go
        client.steps.append(client.event("decent-feet", "footstep", contact=GRAVEL, wait=True).voice)
