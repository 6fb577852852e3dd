"""You will hear (in drums.wav) a MIDI file played with feet, boards and water: pads from key 36 are the events."""

import mido

from hobnail.render import render


def main() -> None:
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(110))])
    for beat in range(8):
        key = 36 if beat % 2 == 0 else 37  # footstep, impact
        track.append(mido.Message("note_on", note=key, velocity=60 + 8 * beat, time=0 if beat == 0 else 240))
        track.append(mido.Message("note_off", note=key, time=240))
    file.tracks.append(track)
    file.save("drums.mid")
    done = render("drums.mid", "drums.wav")
    print(f"drums.wav: {done.seconds:.1f} s, {done.events} events")


if __name__ == "__main__":
    main()
