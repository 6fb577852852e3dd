"""You will hear the same twice, bit for bit: a session played live (live.wav), and its take rendered (again.wav)."""

import time
from pathlib import Path

import numpy as np
import soundfile

from hobnail import Contact, Host, Session
from hobnail.commands import PutEmitter, TriggerEvent
from hobnail.render import render
from hobnail.sinks import WavConfig, WavSink
from hobnail.take import TakeRecorder


def main() -> None:
    host = Host.discovered()
    sink = WavSink(WavConfig(path="live.wav", samples="float"))
    with Session(host=host, sinks=[sink], recorder=TakeRecorder(Path("take.hobnail"))) as session:
        session.submit(PutEmitter(emitter="boots"))
        for _ in range(4):
            session.submit(TriggerEvent(emitter="boots", name="footstep", contact=Contact(material="gravel")))
            time.sleep(0.4)
    render("take.hobnail", "again.wav", host=host, samples="float")
    live, again = (soundfile.read(name, dtype="float32")[0] for name in ("live.wav", "again.wav"))
    frames = min(len(live), len(again))
    print(f"{frames / 48_000:.1f} s, the same bits: {np.array_equal(live[:frames], again[:frames])}")


if __name__ == "__main__":
    main()
