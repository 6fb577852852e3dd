"""Our own teacher: a small network that learns from the corpus alone, by guessing what was hidden from it."""
