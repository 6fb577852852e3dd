"""For plug-in authors: small real parts to test against, and the rules of every contract in one line each.

::

    from hobnail.testing import check_engine

    def test_my_engine_keeps_its_contract():
        check_engine(MyEngine())
"""

from hobnail.testing.bridges import check_bridge
from hobnail.testing.clocks import FakeClock
from hobnail.testing.codecs import check_codec
from hobnail.testing.controls import check_control
from hobnail.testing.doors import FakeBridge, FakePort
from hobnail.testing.effects import check_effect
from hobnail.testing.engines import check_engine
from hobnail.testing.exporters import check_exporter
from hobnail.testing.models import check_component, check_encoder
from hobnail.testing.plugins import check_plugin
from hobnail.testing.rules import ConformanceError
from hobnail.testing.sinks import FakeSink, check_sink
from hobnail.testing.tones import FakeEngine

__all__ = [
    "ConformanceError",
    "FakeBridge",
    "FakeClock",
    "FakeEngine",
    "FakePort",
    "FakeSink",
    "check_bridge",
    "check_codec",
    "check_component",
    "check_control",
    "check_effect",
    "check_encoder",
    "check_engine",
    "check_exporter",
    "check_plugin",
    "check_sink",
]
