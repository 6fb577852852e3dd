"""The torch half of adapters."""
