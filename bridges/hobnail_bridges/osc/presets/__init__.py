"""DAWs whose own OSC messages are understood; where each counts from, 0 or 1, is known here and nowhere else."""
