"""Training the network: presets, the loop, checkpoints, distillation."""
