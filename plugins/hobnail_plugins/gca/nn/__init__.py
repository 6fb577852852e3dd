"""The torch half of fusion."""
