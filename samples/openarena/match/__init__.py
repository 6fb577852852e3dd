"""From a game's own log to a trace: what happened, where it was heard, and how well that fits the game's own sound."""
