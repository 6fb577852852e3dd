"""The DAW plug-in: built on the user's machine from the sources that ship here, installed, and tried in a host."""
