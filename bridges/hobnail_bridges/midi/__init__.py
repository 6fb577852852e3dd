"""The MIDI door: keys and pads become events, knobs, wheels and pressure become controls."""
