"""You will hear (in door.wav) a door that creaks open and falls shut: a session in this process, no sockets."""

import time

from hobnail import Contact, EmitterSettings, Host, Session
from hobnail.commands import PutEmitter, SetControl, TriggerEvent
from hobnail.notices import VoiceEnded
from hobnail.sinks import WavConfig, WavSink


def main() -> None:
    recording = WavSink(WavConfig(path="door.wav"))
    with Session(host=Host.discovered(), sinks=[recording]) as session:
        door = EmitterSettings(prompt="an old wooden door", material="wood", mass_kg=25.0, size_m=2.0)
        session.submit(PutEmitter(emitter="door", settings=door))
        session.submit(TriggerEvent(emitter="door", name="creak", action="start", contact=Contact(slip_m_s=0.1)))
        for step in range(20):
            session.submit(SetControl(emitter="door", control="pitch", value=0.4 + step * 0.01))
            time.sleep(0.05)
        session.submit(TriggerEvent(emitter="door", name="creak", action="stop"))
        session.submit(TriggerEvent(emitter="door", name="door_close", request=1))
        deadline = time.monotonic() + 5.0
        while time.monotonic() < deadline:
            ended = [notice for notice in session.notices(0.2) if isinstance(notice, VoiceEnded) and notice.request]
            if ended:
                print(f"the door fell shut at frame {ended[0].onset_frame}")
                break


if __name__ == "__main__":
    main()
