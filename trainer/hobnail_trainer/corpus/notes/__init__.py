"""Pitched notes: a soundfont's instruments, played by fluidsynth, one clip a note, with pitch and velocity known."""
