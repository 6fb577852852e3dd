"""The rules of a control."""

from __future__ import annotations

import math

from hobnail.contracts import ControlSpec
from hobnail.testing.rules import Rules


def check_control(spec: ControlSpec) -> None:
    """Raise :class:`ConformanceError` at the first rule that ``spec`` breaks."""
    rules = Rules(getattr(spec, "id", type(spec).__name__))
    rules.require(isinstance(spec, ControlSpec), "contract", "it is no ControlSpec.", cure="Return a ControlSpec.")
    ends = (spec.minimum, spec.default, spec.maximum)
    rules.require(
        all(math.isfinite(end) for end in ends) and spec.minimum < spec.maximum,
        "range",
        f"minimum is {spec.minimum}, maximum {spec.maximum}.",
        cure="Give finite numbers, minimum below maximum.",
    )
    rules.require(
        spec.minimum <= spec.default <= spec.maximum,
        "default",
        f"default {spec.default} lies outside {spec.minimum} to {spec.maximum}.",
        cure="Choose a default in the range, in the control's own unit.",
    )
    for value in ends:
        back = spec.plain(spec.normalised(value))
        rules.require(
            math.isclose(back, value, rel_tol=1e-9, abs_tol=1e-9 * (spec.maximum - spec.minimum)),
            "round trip",
            f"{value} came back as {back}.",
            cure="Do not override normalised() or plain().",
        )
    rules.require(
        spec.steps == 0 or spec.steps >= 2,
        "steps",
        f"steps is {spec.steps}.",
        cure="0 is continuous; a stepped control has 2 or more.",
    )
    rules.require(bool(spec.help), "help", "it has no help.", cure="Say in one line what people will hear.")
