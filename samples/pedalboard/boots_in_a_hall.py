"""You will hear (in hall.wav) six steps in a hall: Hobnail as an instrument in a script of pedalboard's own."""

import mido
import numpy as np
from pedalboard import Compressor, HighpassFilter, Pedalboard, Reverb
from pedalboard.io import AudioFile

from hobnail.render import HobnailInstrument

RATE_HZ = 48_000


def main() -> None:
    boots = HobnailInstrument(prompt="heavy leather boots", material="wood")
    steps = [mido.Message("note_on", note=36, velocity=70 + 8 * step, time=0.6 * step) for step in range(6)]
    dry = boots(steps, duration=4.5, sample_rate=RATE_HZ)
    board = Pedalboard(
        [HighpassFilter(60), Compressor(threshold_db=-24, ratio=3), Reverb(room_size=0.7, wet_level=0.2)]
    )
    wet = board(dry, RATE_HZ)
    with AudioFile("hall.wav", "w", RATE_HZ, num_channels=2, bit_depth=24) as file:
        file.write(wet)
    print(f"hall.wav: {wet.shape[1] / RATE_HZ:.1f} s, peak {np.abs(wet).max():.2f}")


if __name__ == "__main__":
    main()
