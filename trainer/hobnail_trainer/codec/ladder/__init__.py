"""Ways to keep a sound, from the recording itself down to shaped noise: what a codec is compared with.

A rung is a named function from sound to sound; any codec of a plug-in is one more rung.
"""

from hobnail_trainer.codec.ladder.components import fit_components
from hobnail_trainer.codec.ladder.plug_in import codec_rung
from hobnail_trainer.codec.ladder.rung import Rung
from hobnail_trainer.codec.ladder.rungs import RECORDING, YARDSTICK, reference_rungs

__all__ = ["RECORDING", "YARDSTICK", "Rung", "codec_rung", "fit_components", "reference_rungs"]
