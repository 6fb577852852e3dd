"""``hobnail bench osc`` measures a real server: its engine process tells when it had what the client sent."""

import pytest

from hobnail.bench import osc

pytestmark = pytest.mark.timeout(300)


def test_each_value_is_seen_in_the_engine_and_told_back():
    into, told, lost = osc.latency(0.5)
    assert lost.value == 0
    assert lost.detail == "of 500"
    assert 0.0 < into.value <= told.value  # being told begins with being there; how long is the machine's affair
    assert "1000 messages/s" in into.detail
