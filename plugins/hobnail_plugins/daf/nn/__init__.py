"""The torch half of weighting."""
