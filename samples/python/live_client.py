"""You will hear (in live.wav) a barrel that rolls, speeds up and hits a wall, sent as a game would send it.

The sample starts a server of its own. With `hobnail serve` running, connect to tcp://127.0.0.1:9710 instead.
"""

import time

import numpy as np
import soundfile

from hobnail import RATE_HZ
from hobnail.client import Client
from hobnail.launch import ServerProcess

TICK_S = 1 / 60


def main() -> None:
    with ServerProcess() as server, Client(server.control, name="sample") as client:
        barrel = client.emitter("barrel", prompt="an oak barrel", material="wood", mass_kg=30.0, size_m=0.7)
        with client.audio("mix") as audio:
            heard = [audio.read(5.0)]
            barrel.event("roll", action="start", material="stone", speed_m_s=0.5)
            for tick in range(90):
                speed, x = 0.5 + tick * 0.03, -3.0 + tick * 0.06  # one row per emitter, one column per feature
                columns = ("speed_m_s", "position_x_m", "position_y_m", "position_z_m")
                client.frame(["barrel"], np.array([[speed, x, 0.0, -2.0]], np.float32), columns=columns)
                time.sleep(TICK_S)
            barrel.event("roll", action="stop")
            barrel.event("impact", material="concrete", speed_m_s=3.2)
            end = client.now() + RATE_HZ
            while heard[-1].at < end:
                heard.append(audio.read(5.0))
    sound = np.concatenate([chunk.samples for chunk in heard])
    soundfile.write("live.wav", sound, RATE_HZ)
    print(f"live.wav: {len(sound) / RATE_HZ:.1f} s, peak {np.abs(sound).max():.2f}")


if __name__ == "__main__":
    main()
