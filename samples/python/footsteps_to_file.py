"""You will hear eight steps, from gravel onto wood, in footsteps.wav: rendered offline, the same bytes every time."""

import numpy as np
import soundfile

from hobnail import RATE_HZ, Contact, EmitterSettings, Host, OfflineSession
from hobnail.commands import PutEmitter, TriggerEvent

STEP_S = 0.55


def main() -> None:
    boots = EmitterSettings(prompt="heavy leather boots", mass_kg=80.0)
    commands = [PutEmitter(emitter="boots", settings=boots, at_frame=0)]
    for step in range(8):
        ground = Contact(material="gravel" if step < 4 else "wood", speed_m_s=1.4)
        at_frame = round(step * STEP_S * RATE_HZ)
        commands.append(TriggerEvent(emitter="boots", name="footstep", contact=ground, at_frame=at_frame))
    session = OfflineSession(host=Host.discovered())
    sound = np.concatenate(list(session.render(commands)))
    soundfile.write("footsteps.wav", sound, RATE_HZ)
    print(f"footsteps.wav: {len(sound) / RATE_HZ:.1f} s, peak {np.abs(sound).max():.2f}")


if __name__ == "__main__":
    main()
