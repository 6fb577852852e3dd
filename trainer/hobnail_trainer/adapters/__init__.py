"""Training adapters on a network that stays as it is: losses, what they are measured by, and the fit."""
