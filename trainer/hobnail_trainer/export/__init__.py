"""From a checkpoint to a bundle: graphs, their INT8 and 16-bit forms, and what they cost."""
