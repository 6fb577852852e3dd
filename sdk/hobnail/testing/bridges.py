"""The rules of a bridge."""

from __future__ import annotations

import threading
from collections.abc import Callable

from hobnail.contracts import Bridge
from hobnail.metrics import Metrics
from hobnail.notices import Accepted, MetricsNotice, Refused
from hobnail.testing.doors import FakePort
from hobnail.testing.rules import Rules

_PATIENCE_S = 5.0


def check_bridge(make: Callable[[], Bridge]) -> None:
    """Raise :class:`ConformanceError` at the first rule that a bridge breaks.

    ``make`` gives a new, closed bridge each time; configure it with port 0, so that the test disturbs nobody.
    """
    bridge = make()
    rules = Rules(type(bridge).__name__)
    rules.require(isinstance(bridge, Bridge), "contract", "open, run or stop is missing.", cure="See docs/hooks.md.")
    _check_serves(bridge, rules)
    _check_stop_first(make(), rules)


def _check_serves(bridge: Bridge, rules: Rules) -> None:
    port = FakePort()
    told = bridge.open(port)
    rules.require(
        bool(told) and all(isinstance(name, str) and isinstance(place, str) for name, place in told.items()),
        "open tells",
        f"open() gave {told!r}, expected names and addresses.",
        cure='Return {"control": "tcp://127.0.0.1:9710"} or the like.',
    )
    serving = _Serving(bridge)
    port.deliver(
        MetricsNotice(metrics=Metrics()),
        Accepted(client=123456, request=1, at_frame=0),
        Refused(client=123456, request=2, code="busy", path="$", problem="The queue is full."),
    )
    rules.require(
        serving.still_runs(0.3),
        "unknown clients",
        f"run() ended by itself{serving.reason()} after notices for a client that is not there.",
        cure="Let notices for clients that have gone fall away.",
    )
    bridge.stop()
    rules.require(
        serving.ended(),
        "stop",
        f"run() still runs {_PATIENCE_S:.0f} s after stop().",
        cure="Poll with a timeout and look at a threading.Event.",
    )
    rules.require(serving.error is None, "run", f"run() raised{serving.reason()}.", cure="Catch it where it arises.")
    bridge.stop()  # a second stop is no error


def _check_stop_first(bridge: Bridge, rules: Rules) -> None:
    bridge.open(FakePort())
    bridge.stop()
    serving = _Serving(bridge)
    rules.require(
        serving.ended(),
        "stop before run",
        "run() ignores a stop() that came before it.",
        cure="Do not clear the stop flag in run().",
    )


class _Serving:
    """``bridge.run()`` on a thread of its own."""

    def __init__(self, bridge: Bridge) -> None:
        self.error: BaseException | None = None
        self._bridge = bridge
        self._thread = threading.Thread(target=self._run, name="check_bridge", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._bridge.run()
        except BaseException as error:
            self.error = error

    def still_runs(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return self._thread.is_alive()

    def ended(self) -> bool:
        return not self.still_runs(_PATIENCE_S)

    def reason(self) -> str:
        return f" ({type(self.error).__name__}: {self.error})" if self.error else ""
