"""What the engine counts: every step that was made otherwise than whole, so that nothing is left out unseen."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counts:
    """Since the engine began. Each thread has its own."""

    steps: int = 0  #: of sustained voices: calls
    stepped: int = 0  #: voices in them
    one_shots: int = 0  #: opened
    fewer_steps: int = 0  #: steps with one pass
    fewer_one_shots: int = 0
    shorter_one_shots: int = 0  #: with a first block of less than 0.68 s, so that it was heard in time
    stood_in: int = 0  #: sustained voices that the stand-in took over
    returned: int = 0  #: and handed back
    stand_in_one_shots: int = 0
    muted: int = 0  #: blocks in which the network gave NaN or infinity
    failed: int = 0  #: calls in which onnxruntime failed
    no_room: int = 0  #: voices for which there was no memory
    stolen: int = 0  #: that the session was asked to steal
    takes_made: int = 0
    swaps: int = 0  #: of bundles

    def figures(self, *others: Counts) -> dict[str, float]:
        """By name, ``others`` added."""
        return {
            name: float(value + sum(getattr(other, name) for other in others)) for name, value in asdict(self).items()
        }
